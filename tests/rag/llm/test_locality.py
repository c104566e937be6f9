"""Which language models are on this machine."""

from __future__ import annotations

import pytest

from rag.errors import SettingsError
from rag.llm.locality import require_local


@pytest.mark.parametrize(
    ("name", "ollama_host"),
    [
        ("none", "models.example.org"),
        ("llamacpp:qwen2.5-coder-1.5b", "models.example.org"),
        ("auto", None),
        ("auto", "models.example.org"),  # the embedded model: no server is asked
        ("ollama:qwen3", "http://localhost:11434"),
        ("ollama:qwen3", "0.0.0.0"),
        ("openai:qwen3@http://127.0.0.1:8000/v1", None),
        ("openai:qwen3@http://[::1]:8000/v1", None),
    ],
)
def test_a_model_of_this_machine_may_be_asked_offline(name: str, ollama_host: str | None) -> None:
    require_local(name, ollama_host=ollama_host)


@pytest.mark.parametrize(
    ("name", "ollama_host", "told"),
    [
        ("ollama:qwen3", "models.example.org:11434", "models.example.org"),
        ("openai:qwen3@https://models.example.org/v1", None, "models.example.org"),
        ("openai:qwen3@http://localhost.example.org/v1", None, "localhost.example.org"),
        ("openai:a@http://127.0.0.1@models.example.org/v1", None, "models.example.org"),
        ("openai:a@https://models.example.org/v1,http://u@127.0.0.1/v1", None, "example.org"),
        ("ollama:qwen3", "localhost,models.example.org", "models.example.org"),
        ("newcomer:model", None, "sent to model"),
    ],
)
def test_offline_a_model_elsewhere_or_unknown_is_refused(
    name: str, ollama_host: str | None, told: str
) -> None:
    with pytest.raises(SettingsError, match=told):
        require_local(name, ollama_host=ollama_host)
