"""One loader after another is fuzzed in processes of their own, some at a time.

What would end the worker in the product ends such a process: too much memory, which it has as much
of as the worker, or a crash of the parser. It is counted, its file kept, and the fuzzing goes on.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import random
import re
import resource
import signal
import struct
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from index.load.isolated import MEMORY_BYTES
from tests.attacks.fuzz_changes import changed_inside, is_packed
from tests.attacks.fuzz_read import FindingError, checked_read, targets
from tests.attacks.fuzz_seeds import LARGEST, seeds

_FOUND = 9  # the exit code of a process that found a broken law
_HANGS_S = 60  # of the processor, after which a file is not waited for
_COUNTS = struct.Struct("<QQ")  # files that were read, bytes of the one that is read now


@dataclass(slots=True)
class Fuzzed:
    """What came of the fuzzing of a loader."""

    loader: str
    files: int = 0
    seconds: float = 0.0
    cpu_s: float = 0.0
    coverage: int = 0  # places in the code that were reached
    ended: int = 0  # times that a file ended the process, as it would end the worker
    findings: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)  # exceptions that the worker tells in words


class _Shared:
    """What the process that fuzzes last said, readable when it is gone."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _COUNTS.size + LARGEST)

    def begin(self, data: bytes) -> None:
        files, _ = _COUNTS.unpack_from(self._memory)
        _COUNTS.pack_into(self._memory, 0, files + 1, len(data))
        self._memory[_COUNTS.size : _COUNTS.size + len(data)] = data

    @property
    def files(self) -> int:
        return int(_COUNTS.unpack_from(self._memory)[0])

    @property
    def data(self) -> bytes:
        length = _COUNTS.unpack_from(self._memory)[1]
        return self._memory[_COUNTS.size : _COUNTS.size + length]


class _Running:
    """The fuzzing of one loader, begun again when a file ends its process, until time is up."""

    def __init__(self, loader: str, seconds: float, corpus: Path, found: Path) -> None:
        self.result = Fuzzed(loader)
        self._started = time.monotonic()
        self._seconds = seconds
        self._corpus = corpus
        self._found = found
        self._shared = _Shared()
        self._output = tempfile.TemporaryFile()  # noqa: SIM115  # outlives this method
        corpus.mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(seeds(targets()[loader])):
            (corpus / f"seed-{number}").write_bytes(seed)

    def start(self) -> int:
        """Begins, or goes on; the process is returned."""
        left = max(1, round(self._seconds - (time.monotonic() - self._started)))
        child = os.fork()
        if not child:
            os.dup2(self._output.fileno(), 2)
            os.dup2(self._output.fileno(), 1)
            _fuzz(self.result.loader, left, self._corpus, self._shared)
        return child

    def ended(self, status: int, used: resource.struct_rusage) -> bool:
        """Takes what the process came to; whether the loader has had its time."""
        result = self.result
        result.cpu_s += used.ru_utime + used.ru_stime
        result.files = self._shared.files
        result.seconds = time.monotonic() - self._started
        self._read_output()
        if status:
            self._take(os.waitstatus_to_exitcode(status))
        if is_over := not status or result.seconds >= self._seconds:
            self._output.close()
        return is_over

    def _take(self, code: int) -> None:
        data = self._shared.data
        for each in self._corpus.iterdir():
            if each.read_bytes() == data:
                each.unlink()  # else the next process would begin with it
        kind = {_FOUND: "finding", -signal.SIGPROF: "hang"}.get(code, "end")
        kept = self._found / f"{self.result.loader}-{kind}-{hashlib.sha1(data).hexdigest()[:8]}"
        kept.write_bytes(data)
        if kind == "end":
            self.result.ended += 1
        elif kind == "hang":
            self.result.findings.append(f"takes more than {_HANGS_S} s ({kept.name})")

    def _read_output(self) -> None:
        self._output.seek(0)
        for line in self._output.read().decode(errors="replace").splitlines():
            if reached := re.search(r"\bcov: (\d+)", line):
                self.result.coverage = max(self.result.coverage, int(reached[1]))
            elif line.startswith("finding: "):
                self.result.findings.append(line.removeprefix("finding: "))
            elif line.startswith("told: ") and line not in self.result.told:
                self.result.told.append(line)
        self._output.seek(0)
        self._output.truncate()


def fuzzed(
    loaders: Sequence[str], seconds: float, at_once: int, kept: Path, found: Path
) -> Iterator[Fuzzed]:
    """Fuzzes each loader for so many seconds, ``at_once`` at a time; yields what came of each.

    What reached new code is kept in ``kept``, files that broke something in ``found``.
    """
    waiting, running = list(loaders), dict[int, _Running]()
    while waiting or running:
        while waiting and len(running) < at_once:
            begun = _Running(waiting[0], seconds, kept / waiting.pop(0), found)
            running[begun.start()] = begun
        time.sleep(0.05)
        for child in list(running):  # and no other: this process may have some for other purposes
            gone, status, used = os.wait4(child, os.WNOHANG)
            if not gone:
                continue
            ended = running.pop(child)
            if ended.ended(status, used):
                yield ended.result
            else:
                running[ended.start()] = ended


def _fuzz(loader: str, seconds: int, corpus: Path, shared: _Shared) -> NoReturn:
    import atheris

    def mutated(data: bytes, most: int, seed: int) -> bytes:
        return changed_inside(data, most, random.Random(seed), atheris.Mutate)

    suffix = targets()[loader]
    read = _watched(checked_read(suffix), shared)
    with tempfile.TemporaryDirectory() as unused:  # the file that ended a process is kept by us
        limits = [f"-max_total_time={seconds}", f"-max_len={LARGEST}", "-rss_limit_mb=0"]
        arguments = [sys.argv[0], *limits, f"-artifact_prefix={unused}/", str(corpus)]
        inside = {"custom_mutator": mutated} if is_packed(list(seeds(suffix))) else {}
        atheris.Setup(arguments, read, **inside)
        _limit_memory()
        atheris.Fuzz()
    raise AssertionError("it ends the process")


def _watched(read: Callable[[bytes], None], shared: _Shared) -> Callable[[bytes], None]:
    def watched(data: bytes) -> None:
        shared.begin(data)
        signal.setitimer(signal.ITIMER_PROF, _HANGS_S)  # it ends the process
        try:
            read(data)
        except FindingError as error:
            print(f"finding: {error}", file=sys.stderr, flush=True)
            os._exit(_FOUND)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)

    return watched


def _limit_memory() -> None:
    """As much memory as the worker has, beside what the fuzzer holds already."""
    status = Path("/proc/self/status").read_text()
    held = re.search(r"VmData:\s*(\d+) kB", status)
    assert held
    limit = MEMORY_BYTES + int(held[1]) * 1024
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
