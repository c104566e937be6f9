"""Functions as bad as the worst parser, to be called in the worker."""

from __future__ import annotations

import ctypes
import os
import sys
import time

from index.errors import UnsupportedFormatError
from index.load.base import LoadedDocument
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
