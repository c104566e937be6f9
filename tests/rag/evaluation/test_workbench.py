"""The index of a suite, made once however many runs want it."""

from __future__ import annotations

import json
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from pathlib import Path

from rag.evaluation.dataset import load_dataset
from rag.evaluation.workbench import opened_corpus
from tests.doubles import HashingEmbedder


def test_two_runs_at_the_same_time_add_the_documents_once(tmp_path: Path) -> None:
    (tmp_path / "corpus.jsonl").write_text(
        "".join(json.dumps({"id": f"d{n}", "text": f"Bridge {n} is old."}) + "\n" for n in range(9))
    )
    question = {"id": "q", "question": "Which bridge?", "answerable": False}
    (tmp_path / "questions.dev.jsonl").write_text(json.dumps(question))
    dataset = load_dataset(tmp_path)
    begun: list[Future[dict[int, str]]] = []

    def ids_of_corpus() -> dict[int, str]:
        with opened_corpus(dataset, HashingEmbedder(), tmp_path / "cache") as (_, corpus):
            return dict(corpus.ids)

    with ThreadPoolExecutor(1) as second:

        def begin_the_second(_: object) -> None:
            if not begun:
                begun.append(second.submit(ids_of_corpus))
                wait_for(begun, timeout=0.5)

        with opened_corpus(dataset, HashingEmbedder(), tmp_path / "cache", begin_the_second) as (
            index,
            corpus,
        ):
            assert begun[0].result(timeout=30) == corpus.ids
            assert set(corpus.ids) == {each.id for each in index.documents(limit=20)}
