"""Runs parsers of untrusted files in a worker process with limits on time and memory.

One worker lives on from file to file, because starting one takes longer than reading most files. It
is replaced when it dies, overruns its time, or has served long. Knows no file format; what is
called is a function of a module and gets bytes and plain values.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from functools import cache
from typing import IO, Any, Concatenate, ParamSpec

from index.errors import DocumentError, UnreadableError, UnsupportedFormatError
from index.load.base import LoadedDocument
from index.types import Heading, Span

TIMEOUT_S = 120.0  # a scanned book of 1,000 pages takes 10 s on a slow machine
MEMORY_BYTES = 2 << 30  # a film of a file is refused before; the largest tables need some 500 MB
_CALLS_PER_WORKER = 1000  # native libraries lose a little memory with each broken file
_PASSED_ON = (
    "PATH HOME LANG LC_ALL TMPDIR TEMP SYSTEMROOT LD_LIBRARY_PATH DYLD_LIBRARY_PATH".split()
)
_ERRORS = {kind.__name__: kind for kind in (DocumentError, UnreadableError, UnsupportedFormatError)}

Arguments = ParamSpec("Arguments")
Header = Mapping[str, Any]

_LENGTHS = struct.Struct("<IQ")  # bytes of the JSON header, bytes of the payload


def write_message(stream: IO[bytes], header: Header, payload: bytes) -> None:
    """Sends a header and bytes. JSON, because a parser that was taken over may write it."""
    encoded = json.dumps(header).encode()
    stream.write(_LENGTHS.pack(len(encoded), len(payload)))
    stream.write(encoded)
    stream.write(payload)
    stream.flush()


def read_message(stream: IO[bytes]) -> tuple[dict[str, Any], bytes]:
    """A header and bytes. Raises EOFError when the other side is gone."""
    header_length, payload_length = _LENGTHS.unpack(_exactly(stream, _LENGTHS.size))
    header = json.loads(_exactly(stream, header_length))
    return header, _exactly(stream, payload_length)


def _exactly(stream: IO[bytes], length: int) -> bytes:
    data = stream.read(length)
    if len(data) < length:
        raise EOFError
    return data


def pack_document(document: LoadedDocument) -> tuple[Header, bytes]:
    """A document as the header and payload of a message."""
    header = {
        "title": document.title,
        "media_type": document.media_type,
        "page_starts": document.page_starts,
        "headings": [(each.span.start, each.span.end, each.level) for each in document.headings],
        "left_out": document.left_out,
        "recognised": document.recognised,
    }
    return header, document.text.encode()


def _unpack_document(header: Header, payload: bytes) -> LoadedDocument:
    headings = tuple(Heading(Span(start, end), level) for start, end, level in header["headings"])
    return LoadedDocument(
        header["title"],
        header["media_type"],
        payload.decode(),
        tuple(header["page_starts"]),
        headings,
        tuple(header["left_out"]),
        tuple(header["recognised"]),
    )


class Runner:
    """Calls functions in a worker process, one at a time. Safe to use from several threads.

    Each call raises the DocumentError that the function raised, and UnreadableError when it needs
    more than ``timeout_s`` or ``memory_bytes``, crashes or fails in any other way.
    """

    def __init__(self, timeout_s: float = TIMEOUT_S, memory_bytes: int = MEMORY_BYTES) -> None:
        self._timeout_s = timeout_s
        self._memory_bytes = memory_bytes
        self._lock = threading.Lock()
        self._worker: subprocess.Popen[bytes] | None = None
        self._calls = 0

    def document(
        self,
        function: Callable[Concatenate[bytes, str, Arguments], LoadedDocument],
        data: bytes,
        name: str,
        *arguments: Arguments.args,
        **_: Arguments.kwargs,
    ) -> LoadedDocument:
        """``function(data, name, *arguments)`` in the worker."""
        return _unpack_document(*self._call(function, data, name, *arguments))

    def data(
        self,
        function: Callable[Concatenate[bytes, str, Arguments], bytes],
        data: bytes,
        name: str,
        *arguments: Arguments.args,
        **_: Arguments.kwargs,
    ) -> bytes:
        """``function(data, name, *arguments)`` in the worker."""
        return self._call(function, data, name, *arguments)[1]

    def close(self) -> None:
        """Ends the worker; the next call starts another."""
        with self._lock:
            self._end()

    def _call(
        self, function: Callable[..., object], data: bytes, name: str, *arguments: object
    ) -> tuple[dict[str, Any], bytes]:
        request = {
            "module": function.__module__,
            "function": function.__qualname__,
            "arguments": [name, *arguments],
        }
        with self._lock:
            header, payload = self._exchange(request, data, name)
        if "error" in header:
            raise _ERRORS.get(header["error"], UnreadableError)(header["message"])
        return header, payload

    def _exchange(self, request: Header, data: bytes, name: str) -> tuple[dict[str, Any], bytes]:
        worker = self._running()
        assert worker.stdin
        assert worker.stdout
        overrun = threading.Event()

        def stop() -> None:
            overrun.set()
            worker.kill()

        timer = threading.Timer(self._timeout_s, stop)
        timer.daemon = True
        timer.start()
        try:
            write_message(worker.stdin, request, data)
            return read_message(worker.stdout)
        except (OSError, EOFError, ValueError) as error:
            self._end()
            raise UnreadableError(self._why(name, overrun.is_set(), worker.returncode)) from error
        except BaseException:  # interrupted while it answers: the answer belongs to no later call
            self._end()
            raise
        finally:
            timer.cancel()

    def _why(self, name: str, overrun: bool, code: int) -> str:
        if overrun:
            return f"{name} takes more than {self._timeout_s:g} s to read; split or convert it"
        return f"{name} is damaged: reading it crashes the parser ({code}); convert or mend it"

    def _running(self) -> subprocess.Popen[bytes]:
        self._calls += 1
        if self._calls > _CALLS_PER_WORKER or (self._worker and self._worker.poll() is not None):
            self._end()
        if self._worker is None:
            self._calls = 1
            self._worker = subprocess.Popen(
                # -P: a folder called index where the command was run is not this package.
                [sys.executable, "-P", "-m", "index.load.worker", str(self._memory_bytes)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # parsers print warnings that nobody can act on
                env=_environment(),
            )
        return self._worker

    def _end(self) -> None:
        worker, self._worker = self._worker, None
        if worker is None:
            return
        worker.kill()
        worker.wait()
        for stream in (worker.stdin, worker.stdout):
            if stream:
                with contextlib.suppress(OSError):  # what was not sent yet cannot be flushed
                    stream.close()


def _environment() -> dict[str, str]:
    """What a parser needs to run, and no key or password that is for others."""
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return kept | {"PYTHONPATH": os.pathsep.join(path or "." for path in sys.path)}


@cache
def runner(purpose: str = "loading") -> Runner:  # noqa: ARG001  # the cache goes by it
    """The runner that all of this process share for a purpose: one must not wait for another."""
    shared = Runner()
    atexit.register(shared.close)
    if hasattr(os, "register_at_fork"):  # a fork would share the worker's pipes with its parent
        os.register_at_fork(after_in_child=runner.cache_clear)
    return shared
