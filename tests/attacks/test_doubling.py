"""The sweep over sizes finds what takes more than linear time, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from index.load.base import LoadedDocument
from index.load.formats import LOADERS
from index.load.isolated import Runner
from tests.attacks import doubling
from tests.attacks.doubling_shapes import shapes
from tests.attacks.fuzz_read import targets


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[Runner]:
    runner = Runner()
    monkeypatch.setattr(runner, "data", lambda function, *arguments: function(*arguments))
    yield runner
    runner.close()


@pytest.mark.parametrize(("power", "least", "most"), [(1, 2, 7), (2, 9, 30)])
def test_growth_is_told(
    power: int, least: float, most: float, in_this_process: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(data: bytes, name: str) -> LoadedDocument:
        for _ in range(len(data) ** power * 4000 // 32**power):
            pass
        return LoadedDocument(name, "text/plain", "")

    monkeypatch.setattr(doubling, "LOADERS", {".txt": load})
    _, growth = doubling.slowest_growth(in_this_process, ".txt", lambda n: b"a" * n)
    assert least < growth < most


def test_every_loader_is_swept() -> None:
    swept = {LOADERS.get(suffix, suffix) for _, suffix, _ in shapes()}
    assert {LOADERS.get(suffix, suffix) for suffix in targets().values()} <= swept


def test_shapes_have_names_of_their_own_and_grow() -> None:
    made = list(shapes())
    assert len({name for name, _, _ in made}) == len(made)
    for name, _, make in made:
        assert len(make(512)) > len(make(16)), name


ONCE_QUADRATIC = (".eml 2", ".ics 2", ".vcf 3", ".vcf 4", ".jsonl 1", ".rtf 7", ".rtf 8")


@pytest.mark.parametrize("number", ONCE_QUADRATIC)
def test_what_took_quadratic_time_does_so_no_more(number: str) -> None:
    (attack,) = [each for each in doubling.doubling_attacks() if each.name.startswith(f"{number} ")]
    attack.run()


@pytest.mark.parametrize("length", [1, 20_000, 200_000])
def test_records_are_found_whole_between_damaged_ones(length: int) -> None:
    record = json.dumps({"a": "x" * length, "b": 1})
    text = f"[\n{record},\n{{,\n{record},\n{record[:-9]}\n{record}]"
    loaded = LOADERS[".json"](text.encode(), "a.json")
    assert loaded.text.count("b: 1") == 3
    assert "2 records" in loaded.left_out[0] or "lines 3 and 5" in loaded.left_out[0]


def test_a_header_of_very_many_words_is_decoded_in_its_beginning() -> None:
    subject = "=?utf-8?q?caf=C3=A9?= " * 20_000
    loaded = LOADERS[".eml"](f"Subject: {subject}\n\nWords.".encode(), "a.eml")
    assert "cafécafé" in loaded.text
    assert "Words." in loaded.text
