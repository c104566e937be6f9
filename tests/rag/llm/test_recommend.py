"""Which pulled models would serve better than the embedded one."""

from __future__ import annotations

import pytest

from rag.llm.ollama_server import Server
from rag.llm.recommend import best_of, recommended
from tests.loopback import served
from tests.ollama_server import Model, OllamaServer

PULLED = {
    "qwen2.5:72b": Model(parameters="72.7B"),
    "gpt-oss:20b": Model(["completion", "thinking"], family="gptoss", parameters="20.9B"),
    "qwen3:4b": Model(["completion", "thinking"], parameters="4.0B"),
    "llama3.1:8b": Model(parameters="8.0B"),
    "all-minilm:latest": Model(["embedding"], parameters="22.57M"),
    "nomic-embed-text:latest": Model(None, parameters="137M"),
    "glm-4.6:cloud": Model(parameters="355B"),
    "llama3:8b-text": Model(parameters="8.0B"),
    "gemma3:1b": Model(parameters="999.89M"),
    "mystery:latest": Model(parameters=""),
}


def test_those_that_suit_come_first_and_of_them_the_likeliest() -> None:
    with served(OllamaServer(PULLED)) as host:
        judged = recommended(Server(host))
    assert [each.model.name for each in judged if each.suitable] == [
        "llama3.1:8b",
        "qwen3:4b",
        "qwen2.5:72b",
        "gpt-oss:20b",
    ]
    best = best_of(judged)
    assert best is not None
    assert best.name == "llama3.1:8b"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("all-minilm:latest", "--embedder"),
        ("nomic-embed-text:latest", "--embedder"),
        ("glm-4.6:cloud", "would leave this one"),
        ("llama3:8b-text", "base model"),
        ("gemma3:1b", "no larger than the embedded model"),
        ("mystery:latest", "try it"),
    ],
)
def test_what_does_not_suit_is_told_with_the_reason(name: str, why: str) -> None:
    with served(OllamaServer({name: PULLED[name]})) as host:
        (judged,) = recommended(Server(host))
    assert not judged.suitable
    assert why in judged.why
    assert best_of([judged]) is None
