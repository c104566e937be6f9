"""The worker process in which untrusted files are parsed: ``python -m index.load.worker BYTES``.

Reads calls from its standard input and writes what they return to its standard output, until the
other side closes. Knows which function to call only from the call.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import IO

from index.errors import DocumentError
from index.load.base import LoadedDocument
from index.load.isolated import Header, pack_document, read_message, write_message


def main() -> None:
    """Serves calls until there are no more."""
    _limit_memory(int(sys.argv[1]))
    calls, replies = sys.stdin.buffer, _replies()
    while True:
        try:
            call, data = read_message(calls)
        except EOFError:
            return
        write_message(replies, *_reply(call, data))


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


def _reply(call: Header, data: bytes) -> tuple[Header, bytes]:
    name = call["arguments"][0]
    try:
        function = getattr(import_module(call["module"]), call["function"])
        returned = function(data, *call["arguments"])
        return pack_document(returned) if isinstance(returned, LoadedDocument) else ({}, returned)
    except DocumentError as error:
        return _failed(type(error).__name__, str(error))
    except MemoryError:
        return _failed("UnreadableError", f"{name} needs too much memory to read; split it")
    except RecursionError:
        return _failed("UnreadableError", f"{name} is nested too deeply to be read; simplify it")
    except Exception as error:  # noqa: BLE001  # a parser may raise anything over a broken file
        detail = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        return _failed("UnreadableError", f"{name} is damaged or not what it seems ({detail})")


def _failed(kind: str, message: str) -> tuple[Header, bytes]:
    return {"error": kind, "message": message}, b""


if __name__ == "__main__":
    main()
