"""What is looked at when a changed file is read: the laws of loaded documents, and the time."""

from __future__ import annotations

import re
import time
import traceback
from collections.abc import Callable, Mapping

import click

from index.errors import DocumentError
from index.load.base import LoadedDocument
from index.load.formats import LOADERS, MAILBOX, TAR, ZIP, Loader, kind_of
from index.load.limits import bounded
from index.load.unpack import unpacked

SLOWEST_S = 10.0  # of the processor, for one small file, in a process that is watched
_HALVES = re.compile("[\ud800-\udfff]")
_UNPACKED = (ZIP, TAR, MAILBOX)


def targets() -> Mapping[str, str]:
    """The suffix by which each loader is called, and those of archives, by name."""
    named: dict[str, str] = {}
    for suffix, loader in LOADERS.items():
        named.setdefault(loader.__name__.removeprefix("load_"), suffix)
    return named | {"zip": ZIP, "tar": TAR, "mailbox": MAILBOX}


class FindingError(Exception):
    """A law was broken."""


def checked_read(suffix: str) -> Callable[[bytes], None]:
    """A function that reads a file and raises FindingError where that breaks a law."""
    places: set[str] = set()

    def read(data: bytes) -> None:
        started = time.process_time()
        try:
            _read(data, suffix)
        except (FindingError, KeyboardInterrupt, SystemExit):
            raise
        except (DocumentError, RecursionError, MemoryError):
            pass
        except BaseException as error:  # noqa: BLE001  # a panic in Rust is no Exception
            place = traceback.extract_tb(error.__traceback__)[-1]
            told = f"{type(error).__name__} in {place.filename}:{place.lineno}"
            if told not in places:
                places.add(told)
                click.echo(f"told: {told}: {str(error)[:100]}", err=True)
        seconds = time.process_time() - started
        _require(seconds < SLOWEST_S, f"{len(data)} bytes took {seconds:.0f} s")

    return read


def broken_law(data: bytes, name: str, suffix: str) -> bytes:
    """For the worker: the law that the file breaks, if it breaks one."""
    try:
        _read(data, suffix)
    except FindingError as error:
        return str(error).encode()
    return b""


def _read(data: bytes, suffix: str) -> None:
    name = f"a{suffix}"
    kind_of(data, name)
    if suffix in _UNPACKED:
        allowed = {"most_members": 1000, "member_bytes": 1_000_000, "total_bytes": 10_000_000}
        for _ in unpacked(data, name, suffix, allowed):
            pass
        return
    loader: Loader = LOADERS[suffix]
    _require_laws(bounded(loader(data, name), len(data)))


def _require_laws(document: LoadedDocument) -> None:
    """What every loaded document keeps: valid text, and offsets that lie in it and ascend."""
    text = document.text
    pages = document.page_starts
    _require(_is_valid(document.title), "the title is not valid")
    _require(_is_valid(text), "the text is not valid")
    _require(list(pages) == sorted(pages), "pages do not ascend")
    _require(all(0 <= start <= len(text) for start in pages), "a page lies outside of the text")
    spans = [each.span for each in document.headings]
    _require(all(0 <= each.start < each.end <= len(text) for each in spans), "a heading is empty")


def _is_valid(text: str) -> bool:
    """Whether it can be written as UTF-8: there is no half of a character in it."""
    return text.isascii() or not _HALVES.search(text)


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise FindingError(what)
