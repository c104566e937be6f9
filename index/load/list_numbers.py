"""How the items of Word's lists are counted and their numbers put together: ``2.2``, ``(a)``.

Knows no file format: the lists are what a loader has read of a file.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from index.load.numerals import numeral

_BULLET = "-"


@dataclass(slots=True, frozen=True)
class Level:
    """How one level of a list is counted and written.

    ``text`` has the numbers of levels, from 0, where what they count stands. ``style`` is that
    whose paragraphs are of this level.
    """

    text: tuple[str | int, ...]
    shape: str = "decimal"
    start: int = 1
    restarts_after: int | None = None  # with a level before this one; None with every higher level
    is_legal: bool = False
    style: str = ""
    example: str = ""  # of a shape of its own: "001, 002, 003, ..."

    def write(self, number: int, language: str, *, legal: bool) -> str:
        """A number of this level; ``legal`` asks for digits."""
        if self.shape == "custom":
            return f"{number:0{len(self.example.partition(',')[0].strip())}}"
        shape = "decimal" if legal and not self.shape.startswith("decimalZero") else self.shape
        return numeral(number, shape, language)


@dataclass(slots=True)
class ItemList:
    """A list of the document: its levels, and what is counted together with it."""

    counted_with: str  # the definition that it shares with other lists
    levels: dict[int, Level]
    begins_anew: set[int] = field(default_factory=set)  # levels that do so with its first item

    def linked(self, style: str) -> int | None:
        """The level that it keeps for the paragraphs of a style."""
        of_style = (at for at, each in self.levels.items() if style and each.style == style)
        return next(of_style, None)


class Counts:
    """How far the lists of a document are counted."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._counts: dict[str, dict[int, int]] = {}

    def mark(self, found: ItemList, at: int) -> str:
        """What stands in front of the next item, of the level ``at``, and a blank."""
        level = found.levels.get(at)
        if level is None:
            return ""
        counts = self._counted(found, at)
        if level.shape == "bullet":
            return f"{_BULLET} "
        written = ""
        for part in level.text:
            if isinstance(part, str):
                written += part
            else:
                shown = found.levels.get(part, level)
                number = counts.get(part, shown.start)
                written += shown.write(number, self._language, legal=level.is_legal)
        mark = written.strip()
        return f"{mark} " if mark else ""

    def _counted(self, found: ItemList, at: int) -> dict[int, int]:
        counts = self._counts.setdefault(found.counted_with, {})
        for deeper in [each for each in counts if each > at]:
            after = found.levels[deeper].restarts_after if deeper in found.levels else None
            if after is None or at < after:
                del counts[deeper]
        # A level that is passed over has begun: its next item is the second one, as in Word.
        for each in [each for each in found.levels if each <= at]:
            if each in found.begins_anew or each not in counts:
                found.begins_anew.discard(each)
                counts[each] = found.levels[each].start
            elif each == at:
                counts[at] += 1
        return counts
