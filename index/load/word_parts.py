"""The parts of a Word document beside its text: notes, comments, settings, headers and footers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from index.load.package import Package
from index.load.word_inline import Notes
from index.load.word_styles import W, is_on, value

if TYPE_CHECKING:
    from lxml.etree import _Element as Element  # type: ignore[import-untyped]

_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_LINES_ABOVE_NOTES = ("separator", "continuationSeparator", "continuationNotice")


class Parts:
    """What the main part of a document refers to, by its kind."""

    def __init__(self, package: Package, main: str) -> None:
        self._package = package
        self._main = main
        self._by_kind = {each.kind: each.path for each in package.relationships(main)}
        self.settings = self.root("settings")

    def root(self, kind: str) -> Element | None:
        """The root of the part of a kind, found beside the main part where nothing names it."""
        folder = self._main.rpartition("/")[0]
        return self._package.xml(self._by_kind.get(kind, f"{folder}/{kind}.xml"))

    def notes(self) -> dict[str, Notes]:
        """The notes and comments by their kind."""
        found = {"comment": Notes(_by_id(self.root("comments"), "comment"))}
        for kind, usual in (("footnote", "decimal"), ("endnote", "lowerRoman")):
            way = value(self.settings, f"{W}{kind}Pr/{W}numFmt") or usual
            start = value(self.settings, f"{W}{kind}Pr/{W}numStart")
            before = int(start) - 1 if start.isdecimal() else 0
            found[kind] = Notes(_by_id(self.root(f"{kind}s"), kind), way, before)
        return found

    def margins(self, document: Element, kind: str) -> Iterator[str]:
        """The paths of the headers or footers that are shown on any page."""
        sections = [
            each
            for each in document.iter(f"{W}sectPr")
            if (above := each.getparent()) is not None and above.tag != f"{W}sectPrChange"
        ]
        shown = {
            "default": True,
            "first": any(is_on(each, f"{W}titlePg") for each in sections),
            "even": is_on(self.settings, f"{W}evenAndOddHeaders"),
        }
        related = self._package.related(self._main)
        paths = {
            related.get(each.get(f"{_R}id", ""), "")
            for section in sections
            for each in section.iter(f"{W}{kind}Reference")
            if shown.get(each.get(f"{W}type", "default"))
        }
        yield from sorted(paths - {""}, key=list(related.values()).index)


def _by_id(root: Element | None, kind: str) -> dict[str, Element]:
    return {
        each.get(f"{W}id", ""): each
        for each in (() if root is None else root.iter(f"{W}{kind}"))
        if each.get(f"{W}type") not in _LINES_ABOVE_NOTES
    }
