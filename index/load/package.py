"""Documents that are ZIP archives of XML: opened with limits, parsed without network or entities.

Knows what Office Open XML, OpenDocument and EPUB have in common, and none of them.
"""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import unquote

from index.errors import UnreadableError

if TYPE_CHECKING:
    from lxml.etree import _Element as Element  # type: ignore[import-untyped]

MAX_PART_BYTES = 100_000_000  # one XML file: the text of some 50,000 pages
_RELATIONSHIPS = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_DUBLIN_CORE_TITLE = "{http://purl.org/dc/elements/1.1/}title"


class Package:
    """An open archive of parts; a part that is missing is None."""

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        self._archive = archive
        self._name = name
        self._names = {each.lower(): each for each in archive.namelist()}

    def data(self, path: str) -> bytes | None:
        """The bytes of a part, found in any case. Raises UnreadableError for too many."""
        stored = self._names.get(path.lstrip("/").lower())
        if stored is None:
            return None
        with self._archive.open(stored) as part:
            data = part.read(MAX_PART_BYTES + 1)
        if len(data) > MAX_PART_BYTES:
            raise UnreadableError(
                f"{self._name} unpacks to more than {MAX_PART_BYTES // 1_000_000} MB; split it"
            )
        return data

    def xml(self, path: str) -> Element | None:
        """The root of a part. Raises UnreadableError when it is not XML."""
        data = self.data(path)
        return None if data is None else parse_xml(data, self._name)

    def needed(self, path: str) -> Element:
        """The root of a part without which the document is none. Raises UnreadableError."""
        root = self.xml(path)
        if root is None:
            raise UnreadableError(f"{self._name} is damaged: it lacks {path}; save it again")
        return root

    def related(self, path: str) -> Mapping[str, str]:
        """The parts that an Office part refers to, by the ids that stand for them in it."""
        folder, file = posixpath.split(path)
        root = self.xml(f"{folder}/_rels/{file}.rels")
        if root is None:
            return {}
        return {
            each.get("Id", ""): resolved(folder, each.get("Target", ""))
            for each in root.iter(_RELATIONSHIPS)
            if each.get("TargetMode") != "External"
        }

    def title(self, path: str) -> str:
        """The title among the metadata in ``path``; empty without one."""
        root = self.xml(path)
        return "" if root is None else root.findtext(f".//{_DUBLIN_CORE_TITLE}") or ""


def resolved(folder: str, target: str) -> str:
    """The path of a part that one in ``folder`` refers to."""
    target = unquote(target.partition("#")[0])
    return posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")


@contextmanager
def opened(data: bytes, name: str) -> Iterator[Package]:
    """The package in ``data``. Raises UnreadableError when it is encrypted or damaged."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            if any(each.flag_bits & 1 for each in archive.infolist()):
                raise UnreadableError(f"{name} is encrypted; save it without its password")
            yield Package(archive, name)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError) as error:
        raise UnreadableError(f"{name} is damaged ({error}); mend it or save it again") from error


def parse_xml(data: bytes, name: str) -> Element:
    """The root element of XML; slips of programs are mended. Raises UnreadableError."""
    from lxml import etree  # type: ignore[import-untyped]

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
