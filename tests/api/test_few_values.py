"""A request of many values is refused before anything looks at each of them."""

from __future__ import annotations

import json

import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.testclient import TestClient

from api.app import Assistants, create_app
from api.few_values import MOST_VALUES, FewValues
from rag.settings import Settings
from tests.doubles import HashingEmbedder

_JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize("value", ["1", "{}", "[1, 2]", '{"role": "user", "content": "a"}'])
@pytest.mark.parametrize(
    ("path", "start"),
    [
        ("/ask", '{"question": "a", "history": ['),
        ("/ask/stream", '{"question": "a", "history": ['),
        ("/v1/chat/completions", '{"model": "default", "messages": ['),
        ("/api/chat", '{"model": "default", "messages": ['),
    ],
)
def test_many_values_are_refused_at_once(
    client: TestClient, path: str, start: str, value: str
) -> None:
    body = f"{start}{', '.join([value] * (MOST_VALUES + 1))}]}}"
    refused = client.post(path, content=body, headers=_JSON)
    assert refused.status_code == 413
    assert "more than 5,000 values: send a shorter conversation" in refused.text


def test_a_long_conversation_is_no_request_of_many_values(client: TestClient) -> None:
    turns = [{"role": "user", "content": "And why?"}] * 1_000
    asked = {"question": "And they?", "history": turns}
    assert client.post("/ask", json=asked).status_code == 404  # there is no collection yet


def test_of_many_errors_a_few_are_told(client: TestClient) -> None:
    body = json.dumps({"question": "a"} | {f"key{n}": 1 for n in range(1_000)})
    refused = client.post("/ask", content=body, headers=_JSON)
    assert refused.status_code == 422
    assert len(refused.text) < 2_000
    assert "and 990 more" in refused.json()["error"]["message"]


def test_every_route_that_takes_json_is_one_of_few_values(settings: Settings) -> None:
    app = create_app(settings, Assistants(settings, HashingEmbedder(), None))
    taking = [
        route
        for each in iter_route_contexts(app.routes)
        if isinstance(route := each.original_route, APIRoute)
        and route.body_field
        and each.path != "/documents"
    ]
    assert len(taking) >= 6
    assert [route.path for route in taking if not isinstance(route, FewValues)] == []
