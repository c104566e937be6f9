"""Dates as they are written: 8 December 2007, 12/08/2007, 2007-12-08, November 2007."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from rag.language import Language


@dataclass(frozen=True, slots=True, order=True)
class Date:
    """A day, month (``day`` is 0) or year (``month`` is 0 too); ``text`` as it is written."""

    year: int
    month: int = 0
    day: int = 0
    text: str = field(default="", compare=False)

    def holds(self, other: Date) -> bool:
        """Whether ``other`` lies within this day, month or year."""
        mine, theirs = (self.year, self.month, self.day), (other.year, other.month, other.day)
        return all(not own or own == each for own, each in zip(mine, theirs, strict=True))


def dates(text: str, language: Language) -> list[Date]:
    """The dates of ``text``, in order.

    Of two figures before a year the first is the day where it is above 12, and else the month, as
    the language's country writes it. A year alone is no date.
    """
    found = []
    for match in _pattern(language).finditer(text):
        part = match.groupdict()
        name = part["month"] or part["month_first"] or part["month_alone"]
        if name:
            month = language.months.index(name.lower()) + 1
            year = part["year"] or part["year_behind"] or part["year_alone"]
            day = int(part["day"] or part["day_behind"] or 0)
            found.append(Date(int(year), month, day, match[0]))
        elif part["iso_year"]:
            found.append(
                Date(int(part["iso_year"]), int(part["iso_month"]), int(part["iso_day"]), match[0])
            )
        else:
            first, second = int(part["one"]), int(part["two"])
            day, month = (first, second) if first > 12 else (second, first)
            found.append(Date(int(part["of"]), month, day, match[0]))
    return [each for each in found if each.month <= 12 and each.day <= 31]


def stated(when: Sequence[Date], text: str, language: Language) -> list[Date]:
    """Those of the dates ``when`` in which a date of ``text`` lies: July 2025 where it has
    7/16/2025."""
    told = dates(text, language) if when else []
    return [each for each in when if any(map(each.holds, told))]


@lru_cache(maxsize=8)  # one for each language
def _pattern(language: Language) -> re.Pattern[str]:
    month = "|".join(language.months) or r"(?!)"
    ending = rf"(?:{'|'.join(language.numerals.ordinal_suffixes) or '(?!)'})?"
    return re.compile(
        rf"""(?<![\w.])(?:
          (?P<day>\d{{1,2}}){ending}\.?\ (?:of\ )?(?P<month>{month}),?\ (?P<year>\d{{4}})
        | (?P<month_first>{month})\ (?P<day_behind>\d{{1,2}}){ending},?\ (?P<year_behind>\d{{4}})
        | (?P<month_alone>{month}),?\ (?:of\ )?(?P<year_alone>\d{{4}})
        | (?P<iso_year>\d{{4}})-(?P<iso_month>\d\d)-(?P<iso_day>\d\d)
        | (?P<one>\d{{1,2}})[/.](?P<two>\d{{1,2}})[/.](?P<of>\d{{4}})
        )(?!\d|\.\d)""",
        re.VERBOSE | re.IGNORECASE,
    )
