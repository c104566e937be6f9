"""Keeps a language model's replies and gives them again: what follows the model can be changed and
measured without asking it anew, and two systems that ask alike are compared on the same words.

Knows no suite, measure or prompt: a reply belongs to exactly what was asked of which model.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rag.errors import EvaluationError
from rag.llm import LLM, Ended, Generation, Part, Schema, Token
from rag.types import Message, Usage


class KeptReplies:
    """``llm`` with its replies kept in the file ``path``, a line of JSON for each.

    ``asked`` counts the replies that the file did not hold and ``llm`` was asked for. The time of a
    reply that is given again says nothing of the model. Raises EvaluationError when the file is no
    file of replies.
    """

    def __init__(self, llm: LLM, path: Path) -> None:
        self._llm = llm
        self.name = llm.name
        self.asked = 0
        self._path = path
        self._kept = _read(path)

    def stream(
        self, messages: Sequence[Message], *, schema: Schema | None = None, max_tokens: int = 256
    ) -> Generation:
        form = schema.json_schema if schema else None
        asked = [[asdict(each) for each in messages], form, max_tokens]
        key = hashlib.sha256(json.dumps([self.name, *asked]).encode()).hexdigest()
        if key in self._kept:
            return Generation(iter(self._kept[key]))
        self.asked += 1
        return Generation(
            self._asked(key, self._llm.stream(messages, schema=schema, max_tokens=max_tokens))
        )

    def _asked(self, key: str, generation: Generation) -> Iterator[Part]:
        pieces = []
        try:
            for piece in generation:
                pieces.append(piece)
                yield piece
            yield from generation.ending()
        finally:
            generation.close()
        self._keep(key, pieces, generation)  # a reply that was stopped or failed is not kept

    def _keep(self, key: str, pieces: Sequence[str], generation: Generation) -> None:
        self._kept[key] = (*pieces, *generation.ending())
        self._path.parent.mkdir(parents=True, exist_ok=True)
        line = {
            "key": key,
            "pieces": [_kept_piece(each) for each in pieces],
            "usage": asdict(generation.usage),
            "cut": generation.cut,
        }
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def _read(path: Path) -> dict[str, tuple[Part, ...]]:
    if not path.exists():
        return {}
    try:
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        return {line["key"]: tuple(_parts(line)) for line in lines}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EvaluationError(
            f"{path} is no file of kept replies ({error}): name another file with --replies"
        ) from error


def _kept_piece(piece: str) -> str | list[str | float]:
    return [str(piece), round(piece.logprob, 4)] if isinstance(piece, Token) else piece


def _parts(line: dict[str, Any]) -> Iterator[Part]:
    # Replies that were kept before log-probabilities were have their text alone.
    for piece in line["pieces"] if "pieces" in line else [line["text"]]:
        yield piece if isinstance(piece, str) else Token(*piece)
    yield Usage(**line["usage"])
    if line.get("cut"):
        yield Ended.BY_LENGTH
