"""Text with light marks that are kept as written: AsciiDoc, Org, reStructuredText, LaTeX; and code.

Finds headings where a pattern tells them. Renders nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath

from index.load.base import LoadedDocument, decode, normalise
from index.types import Heading, Span

_TEX_LEVELS = ("chapter", "section", "subsection", "subsubsection", "paragraph")
_HEADINGS = {  # the mark, whose length or name tells the level, and the words
    ".adoc": re.compile(r"^(={1,6})[ \t]+(\S(?:.*[^ \t\n])?)[ \t]*$", re.MULTILINE),
    ".asciidoc": re.compile(r"^(={1,6})[ \t]+(\S(?:.*[^ \t\n])?)[ \t]*$", re.MULTILINE),
    ".org": re.compile(r"^(\*{1,6})[ \t]+(\S(?:.*[^ \t\n])?)[ \t]*$", re.MULTILINE),
    ".tex": re.compile(rf"\\({'|'.join(_TEX_LEVELS)})\*?\{{([^{{}}\n]+)\}}"),
    ".rst": re.compile(
        r"^()(\S(?:.*[^ \t\n])?)[ \t]*\n([=\-~^\"'`#*+.:_])\3{2,}[ \t]*$", re.MULTILINE
    ),
}


def load_markup(data: bytes, name: str) -> LoadedDocument:
    """Text as it is written, with its headings; titled by the first one or the file's name."""
    text = normalise(decode(data, name))
    headings = tuple(_headings(text, PurePath(name).suffix.lower()))
    title = headings[0].span.of(text) if headings else PurePath(name).name
    return LoadedDocument(title, "text/plain", text, (), headings)


def load_code(data: bytes, name: str) -> LoadedDocument:
    """Source code or settings as they are written, titled by the file's name."""
    return LoadedDocument(PurePath(name).name, "text/plain", normalise(decode(data, name)))


def _headings(text: str, suffix: str) -> Iterator[Heading]:
    underlines: list[str] = []  # reStructuredText gives levels to marks as they turn up
    for found in _HEADINGS[suffix].finditer(text):
        mark = found[1]
        if suffix == ".rst":
            underlines += [] if found[3] in underlines else [found[3]]
            level = underlines.index(found[3]) + 1
        else:
            level = _TEX_LEVELS.index(mark) + 1 if suffix == ".tex" else len(mark)
        yield Heading(Span(*found.span(2)), level)
