"""The worker process in which untrusted files are parsed: ``python -m index.load.worker BYTES``.

Reads calls from its standard input and writes what they return to its standard output, until the
other side closes. Knows which function to call only from the call.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from importlib import import_module
from typing import IO

from index.errors import DocumentError, UnreadableError
from index.load.base import LoadedDocument
from index.load.isolated import (
    Header,
    pack_document,
    pack_member,
    packed_error,
    read_message,
    write_message,
)
from index.load.limits import bounded


def main() -> None:
    """Serves calls until there are no more."""
    _limit_memory(int(sys.argv[1]))
    calls, replies = sys.stdin.buffer, _replies()
    while True:
        try:
            call, data = read_message(calls)
        except EOFError:
            return
        for header, payload in _answers(call, data):
            write_message(replies, header, payload)


def _replies() -> IO[bytes]:
    """The stream to the other side; what libraries print goes nowhere from here on."""
    stream = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    return stream


def _limit_memory(limit: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit; the limit on time still holds
        return
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))


def _answers(call: Header, data: bytes) -> Iterator[tuple[Header, bytes]]:
    """What a call returns, each thing that it yields as a message, or why it failed."""
    name = call["arguments"][0]
    try:
        function = getattr(import_module(call["module"]), call["function"])
        returned = function(data, *call["arguments"])
        if isinstance(returned, LoadedDocument):
            yield pack_document(bounded(returned, len(data)))
        elif isinstance(returned, bytes):
            yield {}, returned
        else:
            yield from map(pack_member, returned)
            yield {}, b""
    except DocumentError as error:
        yield packed_error(error), b""
    except MemoryError:
        yield _failed(f"{name} needs too much memory to read; split it")
    except RecursionError:
        yield _failed(f"{name} is nested too deeply to be read; simplify it")
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # noqa: BLE001  # of a broken file: a panic in Rust is no Exception
        detail = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        yield _failed(f"{name} is damaged or not what it seems ({detail})")


def _failed(message: str) -> tuple[Header, bytes]:
    return packed_error(UnreadableError(message)), b""


if __name__ == "__main__":
    main()
