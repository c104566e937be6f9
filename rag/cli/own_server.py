"""Asks a running server of the same user in place of loading the models once more.

Whatever stands in the way, the command works by itself: a server is faster and answers the same.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import TYPE_CHECKING, Any

from rag.cli.echo import echo
from rag.own_server import (
    ASK,
    EMBEDDER,
    SEARCH,
    SERVES,
    TO_FIND,
    TO_QUOTE,
    TO_WRITE,
    connections,
    difference,
    served,
)
from rag.plain import from_plain
from rag.types import Answer, Verified

if TYPE_CHECKING:
    from index.types import Hit
    from rag.settings import Settings

_HELLO_S = 1.0  # a server that is too busy to say what it serves would be no faster
_SEARCH_S = 60.0
_ANSWER_S = None  # a language model takes its time
_NONSENSE = (ValueError, TypeError, AttributeError, RecursionError)  # no reply of a server
_BROKEN = (OSError, HTTPException, LookupError, *_NONSENSE)

Say = Callable[[str], None]


def saying(verbose: bool) -> Say:
    """Says what it is given on stderr, if ``verbose``."""

    def say(text: str) -> None:
        if verbose:
            echo(f"rag: {text}", err=True)

    return say


def answer(
    settings: Settings, question: str, show: Callable[[Verified], None], say: Say
) -> Answer | None:
    """The answer of a running server, each of its sentences given to ``show`` once it passed; None
    where no server serves the same, or where it broke off."""
    quotes = settings.answer == "quick" or settings.llm == "none"
    body = {
        "question": question,
        "collection": settings.collection,
        "answer": "quick" if quotes else settings.answer,
    }
    try:
        with _asked(settings, TO_QUOTE if quotes else TO_WRITE, ASK, body, _ANSWER_S) as lines:
            for name, data in _events(lines):
                if name == "sentence":
                    show(from_plain(Verified, data))
                elif name == "answer":
                    say("answered by a running server")
                    return from_plain(Answer, data)  # type: ignore[no-any-return]
        say("not answered by a running server: it broke off")
    except _BROKEN as error:
        say(f"not answered by a running server: {error}")
    return None


def hits(
    settings: Settings, question: str, limit: int, say: Say
) -> tuple[list[Hit], dict[int, str], bool] | None:
    """What a running server finds, the titles of the documents, and whether words alone were
    searched; None as for :func:`answer`."""
    from index.types import Hit

    body = {"question": question, "collection": settings.collection, "limit": limit}
    try:
        with _asked(settings, TO_FIND, SEARCH, body, _SEARCH_S) as lines:
            found = json.load(lines)
            titles = {int(document): title for document, title in found["titles"].items()}
            say("searched by a running server")
            hits = [from_plain(Hit, each) for each in found["hits"]]
            return hits, titles, bool(found["words_alone"])
    except _BROKEN as error:
        say(f"not searched by a running server: {error}")
    return None


@contextmanager
def _asked(
    settings: Settings,
    names: Sequence[str],
    path: str,
    body: Mapping[str, Any],
    patience_s: float | None,
) -> Iterator[HTTPResponse]:
    """The response of the first server that serves the same of ``names``.

    Raises OSError where there is none, saying why, and what a connection raises that breaks off.
    """
    if not settings.server:
        raise ConnectionError("RAG_SERVER or --no-server says so")
    ours = served(settings, settings.embedder)
    names = (*names, EMBEDDER) if settings.embedder else names
    why = "none is running"
    for connection in connections(settings.run_folder):
        with connection:
            connection.settimeout(_HELLO_S)
            try:
                other = difference(ours, json.load(_sent(connection, "GET", SERVES)), names)
            except _BROKEN as error:
                other = f"way to say what it serves ({error})"
            if other is not None:
                why = f"the one that runs has another {other}"
                continue
            connection.settimeout(patience_s)
            yield _sent(connection, "POST", path, body)
            return
    raise ConnectionError(why)


def _sent(
    connection: socket.socket, method: str, path: str, body: Mapping[str, Any] | None = None
) -> HTTPResponse:
    """The response to a request. Raises HTTPException where it is a refusal."""
    http = HTTPConnection("localhost")
    http.auto_open = 0  # a connection that is lost is not looked for at that address
    http.sock = connection
    http.request(
        method, path, json.dumps(body) if body else None, {"Content-Type": "application/json"}
    )
    response = http.getresponse()
    if response.status != 200:
        raise HTTPException(f"it answered {response.status}: {_told(response)}")
    return response


def _told(response: HTTPResponse) -> str:
    return str(json.load(response)["error"]["message"])


def _events(lines: HTTPResponse) -> Iterator[tuple[str, Any]]:
    """The names and data of server-sent events."""
    name = ""
    for line in lines:
        field, _, value = line.decode().rstrip("\n").partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            yield name, json.loads(value)
