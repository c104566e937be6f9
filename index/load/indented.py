"""Code among the paragraphs of a document, each line of which is a paragraph.

Knows no file format; what is code is told by ``index.units``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from index.load.build import LINE
from index.units import breaks_of

_FEWEST_BLANKS = 2  # of an indentation; one is a slip


def indentation(typed: str) -> str:
    """The blanks with which a paragraph begins as it was typed, tabs as four."""
    blanks = typed.expandtabs(4)
    blanks = blanks[: len(blanks) - len(blanks.lstrip(" "))]
    return blanks if len(blanks) >= _FEWEST_BLANKS else ""


def code_blocks(paragraphs: Sequence[str]) -> Iterator[str]:
    """``paragraphs`` without their indentation; those of code as one, each a line as indented.

    A piece of code is what lies from before the first indented paragraph to the last one.
    """
    at = 0
    while at < len(paragraphs):
        end = _end(paragraphs, at)
        lines = paragraphs[at:end]
        if len(lines) > 1 and breaks_of(lines) == "records":
            yield LINE.join(lines)
            at = end
        else:
            yield paragraphs[at].lstrip(" ")
            at += 1


def _end(paragraphs: Sequence[str], at: int) -> int:
    """Where a piece of code that begins at a place would end: behind its last indented line."""
    end = at + 1
    for place, (before, line) in enumerate(pairwise(paragraphs[at:]), at + 1):
        if _is_indented(line):
            end = place + 1
        elif not _is_indented(before):
            break
    return end


def _is_indented(line: str) -> bool:
    return line.startswith(" " * _FEWEST_BLANKS)
