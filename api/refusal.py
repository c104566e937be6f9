"""A request that is refused before any endpoint sees it, in the shape that its client reads.

Knows no reason to refuse.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse
from starlette.types import Scope

OLLAMA = "/api/"  # the paths of Ollama's clients, which read an error that is a text
REFUSED = "footnote.refused"  # where a scope says why it was refused, for the metrics


def refusal(
    scope: Scope, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """In OpenAI's shape, or in Ollama's for its clients; ``code`` is for programs."""
    scope[REFUSED] = code
    if scope["path"].startswith(OLLAMA):
        body: dict[str, Any] = {"error": message}
    else:
        kind = "invalid_request_error" if status < 500 else "server_error"
        body = {"error": {"message": message, "type": kind, "param": None, "code": code}}
    return JSONResponse(body, status, headers)
