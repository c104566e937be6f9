"""A real small model behind the double of Ollama, so that what it writes is no test's invention."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rag.llm import Schema
from rag.llm.llamacpp import LlamaCppLLM
from rag.types import Message
from tests.ollama_server import Chat


def written_by(llm: LlamaCppLLM) -> Chat:
    """What ``llm`` writes, held to the schema where the server would hold it."""

    def chat(body: dict[str, Any]) -> Iterator[str]:
        messages = [Message(each["role"], each["content"]) for each in body["messages"]]
        schema = Schema(body["format"]) if body.get("format") else None
        tokens = body.get("options", {}).get("num_predict", 256)
        yield from llm.stream(messages, schema=schema, max_tokens=tokens)

    return chat
