"""Models of an Ollama server. Knows no documents or prompts."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from typing import Any

import ollama

from rag.errors import LLMError, LLMUnavailableError
from rag.llm.addresses import OLLAMA_DEFAULT
from rag.llm.manners import Asker, Manner, Manners, SchemaRefusedError, Thought
from rag.llm.ollama_server import Described, Pulled, Server, Version
from rag.llm.recommend import Suitability, suitability
from rag.llm.thinking import thinks_always
from rag.llm.tokens import most_tokens
from rag.llm.types import Ended, Generation, Part, Schema
from rag.llm.wire import enforced, in_manner, reply_tokens, require_whole, roles_and_contents
from rag.types import Message, Usage

CONTEXT_STEP_TOKENS = 4096  # a new context length reloads the model, so it grows in coarse steps
KEEP_ALIVE = "30m"  # loading takes longer than answering
# Before it, `think: false` made the server forget the schema for the models of a parser that knows
# thoughts; https://github.com/ollama/ollama/issues/14645.
_ENFORCES_WITHOUT_THOUGHTS = (0, 31, 2)
_COUNTS_ALL = (0, 4)  # older servers count only the part of a prompt that they had not read before
_ABOUT_FORM = re.compile(r"format|schema|grammar", re.IGNORECASE)
_TOO_LONG = re.compile(r"context length|context size|too long", re.IGNORECASE)


class OllamaLLM:
    """A chat model that one server has pulled. Create it with :meth:`connect`."""

    def __init__(
        self, server: Server, pulled: Pulled, model: str, manners: Manners | None = None
    ) -> None:
        self.name = f"ollama:{model}"
        self.address = server.address
        self._server = server
        self._model = model
        self._pulled = pulled
        self._described = _described(server, pulled.name)
        version = _version(server)
        self._counts_all = not version or version >= _COUNTS_ALL
        key = f"{self.name}@{server.address} {pulled.digest[:12]} {'.'.join(map(str, version))}"
        self._asker = Asker(key, first_manner(self._described, version), manners or Manners())
        self._lock = threading.Lock()
        self._context = 0  # tokens of the context for which the model was last loaded

    @classmethod
    def connect(
        cls, model: str, *, host: str = OLLAMA_DEFAULT, manners: Manners | None = None
    ) -> OllamaLLM:
        """Check that the server answers and has ``model``; LLMUnavailableError says what to do."""
        server = Server(host)
        return cls(server, server.require(model), model, manners)

    @property
    def manner(self) -> Manner:
        """How the model is asked, as far as that is known."""
        return self._asker.manner

    @property
    def context_length(self) -> int | None:
        """Tokens that the model was made for; None where an old server does not tell."""
        return self._described.context_length

    @property
    def suitability(self) -> Suitability:
        """Whether the model is one that answers, by what the server says of it."""
        return suitability(self._pulled, self._described)

    def load(self) -> None:
        """Have the server load the model, with the context that a first question needs."""
        with self._lock:
            if not self._context:
                context = self._fitting(CONTEXT_STEP_TOKENS)
                self._server.load(self._model, _keep_alive(), context)
                self._context = context

    def stream(
        self, messages: Sequence[Message], *, schema: Schema | None = None, max_tokens: int = 256
    ) -> Generation:
        def reply(manner: Manner) -> Iterator[Part | Thought]:
            return self._reply(in_manner(messages, schema, manner), schema, max_tokens, manner)

        return Generation(self._asker.parts(reply, schema))

    def _reply(
        self, messages: Sequence[Message], schema: Schema | None, max_tokens: int, manner: Manner
    ) -> Iterator[Part | Thought]:
        held = enforced(schema, manner)
        tokens = reply_tokens(max_tokens, manner)
        needed = sum(most_tokens(each.content) for each in messages) + tokens
        body: dict[str, Any] = {
            "model": self._model,
            "messages": roles_and_contents(messages),
            "stream": True,
            "format": dict(held.json_schema) if held else None,
            "options": {"temperature": 0, "seed": 0, "num_predict": tokens},
            "think": "low" if thinks_always(self._described.family) else False,
            "keep_alive": _keep_alive(),
            # Servers that know these answer with an error instead of cutting the prompt.
            "truncate": False,
            "shift": False,
        }
        try:
            yield from self._read(body, needed, messages)
        except ollama.ResponseError as error:
            raise self._refused(error, held) from error

    def _read(
        self, body: dict[str, Any], needed: int, messages: Sequence[Message]
    ) -> Iterator[Part | Thought]:
        done = False
        for line in self._begun(body, needed):
            if line.message.thinking:
                yield Thought(line.message.thinking)
            if line.message.content:
                yield line.message.content
            if line.done:
                done = True
                yield from self._ended(line, body["options"]["num_ctx"], messages)
        if not done:
            raise LLMError("Ollama broke its reply off: ask again")

    def _begun(
        self, body: dict[str, Any], needed: int
    ) -> Generator[ollama.ChatResponse, None, None]:
        """The lines of the reply. A model is loaded by one question; others wait meanwhile."""
        with self._lock:
            context = max(self._context, self._fitting(needed))
            loaded = context == self._context
            body["options"]["num_ctx"] = context
            lines = self._server.chat(body)
            first = None if loaded else next(lines, None)
            self._context = context
        with closing(lines):
            if first is not None:
                yield first
            yield from lines

    def _fitting(self, needed: int) -> int:
        """The context to ask for: whole steps, and no more than the model was made for."""
        context = -(-needed // CONTEXT_STEP_TOKENS) * CONTEXT_STEP_TOKENS
        return min(context, self._described.context_length or context)

    def _ended(
        self, line: ollama.ChatResponse, context: int, messages: Sequence[Message]
    ) -> Iterator[Part]:
        usage = Usage(line.prompt_eval_count or 0, line.eval_count or 0)
        if usage.prompt_tokens >= context:
            raise LLMError(
                f"the prompt filled the context of {context:,} tokens and was cut by the server: "
                "ask with a model of a larger context"
            )
        if self._counts_all:
            require_whole(messages, usage)
        yield usage
        if line.done_reason == Ended.BY_LENGTH.value:
            yield Ended.BY_LENGTH

    def _refused(self, error: ollama.ResponseError, held: Schema | None) -> LLMError:
        said = error.error
        if error.status_code == 404:
            return LLMUnavailableError(
                f"Ollama refused: {said}. Pull it with 'rag models pull {self.name}'"
            )
        if _TOO_LONG.search(said):
            return LLMError(
                f"Ollama refused: {said}. Ask with a model of a larger context than "
                f"{self._described.context_length or self._context:,} tokens"
            )
        if held and _ABOUT_FORM.search(said):
            return SchemaRefusedError(f"Ollama refused: {said}. Update Ollama, or use --llm auto")
        return LLMError(
            f"Ollama refused: {said}. Ask again; if it stays so, its log says why (a model that is "
            "too large for this machine is one reason)"
        )


def first_manner(described: Described, version: Version) -> Manner:
    """The manner to try first, from what the server says of the model and of itself."""
    if thinks_always(described.family):
        return Manner("words", thinks=True)
    forgets = bool(described.parser) and described.can("thinking") is not False
    if forgets and version < _ENFORCES_WITHOUT_THOUGHTS:
        return Manner("words")
    return Manner("schema")


def _described(server: Server, model: str) -> Described:
    try:
        return server.described(model)
    except LLMUnavailableError:  # a server that lists the model and tells nothing of it
        return Described()


def _version(server: Server) -> Version:
    try:
        return server.version
    except LLMUnavailableError:
        return ()


def _keep_alive() -> str | float:
    """How long the model stays in memory: OLLAMA_KEEP_ALIVE, as the server would read it."""
    told = os.environ.get("OLLAMA_KEEP_ALIVE", "").strip()
    try:
        return float(told)  # seconds; the interface takes them as a number only
    except ValueError:
        return told or KEEP_ALIVE
