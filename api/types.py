"""The parts of requests, and the collections that they may open. Knows no endpoint."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from fastapi import Depends, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.footnotes import as_history
from api.principal import current_principal
from api.served import ServedAssistant, Watch
from index.embed import Embedder
from index.index import Index
from rag.assistant import Assistant
from rag.errors import QuestionError, SettingsError
from rag.llm import LLM
from rag.progress import BuildingLines
from rag.settings import Settings
from rag.types import AnswerMode, Message, Status
from rag.wiring import Wiring

_CLOSED_IN_S = 1.0  # how long a deletion waits for those who use the index
MAX_CHARACTERS = 1_000_000  # of one text: longer ones are documents, not messages

# Looking at its length also refuses halves of characters, which JSON can escape and nothing encode.
Text = Annotated[str, StringConstraints(max_length=MAX_CHARACTERS)]


class Assistants:
    """One assistant per collection, sharing the embedder and the language model.

    No request waits for another collection's, and none for a collection that is being written.
    """

    def __init__(self, settings: Settings, embedder: Embedder, llm: LLM | None) -> None:
        self.settings = settings
        self.watches: list[Watch] = []  # of every answer, as the metrics
        self._embedder = embedder
        self._llm = llm
        self._opened: dict[str, _Opened] = {}
        self._lock = threading.Lock()  # for a moment only: of the two dictionaries
        self._opening: dict[str, threading.Lock] = {}
        self._closing: list[threading.Thread] = []

    def get(self, collection: str | None = None, *, create: bool = False) -> Assistant:
        """Return the assistant of ``collection`` (default: that of the settings) for the current
        principal.

        Raises NoIndexError where there is none and AccessError where they may not ask; if it is to
        be created, QuestionError for a name that no collection can have.
        """
        settings = replace(self.settings, collection=collection or self.settings.collection)
        who = current_principal()
        who.require_collection(settings.collection)
        if create:
            _require_name(settings)
            if settings.collection not in Wiring(settings).collections.names():
                who.require("admin")
        return ServedAssistant(self._open(settings, create), who.deadline, self.watches)

    def _open(self, settings: Settings, create: bool) -> Assistant:
        name = settings.collection
        if (assistant := self._current(name)) is not None:
            return assistant
        wiring = Wiring(settings)
        if not create:
            wiring.require_collection()  # before a lock is kept for its name
        with self._lock:
            opening = self._opening.setdefault(name, threading.Lock())
        with opening:
            if (assistant := self._current(name)) is not None:  # another request was faster
                return assistant
            index = wiring.open_index(self._embedder, create=create, on_building=BuildingLines())
            assistant = wiring.assistant(index, self._llm)
            with self._lock:
                self._opened[name] = _Opened(assistant, wiring.collections.identity(name))
            return assistant

    def _current(self, name: str) -> Assistant | None:
        """The assistant that is open, unless its collection was deleted or made anew meanwhile, as
        other processes may do."""
        with self._lock:
            opened = self._opened.get(name)
        if opened is None or self.is_current(opened.assistant.index):
            return opened.assistant if opened else None
        self._retire(name, opened)
        return None

    def is_current(self, index: Index) -> bool:
        """Whether an index of these is still that of the collection of its name."""
        name = index.folder.name
        with self._lock:
            opened = self._opened.get(name)
        return (
            opened is not None
            and opened.assistant.index is index
            and opened.identity == Wiring(self.settings).collections.identity(name)
        )

    def _retire(self, name: str, opened: _Opened) -> None:
        """Close an index when those who use it have ended, without waiting long for them."""
        with self._lock:
            if self._opened.get(name) is not opened:
                return
            del self._opened[name]
            self._closing = [each for each in self._closing if each.is_alive()]
            closing = threading.Thread(target=opened.assistant.index.close, daemon=True)
            self._closing.append(closing)
        closing.start()
        closing.join(_CLOSED_IN_S)

    def collections(self) -> list[str]:
        """Names of the collections that the current principal may see."""
        names = Wiring(self.settings).collections.names()
        return [name for name in names if current_principal().sees(name)]

    def opened(self) -> dict[str, Index]:
        """The indexes that are open and that the current principal may see, by collection."""
        who = current_principal()
        with self._lock:
            opened = {name: each.assistant.index for name, each in self._opened.items()}
        return {name: each for name, each in opened.items() if who.sees(name)}

    def require(self, collection: str) -> None:
        """Raises NoIndexError where there is no such collection, and AccessError where the current
        principal may not see it."""
        current_principal().require_collection(collection)
        Wiring(self.settings).collections.require(collection)

    def close(self) -> None:
        """Close all indexes that are open. A later request opens its index again."""
        with self._lock:
            opened, self._opened = self._opened, {}
            closing, self._closing = self._closing, []
        for each in opened.values():
            each.assistant.index.close()
        for thread in closing:
            thread.join()

    def delete(self, collection: str) -> None:
        """Remove ``collection`` with all that is kept of it. What is being written into it stops.
        Raises NoIndexError, AccessError, and IndexingError when its files cannot be removed."""
        current_principal().require("admin")
        current_principal().require_collection(collection)
        collections = Wiring(self.settings).collections
        collections.require(collection)
        with self._lock:
            opened = self._opened.get(collection)
        if opened is not None:
            self._retire(collection, opened)
        collections.delete(collection)

    @property
    def embedder_name(self) -> str:
        return self._embedder.name

    @property
    def llm_name(self) -> str:
        return self._llm.name if self._llm else "none"


@dataclass(frozen=True, slots=True)
class _Opened:
    """An assistant whose index is open, and of which collection: see ``Collections.identity``."""

    assistant: Assistant
    identity: tuple[int, int] | None


def _require_name(settings: Settings) -> None:
    try:
        settings.require_name()
    except SettingsError as error:  # not the server's setting: the request's
        raise QuestionError(str(error)) from error


class Turn(BaseModel):
    """One message of the conversation before the question."""

    role: Literal["user", "assistant", "system"]
    content: Text
    status: Status | None = Field(
        default=None,
        description="of an answer, as it was received: a tentative one is not taken for a fact",
    )


class AskRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    question: Text = Field(examples=["how many construction workers?"])
    history: list[Turn] = []
    collection: Text | None = Field(default=None, description="default: the server's collection")
    answer: AnswerMode | None = Field(
        default=None,
        description="`quick`: a proved line at once, and no language model. `written`: the "
        "language model always writes. `auto`: a proved line at once, which the language model "
        "completes where it may say more. Default: as the server was started.",
    )


def mode_of(body: bytes) -> str | None:
    """How the question of an :class:`AskRequest` is to be answered, where it says so; what cannot
    be read is refused later, and says nothing."""
    try:
        return str(json.loads(body)["answer"] or "") or None if b'"answer"' in body else None
    except (ValueError, LookupError, TypeError, RecursionError):
        return None


def messages(turns: Sequence[Turn]) -> list[Message]:
    """Return the history as the assistant reads it, without tentative answers."""
    return as_history((Message(turn.role, turn.content), turn.status) for turn in turns)


async def opened(request: Request) -> Assistants:  # a function would wait for a thread
    """Return the assistants of the application that received ``request``."""
    assistants: Assistants = request.app.state.assistants
    return assistants


Opened = Annotated[Assistants, Depends(opened)]
