"""Runs parsers of untrusted files in worker processes with limits on time and memory.

Workers live on from file to file, because starting one takes longer than reading most files. One is
replaced when it dies, overruns its time, or has served long. Knows no file format; what is called
is a function of a module and gets bytes and plain values.
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
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import IO, Any, Concatenate, ParamSpec

from index.errors import DocumentError, UnreadableError, UnsupportedFormatError
from index.load.base import LoadedDocument
from index.types import Heading, Span

TIMEOUT_S = 120.0  # a scanned book of 1,000 pages takes 10 s on a slow machine
MEMORY_BYTES = 2 << 30  # a film of a file is refused before; the largest tables need some 500 MB
WORKERS = 4  # at once: files that take all of their time do not stop the others
_STREAM_TIMES = 5  # as long as one call: all that a stream's worker may compute
_CALLS_PER_WORKER = 1000  # native libraries lose a little memory with each broken file
_MOST_HEADER_BYTES = 64 << 20  # of a reply: the headings of a document
_MOST_PAYLOAD_BYTES = 256 << 20  # of a reply: the largest text or file of an archive
_PASSED_ON = (
    "PATH HOME LANG LC_ALL TMPDIR TEMP SYSTEMROOT LD_LIBRARY_PATH DYLD_LIBRARY_PATH".split()
)
_ERRORS = {kind.__name__: kind for kind in (DocumentError, UnreadableError, UnsupportedFormatError)}

Arguments = ParamSpec("Arguments")
Header = Mapping[str, Any]
Message = tuple[dict[str, Any], bytes]

_LENGTHS = struct.Struct("<IQ")  # bytes of the JSON header, bytes of the payload


@dataclass(frozen=True, slots=True)
class Member:
    """A file within another, or why it cannot be read.

    ``taken`` is how many bytes were unpacked since the member before it.
    """

    name: str
    content: bytes | DocumentError
    taken: int = 0


def write_message(stream: IO[bytes], header: Header, payload: bytes) -> None:
    """Sends a header and bytes. JSON, because a parser that was taken over may write it."""
    encoded = json.dumps(header).encode()
    stream.write(_LENGTHS.pack(len(encoded), len(payload)))
    stream.write(encoded)
    stream.write(payload)
    stream.flush()


def read_message(stream: IO[bytes]) -> Message:
    """A header and bytes. Raises EOFError when the other side is gone or sends more than it may."""
    header_length, payload_length = _LENGTHS.unpack(_exactly(stream, _LENGTHS.size))
    if header_length > _MOST_HEADER_BYTES or payload_length > _MOST_PAYLOAD_BYTES:
        raise EOFError
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
        "pictures": document.pictures,
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
        tuple(header["pictures"]),
    )


def pack_member(member: Member) -> tuple[Header, bytes]:
    """A file within another as the header and payload of a message."""
    header: dict[str, Any] = {"member": member.name, "taken": member.taken}
    if isinstance(member.content, bytes):
        return header, member.content
    return header | packed_error(member.content), b""


def packed_error(error: DocumentError) -> dict[str, str]:
    """An error as a part of a header."""
    return {"error": type(error).__name__, "message": str(error)}


def _unpacked_error(header: Header) -> DocumentError:
    return _ERRORS.get(header["error"], UnreadableError)(header["message"])


class Runner:
    """Calls functions in worker processes. Safe to use from several threads.

    Each call raises the DocumentError that the function raised, and UnreadableError when it needs
    more than ``timeout_s`` or ``memory_bytes``, crashes or fails in any other way. At most
    ``workers`` calls run at once; others wait for one of them.
    """

    def __init__(
        self,
        timeout_s: float = TIMEOUT_S,
        memory_bytes: int = MEMORY_BYTES,
        workers: int = WORKERS,
    ) -> None:
        self._timeout_s = timeout_s
        self._memory_bytes = memory_bytes
        self._turns = threading.BoundedSemaphore(workers)
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []
        self._busy: set[_Worker] = set()

    def document(
        self,
        function: Callable[Concatenate[bytes, str, Arguments], LoadedDocument],
        data: bytes,
        name: str,
        *arguments: Arguments.args,
        **_: Arguments.kwargs,
    ) -> LoadedDocument:
        """``function(data, name, *arguments)`` in a worker."""
        header, payload = self._call(function, data, name, *arguments)
        try:
            return _unpack_document(header, payload)
        except (KeyError, TypeError, ValueError) as error:
            raise _crashed(name, "no document came back") from error

    def data(
        self,
        function: Callable[Concatenate[bytes, str, Arguments], bytes],
        data: bytes,
        name: str,
        *arguments: Arguments.args,
        **_: Arguments.kwargs,
    ) -> bytes:
        """``function(data, name, *arguments)`` in a worker."""
        return self._call(function, data, name, *arguments)[1]

    def members(
        self,
        function: Callable[Concatenate[bytes, str, Arguments], Iterator[Member]],
        data: bytes,
        name: str,
        *arguments: Arguments.args,
        **_: Arguments.kwargs,
    ) -> Generator[Member, None, None]:
        """What ``function(data, name, *arguments)`` yields in a worker, one after the other.

        It waits for no turn: who reads a member may need one while this worker waits.
        """
        left_s = _STREAM_TIMES * self._timeout_s
        with self._lent() as worker:
            request: Message | None = (_request(function, name, *arguments), data)
            while True:
                started = time.monotonic()
                header, payload = worker.exchange(request, name, min(left_s, self._timeout_s))
                left_s = max(0.0, left_s - (time.monotonic() - started))
                if "member" not in header:
                    break
                content = _unpacked_error(header) if "error" in header else payload
                yield Member(header["member"], content, header["taken"])
                request = None
        if "error" in header:
            raise _unpacked_error(header)

    def close(self) -> None:
        """Ends the workers; the next call starts another."""
        with self._lock:
            workers = [*self._idle, *self._busy]
            self._idle.clear()
        for worker in workers:
            worker.end()

    def _call(
        self, function: Callable[..., object], data: bytes, name: str, *arguments: object
    ) -> Message:
        with self._turns, self._lent() as worker:
            request = (_request(function, name, *arguments), data)
            header, payload = worker.exchange(request, name, self._timeout_s)
        if "error" in header:
            raise _unpacked_error(header)
        return header, payload

    @contextlib.contextmanager
    def _lent(self) -> Iterator[_Worker]:
        """A worker for one call. One whose call was not ended in order serves no other."""
        with self._lock:
            worker = self._idle.pop() if self._idle else _Worker(self._memory_bytes)
            if not worker.serves_on():
                worker.end()
                worker = _Worker(self._memory_bytes)
            self._busy.add(worker)
        try:
            yield worker
        except BaseException:  # interrupted while it answers: the answer belongs to no later call
            with self._lock:
                self._busy.discard(worker)
            worker.end()
            raise
        with self._lock:
            self._busy.discard(worker)
            self._idle.append(worker)


def _request(function: Callable[..., object], name: str, *arguments: object) -> dict[str, Any]:
    return {
        "module": function.__module__,
        "function": function.__qualname__,
        "arguments": [name, *arguments],
    }


def _crashed(name: str, detail: object) -> UnreadableError:
    return UnreadableError(
        f"{name} is damaged: reading it crashes the parser ({detail}); convert or mend it"
    )


class _Worker:
    """One worker process, and one call at a time."""

    def __init__(self, memory_bytes: int) -> None:
        self._calls = 0
        self._process = subprocess.Popen(
            # -P: a folder called index where the command was run is not this package.
            [sys.executable, "-P", "-m", "index.load.worker", str(memory_bytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # parsers print warnings that nobody can act on
            env=_environment(),
        )

    def serves_on(self) -> bool:
        """Whether it is still alive and has not served too long."""
        return self._calls < _CALLS_PER_WORKER and self._process.poll() is None

    def exchange(self, request: Message | None, name: str, timeout_s: float) -> Message:
        """Sends the request, if there is one, and returns the next reply.

        Raises UnreadableError when there is none within ``timeout_s``.
        """
        process = self._process
        assert process.stdin
        assert process.stdout
        overrun = threading.Event()

        def stop() -> None:
            overrun.set()
            process.kill()

        timer = threading.Timer(timeout_s, stop)
        timer.daemon = True
        timer.start()
        try:
            if request is not None:
                self._calls += 1
                write_message(process.stdin, *request)
            return read_message(process.stdout)
        except (OSError, EOFError, ValueError, RecursionError) as error:
            self.end()
            if overrun.is_set():
                raise UnreadableError(
                    f"{name} takes more than {timeout_s:g} s to read; split or convert it"
                ) from error
            raise _crashed(name, process.returncode) from error
        finally:
            timer.cancel()

    def end(self) -> None:
        """Kills the process and closes the pipes to it."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
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
