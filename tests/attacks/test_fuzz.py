"""The laws that the fuzzer looks at, over what it begins with; fuzzing itself is a command."""

from __future__ import annotations

import pytest

from index.load.base import LoadedDocument
from index.load.formats import LOADERS
from index.types import Heading, Span
from tests.attacks import fuzz
from tests.attacks.fuzz import FindingError, checked_read, targets
from tests.attacks.fuzz_seeds import seeds


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
    monkeypatch.setattr(fuzz, "LOADERS", {".txt": lambda *_: broken})
    with pytest.raises(FindingError):
        checked_read(".txt")(b"words")


def test_what_the_worker_tells_in_words_is_shown_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> LoadedDocument:
        raise KeyError("part")

    monkeypatch.setattr(fuzz, "LOADERS", {".txt": fail})
    read = checked_read(".txt")
    read(b"one")
    read(b"two")
    assert capsys.readouterr().err.count("KeyError") == 1
