"""The door for the commands of whoever runs the server: a socket that only this user may open.

``rag ask`` and ``rag search`` come in here, and nothing else is served: no key, and no time beyond
which an answer is quoted, as where they work by themselves. What guards the socket is in
:mod:`rag.own_server`.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any

import uvicorn
from fastapi import APIRouter
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.server import ServerState

from api.access import access
from api.ask import SearchRequest
from api.connections import Connection
from api.few_values import FewValues
from api.principal import OWN_COMMAND
from api.refusal import refusal
from api.types import Assistants, Opened
from rag.own_server import ASK, SEARCH, SERVES, listening, served
from rag.question import checked

router = APIRouter(route_class=FewValues)

_CLOSED_IN_S = 3.0  # what is not answered by then, its command answers by itself
_log = logging.getLogger("uvicorn.error")
# The socket is removed here, by its path: from 3.13 on asyncio would look for it under the address
# that it was bound to, which is of a handle that is closed by then.
_KEPT: dict[str, Any] = {"cleanup_socket": False} if sys.version_info >= (3, 13) else {}


@router.post(SEARCH, include_in_schema=False)
@access("admin", turn=None)
def search(body: SearchRequest, assistants: Opened) -> dict[str, Any]:
    """Hits as ``rag search`` has them, and the titles of their documents."""
    index = assistants.get(body.collection).index
    hits = index.search(checked(body.question), limit=body.limit)
    documents = {hit.chunk.document_id for hit in hits}
    return {
        "hits": [asdict(hit) for hit in hits],
        "titles": {each: index.document(each).title for each in documents},
        "words_alone": not index.reads(body.question),
    }


class _OwnCommands:
    """Passes the requests of commands on to the application, as those of the owner."""

    def __init__(self, app: ASGIApp, serves: dict[str, Any]) -> None:
        self._app = app
        self._serves = serves

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == SERVES:
            await JSONResponse(self._serves)(scope, receive, send)
        elif scope["path"] in (ASK, SEARCH):
            await self._app({**scope, OWN_COMMAND: True}, receive, send)
        else:
            refused = refusal(scope, 404, "not_found", "only commands are served here")
            await refused(scope, receive, send)


@asynccontextmanager
async def open_to_own_commands(app: ASGIApp, assistants: Assistants) -> AsyncIterator[None]:
    """Within the block, the commands of this user are served too, unless RAG_SERVER says no."""
    settings = assistants.settings
    if not settings.server:
        yield
        return
    try:
        door, path = listening(settings.run_folder)
    except OSError as error:
        _log.warning("commands load their models themselves: %s", error)
        yield
        return
    serves = served(settings, assistants.embedder_name)
    config = uvicorn.Config(
        _OwnCommands(app, serves),
        http=Connection,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        proxy_headers=False,
        server_header=False,
    )
    state = ServerState()
    server = await asyncio.get_running_loop().create_unix_server(
        lambda: Connection(config, state, {}), sock=door, **_KEPT
    )
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        server.close()
        for connection in list(state.connections):
            connection.shutdown()
        if state.tasks:
            await asyncio.wait(state.tasks, timeout=_CLOSED_IN_S)
