"""One Ollama server, through the official client. Knows no prompts, documents or settings."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

import httpx
import ollama

from rag.errors import LLMError, LLMTimeoutError, LLMUnavailableError, SettingsError
from rag.llm.addresses import OLLAMA_DEFAULT, without_password
from rag.llm.types import DEFAULT_EMBEDDED_MODEL

CONNECT_SECONDS = 2.0  # a server on this machine or network answers at once
REPLY_SECONDS = 300.0  # a cold model may first have to be read from disk
_LOCAL = f"--llm llamacpp:{DEFAULT_EMBEDDED_MODEL}"  # the way out that needs no server
_LATEST = ":latest"
_PARSER = re.compile(r"^PARSER\s+(\S+)", re.MULTILINE)
_NO_KEY = (401, 403)
_NOT_FOUND = 404

Version = tuple[int, ...]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pulled:
    """A model that the server lists. ``remote`` ones are only passed on to other machines."""

    name: str
    digest: str = ""
    size_bytes: int = 0
    family: str = ""
    parameters: str = ""  # as Ollama writes it: 1.8B, 22.57M
    remote: bool = False


@dataclass(frozen=True, slots=True)
class Described:
    """What the server says of a model; None and empty where an old one does not tell."""

    capabilities: tuple[str, ...] | None = None
    parser: str = ""
    family: str = ""
    context_length: int | None = None
    embedding_length: int | None = None

    def can(self, capability: str) -> bool | None:
        return None if self.capabilities is None else capability in self.capabilities


@dataclass(frozen=True, slots=True)
class PullProgress:
    """A step of a download. Bytes are of the one file that is being fetched."""

    status: str
    done_bytes: int = 0
    total_bytes: int = 0


class _Client(ollama.Client):
    """The official client, with what it has no method for: ``/api/version``, every field of
    ``/api/show``, and the fields ``truncate`` and ``shift`` of a chat."""

    def json(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        reply = self._request_raw(method, path, json=body)  # type: ignore[no-untyped-call]
        return reply.json()

    def chat_lines(self, body: Mapping[str, Any]) -> Iterator[ollama.ChatResponse]:
        return self._request(ollama.ChatResponse, "POST", "/api/chat", json=body, stream=True)


class Server:
    """The server at ``address``, a base URL as ``rag.llm.addresses`` gives it.

    OLLAMA_API_KEY is sent as a bearer token, NAME:PASSWORD@ of the address as basic authentication.
    Methods raise LLMUnavailableError when no Ollama answers there, and say what to do.
    """

    def __init__(self, address: str = OLLAMA_DEFAULT) -> None:
        self.address = without_password(address)
        self._client = _client(address)

    def close(self) -> None:
        self._client._client.close()

    @cached_property
    def version(self) -> Version:
        """As numbers; empty where the server does not tell, as one built from source does not."""
        with self._as_unavailable():
            told = str(self._client.json("GET", "/api/version").get("version", ""))
        numbers = tuple(int(each) for each in re.findall(r"\d+", told.partition("-")[0]))
        return numbers if any(numbers) else ()

    def pulled(self) -> list[Pulled]:
        """The models that the server lists, the newest first."""
        with self._as_unavailable():
            return [_pulled(each) for each in self._client.json("GET", "/api/tags")["models"] or ()]

    def require(self, model: str) -> Pulled:
        """Return the model called ``model``, also without its tag. Raises LLMUnavailableError."""
        pulled = self.pulled()
        for each in pulled:
            if each.name in (model, model + _LATEST):
                return each
        names = ", ".join(each.name for each in pulled) or "none"
        raise LLMUnavailableError(
            f"Ollama at {self.address} has no model '{model}' (it has: {names}): "
            f"pull it with 'rag models pull ollama:{model}'"
        )

    def described(self, model: str) -> Described:
        """What the server says of ``model``."""
        with self._as_unavailable():
            return _described(self._client.json("POST", "/api/show", {"model": model}))

    def loaded(self) -> dict[str, int]:
        """The models in memory, each with the tokens of its context; 0 where that is not told."""
        with self._as_unavailable():
            models = self._client.json("GET", "/api/ps")["models"] or ()
        return {each["model"]: each.get("context_length") or 0 for each in models}

    def chat(self, body: Mapping[str, Any]) -> Generator[ollama.ChatResponse, None, None]:
        """The lines of a streamed chat. Raises LLMError, and ollama.ResponseError for what the
        server refuses."""
        try:
            yield from self._client.chat_lines(body)
        except ollama.ResponseError as error:
            if error.status_code in _NO_KEY:
                raise LLMUnavailableError(self._wants_a_key()) from error
            raise
        except httpx.ReadTimeout as error:
            raise LLMTimeoutError(
                f"Ollama wrote nothing for {REPLY_SECONDS:.0f} s: ask again, or use a smaller model"
            ) from error
        except (ConnectionError, httpx.HTTPError) as error:
            raise LLMUnavailableError(
                f"Ollama at {self.address} stopped answering ({error}): start it with "
                f"'ollama serve', or use {_LOCAL}"
            ) from error
        except ValueError as error:  # JSON that cannot be read, or is not of the protocol
            raise LLMError(f"what answers is not Ollama ({error}): check OLLAMA_HOST") from error

    def load(self, model: str, keep_alive: str | float, context: int) -> None:
        """Have ``model`` loaded for prompts of ``context`` tokens."""
        body = {
            "model": model,
            "messages": [],
            "stream": False,
            "keep_alive": keep_alive,
            "options": {"num_ctx": context},
        }
        with self._as_unavailable():
            self._client.json("POST", "/api/chat", body)

    def embed(self, model: str, texts: Sequence[str]) -> list[list[float]]:
        """One vector for each text; what exceeds the model's context is not read."""
        with self._as_unavailable():
            reply = self._client.json("POST", "/api/embed", {"model": model, "input": list(texts)})
            vectors: list[list[float]] = reply["embeddings"]
            if len(vectors) != len(texts):
                raise ValueError(f"{len(vectors)} vectors for {len(texts)} texts")
            return vectors

    def pull(self, model: str) -> Iterator[PullProgress]:
        """Have the server fetch ``model``, step by step. Raises LLMError when it cannot."""
        try:
            with self._as_unavailable():
                for step in self._client.pull(model, stream=True):
                    yield PullProgress(step.status or "", step.completed or 0, step.total or 0)
        except _RefusedError as error:
            raise LLMError(
                f"Ollama cannot pull '{model}' ({error}): check the name at ollama.com/library"
            ) from error

    def _wants_a_key(self) -> str:
        return (
            f"{self.address} wants a key, or another one: set OLLAMA_API_KEY, or write "
            "NAME:PASSWORD@ before the host in OLLAMA_HOST"
        )

    @contextmanager
    def _as_unavailable(self) -> Iterator[None]:
        """Whatever answers at the address, or nothing, is no server that can be used."""
        try:
            yield
        except ollama.ResponseError as error:
            if error.status_code in _NO_KEY:
                raise LLMUnavailableError(self._wants_a_key()) from error
            raise _RefusedError(f"Ollama at {self.address} refused: {error.error}") from error
        except (ConnectionError, httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise LLMUnavailableError(
                f"no Ollama server answers at {self.address} ({error}): start it with "
                f"'ollama serve', set OLLAMA_HOST, or use {_LOCAL}"
            ) from error


def first_that(addresses: Sequence[str], ask: Callable[[Server], T]) -> tuple[Server, T]:
    """The first server of ``addresses`` (not empty) that can be asked, and what it says.

    Raises LLMUnavailableError, which tells what is wrong with each of them.
    """
    failures = []
    for address in addresses:
        server = Server(address)
        try:
            return server, ask(server)
        except LLMUnavailableError as error:
            server.close()
            failures.append(str(error))
    raise LLMUnavailableError("; ".join(failures))


class _RefusedError(LLMUnavailableError):
    """The server answered, and did not do what it was asked."""


def _client(address: str) -> _Client:
    parts = urlsplit(address)
    auth = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    timeout = httpx.Timeout(REPLY_SECONDS, connect=CONNECT_SECONDS)
    try:
        return _Client(without_password(address), timeout=timeout, auth=auth)
    except (ValueError, httpx.InvalidURL) as error:
        raise SettingsError(
            f"OLLAMA_HOST '{address}' is not an address ({error}): write HOST, HOST:PORT or a URL"
        ) from error


def _pulled(listed: Mapping[str, Any]) -> Pulled:
    name = str(listed["model"] if listed.get("model") else listed["name"])
    details = listed.get("details") or {}
    return Pulled(
        name=name,
        digest=listed.get("digest") or "",
        size_bytes=listed.get("size") or 0,
        family=details.get("family") or "",
        parameters=details.get("parameter_size") or "",
        remote=bool(listed.get("remote_host")) or name.endswith("cloud"),
    )


def _described(shown: Mapping[str, Any]) -> Described:
    facts = shown.get("model_info") or {}
    family = (shown.get("details") or {}).get("family") or facts.get("general.architecture") or ""
    named = _PARSER.search(shown.get("modelfile") or "")
    capabilities = shown.get("capabilities")
    return Described(
        capabilities=None if capabilities is None else tuple(capabilities),
        parser=shown.get("parser") or (named[1] if named else ""),
        family=family,
        context_length=_of_the_architecture(facts, "context_length"),
        embedding_length=_of_the_architecture(facts, "embedding_length"),
    )


def _of_the_architecture(facts: Mapping[str, Any], field: str) -> int | None:
    """A figure of ``model_info``, whose names begin with the architecture: qwen2.context_length."""
    value = facts.get(f"{facts.get('general.architecture')}.{field}")
    return value if isinstance(value, int) else None
