"""What LlamaIndex's client makes of a server; run by ``test_llama_index`` in LlamaIndex's own
environment, because its release asks for an older ``openai`` than this project.

Reads ``{"address", "question", "follow_up"}`` as JSON and prints what came back as JSON.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import openai
from llama_index.core.llms import ChatMessage
from llama_index.llms.openai_like import OpenAILike


def main() -> None:
    asked = json.load(sys.stdin)
    question, follow_up = asked["question"], asked["follow_up"]
    plain = _client(asked["address"], "default")
    footnoted = _client(asked["address"], "default", {"extra_body": {"footnotes": True}})
    first = footnoted.chat([ChatMessage(role="user", content=question)])
    history = [
        ChatMessage(role="user", content=question),
        first.message,
        ChatMessage(role="user", content=follow_up),
    ]
    json.dump(
        {
            "openai": openai.__version__,
            "plain": plain.chat([ChatMessage(role="user", content=question)]).message.content,
            "streamed": [each.delta for each in plain.stream_chat(history[:1])],
            "completed": plain.complete(question).text,
            "footnoted": first.message.content,
            "citations": first.raw.choices[0].message.citations,
            "tokens": first.raw.usage.completion_tokens,
            "followed_up": footnoted.chat(history).message.content,
            "unknown": _unknown(asked["address"], question),
        },
        sys.stdout,
    )


def _client(address: str, model: str, more: dict[str, Any] | None = None) -> Any:
    return OpenAILike(
        model=model,
        api_base=address,
        api_key="none",
        is_chat_model=True,
        max_retries=0,
        additional_kwargs=more or {},
    )


def _unknown(address: str, question: str) -> str:
    try:
        _client(address, "gpt-4o").complete(question)
    except openai.NotFoundError as error:
        return str(error)
    return ""


if __name__ == "__main__":
    main()
