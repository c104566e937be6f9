"""Language models that take their time: test doubles for waiting, leaving and hanging."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

from rag.llm import Generation, Schema
from rag.types import Message, Usage
from tests.scripted_llm import ScriptedLLM


class HeldLLM:
    """Writes the beginning of a reply, then waits until the test lets it go on.

    ``writing`` counts the replies that are being written, ``most`` how many were at one time;
    ``closed`` is set whenever one was stopped before its end.
    """

    name = "held"

    def __init__(self, reply: str, *, beginning: str = "") -> None:
        self._reply = reply
        self._beginning = beginning
        self._lock = threading.Lock()
        self.go = threading.Event()
        self.began = threading.Semaphore(0)
        self.closed = threading.Event()
        self.writing = 0
        self.most = 0

    def stream(
        self, messages: Sequence[Message], *, schema: Schema | None = None, max_tokens: int = 256
    ) -> Generation:
        return Generation(self._parts())

    def _parts(self) -> Iterator[str | Usage]:
        with self._lock:
            self.writing += 1
            self.most = max(self.most, self.writing)
        try:
            self.began.release()
            yield self._beginning
            while not self.go.wait(0.01):
                yield ""  # a model that has nothing to say yet, but can be told to stop
            yield self._reply.removeprefix(self._beginning)
            yield Usage(10, 5)
        except GeneratorExit:
            self.closed.set()
            raise
        finally:
            with self._lock:
                self.writing -= 1


class HangingLLM(ScriptedLLM):
    """Never yields, whatever becomes of whoever waits, until the test is over."""

    name = "hanging"

    def __init__(self) -> None:
        super().__init__()
        self.over = threading.Event()

    def stream(
        self, messages: Sequence[Message], *, schema: Schema | None = None, max_tokens: int = 256
    ) -> Generation:
        return Generation(self._parts("", 0))

    def _parts(self, reply: str, prompt_tokens: int) -> Iterator[str | Usage]:
        self.over.wait()
        yield from ()
