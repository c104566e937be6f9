"""Errors over HTTP, with the status that the table of ``rag.errors`` gives, in the shape that the
clients of each protocol read. Knows no endpoint beyond the path that its protocol begins with.

    /api/…  Ollama's: ``{"error": "…"}``
    else    OpenAI's: ``{"error": {"message", "type", "param", "code"}}``
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from index.errors import IndexingError, NoIndexError
from rag.errors import QuestionError, RagError, outcome

OPENAI, OLLAMA = "/v1/", "/api/"
INVALID = 422  # what FastAPI gives a request that is not of the declared form
BAD_REQUEST = 400  # what the servers of the two protocols give it
_TOLD = 10  # of what is wrong with a request

_CODES = {  # OpenAI's names for what pydantic finds
    "missing": "missing_required_parameter",
    "extra_forbidden": "unknown_parameter",
    "too_short": "invalid_value",
    "string_type": "invalid_type",
    "list_type": "invalid_type",
    "bool_parsing": "invalid_type",
    "int_parsing": "invalid_type",
    "float_parsing": "invalid_type",
}


class UnsupportedError(QuestionError):
    """A parameter that cannot apply here and would change the answer if it did."""

    def __init__(self, reason: str, param: str | None = None) -> None:
        super().__init__(reason)
        self.param = param


class ErrorDetail(BaseModel):
    message: str
    type: str
    param: str | None
    code: str | None


class Error(BaseModel):
    error: ErrorDetail


class OllamaError(BaseModel):
    error: str


def error_body(error: Exception, path: str = "") -> dict[str, Any]:
    """An error of this project as JSON, as the clients of ``path`` read it."""
    code, param = type(error).__name__, None
    if isinstance(error, UnsupportedError):
        code, param = "unsupported_parameter", error.param
    elif isinstance(error, NoIndexError) and path.startswith(OPENAI):
        code, param = "model_not_found", "model"
    return body_of(path, str(error), outcome(error)[1], param=param, code=code)


def body_of(
    path: str, message: str, status: int, *, param: str | None = None, code: str | None = None
) -> dict[str, Any]:
    """Any refusal as JSON, in the shape of the protocol that ``path`` belongs to."""
    if path.startswith(OLLAMA):
        return {"error": message}
    kind = "invalid_request_error" if status < 500 else "server_error"
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def handle_errors(app: FastAPI) -> None:
    """Have ``app`` answer every error of this project, and every invalid request."""
    app.add_exception_handler(RagError, _ours)
    app.add_exception_handler(IndexingError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


def documented(model: type[BaseModel], example: Any) -> dict[int | str, dict[str, Any]]:
    """What OpenAPI says of the errors of endpoints that answer in the shape of ``model``."""
    content = {"application/json": {"example": example}}
    return {
        "4XX": {
            "model": model,
            "description": "The request cannot be answered; the message says what to do.",
            "content": content,
        },
        "5XX": {
            "model": model,
            "description": "The server cannot answer at present; the message says why.",
        },
    }


_EXAMPLE = "there is no collection 'law': index documents with 'rag index PATH --collection law'"
ERRORS = documented(
    Error,
    {
        "error": {
            "message": _EXAMPLE,
            "type": "invalid_request_error",
            "param": None,
            "code": "NoIndexError",
        }
    },
)
OLLAMA_ERRORS = documented(OllamaError, {"error": _EXAMPLE})


def _ours(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse(error_body(error, request.url.path), outcome(error)[1])


def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    found: Sequence[Mapping[str, Any]] = error.errors()
    path = request.url.path
    status = BAD_REQUEST if path.startswith((OPENAI, OLLAMA)) else INVALID
    told = "; ".join(
        f"{'.'.join(map(str, _place(each))) or 'body'}: {each['msg']}" for each in found[:_TOLD]
    )
    told += f"; and {len(found) - _TOLD:,} more" if len(found) > _TOLD else ""
    param = _param(_place(found[0])) if found[0]["type"] != "json_invalid" else None
    code = _CODES.get(found[0]["type"], "invalid_value") if param else None
    return JSONResponse(body_of(path, told, status, param=param, code=code), status)


def _place(found: Mapping[str, Any]) -> list[str | int]:
    """Where in the body something is wrong, without the names that pydantic gives to types."""
    return [part for part in found["loc"][1:] if isinstance(part, int) or str(part).isidentifier()]


def _param(place: Sequence[str | int]) -> str | None:
    """A place as OpenAI writes it: ``messages[0].role``."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return "".join(parts).removeprefix(".") or None


def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    told = str(error.detail)
    if told == HTTPStatus(error.status_code).phrase:  # the framework's own: it knows no next step
        told += ": /docs lists the endpoints"
    body = body_of(request.url.path, told, error.status_code)
    return JSONResponse(body, error.status_code, error.headers)
