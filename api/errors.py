"""Errors over HTTP: in OpenAI's shape from every endpoint, with the status that the table of
``rag.errors`` gives. Knows no endpoint."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from index.errors import IndexingError
from rag.errors import RagError, outcome

INVALID = 422  # what FastAPI gives a request that is not of the declared form


def handle_errors(app: FastAPI) -> None:
    """Have ``app`` answer every error of this project, and every invalid request, in one shape."""
    app.add_exception_handler(RagError, _ours)
    app.add_exception_handler(IndexingError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


def error_body(error: Exception) -> dict[str, Any]:
    """An error of this project as JSON."""
    return _body(str(error), outcome(error)[1], type(error).__name__)


def _body(message: str, status: int, code: str | None = None) -> dict[str, Any]:
    kind = "invalid_request_error" if status < 500 else "server_error"
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def _ours(_: Request, error: Exception) -> JSONResponse:
    return JSONResponse(error_body(error), outcome(error)[1])


def _invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    told = "; ".join(
        f"{'.'.join(str(part) for part in each['loc'][1:]) or 'body'}: {each['msg']}"
        for each in error.errors()
    )
    return JSONResponse(_body(told, INVALID), INVALID)


def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    body = _body(f"{error.detail}: /docs lists the endpoints", error.status_code)
    return JSONResponse(body, error.status_code, error.headers)
