"""The laws that the fuzzer looks at, over what it begins with; fuzzing itself is a command."""

from __future__ import annotations

import io
import os
import random
import signal
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import pytest

from index.errors import DocumentError
from index.load.base import LoadedDocument
from index.load.formats import LOADERS
from index.load.isolated import Runner
from index.types import Heading, Span
from tests.attacks import fuzz_read, fuzz_run
from tests.attacks.fuzz_changes import by_chance, changed_inside, is_packed
from tests.attacks.fuzz_read import FindingError, broken_law, checked_read, targets
from tests.attacks.fuzz_seeds import LARGEST, seeds
from tests.index.load.packages import zipped


@pytest.mark.parametrize("suffix", targets().values())
def test_what_the_fuzzer_begins_with_keeps_the_laws(suffix: str) -> None:
    read = checked_read(suffix)
    for seed in seeds(suffix):
        read(seed)


def test_every_loader_can_be_fuzzed() -> None:
    assert {LOADERS.get(suffix) for suffix in targets().values()} >= set(LOADERS.values())


@pytest.mark.parametrize(
    "broken",
    [
        LoadedDocument("t", "text/plain", "words", (9,)),
        LoadedDocument("t", "text/plain", "words", (3, 1)),
        LoadedDocument("t", "text/plain", "words", (), (Heading(Span(2, 2), 1),)),
        LoadedDocument("t", "text/plain", "words", (), (Heading(Span(2, 9), 1),)),
    ],
)
def test_a_broken_law_is_found(broken: LoadedDocument, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz_read, "LOADERS", {".txt": lambda *_: broken})
    with pytest.raises(FindingError):
        checked_read(".txt")(b"words")


def test_what_the_worker_tells_in_words_is_shown_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> LoadedDocument:
        raise KeyError("part")

    monkeypatch.setattr(fuzz_read, "LOADERS", {".txt": fail})
    read = checked_read(".txt")
    read(b"one")
    read(b"two")
    assert capsys.readouterr().err.count("KeyError") == 1


_CHANGED_S = 1.5  # for each loader: with all of them, most of a minute


@pytest.mark.parametrize("suffix", targets().values())
def test_files_changed_by_chance_keep_the_laws(suffix: str, runner: Runner) -> None:
    dice = random.Random(suffix)
    files = list(seeds(suffix))
    change, packed = by_chance(dice, files), is_packed(files)
    until, tried = time.monotonic() + _CHANGED_S, 0
    while time.monotonic() < until or tried < 20:
        data = dice.choice(files)
        data = changed_inside(data, LARGEST, dice, change) if packed else change(data, LARGEST)
        assert _broken(runner, data, suffix) == "", data
        tried += 1


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    runner = Runner()  # what takes all memory or crashes the parser ends the worker alone
    yield runner
    runner.close()


def _broken(runner: Runner, data: bytes, suffix: str) -> str:
    try:
        return runner.data(broken_law, data, f"a{suffix}", suffix).decode()
    except DocumentError as reason:
        return str(reason) if "takes more than" in str(reason) else ""


def test_a_law_that_breaks_in_the_worker_is_found(runner: Runner) -> None:
    assert _broken(Runner(timeout_s=0), b"words", ".txt").startswith("a.txt takes more than")
    assert broken_law(b"words", "a.txt", ".txt") == b""


def test_the_files_of_an_archive_are_changed_with_their_checksums() -> None:
    dice = random.Random(3)
    packed = zipped({"a.txt": "Words and more words.", "b.txt": "Others."})
    change = by_chance(dice, [b"more"])
    inside = set()
    for _ in range(50):
        changed = io.BytesIO(changed_inside(packed, 9999, dice, change))
        with suppress(zipfile.BadZipFile), zipfile.ZipFile(changed) as archive:
            inside |= {archive.read(name) for name in archive.namelist()}
    assert len(inside) > 20


@pytest.mark.skipif(not hasattr(signal, "SIGPROF"), reason="the fuzzer needs a system with fork")
@pytest.mark.parametrize(
    ("ends", "ended", "told"),
    [
        ("os._exit(77)", 1, []),
        ("os.kill(os.getpid(), signal.SIGPROF)", 0, ["takes more than 60 s"]),
        ("os.write(2, b'finding: a law'); os._exit(9)", 0, ["a law"]),
    ],
)
def test_a_file_that_ends_the_process_is_kept_and_the_fuzzing_goes_on(
    ends: str, ended: int, told: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fuzz(_: str, seconds: int, corpus: Path, shared: fuzz_run._Shared) -> NoReturn:
        again = shared.files > 0
        shared.begin(b"the file")
        if again:
            os.write(2, b"#2 DONE cov: 17 ft: 20\n")
            os._exit(0)
        exec(ends)
        raise AssertionError

    monkeypatch.setattr(fuzz_run, "_fuzz", fuzz)
    (result,) = fuzz_run.fuzzed(["csv"], 30, 1, tmp_path / "kept", tmp_path)
    assert (result.files, result.ended, result.coverage) == (2, ended, 17)
    assert [each.split(" (")[0] for each in result.findings] == told
    (kept,) = tmp_path.glob("csv-*")
    assert kept.read_bytes() == b"the file"


# Found by the fuzzer, cut down to what matters.
_ROWS_IN_ROWS = "<table><tr><td>a<svg><tr><td>b<th>c" * 3 + "<x><tr><td>d<th>e" * 40


@pytest.mark.parametrize(
    ("suffix", "text"), [(".html", _ROWS_IN_ROWS), (".md", "-|-\n-|-\n\nWords.")]
)
def test_what_was_found_is_read(suffix: str, text: str) -> None:
    began = time.process_time()
    loaded = LOADERS[suffix](text.encode(), f"a{suffix}")
    assert loaded.text
    assert time.process_time() - began < 10
