"""Books (.epub): their chapters in the order in which they are read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath
from posixpath import dirname

from index.errors import UnreadableError
from index.load.base import LoadedDocument
from index.load.build import TextBuilder
from index.load.html import visible_text
from index.load.package import Package, opened, resolved
from index.load.runs import counted

_TYPE = "application/epub+zip"
_CONTAINER = "{urn:oasis:names:tc:opendocument:xmlns:container}"
_OPF = "{http://www.idpf.org/2007/opf}"
_CHAPTERS = ("application/xhtml+xml", "text/html", "application/x-dtbncx+xml")


def load_epub(data: bytes, name: str) -> LoadedDocument:
    """A book. Raises UnreadableError when it is damaged or its text is locked."""
    built = TextBuilder()
    missing = 0
    with opened(data, name) as package:
        root = package.needed("META-INF/container.xml").find(f".//{_CONTAINER}rootfile")
        if root is None:
            raise UnreadableError(f"{name} is damaged: it does not say where its book is")
        listing = root.get("full-path", "")
        for path in _chapters(package, listing):
            chapter = package.data(path)
            if chapter is None:
                missing += 1
            elif chapter.strip():
                built.include(visible_text(chapter, path))
        title = package.title(listing)
    if missing:
        built.leave_out(counted(missing, "missing chapter"))
    return built.document(title or built.first_heading or PurePath(name).name, _TYPE)


def _chapters(package: Package, listing: str) -> Iterator[str]:
    book = package.needed(listing)
    paths = {
        item.get("id", ""): resolved(dirname(listing), item.get("href", ""))
        for item in book.iter(f"{_OPF}item")
        if item.get("media-type", "") in _CHAPTERS
    }
    order = [reference.get("idref", "") for reference in book.iter(f"{_OPF}itemref")]
    for chapter in order or paths:
        if (path := paths.get(chapter)) is not None:
            yield path
