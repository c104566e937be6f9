"""How much a file may become. A small file may stand for a very large text, on purpose or not.

What is packed is limited in ``index.load.archive``, time and memory in ``index.load.isolated``.
"""

from __future__ import annotations

from dataclasses import replace

from index.errors import UnreadableError
from index.load.base import LoadedDocument
from index.types import Heading

MAX_CHARACTERS = 50_000_000  # of one document: 25,000 pages; its tokens still fit into memory
MAX_CHARACTERS_PER_BYTE = 100  # tables reach 30 when they are unpacked, made to harm are 1,000s
_SMALL = 5_000_000  # characters: below this no file becomes too much
MAX_PAGES = 100_000  # of one document: each costs an entry; the thickest books have 10,000
MAX_HEADINGS = 200_000  # of one document: a dictionary of 100,000 entries has them all
MAX_HEADING_CHARACTERS = 1000  # each chunk below it repeats it; what is longer is a paragraph
MAX_TITLE_CHARACTERS = 500  # each chunk repeats it; a library's catalogue has titles of 300
MAX_LEFT_OUT = 100  # kinds of parts that a document names as left out


class Length:
    """The length of a text that grows, so that it ends before it fills memory."""

    def __init__(self) -> None:
        self.characters = 0

    def add(self, characters: int) -> None:
        """Counts characters. Raises UnreadableError when there are too many."""
        self.characters += characters
        if self.characters > MAX_CHARACTERS:
            raise UnreadableError(
                f"its text has more than {MAX_CHARACTERS:,} characters; split the file"
            )


def bounded(document: LoadedDocument, size: int) -> LoadedDocument:
    """``document`` as it may leave the worker, read from a file of ``size`` bytes.

    A longer title is cut and what is too long to be a heading is none; headings beyond the most
    stay in the text and are named among what was left out. Raises UnreadableError where the text
    or its pages are too many.
    """
    Length().add(len(document.text))
    if len(document.text) > max(_SMALL, MAX_CHARACTERS_PER_BYTE * size):
        raise UnreadableError(
            f"its {size:,} bytes become {len(document.text):,} characters, as if made to fill "
            "memory; save what you need of it as text"
        )
    if len(document.page_starts) > MAX_PAGES:
        raise UnreadableError(f"it has more than {MAX_PAGES:,} pages; split the file")
    headings = [each for each in document.headings if _is_short(each)]
    left_out = document.left_out[:MAX_LEFT_OUT]
    if len(headings) > MAX_HEADINGS:
        left_out = (*left_out, f"the marks of {len(headings) - MAX_HEADINGS} headings")
    title = document.title
    if len(title) > MAX_TITLE_CHARACTERS:
        title = title[: MAX_TITLE_CHARACTERS - 1] + "…"
    return replace(
        document, title=title, headings=tuple(headings[:MAX_HEADINGS]), left_out=left_out
    )


def _is_short(heading: Heading) -> bool:
    return heading.span.end - heading.span.start <= MAX_HEADING_CHARACTERS
