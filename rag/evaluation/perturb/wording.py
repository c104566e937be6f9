"""What the rules of ``perturb`` share: edits, and where dates, quotations and names stand."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from rag.evaluation.perturb.lexicon import MONTHS, STARTERS

# A sentence and a source of chance in, whole changed sentences out.
Rule = Callable[[str, random.Random], Iterable[str]]


def chanceless(rule: Callable[[str], Iterable[str]]) -> Rule:
    """A rule that leaves nothing to chance."""
    return lambda sentence, _: rule(sentence)


_MONTH = f"(?:{'|'.join(MONTHS)})"
_YEAR = r"(?:1[0-9]{3}|20[0-9]{2})"
_DAY = r"(?:[12][0-9]|3[01]|0?[1-9])"
# "In 1500 villages" counts villages: after a year stands no word but such as these.
_AFTER_YEAR = (
    r"(?! ?-?[a-z])|(?= (?:and|or|to|by|in|at|on|for|with|as|was|were|is|are|has|had|when|that|"
    r"the|it|he|she|they|who|which|after|before|until|because|while|but)\b)"
)
DATE = re.compile(
    rf"\b{_MONTH} (?P<us_day>{_DAY}(?:st|nd|rd|th)?)\b(?:,? (?P<us_year>{_YEAR})\b)?"
    rf"|\b(?P<uk_day>{_DAY}(?:st|nd|rd|th)?) (?:of )?{_MONTH}\b(?:,? (?P<uk_year>{_YEAR})\b)?"
    rf"|\b{_MONTH} (?:of )?(?P<month_year>{_YEAR})\b"
    rf"|\b(?P<iso_year>{_YEAR})-(?:0[1-9]|1[0-2])-(?P<iso_day>{_DAY})\b"
    r"|\b(?i:in|since|by|from|to|until|till|before|after|during|between|and|early|late|mid|"
    rf"spring|summer|autumn|winter)[ -](?P<year>{_YEAR})\b(?:{_AFTER_YEAR})"
    rf"|(?<=\()(?P<only_year>{_YEAR})(?=\))"
    rf"|\b(?P<first_year>{_YEAR})[–-](?P<last_year>{_YEAR})\b"
)
# "May" and "March" are words too: a month stands by a number or after one of these.
MONTH_PLACE = re.compile(
    rf"(?:(?<=\d )|(?<=\b[Ii]n )|(?<=\bof )|(?<=\b[Bb]y )|(?<=\b[Ss]ince )|(?<=\buntil )){_MONTH}\b"
    rf"|\b{_MONTH}(?= \d)"
)
# Text within quotation marks, with the marks.
QUOTED = re.compile(r"“[^”]+”|\"[^\"]+\"")


class Edit(NamedTuple):
    """Put ``text`` in the place of the characters ``[start, end)``."""

    start: int
    end: int
    text: str

    def apply(self, sentence: str) -> str:
        return sentence[: self.start] + self.text + sentence[self.end :]


def capitalised_like(word: str, model: str) -> str:
    """``word`` with a capital if ``model`` has one."""
    return word[0].upper() + word[1:] if model[0].isupper() else word


def stands_in(pattern: re.Pattern[str], sentence: str, position: int) -> bool:
    """Whether ``position`` lies within what ``pattern`` finds, such as a date or a quotation."""
    return any(found.start() <= position < found.end() for found in pattern.finditer(sentence))


# Reference marks, addresses and identifiers: [3, 4-6], (62), doi:10.1101, x=5, 6-HB.
_LABEL = re.compile(
    r"\[[\d\s,;–-]+\]|\(\d{1,3}(?:[\s,;–-]+\d{1,3})*\)|\S*(?://|[=@_]|\w[./:]\w*[A-Za-z])\S*|\b\d+-[A-Z]\w*"
)


def is_label(sentence: str, position: int) -> bool:
    """Whether the number at ``position`` names something, as in COVID-19, Table 3 or [7]."""
    before = sentence[:position]
    if re.search(r"[A-Za-z]-$", before) or stands_in(_LABEL, sentence, position):
        return True
    word = re.search(r"(?:^|[\s(])([A-Z][\w'’]*)\.?\s$", before)
    return word is not None and word[1] not in STARTERS
