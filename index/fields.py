"""Fields of forms: a label and its value, with the line that states them.

Documents of one kind, such as filled-in forms, have the same labels: together they are a table with
a row for each document. Knows no questions and no storage.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from index.lines import text_lines
from index.types import Span

_CACHED_TEXTS = 512
_PARTED = re.compile(r"(?P<label>[^:：\t\n]{2,60})[:：\t]\s*(?P<value>\S.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Field:
    """``text[span]`` states ``value`` behind ``label``; ``part`` is the part of the form, empty
    where it has none."""

    span: Span
    label: str
    value: str
    part: str = ""


@lru_cache(_CACHED_TEXTS)
def fields(text: str) -> tuple[Field, ...]:
    """The fields of a document's text, in order."""
    found = []
    for line in text_lines(text):
        parted = _PARTED.fullmatch(line.span.of(text)) if line.kind == "pair" else None
        if parted:
            part = line.headings[-1] if line.headings else ""
            found.append(Field(line.span, parted["label"].strip(), parted["value"], part))
    return tuple(found)
