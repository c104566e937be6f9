"""Costs are summed up pair by pair, and each benchmark times what it names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from index.index import Index
from rag.assistant import Assistant
from rag.errors import EvaluationError
from rag.evaluation import bench
from rag.evaluation.bench import Cost, measured, process_cost
from rag.evaluation.systems import AssistantSystem, NaiveSystem
from rag.evaluation.waiting import WaitedEmbedder, WaitedLLM, WaitedReader, Waiting
from rag.reader.reader import default_reader
from tests.command_line import QUESTION, REPLY, TEXT
from tests.doubles import HashingEmbedder
from tests.scripted_llm import ScriptedLLM


@pytest.fixture
def index(tmp_path: Path, embedder: HashingEmbedder) -> Iterator[Index]:
    with Index.open(tmp_path / "index", embedder, create=True) as opened:
        opened.add_text("korea", "Workers for the south", TEXT)
        yield opened


def test_the_ratio_is_the_geometric_mean_over_pairs() -> None:
    baseline = [Cost(1.0, 0.5), Cost(10.0, 0.5)]
    found = measured("ours", [Cost(2.0, 1.0, 7), Cost(5.0, 3.0, 9)], baseline)
    assert (found.n, found.wall_s, found.cpu_s, found.peak_bytes) == (2, 3.5, 2.0, 9)
    assert found.ratio == pytest.approx(1.0)  # twice as slow once, twice as fast once
    assert found.ratio_low == pytest.approx(0.5)
    assert found.ratio_high == pytest.approx(2.0)
    alone = measured("baseline", baseline)
    assert (alone.ratio, alone.ratio_low, alone.peak_bytes) == (None, None, None)


def test_a_process_is_timed_with_its_memory_and_its_environment() -> None:
    code = "import os, sys; held = bytearray(50_000_000); sys.exit(os.environ['RAG_X'] != 'set')"
    cost = process_cost((code,), {"RAG_X": "set"})
    assert cost.cpu_s is not None
    assert cost.cpu_s > 0
    assert cost.wall_s > 0
    assert cost.peak_bytes is not None
    assert cost.peak_bytes > 50_000_000
    assert process_cost(("import sys; sys.exit(3)",), {}).wall_s > 0  # nothing was found
    with pytest.raises(EvaluationError, match="exit code 1"):
        process_cost(("import sys; sys.exit(1)", "ask"), {})


def test_every_command_is_started_beside_the_raw_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[tuple[str, ...]] = []

    def cost(arguments: Sequence[str], settings: Mapping[str, str]) -> Cost:
        assert settings == {"RAG_COLLECTION": "zoo"}
        ran.append(tuple(arguments[1:]))
        return Cost(8.0 if "model" in arguments else 2.0, 1.0)

    monkeypatch.setattr(bench, "process_cost", cost)
    rows = list(bench.start({"RAG_COLLECTION": "zoo"}, "model", "who?", rounds=2))
    each = [
        ("model", "who?"),
        ("--help",),
        ("search", "who?"),
        ("ask", "who?", "--answer", "quick"),
    ]
    assert ran == each * 3  # the first round compiles modules, and does not count
    assert [(row.n, row.ratio) for row in rows] == [(2, None), *[(2, pytest.approx(0.25))] * 3]


def test_a_written_answer_is_started_with_and_without_what_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefixes = tmp_path / "prefixes"
    prefixes.mkdir()
    found: list[bool] = []

    def cost(arguments: Sequence[str], settings: Mapping[str, str]) -> Cost:
        assert arguments[1:] == ("ask", "who?", "--answer", "written")
        found.append(prefixes.exists())
        prefixes.mkdir(exist_ok=True)
        return Cost(3.0 if found[-1] else 4.0, 1.0)

    monkeypatch.setattr(bench, "process_cost", cost)
    anew, kept = bench.written_start({}, prefixes, "who?", rounds=2)
    assert found == [True, False, True, False, True]
    assert (anew.n, anew.wall_s, kept.wall_s) == (2, 4.0, 3.0)
    assert kept.ratio == pytest.approx(0.75)


def test_searches_are_timed_beside_encoder_and_faiss(
    index: Index, embedder: HashingEmbedder
) -> None:
    raw, ours = bench.search(index, embedder, ["workers", "sappers", "Kim"])
    assert raw.n == ours.n == 3
    assert ours.ratio is not None
    assert ours.ratio_low is not None
    assert ours.ratio_low <= ours.ratio


def test_the_first_sentence_comes_before_the_end(index: Index) -> None:
    llm, waiting = ScriptedLLM("[1] 5,000.", REPLY, "[1] 5,000.", REPLY), Waiting()
    watched = WaitedLLM(llm, waiting)
    system, naive = AssistantSystem(Assistant(index, watched)), NaiveSystem(index, watched)
    rows = list(bench.answer(system, naive, [QUESTION, QUESTION], waiting))
    assert [row.name for row in rows] == [
        "naive: whole answer, beside footnote",
        "footnote: first sentence",
        "footnote: whole answer",
        "footnote: embedder",
        "footnote: reader",
        "footnote: language model",
        "footnote: beyond its models",
    ]
    _, first, whole, *waited, beyond = rows
    # Of two, the median is the mean, so that the parts add up.
    assert sum(each.wall_s for each in (*waited, beyond)) == pytest.approx(whole.wall_s)
    assert first.wall_s <= whole.wall_s
    assert whole.ratio is not None
    assert beyond.wall_s < whole.wall_s
    assert beyond.ratio is not None
    assert beyond.ratio < 1
    assert beyond.cpu_s is None
    assert not llm.replies


def test_what_waits_for_models_is_counted_and_what_they_tell_is_unchanged(
    embedder: HashingEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(1000))
    monkeypatch.setattr("rag.evaluation.waiting.time.perf_counter", lambda: float(next(clock)))
    waiting, reader = Waiting(), default_reader()
    watched = WaitedReader(reader, waiting)
    assert watched.read(QUESTION, [TEXT]) == reader.read(QUESTION, [TEXT])
    assert watched.reads(QUESTION)
    assert waiting.seconds == {"embedder": 0.0, "reader": 1.0, "language model": 0.0}
    encodes = WaitedEmbedder(embedder, waiting)
    assert (encodes.encode([TEXT]) == embedder.encode([TEXT])).all()
    assert (encodes.encode_questions([TEXT]) == embedder.encode_questions([TEXT])).all()
    assert waiting.seconds["embedder"] == 2.0
    generation = WaitedLLM(ScriptedLLM("5,000 workers."), waiting).stream([])
    assert "".join(generation) == "5,000 workers."
    assert generation.usage.completion_tokens == 2
    assert waiting.seconds["language model"] > 1.0
