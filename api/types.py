"""The parts of requests, and the collections that they may open. Knows no endpoint."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
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
from rag.types import Message, Status
from rag.wiring import Wiring

MAX_CHARACTERS = 1_000_000  # of one text: longer ones are documents, not messages

# Looking at its length also refuses halves of characters, which JSON can escape and nothing encode.
Text = Annotated[str, StringConstraints(max_length=MAX_CHARACTERS)]


class Assistants:
    """One assistant per collection, sharing the embedder and the language model."""

    def __init__(self, settings: Settings, embedder: Embedder, llm: LLM | None) -> None:
        self.settings = settings
        self.watches: list[Watch] = []  # of every answer, as the metrics
        self._embedder = embedder
        self._llm = llm
        self._opened: dict[str, Assistant] = {}
        self._lock = threading.Lock()

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
        with self._lock:
            if settings.collection not in self._opened:
                wiring = Wiring(settings)
                index = wiring.open_index(
                    self._embedder, create=create, on_building=BuildingLines()
                )
                self._opened[settings.collection] = wiring.assistant(index, self._llm)
            return self._opened[settings.collection]

    def collections(self) -> list[str]:
        """Names of the collections that the current principal may see."""
        names = Wiring(self.settings).collections.names()
        return [name for name in names if current_principal().sees(name)]

    def opened(self) -> dict[str, Index]:
        """The indexes that are open and that the current principal may see, by collection."""
        who = current_principal()
        with self._lock:
            return {
                name: assistant.index for name, assistant in self._opened.items() if who.sees(name)
            }

    def require(self, collection: str) -> None:
        """Raises NoIndexError where there is no such collection, and AccessError where the current
        principal may not see it."""
        current_principal().require_collection(collection)
        Wiring(self.settings).collections.require(collection)

    def close(self) -> None:
        """Close all indexes that are open. A later request opens its index again."""
        with self._lock:
            while self._opened:
                self._opened.popitem()[1].index.close()

    def delete(self, collection: str) -> None:
        """Remove ``collection`` with all that is kept of it. Raises NoIndexError, AccessError, and
        IndexingError when its files cannot be removed."""
        current_principal().require("admin")
        current_principal().require_collection(collection)
        collections = Wiring(self.settings).collections
        with self._lock:
            collections.require(collection)
            if (assistant := self._opened.pop(collection, None)) is not None:
                assistant.index.close()
            collections.delete(collection)

    @property
    def llm_name(self) -> str:
        return self._llm.name if self._llm else "none"


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


def messages(turns: Sequence[Turn]) -> list[Message]:
    """Return the history as the assistant reads it, without tentative answers."""
    return as_history((Message(turn.role, turn.content), turn.status) for turn in turns)


def opened(request: Request) -> Assistants:
    """Return the assistants of the application that received ``request``."""
    assistants: Assistants = request.app.state.assistants
    return assistants


Opened = Annotated[Assistants, Depends(opened)]
