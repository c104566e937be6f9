"""Documents that are ZIP archives of XML: opened with limits, parsed without network or entities.

Knows what Office Open XML, OpenDocument and EPUB have in common, and none of them.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from index.errors import UnreadableError
from index.load.build import TextBuilder
from index.load.runs import counted

if TYPE_CHECKING:
    from lxml.etree import _Element as Element  # type: ignore[import-untyped]

_NAMED = 1 << 16  # bytes; the names of a part's elements are declared in its first tag
MAX_PART_BYTES = 100_000_000  # one XML file: the text of some 50,000 pages
MAX_BYTES = 500_000_000  # of all parts that are read, each time that one is: takes a minute
MAX_PARTS = 50_000  # files in the archive: a book with a picture on each of its pages has 2,000
_RELATIONSHIPS = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_STRICT = re.compile(rb"""(xmlns(?::\w+)?\s*=\s*["'])http://purl\.oclc\.org/ooxml/(\w+)/""")
_TRANSITIONAL = rb"\1http://schemas.openxmlformats.org/\2/2006/"
_ALTERNATE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent"
_SHOWN = {
    "t",
    "chart",
    "relIds",
    "oMath",
    "textpath",
}  # what puts something before a reader
_DUBLIN_CORE_TITLE = "{http://purl.org/dc/elements/1.1/}title"


class Relationship(NamedTuple):
    """What one part of an Office document says of another: its id there, its kind, its path."""

    id: str
    kind: str
    path: str


class TooLargeError(UnreadableError):
    """The parts unpack to more than is read; no part of such a file is passed over as damaged."""


class Package:
    """An open archive of parts; a part that is missing is None."""

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        self._archive = archive
        self._name = name
        self._names = {each.lower(): each for each in archive.namelist()}
        self._damaged: set[str] = set()
        self._bytes = 0

    def data(self, path: str) -> bytes | None:
        """The bytes of a part, found in any case. Raises UnreadableError for too many."""
        stored = self._names.get(path.lstrip("/").lower())
        if stored is None:
            return None
        with self._archive.open(stored) as part:
            data = part.read(MAX_PART_BYTES + 1)
        self._bytes += len(data)
        for size, most in ((len(data), MAX_PART_BYTES), (self._bytes, MAX_BYTES)):
            if size > most:
                raise TooLargeError(
                    f"{self._name} unpacks to more than {most // 1_000_000} MB; split it"
                )
        return data

    def xml(self, path: str) -> Element | None:
        """The root of a part without which there is still a document; None if it is damaged.

        The names of the strict form of Office Open XML are read as those of the usual one.
        """
        try:
            return self._parsed(path)
        except TooLargeError:
            raise
        except (UnreadableError, zipfile.BadZipFile, zlib.error, EOFError):
            self._damaged.add(path)
            return None

    def _parsed(self, path: str) -> Element | None:
        data = self.data(path)
        if data is not None and b"purl.oclc.org/ooxml" in data[:_NAMED]:
            data = _STRICT.sub(_TRANSITIONAL, data)
        return None if data is None else parse_xml(data, self._name)

    def needed(self, path: str) -> Element:
        """The root of a part without which the document is none. Raises UnreadableError."""
        root = self._parsed(path)
        if root is None:
            raise UnreadableError(f"{self._name} is damaged: it lacks {path}; save it again")
        return root

    def relationships(self, path: str) -> list[Relationship]:
        """What an Office part refers to within the file, in its order."""
        folder, file = posixpath.split(path)
        root = self.xml(f"{folder}/_rels/{file}.rels")
        return [
            Relationship(
                each.get("Id", ""),
                each.get("Type", "").rpartition("/")[2],
                resolved(folder, each.get("Target", "")),
            )
            for each in ([] if root is None else root.iter(_RELATIONSHIPS))
            if each.get("TargetMode") != "External"
        ]

    def related(self, path: str) -> Mapping[str, str]:
        """The parts that an Office part refers to, by the ids that stand for them in it."""
        return {each.id: each.path for each in self.relationships(path)}

    def external(self, path: str) -> Mapping[str, str]:
        """The addresses outside of the file that an Office part refers to, by their ids."""
        folder, file = posixpath.split(path)
        root = self.xml(f"{folder}/_rels/{file}.rels")
        if root is None:
            return {}
        return {
            each.get("Id", ""): each.get("Target", "")
            for each in root.iter(_RELATIONSHIPS)
            if each.get("TargetMode") == "External"
        }

    def has(self, path: str) -> bool:
        """Whether there is a part of this name, in any case."""
        return path.lstrip("/").lower() in self._names

    def names(self) -> list[str]:
        """The names of all parts, in lower case."""
        return list(self._names)

    def elements(self, path: str, names: Iterable[str]) -> Iterator[Element]:
        """The elements of these local names in a part of any size, each gone after its turn.

        Raises UnreadableError when it is not XML.
        """
        from lxml import etree  # type: ignore[import-untyped]

        stored = self._names[path.lstrip("/").lower()]
        with self._archive.open(stored) as part:
            try:
                for _, element in etree.iterparse(
                    part,
                    tag=[f"{{*}}{name}" for name in names],
                    resolve_entities=False,
                    no_network=True,
                    recover=True,
                ):
                    yield element
                    element.clear()
                    while element.getprevious() is not None:
                        del element.getparent()[0]
            except etree.XMLSyntaxError as error:
                raise UnreadableError(
                    f"{self._name} holds broken XML ({error}); save it again"
                ) from error

    def leave_out_damaged(self, built: TextBuilder) -> None:
        """Notes how many parts are so damaged that what they say is not in the text."""
        if self._damaged:
            built.leave_out(counted(len(self._damaged), "damaged part"))

    def title(self, path: str) -> str:
        """The title among the metadata in ``path``; empty without one."""
        root = self.xml(path)
        return "" if root is None else root.findtext(f".//{_DUBLIN_CORE_TITLE}") or ""


def children(element: Element) -> Iterator[Element]:
    """The children of an element of Office; of alternatives for older programs, one."""
    for child in element:
        if child.tag != _ALTERNATE:
            yield child
        elif len(child):
            yield from children(next(filter(_shows, child), child[0]))


def descendants(element: Element, *tags: str) -> Iterator[Element]:
    """All elements with one of ``tags`` in an element of Office, but none within another one."""
    for child in children(element):
        if child.tag in tags:
            yield child
        else:
            yield from descendants(child, *tags)


def _shows(alternative: Element) -> bool:
    return any(
        isinstance(each.tag, str) and each.tag.rpartition("}")[2] in _SHOWN
        for each in alternative.iter()
    )


def resolved(folder: str, target: str) -> str:
    """The path of a part that one in ``folder`` refers to."""
    target = unquote(target.partition("#")[0])
    return posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")


@contextmanager
def opened(data: bytes, name: str) -> Iterator[Package]:
    """The package in ``data``. Raises UnreadableError when it is encrypted or damaged."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            if len(archive.infolist()) > MAX_PARTS:
                raise TooLargeError(f"{name} has more than {MAX_PARTS:,} parts; split it")
            if any(each.flag_bits & 1 for each in archive.infolist()):
                raise UnreadableError(f"{name} is encrypted; save it without its password")
            yield Package(archive, name)
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        EOFError,
        ValueError,  # of a part that is said to begin before the archive
    ) as error:
        raise UnreadableError(f"{name} is damaged ({error}); mend it or save it again") from error


def parse_xml(data: bytes, name: str) -> Element:
    """The root element of XML; slips of programs are mended. Raises UnreadableError."""
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, recover=True, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableError(f"{name} holds broken XML ({error}); save it again") from error
    if root is None:
        raise UnreadableError(f"{name} holds no XML; save it again")
    return root
