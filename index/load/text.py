"""Plain text of any encoding. Knows no markup."""

from __future__ import annotations

from index.load.base import LoadedDocument, decode, normalise
from index.types import Heading, Span

_LONGEST_TITLE = 200  # characters


def load_text(data: bytes, name: str) -> LoadedDocument:
    """Plain text; a short first line before a blank line is its title and outermost heading."""
    text = normalise(decode(data, name))
    line = _title_line(text)
    if line is None:
        return LoadedDocument(name, "text/plain", text)
    return LoadedDocument(line.of(text), "text/plain", text, headings=(Heading(line, 1),))


def _title_line(text: str) -> Span | None:
    """The first line, if it is short and a blank line parts it from what follows."""
    start = len(text) - len(text.lstrip())
    end = text.find("\n", start)
    after = text.find("\n", end + 1)
    if end < 0 or after < 0 or end - start > _LONGEST_TITLE:
        return None
    is_parted = not text[end:after].strip() and len(text.rstrip()) > after
    return Span(start, end).stripped(text) if is_parted else None
