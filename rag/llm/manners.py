"""How a served model is asked: in which form, and whether it needs room for thoughts.

Some servers constrain a model to a JSON Schema, others ignore the schema without a word; some
models think whatever one says. What a reply shows of this is kept, so that it is found out once.
Knows no protocol.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from rag.errors import LLMError
from rag.llm.thoughts import without_thoughts
from rag.llm.types import Ended, Part, Schema

Form = Literal["schema", "words", "text"]
NEXT_FORM: Mapping[Form, Form] = {"schema": "words", "words": "text"}
THOUGHT_TOKENS = 2048  # for a model that thinks unasked: gpt-oss at low effort takes some hundreds

_IN_WORDS: Mapping[Form, str] = {
    "schema": "replies held to a JSON schema",
    "words": "replies asked for as JSON in words, because no schema holds it",
    "text": "replies read as plain text, because it does not keep to JSON",
}
_BEGINS_JSON = "{"


@dataclass(frozen=True, slots=True)
class Manner:
    """How to ask one model. ``proved`` once a reply has shown that the form is right."""

    form: Form = "schema"
    thinks: bool = False
    proved: bool = False

    def __str__(self) -> str:
        said = _IN_WORDS[self.form]
        said += ", with room for thoughts" if self.thinks else ""
        return said if self.proved else f"{said} (as it seems; the first reply will tell)"


@dataclass(frozen=True, slots=True)
class Thought:
    """What a model thought: told apart by the server, and never part of a reply."""

    text: str


class SchemaRefusedError(LLMError):
    """The server does not take the schema: the reply must be asked for in words."""


class Manners:
    """The manners found out so far, kept in a file. Safe to use from several threads.

    The file is only a memory: what cannot be read is found out again.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._known: dict[str, Manner] = _read(path) if path else {}

    def of(self, key: str, guess: Manner) -> Manner:
        """Return the manner of the model called ``key``; ``guess`` while nothing is known."""
        return self._known.get(key, guess)

    def keep(self, key: str, manner: Manner) -> None:
        with self._lock:
            if self._known.get(key) == manner:
                return
            known = {**(_read(self._path) if self._path else {}), **self._known, key: manner}
            self._known = known
            if self._path:
                with suppress(OSError):  # a folder that cannot be written to costs a repetition
                    _write(self._path, known)


def _read(path: Path) -> dict[str, Manner]:
    try:
        kept: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
        known = {key: Manner(**each) for key, each in kept.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
    return {key: each for key, each in known.items() if each.form in _IN_WORDS}


def _write(path: Path, known: Mapping[str, Manner]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(f".{threading.get_ident()}.tmp")
    scratch.write_text(json.dumps({key: asdict(each) for key, each in known.items()}, indent=1))
    scratch.replace(path)


Reply = Callable[[Manner], Iterator[Part | Thought]]


class _WrongMannerError(Exception):
    def __init__(self, better: Manner) -> None:
        super().__init__(better)
        self.better = better


class Asker:
    """Asks one model in the manner that it keeps to, and learns from its replies.

    A reply that shows from its first letter that the schema is not enforced is stopped and asked
    for again, in words; nothing of it is handed on.
    """

    def __init__(self, key: str, guess: Manner, manners: Manners) -> None:
        self._key = key
        self._guess = guess
        self._manners = manners

    @property
    def manner(self) -> Manner:
        return self._manners.of(self._key, self._guess)

    def parts(self, reply: Reply, schema: Schema | None) -> Iterator[Part]:
        """Hand on the reply of ``reply``, which is given the manner to ask in.

        Without ``schema`` nothing is learnt of forms. Raises LLMError when the model writes
        nothing but thoughts, or nothing at all.
        """
        while True:
            manner = self.manner
            reading = _Reading(manner, schema is not None)
            try:
                yield from reading.parts(reply(manner))
            except _WrongMannerError as wrong:
                self._manners.keep(self._key, wrong.better)
            except SchemaRefusedError:
                if manner.form != "schema":
                    raise
                self._manners.keep(self._key, replace(manner, form="words"))
            else:
                if schema is not None:
                    self._manners.keep(self._key, reading.next_manner)
                return


class _Reading:
    """One reply, and whether it is of the form that was asked for."""

    def __init__(self, manner: Manner, has_form: bool) -> None:
        self._manner = manner
        self._has_form = has_form
        self._written = ""
        self._thought = False
        self.next_manner = replace(manner, proved=True)

    def parts(self, reply: Iterator[Part | Thought]) -> Iterator[Part]:
        held: list[str] = []
        ending: list[Part] = []
        try:
            for part in reply:
                if isinstance(part, Thought):
                    self._thought = True
                elif not isinstance(part, str):
                    ending.append(part)
                elif self._held_back(part):
                    held.append(part)
                else:
                    yield from (*held, part)
                    held.clear()
            self._require_reply(Ended.BY_LENGTH in ending)
        finally:
            if close := getattr(reply, "close", None):
                close()
        yield from (*held, *ending)

    def _held_back(self, piece: str) -> bool:
        """Whether nothing of the reply can be told yet. Raises when its form is the wrong one."""
        self._written += piece
        beginning = self._written.lstrip()
        if not self._has_form or self._manner.form != "schema":
            return False
        if not beginning:
            return True
        if not beginning.startswith(_BEGINS_JSON):
            raise _WrongMannerError(replace(self._manner, form="words", proved=False))
        return False

    def _require_reply(self, cut: bool) -> None:
        """Raises when the model wrote no reply, or one that shows that the form is wrong."""
        if not self._has_form:
            return
        spoken = without_thoughts(self._written)
        self._thought = self._thought or (not spoken and bool(self._written.strip()))
        if spoken:
            if self._manner.form == "words" and _BEGINS_JSON not in spoken:
                # This reply can be read as it is; the next one is better asked for as text.
                self.next_manner = replace(self._manner, form="text", proved=False)
        elif cut and not self._manner.thinks:
            raise _WrongMannerError(replace(self._manner, thinks=True))
        elif cut:
            raise LLMError(
                "the language model used all of its tokens for thoughts and wrote no reply: use a "
                "model that does not think, or --llm auto"
            )
        elif better := NEXT_FORM.get(self._manner.form):
            raise _WrongMannerError(replace(self._manner, form=better, proved=False))
        else:
            raise LLMError(
                "the language model wrote no reply"
                + (" beside its thoughts" if self._thought else "")
                + ": use another model, or --llm auto"
            )
