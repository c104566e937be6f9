"""A request of many values is refused before anything looks at each of them."""

from __future__ import annotations

import asyncio
import json
import time
from itertools import pairwise
from unittest.mock import patch

import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import settings as tried
from hypothesis import strategies as st

from api.app import Assistants, create_app
from api.few_values import MOST_VALUES, FewValues, are_few
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


def _json_of(kind: str, size: int) -> bytes:
    bodies = {
        "zeros": b"[" + b"0," * (size // 2) + b"0]",
        "names": b"{" + b'"a":1,' * (size // 6) + b'"a":1}',
        "lists": b"[" * size,
        "strings": b'""' * (size // 2),
        "one string": b'{"question": "' + b"[,{" * (size // 3) + b'"}',
        "escapes": b'{"question": "' + b'\\",' * (size // 3) + b'"}',
        "backslashes": b'{"question": "' + b"\\\\" * (size // 2) + b'"}',
        "an open string": b'{"question": "' + b"\\" * size,
        "blanks": b" " * size + b"{}",
    }
    return bodies[kind]


@pytest.mark.parametrize(
    ("kind", "few"),
    [
        ("zeros", False),
        ("names", False),
        ("lists", False),
        ("strings", False),
        ("one string", True),
        ("escapes", True),
        ("backslashes", True),
        ("an open string", True),
        ("blanks", True),
    ],
)
def test_others_have_a_turn_while_8_mb_are_looked_at(
    kind: str, few: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = _json_of(kind, 2**23)
    turns = [time.thread_time()]

    async def pause(_: float) -> None:
        turns.append(time.thread_time())

    monkeypatch.setattr("api.few_values.asyncio.sleep", pause)
    assert asyncio.run(are_few(body)) is few
    turns.append(time.thread_time())
    assert max(later - earlier for earlier, later in pairwise(turns)) < 0.1  # of the processor


_VALUES = st.recursive(
    st.integers() | st.text('a",[\\{é', max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(',"'), inner, max_size=4),
    max_leaves=9,
)


@tried(max_examples=60, deadline=None)
@given(_VALUES, st.sampled_from((1, 2, 3, 7, 2**16)))
def test_values_are_told_from_what_strings_hold(value: object, piece: int) -> None:
    body = json.dumps([value, value], ensure_ascii=False).encode()
    counted = 2 * _counted(value) + 2
    with patch("api.few_values._PIECE", piece):
        for most in (counted, counted - 1):
            with patch("api.few_values.MOST_VALUES", most):
                assert asyncio.run(are_few(body)) is (most == counted)


def _counted(value: object) -> int:
    """The values within; an empty list or object counts as one more."""
    if not isinstance(value, list | dict):
        return 0
    inner = value.values() if isinstance(value, dict) else value
    return max(1, len(value)) + sum(map(_counted, inner))


def test_json_that_is_no_utf_8_is_refused(client: TestClient) -> None:
    for encoding in ("utf-16", "utf-16-le", "utf-32"):
        body = '{"question": "a"}'.encode(encoding)
        refused = client.post("/ask", content=body, headers=_JSON)
        assert refused.status_code == 400
        assert "send JSON in UTF-8" in refused.text
