"""What the models here do not know is said once, in a line."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.index import Index
from rag.answering.unfamiliar import LESS_SURE, WORDS_ALONE
from rag.assistant import Assistant
from tests.doubles import HashingEmbedder

TEXTS = {
    "en": "The library of the town opens at nine in the morning. It is closed on Sundays.",
    "de": "Die Bibliothek der Stadt öffnet um neun Uhr morgens. Am Sonntag ist sie geschlossen.",
    "zh": "停车场在地下二层，晚上十点关闭。",
}


@pytest.mark.parametrize(
    ("key", "question", "notice"),
    [
        ("en", "When does the library of the town open?", None),
        ("de", "When does the Bibliothek open?", f"{LESS_SURE}."),
        ("de", "Wann öffnet die Bibliothek der Stadt am Morgen?", f"{LESS_SURE}."),
        ("zh", "停车场几点关闭停车场几点关闭", f"{LESS_SURE}{WORDS_ALONE}."),
    ],
)
def test_a_language_that_is_not_known_is_told(
    tmp_path: Path, key: str, question: str, notice: str | None
) -> None:
    with Index.open(tmp_path, HashingEmbedder(), create=True) as index:
        index.add_text(key, "", TEXTS[key])
        assert Assistant(index, None).ask(question).notice == notice


def test_a_quoted_sentence_of_another_script_gets_no_second_full_stop(tmp_path: Path) -> None:
    with Index.open(tmp_path, HashingEmbedder(), create=True) as index:
        index.add_text("zh", "", TEXTS["zh"])
        answer = Assistant(index, None).ask("停车场在地下几层？晚上几点关闭？")
        assert "。." not in answer.text
