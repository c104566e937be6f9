"""Plain text of any encoding. Knows no markup."""

from __future__ import annotations

import re

from index.load.base import LoadedDocument, decode, normalise
from index.types import Heading, Span

_TITLE_LINE = re.compile(r"\s*^([^\n]{1,200})\n[ \t]*\n(?=\s*\S)", re.MULTILINE)


def load_text(data: bytes, name: str) -> LoadedDocument:
    """Plain text; a short first line before a blank line is its title and outermost heading."""
    text = normalise(decode(data, name))
    line = _TITLE_LINE.match(text)
    if line is None:
        return LoadedDocument(name, "text/plain", text)
    span = Span(*line.span(1)).stripped(text)
    return LoadedDocument(span.of(text), "text/plain", text, headings=(Heading(span, 1),))
