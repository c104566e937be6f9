"""The seam to language models: something that yields strings, and the form that is asked of it.

Knows no back end, document, evidence or prompt.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from rag.types import Message, Usage

DEFAULT_EMBEDDED_MODEL = "qwen2.5-coder-1.5b"  # the best answers of the three that were measured


@dataclass(frozen=True, slots=True)
class Schema:
    """The form of a reply, in the three ways in which it can be asked for.

    ``json_schema`` is for back ends that constrain what a model can write. ``in_words`` asks for
    the same JSON, and ``as_text`` for plain text instead, where nothing constrains the model.
    """

    json_schema: Mapping[str, Any]
    in_words: str = ""
    as_text: str = ""


class Ended(Enum):
    """Why a reply ended, where that is not because the model was done."""

    BY_LENGTH = "length"


class Token(str):
    """A piece of text, and the natural logarithm of the probability that the model gave to it."""

    __slots__ = ("logprob",)

    logprob: float

    def __new__(cls, text: str, logprob: float) -> Token:
        made = super().__new__(cls, text)
        made.logprob = logprob
        return made


Part = str | Usage | Ended


class Generation(Iterator[str]):
    """The text of one model call as it is written; the rest is complete once it is exhausted.

    ``parts`` yields pieces of text, each a :class:`Token` where the back end tells how likely it
    was, the :class:`Usage` of the call and, when the reply reached its largest length,
    ``Ended.BY_LENGTH``; ``cut`` is then true and the last sentence unfinished. Closing it stops the
    model.
    """

    def __init__(self, parts: Iterator[Part]) -> None:
        self._parts = parts
        self.usage = Usage()
        self.cut = False

    def __next__(self) -> str:
        while not isinstance(part := next(self._parts), str):
            if isinstance(part, Usage):
                self.usage = part
            else:
                self.cut = True
        return part

    def ending(self) -> Iterator[Part]:
        """What a wrapper hands on when the text is exhausted."""
        yield self.usage
        if self.cut:
            yield Ended.BY_LENGTH

    def close(self) -> None:
        close = getattr(self._parts, "close", None)
        if close is not None:
            close()


class LLM(Protocol):
    """A language model. ``name`` is what the user would write to get it again."""

    name: str

    def stream(
        self, messages: Sequence[Message], *, schema: Schema | None = None, max_tokens: int = 256
    ) -> Generation:
        """Write the reply at temperature 0, in the form of ``schema`` when one is given.

        Back ends that can constrain the model do; others ask it in words, so that the reply may be
        plain text. Raises LLMUnavailableError when the back end cannot be reached and LLMError when
        it fails, writes nothing, or the prompt does not fit.
        """
        ...
