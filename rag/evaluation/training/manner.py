"""Questions as people type them and texts as files hold them, made of clean ones.

Suites have well-formed questions and one paragraph a line. People type without capitals and
question marks, and pages break their lines in the middle of sentences: a reader that has seen
neither reads a real folder worse than a suite. Knows no suite and no model.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import replace

from rag.evaluation.training.examples import Example

TYPED = 0.3  # share of the questions that are typed in haste
WRAPPED = 0.4  # share of the texts that have the lines of a page
WIDTHS = (45, 110)  # characters of a line: a column, and a page
TABBED = 0.3  # share of the forms whose values stand in columns of their own
_PAIR = re.compile(r"(?m)^[^\n:]{2,40}: ")


def as_found(example: Example, draw: random.Random) -> Example:
    """``example`` with its question typed in haste, its text in lines of a page, both or neither.

    The text keeps its length, and so the span of its answer.
    """
    first, second = example.first, example.second
    if example.head == "answer" and draw.random() < TYPED:
        first = first.rstrip("? ").lower()
    if draw.random() < WRAPPED:
        second = wrapped(second, draw.randint(*WIDTHS))
    if draw.random() < TABBED:
        second = _PAIR.sub(lambda each: f"{each[0][:-1]}\t", second)
    return replace(example, first=first, second=second)


def wrapped(text: str, width: int) -> str:
    """``text`` with line breaks in place of blanks, where a line would be longer than ``width``."""
    return "\n".join(part for line in text.split("\n") for part in _parts(line, width))


def _parts(line: str, width: int) -> Iterator[str]:
    start = 0
    while len(line) - start > width and (cut := line.rfind(" ", start, start + width + 1)) > start:
        yield line[start:cut]
        start = cut + 1
    yield line[start:]
