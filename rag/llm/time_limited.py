"""A language model for somebody who waits only so long, whatever the back end does.

The back end runs in a thread of its own. When the time is over, or whoever asked has gone, nobody
waits for it any longer, and it is stopped at the next piece of text that it writes. Knows no server
and no connection.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing

from rag.errors import LLMTimeoutError, StoppedError
from rag.llm.deadline import Deadline
from rag.llm.types import LLM, Generation, Part, Schema
from rag.types import Message

_Told = Part | Exception | None  # None: there are no more


class TimeLimitedLLM:
    """``llm``, as long as ``deadline`` lasts.

    Beside what ``llm`` raises: LLMTimeoutError when the time is over, and StoppedError when whoever
    asked has gone.
    """

    def __init__(self, llm: LLM, deadline: Deadline) -> None:
        self.name = llm.name
        self._llm = llm
        self._deadline = deadline

    def stream(
        self, messages: Sequence[Message], *, schema: Schema | None = None, max_tokens: int = 256
    ) -> Generation:
        def begun() -> Generation:
            return self._llm.stream(messages, schema=schema, max_tokens=max_tokens)

        return Generation(self._parts(begun))

    def _parts(self, begun: Callable[[], Generation]) -> Iterator[Part]:
        if not self._deadline.remaining_s:  # the call before used it up: ask for nothing more
            raise self._too_late()
        parts: queue.SimpleQueue[_Told] = queue.SimpleQueue()
        stopped = threading.Event()
        with self._deadline.telling(lambda: parts.put(StoppedError("whoever asked has gone"))):
            work = threading.Thread(target=_write, args=(begun, parts, stopped), daemon=True)
            work.start()
            try:
                while (part := self._next(parts)) is not None:
                    yield part
            finally:
                stopped.set()

    def _next(self, parts: queue.SimpleQueue[_Told]) -> Part | None:
        try:
            part = parts.get(timeout=self._deadline.remaining_s)
        except queue.Empty:
            raise self._too_late() from None
        if isinstance(part, Exception):
            raise part
        return part

    def _too_late(self) -> LLMTimeoutError:
        return LLMTimeoutError(
            f"the language model was not done within the {self._deadline.seconds:g} s of "
            "RAG_TIME_BUDGET"
        )


def _write(
    begun: Callable[[], Generation], parts: queue.SimpleQueue[_Told], stopped: threading.Event
) -> None:
    try:
        with closing(begun()) as generation:
            for piece in generation:
                if stopped.is_set():
                    return
                parts.put(piece)
            for part in generation.ending():
                parts.put(part)
        parts.put(None)
    except Exception as error:  # noqa: BLE001 # raised again in the thread that reads
        parts.put(error)
