"""The response to a request that is refused before it reaches an endpoint, in the form that its
client reads. Knows no reason to refuse.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
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


class BodyError(HTTPException):
    """A body is refused while it is read, or before; ``code`` is for programs.

    FastAPI passes an HTTPException through that is raised while it reads a body.
    """

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        close = {"Connection": "close"}  # what is still on its way is not read
        super().__init__(status, message, {**(headers or {}), **close})
        self.code = code


def refused_body(scope: Scope, error: BodyError) -> JSONResponse:
    """Return the response to a body that is refused."""
    return refusal(scope, error.status_code, error.code, error.detail, error.headers)


async def body_refused(request: Request, error: Exception) -> Response:
    """Return the response to a BodyError that was raised within an endpoint."""
    assert isinstance(error, BodyError)
    return refused_body(request.scope, error)
