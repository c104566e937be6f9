"""Chunks are exact spans of whole sentences, within their size, and lose nothing."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.chunk import Chunking, chunk_spans, context_lines, indexed_text
from index.load.loading import load_bytes
from index.types import Heading


def _tokens(text: str) -> list[int]:
    return [token.start() for token in re.finditer(r"\w{1,4}|[^\w\s]", text)]


def _count(text: str) -> int:
    return len(_tokens(text))


def _chunks(
    text: str, max_tokens: int, headings: tuple[Heading, ...] = (), overlap_tokens: int = 0
) -> list[str]:
    spans = chunk_spans(text, headings, _tokens(text), max_tokens, overlap_tokens)
    return [span.of(text) for span in spans]


def _markdown_chunks(text: str, max_tokens: int) -> list[str]:
    return _chunks(text, max_tokens, load_bytes(text.encode(), "a.md").headings)


_BLOCKS = ["# One\n", "## Two\n", "Title\n---\n", "- it\n", "| a | b |\n", "\n", "\n\n"]
_WORDS = ["Word. ", "Some words here. ", "abcdefghijklmnop" * 3, " ", "文字。", "e\u0301"]
_MARKDOWN = st.lists(st.sampled_from(_BLOCKS + _WORDS), max_size=30).map("".join)


def _headings(markdown: str) -> tuple[Heading, ...]:
    return load_bytes(f"{markdown}\nend".encode(), "a.md").headings


_TEXTS_WITH_HEADINGS = st.one_of(
    st.tuples(st.text(), st.just(())), _MARKDOWN.map(lambda text: (text, _headings(text)))
)


@given(_TEXTS_WITH_HEADINGS, st.integers(1, 20), st.data())
def test_chunks_fit_are_ordered_and_cover_every_character(
    document: tuple[str, tuple[Heading, ...]], max_tokens: int, data: st.DataObject
) -> None:
    text, headings = document
    overlap = data.draw(st.integers(0, max_tokens - 1))
    chunks = chunk_spans(text, headings, _tokens(text), max_tokens, overlap)
    held = {offset for chunk in chunks for offset in range(chunk.start, chunk.end)}
    assert held >= {offset for offset, character in enumerate(text) if not character.isspace()}
    assert sorted(chunks) == chunks
    assert len(set(chunks)) == len(chunks)
    for chunk in chunks:
        assert chunk.of(text).strip() == chunk.of(text) != ""
        assert sum(chunk.start <= start < chunk.end for start in _tokens(text)) <= max_tokens


@given(_MARKDOWN, st.integers(1, 20))
def test_without_overlap_no_character_is_in_two_chunks(text: str, max_tokens: int) -> None:
    chunks = chunk_spans(text, (), _tokens(text), max_tokens)
    assert all(before.end <= after.start for before, after in pairwise(chunks))


def test_sentences_are_packed_whole() -> None:
    assert _chunks("One two. Six ten. Red tan.", 6) == ["One two. Six ten.", "Red tan."]


def test_a_chunk_never_crosses_a_heading() -> None:
    text = "# Pears\nGreen.\n## Figs\nBlue.\n"
    assert _markdown_chunks(text, 100) == ["# Pears\nGreen.", "## Figs\nBlue."]


def test_a_heading_without_text_is_kept_with_the_next() -> None:
    text = "# Fruit\n\n## Figs\n\nBlue.\n\nMain\n====\n\n### Low\nRed."
    assert _markdown_chunks(text, 100) == [
        "# Fruit\n\n## Figs\n\nBlue.",
        "Main\n====\n\n### Low\nRed.",
    ]


def test_a_half_full_chunk_ends_with_its_paragraph() -> None:
    text = "One two six. Ten red.\n\nTan sky. Sea air."
    assert _chunks(text, 10) == ["One two six. Ten red.", "Tan sky. Sea air."]
    assert _chunks("One.\n\nTan sky sea. Air.", 7) == ["One.\n\nTan sky sea.", "Air."]


def test_a_sentence_that_is_too_long_is_cut_between_words() -> None:
    text = "one two red ten tan sky sea air"
    assert _chunks(text, 3) == ["one two red", "ten tan sky", "sea air"]


def test_a_word_that_is_too_long_is_cut_between_tokens() -> None:
    assert _chunks("abcdefghijkl", 2) == ["abcdefgh", "ijkl"]


def test_overlap_repeats_whole_sentences_that_fit() -> None:
    text = "One. Two. Six. Ten."
    assert _chunks(text, 4, overlap_tokens=2) == ["One. Two.", "Two. Six.", "Six. Ten."]
    assert _chunks(text, 4, overlap_tokens=1) == ["One. Two.", "Six. Ten."]


def test_an_overlap_must_be_smaller_than_a_chunk() -> None:
    with pytest.raises(ValueError, match="overlap_tokens < max_tokens"):
        Chunking(10, 10)


def test_title_and_headings_are_prepended_once() -> None:
    assert indexed_text("Fruit", ("Fruit", "Figs"), "Blue.") == "Fruit\nFigs\nBlue."
    assert context_lines("a.txt", ("Fruit", "Figs"), "## Figs\nBlue.") == ["a.txt", "Fruit"]
    assert context_lines("", (), "Blue.") == []
