"""Where an embedder knows no word of a language, its words decide, in chunks of a fair size."""

from __future__ import annotations

import re
from itertools import accumulate
from pathlib import Path

import pytest

from index.chunk import Chunking
from index.cut import cut
from index.index import Index
from index.ingest import text_stamp
from index.load.loading import from_string
from index.reads import reads
from index.words import SIGNS
from tests.doubles import HashingEmbedder

GREEK = "Η βιβλιοθήκη ανοίγει κάθε Δευτέρα στις εννέα το πρωί. " * 40


class Spelling(HashingEmbedder):
    """Knows English words, and spells what is not ASCII, as WordPiece of English does."""

    def token_starts(self, text: str) -> list[int]:
        words = super().token_starts(text)
        spelled = (n for n, each in enumerate(text) if not each.isascii() and each.isalpha())
        return sorted({*words, *spelled})


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("When does the library open?", True),
        ("Wann öffnet die Bücherei?", True),
        ("Πότε ανοίγει η βιβλιοθήκη;", False),
        ("Когда открывается библиотека?", False),
        ("停车场晚上十点关闭", False),
        ("XR-7 №", True),
        ("", True),
    ],
)
def test_what_is_spelled_is_not_read(text: str, known: bool) -> None:
    assert reads(Spelling(), text) is known


def test_what_is_one_unknown_word_is_not_read() -> None:
    class Unknown(HashingEmbedder):
        """Takes all between two blanks for one word."""

        def token_starts(self, text: str) -> list[int]:
            return [found.start() for found in re.finditer(r"\S+", text)]

    assert not reads(Unknown(), "ห้องสมุดเปิดเก้าโมงเช้าทุกวัน")
    assert reads(Unknown(), "Die Bücherei öffnet um neun Uhr.")


@pytest.mark.parametrize(
    ("tokens", "known"),
    [
        ("停车 场 晚上 十点 关闭", True),  # as of a model that was trained on Chinese
        ("停 车 场 晚 上 十 点 关 闭", False),  # as WordPiece of English does
        ("पुस्त कालय सुबह नौ बजे खुल ता है", True),
        ("प ु स ् त क ा ल य", False),
    ],
)
def test_scripts_of_short_words_are_read_where_their_words_are_known(
    tokens: str, known: bool
) -> None:
    text = tokens.replace(" ", "")
    starts = list(accumulate((len(each) for each in tokens.split()), initial=0))[:-1]

    class Cut(HashingEmbedder):
        def token_starts(self, _: str) -> list[int]:
            return starts

    assert reads(Cut(), text) is known


def test_a_chunk_of_what_is_spelled_is_as_long_as_one_of_what_is_read() -> None:
    loaded = from_string("", GREEK)
    spelled = cut("k", loaded, text_stamp(loaded), Spelling(), Chunking(144)).chunks
    assert max(len(chunk.span) for chunk in spelled[:-1]) > 400
    assert all(len(chunk.span) <= 144 * 8 for chunk in spelled)
    assert all(chunk.tokens is None for chunk in spelled)


def test_signs_are_counted_one_by_one() -> None:
    loaded = from_string("", "停车场晚上十点关闭。" * 60)
    chunks = cut("k", loaded, text_stamp(loaded), Spelling(), Chunking(60)).chunks
    assert all(len(chunk.span) <= 66 for chunk in chunks)
    assert "\u4e00" in SIGNS


def test_the_words_decide_where_the_meaning_is_not_read(tmp_path: Path) -> None:
    class Misleading(Spelling):
        """Finds what is of the same length near, as a model does that knows no word."""

        def encode(self, texts):  # type: ignore[no-untyped-def]
            return super().encode(["x" if len(text) < 40 else "y" for text in texts])

    with Index.open(tmp_path, Misleading(), create=True) as index:
        index.add_text("right", "", "Η βιβλιοθήκη ανοίγει κάθε Δευτέρα στις εννέα το πρωί.")
        index.add_text("short", "", "Πότε κλείνει το πάρκο;")
        hits = index.search("Πότε ανοίγει η βιβλιοθήκη;")
        assert index.document(hits[0].chunk.document_id).key == "right"
