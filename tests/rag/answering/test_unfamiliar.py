"""What the models here do not know is said once, in a line."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.index import Index
from rag.answering.unfamiliar import (
    LESS_SURE,
    NEXT_STEP,
    WORDS_ALONE,
    told_of_documents,
    unread_languages,
)
from rag.assistant import Assistant
from rag.errors import LLMError
from tests.doubles import HashingEmbedder
from tests.scripted_llm import ScriptedLLM

TEXTS = {
    "en": "The library of the town opens at nine in the morning. It is closed on Sundays.",
    "de": "Die Bibliothek der Stadt öffnet um neun Uhr morgens. Am Sonntag ist sie geschlossen.",
    "zh": "停车场在地下二层，晚上十点关闭。",
}


@pytest.mark.parametrize(
    ("key", "question", "notice", "unfamiliar"),
    [
        ("en", "When does the library of the town open?", None, ()),
        ("de", "When does the Bibliothek open?", f"{LESS_SURE}.", ("judging",)),
        ("de", "Wann öffnet die Bibliothek der Stadt am Morgen?", f"{LESS_SURE}.", ("judging",)),
        (
            "zh",
            "停车场几点关闭停车场几点关闭",
            f"{LESS_SURE}{WORDS_ALONE}. {NEXT_STEP}.",
            ("judging", "meaning"),
        ),
    ],
)
def test_a_language_that_is_not_known_is_told(
    tmp_path: Path, key: str, question: str, notice: str | None, unfamiliar: tuple[str, ...]
) -> None:
    with Index.open(tmp_path, HashingEmbedder(), create=True) as index:
        index.add_text(key, "", TEXTS[key])
        answer = Assistant(index, None).ask(question)
    assert answer.notice == notice
    assert answer.unfamiliar == unfamiliar
    assert answer.as_dict()["unfamiliar"] == unfamiliar


def test_what_is_not_known_is_told_beside_what_went_wrong(tmp_path: Path) -> None:
    with Index.open(tmp_path, HashingEmbedder(), create=True) as index:
        index.add_text("de", "", TEXTS["de"])
        broken = ScriptedLLM(LLMError("it broke"))
        answer = Assistant(index, broken).ask("Wann öffnet die Bibliothek der Stadt am Morgen?")
    assert answer.notice == (
        f"{LESS_SURE}. it broke. This answer is quoted from the documents instead."
    )


def test_documents_whose_words_the_embedder_does_not_know_are_told(tmp_path: Path) -> None:
    with Index.open(tmp_path, HashingEmbedder(), create=True) as index:
        for key, text in TEXTS.items():
            index.add_text(key, "", text.replace("，", ""))  # then it is one unknown word
        codes = unread_languages(index, index.documents())
    assert codes == ("zh",)
    said = told_of_documents(codes) or ""
    assert "(zh)" in said
    assert said.endswith(f"{NEXT_STEP}.")
    assert told_of_documents(()) is None


def test_a_quoted_sentence_of_another_script_gets_no_second_full_stop(tmp_path: Path) -> None:
    with Index.open(tmp_path, HashingEmbedder(), create=True) as index:
        index.add_text("zh", "", TEXTS["zh"])
        answer = Assistant(index, None).ask("停车场在地下几层？晚上几点关闭？")
        assert "。." not in answer.text
