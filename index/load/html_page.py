"""The blocks of text that a web page shows, in the order in which they stand in it.

Knows nothing of encodings, of files, nor of what on a page matters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain, groupby, repeat
from typing import TYPE_CHECKING

from index.load.base import normalise
from index.load.build import LINE, PARAGRAPH, tidy
from index.load.html_form import Labels, control_text
from index.load.html_list import Numbers, numbers_of
from index.load.html_style import LOWERED, NOTE, RAISED, STRUCK, Styles
from index.load.html_table import Grid, grid_of
from index.load.script import lowered, raised, struck
from index.load.table import table_lines

if TYPE_CHECKING:
    from lxml.etree import _Element as Element  # type: ignore[import-untyped]


def _tags(names: str) -> frozenset[str]:
    return frozenset(names.split())


_BLOCKS = _tags(
    "address article aside blockquote body center dd details dialog div dl dt fieldset figcaption "
    "figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend main menu nav ol p pre "
    "search section summary table td th ul"
)
_LINES = _tags("option caption")
_CELLS = _tags("td th")
_VERBATIM = _tags("pre textarea listing xmp")
_CONTROLS = _tags("input select textarea")
_HEADING = re.compile(r"h([1-6])$")
_FILE_NAME = re.compile(r"\S+\.\w{2,5}$")  # what stands for a picture that nobody described
_BRACKETS = "[]()"
_SIGNS = "+-−"  # of a charge; other signs that stand raised, as ® and *, are shown as they are
_SHOWN = RAISED | LOWERED | STRUCK | NOTE
_LONGEST_TERM = 100  # characters; a longer one is prose, not the name of what follows
_LINKED = 1 << 8  # beside the styles: within a link


@dataclass(slots=True)
class Block:
    """A piece of text on lines of its own; ``level`` makes it a heading.

    ``element`` is the element that it ends, ``gap`` what parts it from the block before, and
    ``linked`` how many of its characters are those of links.
    """

    text: str
    bare: str
    element: Element
    gap: str = PARAGRAPH
    level: int | None = None
    linked: int = 0


class Page:
    """The text of an element tree, one block after the other."""

    def __init__(self, root: Element, styles: Styles, labels: Labels) -> None:
        self.blocks: list[Block] = []
        self._root = root
        self._styles = styles
        self._labels = labels
        self._inline: list[tuple[str, int]] = []
        self._style = 0
        self._gap = PARAGRAPH
        self._mark = ""  # stands before the next block: the number of an item, a term
        self._terms: list[str] = []
        self._is_defining = False  # whether the terms of a list are awaited
        self._is_described = False  # whether a description has followed the terms
        self._lists: list[Numbers] = []
        self._level = 0  # of the last heading
        self._verbatim = 0
        self._controlled = 0  # how much of the line a control ends

    @classmethod
    def of(cls, root: Element, styles: Styles, labels: Labels) -> list[Block]:
        """The blocks of a whole tree."""
        page = cls(root, styles, labels)
        page.render(root)
        page.close(root)
        return page.blocks

    def render(self, element: Element) -> None:
        """Adds what an element shows, but not the text behind it."""
        tag = element.tag
        if not isinstance(tag, str) or self._styles.is_hidden(element):
            return
        outer = self._style
        self._style |= self._styles.of(element) | (_LINKED if tag == "a" else 0)
        if tag == "a" and self._is_note(element):
            self._style |= NOTE
        if handler := _HANDLERS.get(tag):
            handler(self, element)
        elif tag in _BLOCKS:
            self._block(element)
        elif tag in _LINES:
            self.close(element)
            self.inside(element)
            self.close(element)
        else:
            self.inside(element)
        self._style = outer

    def inside(self, element: Element) -> None:
        """Adds the text and the children of an element."""
        self._add(element.text)
        for child in element:
            self.render(child)
            self._add(child.tail)

    def close(self, element: Element, level: int | None = None) -> None:
        """Ends the block that is being written; a ``level`` makes it a heading."""
        self._controlled = 0
        if not self._inline:  # most of a page's elements hold no text of their own
            return
        written = _written(self._inline)
        bare = "".join(text for text, _ in self._inline)
        linked = sum(len(text.strip()) for text, style in self._inline if style & _LINKED)
        self._inline.clear()
        self._emit(written if self._verbatim else tidy(written), element, bare, level, linked)

    def _add(self, text: str | None) -> None:
        if text:
            self._inline.append((text, self._style))

    def _emit(
        self, text: str, element: Element, bare: str = "", level: int | None = None, linked: int = 0
    ) -> None:
        if not text.strip():
            return
        block = Block(
            self._mark + text.strip("\n"), bare or text, element, self._gap, level, linked
        )
        self.blocks.append(block)
        self._gap = LINE
        self._mark = ""

    def _begin(self, element: Element) -> None:
        self.close(element)
        if not self._mark:  # the first paragraph of an item stands beside its number
            self._gap = PARAGRAPH

    def _block(self, element: Element) -> None:
        self._begin(element)
        self.inside(element)
        self.close(element, self._level_of(element))
        self._gap = PARAGRAPH

    def _level_of(self, element: Element) -> int | None:
        found = _HEADING.match(element.tag)
        level = int(found[1]) if found else None
        if element.get("role") == "heading":
            stated = element.get("aria-level", "2")
            level = int(stated) if stated in "123456" and stated else 2
        self._level = level or self._level
        return level

    def _within(self, element: Element) -> str:
        """What an element shows, on one line, without adding it."""
        return self._part(element)._line

    def _part(self, element: Element) -> Page:
        page = Page(self._root, self._styles, self._labels)
        page._is_defining = self._is_defining and element.tag == "dt"
        page.inside(element)
        page.close(element)
        return page

    @property
    def _line(self) -> str:
        return tidy(" ".join(block.text for block in self.blocks))

    def _is_note(self, link: Element) -> bool:
        """Whether a link is the mark of a note, so that its figure is none of the text before."""
        if "noteref" in f"{link.get('role', '')} {link.get('epub:type', '')}":
            return True
        text = tidy("".join(link.itertext())).strip(_BRACKETS)
        if "#" not in link.get("href", "") or not 0 < len(text) <= len("999a"):
            return False
        before = self._inline[-1][0][-1:] if self._inline else ""
        is_raised = self._style & RAISED or link.find(".//sup") is not None
        return bool(is_raised or (text.isdecimal() and before.isalnum() and not before.isdecimal()))

    # Elements of a kind of their own

    def _break(self, element: Element) -> None:
        if self._verbatim:
            self._add("\n")
        elif self._is_in_heading(element):
            self._add(" ")
        else:
            self.close(element)

    def _is_in_heading(self, element: Element) -> bool:
        return any(_HEADING.match(str(each.tag)) for each in element.iterancestors())

    def _preformatted(self, element: Element) -> None:
        self._begin(element)
        self._verbatim += 1
        self.inside(element)
        self.close(element)
        self._verbatim -= 1
        self._gap = PARAGRAPH

    def _list(self, element: Element) -> None:
        """A list; an outer one goes on where it was, on the next line."""
        is_inner = bool(self._lists)
        self.close(element)
        self._gap = LINE if is_inner else PARAGRAPH
        self._lists.append(numbers_of(element) if element.tag == "ol" else Numbers(None))
        self.inside(element)
        self.close(element)
        self._lists.pop()
        self._gap = LINE if is_inner else PARAGRAPH

    def _item(self, element: Element) -> None:
        self.close(element)
        numbers = self._lists[-1] if self._lists else Numbers(None)
        self._mark += numbers.mark(element)
        self.inside(element)
        self.close(element)
        self._mark = ""
        self._gap = LINE

    def _definitions(self, element: Element) -> None:
        outer, self._terms, self._is_described = self._terms, [], False
        self._is_defining = True
        self._begin(element)
        self.inside(element)
        self.close(element)
        if not self._is_described:
            self._emit(" / ".join(self._terms), element)
        self._terms, self._is_described = outer, True
        self._gap = PARAGRAPH

    def _term(self, element: Element) -> None:
        if not self._is_defining:
            self._block(element)
            return
        self.close(element)
        if self._is_described:
            self._terms, self._is_described = [], False
        part = self._part(element)
        for term in (part._line, *part._terms):  # terms that are not closed lie within each other
            if len(term) > _LONGEST_TERM:
                self._emit(term, element)
            elif term:
                self._terms.append(term)

    def _description(self, element: Element) -> None:
        self.close(element)
        label = " / ".join(self._terms).rstrip(":")
        self._is_described = True
        self._mark = f"{label}{' ' if label.endswith('?') else ': '}" if label else ""
        self.inside(element)
        self.close(element)
        self._mark = ""
        self._gap = LINE

    def _summary(self, element: Element) -> None:
        """What names a part that can be opened is its heading."""
        self._begin(element)
        before = len(self.blocks)
        self.inside(element)
        self.close(element, min(6, self._level + 1) if len(self.blocks) == before else None)
        self._gap = PARAGRAPH

    def _picture(self, element: Element) -> None:
        described = tidy(element.get("alt", ""))
        if described and not _FILE_NAME.match(described):
            self._add(described)

    def _drawing(self, element: Element) -> None:
        """Of a drawing, its words."""
        for each in element.iter("text"):
            self.close(element)
            self._add(" ".join(each.itertext()))
            self.close(element)

    def _label(self, element: Element) -> None:
        if self._controlled:
            self.close(element)
        if element not in self._labels.shown_with_their_control:
            self.inside(element)

    def _control(self, element: Element) -> None:
        """A control, on a new line if nothing but another one stands before it."""
        if self._controlled == len(self._inline) and self._inline:
            self.close(element)
        label = self._labels.text(element, self._within)
        text = control_text(element, label, _written(self._inline))
        if text.startswith(":"):
            before, style = self._inline.pop()
            self._inline.append((before.rstrip(), style))
        self._add(text)
        self._controlled = len(self._inline)

    def _quotation(self, element: Element) -> None:
        self._add("“")
        self.inside(element)
        self._add("”")

    def _reading(self, element: Element) -> None:
        """The reading of a word in another script, as it is shown where there is no room above."""
        self._add("(")
        self.inside(element)
        self._add(")")

    def _fraction(self, element: Element) -> None:
        self._add(element.text)
        self._add("/".join(_grouped(self._within(part)) for part in element))
        self._add("".join(part.tail or "" for part in element))

    def _root_sign(self, element: Element) -> None:
        self._add("√" + _grouped(self._within(element)))

    def _scripts(self, element: Element) -> None:
        """A base of mathematics with what stands raised and lowered behind it."""
        self._add(element.text)
        kinds = {"msup": (RAISED,), "msub": (LOWERED,), "msubsup": (LOWERED, RAISED)}[element.tag]
        outer = self._style
        for part, style in zip(element, chain((0, *kinds), repeat(0)), strict=False):
            if style:
                self._style = outer | style
                self._add(self._within(part))
                self._style = outer
            else:
                self.render(part)
            self._add(part.tail)

    def _table(self, element: Element) -> None:
        grid = grid_of(element, self._within, self._styles.is_hidden)
        if grid is None:
            self._layout(element)
            return
        self._begin(element)
        for text in (grid.stray, grid.caption):
            self._add(text)
            self.close(element)
        self._rows(grid, element)

    def _rows(self, grid: Grid, element: Element) -> None:
        linked = grid.linked
        for line in table_lines(grid.rows, marked=grid.header_rows):
            self._gap = PARAGRAPH
            self._emit(line, element, linked=linked)
            linked = 0
        self._gap = PARAGRAPH

    def _layout(self, element: Element) -> None:
        """A table that only arranges a page: its cells are parts of the page."""
        self._begin(element)
        self.inside(element)
        self.close(element)
        self._gap = PARAGRAPH

    def _row(self, element: Element) -> None:
        """A row of a table that arranges a page: short cells are a line of their own."""
        self.close(element)
        cells = [cell for cell in element.iterchildren(*_CELLS) if not self._styles.is_hidden(cell)]
        # What holds rows is not looked at twice: rows in rows would double the work each time.
        if all(cell.find(".//table") is None and cell.find(".//tr") is None for cell in cells):
            texts = [self._within(cell) for cell in cells]
            if sum(map(bool, texts)) > 1 and max(map(len, texts)) <= _LONGEST_TERM:
                for line in table_lines([texts], marked=0):
                    self._emit(line, element)
                return
        self.inside(element)
        self.close(element)


_HANDLERS: dict[str, Callable[[Page, Element], None]] = {
    "br": Page._break,
    **dict.fromkeys(_VERBATIM - _CONTROLS, Page._preformatted),
    **dict.fromkeys(("ul", "ol", "menu", "dir"), Page._list),
    "li": Page._item,
    "dl": Page._definitions,
    "dt": Page._term,
    "dd": Page._description,
    "summary": Page._summary,
    "img": Page._picture,
    "svg": Page._drawing,
    "label": Page._label,
    **dict.fromkeys(_CONTROLS, Page._control),
    "q": Page._quotation,
    "rt": Page._reading,
    "mfrac": Page._fraction,
    "msqrt": Page._root_sign,
    **dict.fromkeys(("msup", "msub", "msubsup"), Page._scripts),
    "table": Page._table,
    "tr": Page._row,
}


def _written(pieces: Sequence[tuple[str, int]]) -> str:
    """The text of a block with its raised, lowered and struck-out parts as plain text has them."""
    if not any(style & _SHOWN for _, style in pieces):
        return "".join(text for text, _ in pieces)
    parts: list[tuple[str, int]] = []
    for style, run in groupby(pieces, key=lambda piece: piece[1] & _SHOWN):
        text = normalise("".join(piece for piece, _ in run))
        core = text.strip()
        mark = core.strip(_BRACKETS)
        if mark and (style & NOTE or (style & RAISED and core == f"[{mark}]")):
            if parts:
                parts[-1] = (parts[-1][0].rstrip(), parts[-1][1])
            text = f"[{mark}]"
        elif style & RAISED and (any(map(str.isalnum, core)) or core in _SIGNS):
            text = raised(text)
        elif style & LOWERED:
            text = lowered(text)
        parts.append((text, style & STRUCK))
    return "".join(
        struck("".join(text for text, _ in run)) if is_struck else "".join(text for text, _ in run)
        for is_struck, run in groupby(parts, key=lambda part: part[1])
    )


def _grouped(text: str) -> str:
    return text if len(text) == 1 or text.isalnum() else f"({text})"
