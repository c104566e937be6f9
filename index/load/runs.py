"""Runs of a paragraph, each with its own formatting, as one plain text.

Knows no file format.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Generic, NamedTuple, TypeVar

from index.load.build import LINE, PARAGRAPH, tidy
from index.load.script import lowered, raised, struck


class Look(NamedTuple):
    """What of a run's formatting bears meaning; ``shift`` is 1 for raised and -1 for lowered."""

    shift: int = 0
    is_struck: bool = False


_FEWEST_WORDS = 3  # of a header or footer beside its page number
_ITEM_MARK = re.compile(r"- |[(\[]?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,5})[)\]] |\d{1,3}\. ")
PLAIN = Look()
Run = tuple[str, Look]
Attached = TypeVar("Attached")  # what hangs on a paragraph and stands elsewhere on the page


@dataclass(slots=True)
class ReadParagraph(Generic[Attached]):
    """A paragraph as it is read; of ``text`` page numbers are known, which differ on each page."""

    runs: list[Run] = field(default_factory=list)
    attached: list[Attached] = field(default_factory=list)
    paged: set[int] = field(default_factory=set)  # which runs are page numbers

    @property
    def text(self) -> str:
        return written(self.runs)

    @property
    def unpaged(self) -> str:
        """The text without page numbers."""
        return written(run for at, run in enumerate(self.runs) if at not in self.paged)


def written(runs: Iterable[Run]) -> str:
    """The text of a paragraph, on the lines that it breaks into, with single blanks.

    What is raised throughout is raised above nothing, and is written plainly.
    """
    kept = [run for run in runs if run[0]]
    shifts = {look.shift for text, look in kept if text.strip()}
    if len(shifts) == 1 and shifts != {0}:
        kept = [(text, look._replace(shift=0)) for text, look in kept]
    pieces = [
        _struck(_shifted(list(group))) if is_struck else _shifted(list(group))
        for is_struck, group in groupby(kept, lambda run: run[1].is_struck)
    ]
    return tidy_lines("".join(pieces))


def tidy_lines(text: str) -> str:
    """``text`` with its line breaks and single blanks, without empty lines."""
    return "\n".join(line for line in map(tidy, text.split("\n")) if line)


def bracketed(mark: str) -> str:
    """The mark of a note as text; empty without one."""
    inner = tidy(mark).strip("[]")
    return f"[{inner}]" if inner else ""


def commented(author: str) -> str:
    """What stands in front of the text of a comment."""
    return f"Comment ({author}): " if author else "Comment: "


def counted(number: int, one: str, many: str = "") -> str:
    """How many there are of a thing, for people: ``1 comment``, ``2 boxes``."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def item_gap(mark: str) -> str:
    """What stands before an item: a line break, before a clause such as *2.1* a blank line.

    Many clauses are paragraphs, and of their lines nothing else tells that they are not one text.
    """
    return LINE if _ITEM_MARK.match(mark) else PARAGRAPH


def unsaid(text: str, seen: set[str]) -> list[str]:
    """The blocks of a header or footer that none before it had; from here on they are ``seen``."""
    said = [block for block in dict.fromkeys(text.split(PARAGRAPH)) if block not in seen]
    seen.update(said)
    return said


def is_page_number(text: str, unpaged: str) -> bool:
    """Whether a paragraph of a header or footer says hardly more than on which page it stands.

    ``unpaged`` is its text without the numbers of pages, which differ on each.
    """
    return text != unpaged and len(unpaged.split()) < _FEWEST_WORDS


def _shifted(runs: Sequence[Run]) -> str:
    pieces: list[str] = []
    for shift, group in groupby(runs, lambda run: run[1].shift):
        text = "".join(text for text, _ in group)
        pieces.append(raised(text) if shift > 0 else lowered(text) if shift < 0 else text)
    return "".join(pieces)


def _struck(text: str) -> str:
    """A line of its own is marked by itself: it may be read alone."""
    return "\n".join(map(struck, text.split("\n")))
