"""The response to a request that is refused before it reaches an endpoint, in the form that its
client reads. Knows no reason to refuse.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import JSONResponse
from starlette.types import Scope

from api.errors import body_of

REFUSED = "footnote.refused"  # where a scope says why it was refused, for the metrics


def refusal(
    scope: Scope, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """Return the response in the form that clients of this path read; ``code`` is for programs."""
    scope[REFUSED] = code
    body = body_of(scope["path"], message, status, code=code)
    return JSONResponse(body, status, headers)
