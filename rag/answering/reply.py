"""The model's reply, read while it is written: its evidence ids, then sentence after sentence.

Knows the answer schema of ``rag.answering.prompts`` and no evidence, index or gate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pydantic_core import from_json

from index.sentences import sentence_spans
from rag.errors import LLMError
from rag.llm import Generation

_ID = re.compile(r"S([1-9][0-9]{0,3})")


class ReplySentences(Iterator[str]):
    """Iterates over the finished sentences of the reply's answer.

    ``evidence`` holds the places (from 0) of the ids that the model gave; it is complete before
    the first sentence. Raises LLMError when the reply is not JSON of the schema.
    """

    def __init__(self, generation: Generation) -> None:
        self.evidence: tuple[int, ...] = ()
        self._sentences = self._read(generation)

    def __next__(self) -> str:
        return next(self._sentences)

    def _read(self, generation: Generation) -> Iterator[str]:
        written, given = "", 0
        for piece in generation:
            written += piece
            sentences = self._sentences_of(written)
            # The last sentence may still grow, so it waits for the one after it.
            yield from sentences[given:-1]
            given = max(given, len(sentences) - 1)
        yield from self._sentences_of(written)[given:]

    def _sentences_of(self, written: str) -> list[str]:
        reply = _parsed(written)
        if "answer" not in reply:
            return []
        self.evidence = tuple(_places(reply.get("evidence")))
        answer = reply["answer"]
        if not isinstance(answer, str):
            raise LLMError("the answer of the model's reply is not text")
        return [span.of(answer) for span in sentence_spans(answer)]


def _places(ids: Any) -> Iterator[int]:
    """The places of what are ids: a server that knows no schemas may have let others through."""
    for each in ids if isinstance(ids, list) else ():
        if isinstance(each, str) and (found := _ID.fullmatch(each)):
            yield int(found[1]) - 1


def _parsed(written: str) -> dict[str, Any]:
    if not written.strip():
        return {}
    try:
        reply = from_json(written, allow_partial="trailing-strings")
    except ValueError as error:
        raise LLMError(f"the model's reply is not the JSON that was asked for ({error})") from error
    if not isinstance(reply, dict):
        raise LLMError("the model's reply is not a JSON object")
    return reply
