"""Several servers of one model: the next is asked when one does not answer. Knows no protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing

from rag.errors import LLMUnavailableError
from rag.llm.types import LLM, Generation, Part, Schema
from rag.types import Message

Opener = Callable[[], LLM]


def first_that_opens(name: str, openers: Sequence[Opener]) -> LLM:
    """Return the one model of ``openers``, or, of several, one that goes on to the next.

    Raises LLMUnavailableError when none of them opens.
    """
    if len(openers) == 1:
        return openers[0]()
    return FailoverLLM(name, openers)


class FailoverLLM:
    """Asks one of several servers, and the next one when it cannot be reached.

    A server is left only before it has written anything: what was shown is not said twice.
    """

    def __init__(self, name: str, openers: Sequence[Opener]) -> None:
        self.name = name
        self._openers = openers
        self._opened: dict[int, LLM] = {}
        self._current = 0
        self._reach(0)

    def load(self) -> None:
        """Have the server load the model, where it can be told to."""
        load = getattr(self._reach(self._current), "load", None)
        if load is not None:
            load()

    def stream(
        self, messages: Sequence[Message], *, schema: Schema | None = None, max_tokens: int = 256
    ) -> Generation:
        def begun(llm: LLM) -> Generation:
            return llm.stream(messages, schema=schema, max_tokens=max_tokens)

        return Generation(self._parts(begun))

    def _parts(self, begun: Callable[[LLM], Generation]) -> Iterator[Part]:
        left = len(self._openers)
        while True:
            written = False
            try:
                with closing(begun(self._reach(self._current))) as generation:
                    for piece in generation:
                        written = True
                        yield piece
                    yield from generation.ending()
                return
            except LLMUnavailableError:
                left -= 1
                if written or not left:
                    raise
                self._current = (self._current + 1) % len(self._openers)

    def _reach(self, first: int) -> LLM:
        """The model of the first server from ``first`` on that opens."""
        failure: LLMUnavailableError | None = None
        for step in range(len(self._openers)):
            place = (first + step) % len(self._openers)
            try:
                if place not in self._opened:
                    self._opened[place] = self._openers[place]()
            except LLMUnavailableError as error:
                failure = failure or error
            else:
                self._current = place
                return self._opened[place]
        assert failure is not None  # there is at least one opener
        raise failure
