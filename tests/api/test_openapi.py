"""The OpenAPI document is complete, and the application does what it says of any request.

``python -m tests.attacks.openapi`` tries requests for as long as it is told to.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, settings

from tests.api.openapi_app import APP, CHECKS, DOCUMENT, SCHEMA, collections_in
from tests.api.workers import QUESTION

EXAMPLES = 25  # per endpoint: a minute on a busy machine


@pytest.fixture(scope="module", autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with collections_in(tmp_path_factory.mktemp("home")):
        yield


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
