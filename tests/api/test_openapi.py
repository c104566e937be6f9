"""The OpenAPI document is complete, and the application does what it says of any request."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, settings
from reportlab.pdfgen.canvas import Canvas
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from api.app import Assistants, create_app
from rag.settings import Settings
from rag.wiring import Wiring
from tests.api.workers import QUESTION, TEXT, TWO
from tests.doubles import HashingEmbedder
from tests.scripted_llm import ScriptedLLM

EXAMPLES = (
    25  # per endpoint: seconds, and enough to have found what was wrong when this was written
)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
]


class _Ready(ScriptedLLM):
    """Has the same reply for every call."""

    def stream(self, *arguments: Any, **options: Any) -> Any:
        self.replies = [TWO]
        return super().stream(*arguments, **options)


# Described before there is a home with collections, which `home` gives it.
APP = create_app(Settings(), Assistants(Settings(), HashingEmbedder(), _Ready()))
SCHEMA = schemathesis.openapi.from_asgi("/openapi.json", APP)
DOCUMENT: dict[str, Any] = APP.openapi()


@pytest.fixture(scope="module", autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Two collections, each with a text and a PDF."""
    home = tmp_path_factory.mktemp("home")
    _write_pdf(home / "lease.pdf")
    for name in ("default", "museums"):
        chosen = Settings(home=home, collection=name)
        with Wiring(chosen).open_index(HashingEmbedder(), create=True) as index:
            index.add_text("workers.txt", "Workers", TEXT)
            index.ingest([home / "lease.pdf"])
    assistants = Assistants(Settings(home=home), HashingEmbedder(), _Ready())
    APP.state.assistants = assistants
    yield
    assistants.close()


def _write_pdf(path: Path) -> None:
    canvas = Canvas(str(path))
    canvas.drawString(72, 700, "The lease has 37 clauses.")
    canvas.save()


@SCHEMA.parametrize()
@settings(
    max_examples=EXAMPLES,
    derandomize=True,  # the same requests each time: a red run can be looked into
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_any_request_is_answered_as_documented(case: Any) -> None:
    case.call_and_validate(checks=CHECKS)


def _operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_every_endpoint_is_described() -> None:
    assert {name for name, _ in _operations()} >= {
        "POST /ask",
        "POST /ask/stream",
        "POST /search",
        "GET /documents",
        "POST /documents",
        "GET /documents/{id}",
        "DELETE /documents/{id}",
        "GET /documents/{id}/text",
        "GET /documents/{id}/original",
        "GET /documents/{id}/pages/{number}.png",
        "GET /collections",
        "POST /collections",
        "DELETE /collections/{name}",
        "GET /health",
        "GET /ready",
        "POST /v1/chat/completions",
        "GET /v1/models",
        "GET /v1/models/{model}",
        "POST /api/chat",
        "POST /api/generate",
        "GET /api/ps",
        "GET /api/tags",
        "POST /api/show",
        "GET /api/version",
    }


def test_every_endpoint_says_what_comes_back_and_which_errors() -> None:
    for name, operation in _operations():
        responses = operation["responses"]
        assert operation["summary"], name
        assert operation["tags"], name
        assert {"4XX", "5XX"} <= responses.keys(), name
        for status in responses.keys() - {"204"}:
            content = responses[status]["content"]
            assert all("schema" in each or "example" in each for each in content.values()), name
            assert {} not in [each.get("schema") for each in content.values()], (name, status)


def test_every_body_has_an_example() -> None:
    for _, operation in _operations():
        for media_type, body in operation.get("requestBody", {}).get("content", {}).items():
            if media_type == "application/json":
                reference = body["schema"]["$ref"].rpartition("/")[2]
                properties = DOCUMENT["components"]["schemas"][reference]["properties"].values()
                assert "examples" in body["schema"] or any(
                    "examples" in each for each in properties
                )


def test_the_examples_are_answered() -> None:
    client = TestClient(APP)
    for path, body in (
        ("/ask", {"question": QUESTION}),
        ("/search", {"question": "construction workers"}),
        ("/v1/chat/completions", {"model": "default", "messages": [_user()]}),
        ("/api/chat", {"model": "default", "messages": [_user()], "stream": False}),
        ("/api/generate", {"model": "default", "prompt": QUESTION, "stream": False}),
    ):
        assert client.post(path, json=body).is_success


def _user() -> dict[str, str]:
    return {"role": "user", "content": QUESTION}
