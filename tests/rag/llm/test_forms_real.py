"""A real model that a server does not hold to the form answers as well as one that it holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from index.index import Index
from rag.assistant import Assistant
from rag.evaluation.dataset import load_dataset
from rag.evaluation.trial import Tried, trial, tried_questions
from rag.llm.llamacpp import LlamaCppLLM
from rag.llm.ollama import OllamaLLM
from tests.doubles import HashingEmbedder
from tests.llama_ollama import written_by
from tests.loopback import served
from tests.ollama_server import Model, OllamaServer

NAME = "small:135m"
SEEDS = Path(__file__).parents[3] / "seeds"
HELD = Model(["completion"])
DROPPED = Model(["completion", "thinking"], parser="qwen3.5")
# Tells nothing of the parser that drops the schema: it must be noticed.
HIDDEN = Model(["completion", "thinking"])


class _Hiding(OllamaServer):
    """Drops the schema of a model without saying that it has a parser."""

    def _tokens(self, model: Model, body: dict[str, Any]) -> Iterator[dict[str, str]]:
        return super()._tokens(DROPPED, body)


def _tried(folder: Path, smollm: LlamaCppLLM, server: OllamaServer) -> tuple[list[Tried], str]:
    all_tried = tried_questions(load_dataset(SEEDS))
    # Two that have an answer and one that has none: each is asked of a real model in three ways.
    dataset = replace(all_tried, questions=(*all_tried.questions[:2], all_tried.questions[-1]))
    with Index.open(folder, HashingEmbedder(), create=True) as index, served(server) as host:
        index.add([(each.id, each.loaded) for each in dataset.documents.values()])
        llm = OllamaLLM.connect(NAME, host=host)
        return list(trial(dataset, Assistant(index, llm))), llm.manner.form


@pytest.mark.real
def test_a_model_that_is_not_held_to_the_form_answers_as_well(
    tmp_path: Path, smollm: LlamaCppLLM
) -> None:
    chat = written_by(smollm)
    held, form = _tried(tmp_path / "held", smollm, OllamaServer({NAME: HELD}, chat=chat))
    assert form == "schema"
    right = sum(each.right for each in held)
    for server in (
        OllamaServer({NAME: DROPPED}, chat=chat),
        _Hiding({NAME: HIDDEN}, chat=chat),
    ):
        folder = tmp_path / f"dropped-{type(server).__name__}"
        dropped, form = _tried(folder, smollm, server)
        assert form in ("words", "text")
        assert not any("JSON" in (each.notice or "") for each in dropped)
        # So small a model loses one of three to the other form; a larger one was not tried here.
        assert sum(each.right for each in dropped) >= right - 1
