"""Many documents for measuring at scale: real text first, then the same with sentences left out.

Passages that follow one another in a suite and come from one file become one document. Once all
were given, they are given again without every seventh sentence, and then without every other
seventh: the words keep the frequencies of real text, and hardly two chunks are alike. Knows no
index.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from index.load.base import LoadedDocument
from index.load.loading import from_string
from rag.errors import EvaluationError
from rag.evaluation.dataset import CORPUS_FILE, CORPUS_MEDIA_TYPE, corpus_file, read_jsonl

_MOST_PASSAGES = 20  # of one document; a document is replaced as a whole
_EVERY = 7  # sentences: about as many as a chunk holds, so that each repeated chunk lacks one


def many_documents(suites: Sequence[Path]) -> Iterator[tuple[str, LoadedDocument]]:
    """Keys and documents of the passages: whole, then seven times with sentences left out."""
    for left_out in (None, *range(_EVERY)):
        for suite in suites:
            for key, title, text in _documents(suite):
                kept = _without(text, left_out)
                if kept.strip():
                    yield f"{key}#{left_out}", from_string(title, kept, CORPUS_MEDIA_TYPE)


def _documents(suite: Path) -> Iterator[tuple[str, str, str]]:
    """(key, title, text) of runs of passages from one file, in their order."""
    for (source, part), rows in groupby(_numbered(suite), key=_file_and_part):
        passages = [row for _, row in rows]
        first = passages[0]
        text = "\n\n".join(row["text"] for row in passages)
        yield f"{suite.name}/{source}/{part}/{first['id']}", first.get("title", ""), text


def _numbered(suite: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The passages of a suite, each numbered within its run of passages from one file."""
    number, previous = 0, None
    for row in _passages(suite):
        source = _source(row)
        number = number + 1 if source == previous else 0
        previous = source
        yield number, row


def _file_and_part(numbered: tuple[int, dict[str, Any]]) -> tuple[str, int]:
    number, row = numbered
    return _source(row), number // _MOST_PASSAGES


def _source(row: dict[str, Any]) -> str:
    """The file that a passage comes from; where none is named it is a document of its own."""
    return str(row.get("path") or row["id"])


def _passages(suite: Path) -> Iterator[dict[str, Any]]:
    corpus = corpus_file(suite)
    if corpus is None:
        raise EvaluationError(f"{suite} holds no {CORPUS_FILE}: name the folder of a suite")
    yield from (row for _, row in read_jsonl(corpus))


def _without(text: str, left_out: int | None) -> str:
    """``text`` without every seventh sentence, counted from ``left_out``."""
    if left_out is None:
        return text
    sentences = text.split(". ")  # the few that end otherwise go or stay with the one before
    return ". ".join(s for n, s in enumerate(sentences) if n % _EVERY != left_out)
