"""Estimates of tokens: never fewer than a tokenizer makes, never more than it must make."""

from __future__ import annotations

import httpx
import pytest

from rag.llm.tokens import least_tokens, most_tokens

TEXTS = {
    "English": "The bridge over the Tay was opened in May 1998; it is 2.25 miles long. " * 5,
    "figures": " ".join(f"{7919 * n}." for n in range(1, 200)),
    "a table": "\n".join(f"| {n} | {n * 37.5:,.2f} | -{n} % |" for n in range(40)),
    "German": "Die Donaudampfschifffahrtsgesellschaft fährt täglich außer sonntags. " * 4,
    "Russian": "Мост через реку был открыт в мае 1998 года. " * 4,
    "Greek": "Η γέφυρα άνοιξε τον Μάιο του 1998. " * 4,
    "Arabic": "افتتح الجسر في مايو 1998. " * 4,
    "Hindi": "पुल मई 1998 में खोला गया था। " * 4,
    "Chinese": "这座桥于1998年5月开通。" * 6,
    "Japanese": "この橋は1998年5月に開通しました。" * 6,
    "Korean": "이 다리는 1998년 5월에 개통되었다. " * 4,
    "Thai": "สะพานนี้เปิดในเดือนพฤษภาคม 2541 " * 4,
    "Georgian": "ხიდი გაიხსნა 1998 წლის მაისში. " * 4,
    "emoji": "👩‍🚀🧪🎉 " * 10,
    "code": "def f(x_1, *args):\n    return {k: v for k, v in args[0].items() if k != '__x'}\n" * 4,
    "hexadecimal": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 " * 3,
    "capitals": "NATO AND THE UN SIGNED THE SALT II TREATY. " * 4,
}


@pytest.mark.real
@pytest.mark.parametrize("kind", TEXTS)
def test_a_real_tokenizer_makes_a_number_between_the_two(smollm_server: str, kind: str) -> None:
    counted = _counted(smollm_server, TEXTS[kind])
    assert least_tokens(TEXTS[kind]) <= counted <= most_tokens(TEXTS[kind])


@pytest.mark.real
def test_of_english_the_larger_estimate_is_not_much_too_large(smollm_server: str) -> None:
    counted = _counted(smollm_server, TEXTS["English"])
    assert most_tokens(TEXTS["English"]) < 2.5 * counted
    assert least_tokens(TEXTS["English"]) > 0.6 * counted


def test_figures_are_a_token_a_digit() -> None:
    assert most_tokens("123 456") == 7 + most_tokens("")  # and the space between


def test_an_empty_text_has_no_least() -> None:
    assert least_tokens("") == 0


def _counted(server: str, text: str) -> int:
    """Tokens as the model's own tokenizer counts them, which its server tells."""
    reply = httpx.post(f"{server}/tokenize", json={"content": text}, timeout=60, trust_env=False)
    return len(reply.raise_for_status().json()["tokens"])
