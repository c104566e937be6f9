"""Files are loaded several at once, a few ahead, and come in their order."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from index import read_ahead
from index.load.loading import Part, from_string
from index.read_ahead import Looked

PATIENCE_S = 60.0  # of a busy machine; what is waited for comes at once


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    found = [tmp_path / f"{number}.txt" for number in range(9)]
    for path in found:
        path.write_text(f"The text of {path.name}.")
    return found


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[str], Iterator[Part]]], None]:
    """Sets what is in the files, by name, and that two are loaded at once."""

    def set_to(load: Callable[[str], Iterator[Part]]) -> None:
        def load_parts(_: bytes, name: str, __: Sequence[str]) -> Iterator[Part]:
            yield from load(name)

        monkeypatch.setattr(read_ahead, "load_parts", load_parts)
        monkeypatch.setattr(read_ahead, "_loaders", lambda: 2)

    return set_to


def _part(text: str) -> Part:
    return Part("", from_string("", text))


def _texts(looked: Looked) -> list[str]:
    assert looked.reading
    parts = looked.reading.parts(lambda: None)
    return [getattr(part.outcome, "text", "") for part in parts]


def _read(paths: Sequence[Path]) -> Generator[Looked, None, None]:
    return read_ahead.read_ahead(paths, lambda _: None, ())


def test_a_file_that_is_ready_first_waits_for_those_before_it(
    paths: list[Path], loads: Callable[[Callable[[str], Iterator[Part]]], None]
) -> None:
    ready = threading.Event()

    def load(name: str) -> Iterator[Part]:
        if name == "0.txt":
            assert ready.wait(PATIENCE_S), "one file is loaded after the other"
        else:
            ready.set()
        yield _part(name)

    loads(load)
    assert [_texts(looked) for looked in _read(paths)] == [[path.name] for path in paths]


def test_an_archive_is_held_in_memory_by_few_documents_at_a_time(
    paths: list[Path], loads: Callable[[Callable[[str], Iterator[Part]]], None]
) -> None:
    made: list[int] = []

    def load(_: str) -> Iterator[Part]:
        for number in range(100):
            made.append(number)
            yield _part(f"Document {number}.")

    loads(load)
    files = _read(paths[:1])
    looked = next(files)
    assert looked.reading
    for taken, _part_taken in enumerate(looked.reading.parts(lambda: None), 1):
        assert len(made) <= taken + 3
    assert len(made) == 100


def test_large_files_are_not_held_together(
    paths: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_ahead, "_BYTES", 10)
    looked_at: list[Path] = []

    def named() -> Iterator[Path]:
        for path in paths:
            looked_at.append(path)
            yield path

    for number, looked in enumerate(read_ahead.read_ahead(named(), lambda _: None, ()), 1):
        assert len(looked_at) == number
        assert _texts(looked) == [f"The text of {looked.path.name}."]


def test_what_is_given_up_ends(
    paths: list[Path], loads: Callable[[Callable[[str], Iterator[Part]]], None]
) -> None:
    ended = threading.Event()

    def load(name: str) -> Iterator[Part]:
        try:
            while True:
                yield _part(name)
        finally:
            ended.set()

    loads(load)
    files = _read(paths)
    with closing(files):
        assert next(files).path == paths[0]
    assert ended.wait(PATIENCE_S)


def test_an_error_of_the_program_is_raised_at_its_file(
    paths: list[Path], loads: Callable[[Callable[[str], Iterator[Part]]], None]
) -> None:
    def load(name: str) -> Iterator[Part]:
        if name == "1.txt":
            raise ZeroDivisionError
        yield _part(name)

    loads(load)
    files = _read(paths)
    assert _texts(next(files)) == ["0.txt"]
    with pytest.raises(ZeroDivisionError):
        _texts(next(files))
    assert _texts(next(files)) == ["2.txt"]


def test_loaders_are_as_many_as_the_cores_and_the_memory_allow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def loaders(cores: int, gigabytes: int) -> int:
        sizes = {"SC_PHYS_PAGES": gigabytes << 18, "SC_PAGE_SIZE": 4096}
        monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(cores)), raising=False)
        monkeypatch.setattr("os.sysconf", sizes.__getitem__)
        return read_ahead._loaders()

    assert [loaders(2, 64), loaders(16, 64), loaders(16, 8), loaders(16, 2)] == [2, 3, 2, 1]
