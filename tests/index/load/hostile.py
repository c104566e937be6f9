"""Functions as bad as the worst parser, to be called in the worker."""

from __future__ import annotations

import ctypes
import os
import stat
import sys
import time
from collections.abc import Iterator

from index.errors import UnreadableError, UnsupportedFormatError
from index.load.base import LoadedDocument
from index.load.isolated import Member
from index.types import Heading, Span


def well(data: bytes, name: str, suffix: str = "") -> LoadedDocument:
    print("noise on standard output")
    text = data.decode() + suffix
    headings = (Heading(Span(0, 2), 1),)
    return LoadedDocument(name, "text/plain", text, (0, 2), headings, ("3 notes",), (2,))


def process_id(data: bytes, name: str) -> bytes:
    return str(os.getpid()).encode()


def environment(data: bytes, name: str) -> bytes:
    return repr(dict(os.environ)).encode()


def hang(data: bytes, name: str) -> bytes:
    time.sleep(3600)
    return data


class PanicError(BaseException):
    """As parsers in Rust raise it."""


def panic(data: bytes, name: str) -> bytes:
    raise PanicError("index out of range")


def crash(data: bytes, name: str) -> bytes:
    ctypes.string_at(0)
    return data


def eat_memory(data: bytes, name: str) -> bytes:
    return bytes(8 << 30)


def recurse(data: bytes, name: str) -> bytes:
    return recurse(data, name)


def fail(data: bytes, name: str) -> bytes:
    raise KeyError(data)


def refuse(data: bytes, name: str) -> bytes:
    raise UnsupportedFormatError(f"{name} is refused")


def leave(data: bytes, name: str) -> bytes:
    sys.exit(3)


def several(data: bytes, name: str, count: int) -> Iterator[Member]:
    for number in range(count):
        yield Member(str(number), data, len(data))
    yield Member("bad", UnreadableError("it is bad"))


def several_then_crash(data: bytes, name: str) -> Iterator[Member]:
    yield Member("one", data)
    crash(data, name)


def several_then_fail(data: bytes, name: str) -> Iterator[Member]:
    yield Member("one", data)
    raise KeyError(name)


def several_slowly(data: bytes, name: str) -> Iterator[Member]:
    while True:
        time.sleep(0.08)
        yield Member("one", data)


def lie(data: bytes, name: str) -> bytes:
    """Writes ``data`` to the other side as a parser would that was taken over."""
    for descriptor in range(3, 20):
        try:
            is_pipe = stat.S_ISFIFO(os.fstat(descriptor).st_mode)
        except OSError:
            continue
        if is_pipe:
            os.write(descriptor, data)
    time.sleep(3600)
    return data


def long(data: bytes, name: str, length: int) -> LoadedDocument:
    return LoadedDocument("t" * 10_000, "text/plain", "x" * length, left_out=("1 note",) * 1000)


def of_headings(data: bytes, name: str, count: int) -> LoadedDocument:
    text = "h\n" * count + "x" * 2000
    spans = [Span(2 * n, 2 * n + 1) for n in range(count)] + [Span(2 * count, len(text))]
    return LoadedDocument("t", "text/plain", text, (), tuple(Heading(each, 1) for each in spans))


def of_pages(data: bytes, name: str, count: int) -> LoadedDocument:
    return LoadedDocument("t", "text/plain", "x" * count, tuple(range(count)))
