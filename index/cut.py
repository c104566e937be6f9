"""Cuts a loaded document into the chunks that will be stored. Knows no files and no storage."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

from index.chunk import Chunking, Ruler, chunk_spans
from index.embed import Embedder
from index.language import detect
from index.load.base import LoadedDocument
from index.reads import reads
from index.records import NewChunk, NewDocument, Stamp
from index.types import Document, Span
from index.units import key_paths
from index.words import SIGNS

_FIRST_WORD = (
    16  # tokens that the first word may have more alone: some tokenizers include the blank
)
_TOKENIZED_AT_ONCE = 50_000  # characters
_LETTERS_A_TOKEN = 4  # as of a language that a tokenizer knows
_SIGN = re.compile(f"[{SIGNS}]")  # each is a word, or half of one
_WORD_PART = 16  # characters: longer tokens are rare, but for words that a tokenizer does not know


def cut(
    key: str,
    loaded: LoadedDocument,
    stamp: Stamp,
    embedder: Embedder,
    chunking: Chunking,
    loaders: int | None = None,
) -> NewDocument:
    """Cut a loaded document into the chunks that will be stored.

    ``loaders`` is the version of the loaders that read it; None for a text that none read.
    """
    text = loaded.text
    language = detect(text)
    starts = token_starts(text, embedder)
    is_read = reads(embedder, text)
    if not is_read:
        starts = _as_words(text, starts)
    limit = min(chunking.max_tokens, embedder.max_tokens)
    spans = chunk_spans(text, loaded.headings, starts, limit, chunking.overlap_tokens, language)
    path_at = Document(0, key, "", "", "", text, headings=loaded.headings).heading_path
    keys_at = _keys_at_lines(text)
    ruler = Ruler(text, starts)
    chunks = tuple(
        # By its last character: a chunk may begin with the markup of its heading, outside its span.
        NewChunk(
            span,
            (*path_at(span.end - 1), *keys_at.get(text.rfind("\n", 0, span.start) + 1, ())),
            _tokens_alone(ruler, span) if is_read else None,
        )
        for span in spans
    )
    return NewDocument(key, key, loaded, stamp, chunks, loaders, language)


def token_starts(text: str, embedder: Embedder) -> list[int]:
    """Return the offsets of the embedder's tokens of ``text``, ascending, a few characters apart.

    The text is tokenized in pieces, because a tokenizer needs 200 bytes a token. What it takes for
    one unknown word, however long (most of a text in a script that it does not know), counts as
    several tokens, so that no chunk is longer than a person would read.
    """
    starts: list[int] = []
    for piece in _pieces(text):
        found = [piece.start + start for start in embedder.token_starts(piece.of(text))]
        for start, following in pairwise([*found, piece.end]):
            starts += range(start, max(start + 1, following - _WORD_PART + 1), _WORD_PART)
    return starts


def _as_words(text: str, starts: Sequence[int]) -> list[int]:
    """The starts that a tokenizer would give that knows the words, about one in four letters.

    Measured by letters, a chunk would hold less than a sentence; and how much of it the model takes
    in does not matter, where it knows no word.
    """
    kept: list[int] = []
    for start in starts:
        goes_on = start > 0 and text[start - 1].isalnum() and not _SIGN.match(text, start)
        if not (goes_on and kept and start - kept[-1] < _LETTERS_A_TOKEN):
            kept.append(start)
    return kept


def _pieces(text: str) -> Iterator[Span]:
    """The text in pieces of a bounded length, cut at blanks where there are any."""
    start = 0
    while start < len(text):
        end = min(len(text), start + _TOKENIZED_AT_ONCE)
        if end < len(text):
            blanks = [text.rfind(blank, start + 1, end) for blank in " \n\t"]
            end = max(blanks) if max(blanks) > 0 else end
        yield Span(start, end)
        start = end


def _keys_at_lines(text: str) -> dict[int, tuple[str, ...]]:
    """The keys that the settings stand in that begin at these offsets."""
    lines = text.split("\n")
    starts = accumulate((len(line) + 1 for line in lines), initial=0)
    return {start: keys for start, keys in zip(starts, key_paths(lines), strict=False) if keys}


def _tokens_alone(ruler: Ruler, span: Span) -> int | None:
    """Return an upper bound of the tokens of a chunk alone; None when it begins or ends in a word.

    Part of a word may be tokenized in another way.
    """
    begins, ends = ruler.text[span.start - 1 : span.start], ruler.text[span.end : span.end + 1]
    whole_words = all(not border or border.isspace() for border in (begins, ends))
    return ruler.measure(span) + _FIRST_WORD if whole_words else None
