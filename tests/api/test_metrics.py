"""``/metrics``: what was asked and how it went, and nothing of what was said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from api.app import Assistants, create_app
from rag.keys.store import KeyStore
from rag.settings import Settings
from rag.wiring import Wiring
from tests.doubles import HashingEmbedder
from tests.scripted_llm import ScriptedLLM

TEXT = """\
Workers for the south

The north sends engineers to the south. It also sends 5,000 construction workers.
"""
QUESTION = "How many construction workers does the north send?"
ANSWER = "The north sends 5,000 construction workers."
ASKED = {"question": QUESTION}

Series = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture
def settings(home: Path, embedder: HashingEmbedder) -> Settings:
    chosen = Settings.from_environment()
    with Wiring(chosen).open_index(embedder, create=True) as index:
        index.add_text("workers.txt", "Workers", TEXT)
    return chosen


def _client(settings: Settings, *replies: str) -> TestClient:
    assistants = Assistants(settings, HashingEmbedder(), ScriptedLLM(*replies))
    return TestClient(create_app(settings, assistants))


def _series(client: TestClient) -> Series:
    reply = client.get("/metrics")
    assert reply.status_code == 200
    assert reply.headers["Content-Type"].startswith("text/plain; version=")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(reply.text)
        for sample in family.samples
    }


def _value(series: Series, name: str, **labels: str) -> float:
    return series[f"footnote_{name}", frozenset(labels.items())]


def test_answers_are_counted_with_their_tokens_stages_and_what_was_withheld(
    settings: Settings,
) -> None:
    client = _client(
        settings,
        ScriptedLLM.reply(f"{ANSWER} Putin paid.", "S2"),
        ScriptedLLM.reply(""),
        ScriptedLLM.reply(ANSWER, "S2"),
    )
    answers = [client.post("/ask", json=ASKED).json() for _ in range(2)]
    client.post("/ask/stream", json=ASKED)
    series = _series(client)
    assert _value(series, "answers_total", status="answered", extractive="false") == 2
    assert _value(series, "answers_total", status="tentative", extractive="false") == 1
    assert _value(series, "withheld_sentences_total") == 1
    prompt = sum(answer["usage"]["prompt_tokens"] for answer in answers)
    assert _value(series, "tokens_total", kind="prompt") > prompt > 0
    assert _value(series, "tokens_total", kind="completion") > 0
    for stage in ("rewrite", "search", "evidence", "answer"):
        assert _value(series, "stage_seconds_count", stage=stage) == 3
    spent = sum(answer["timings"]["answer"] for answer in answers) / 1000
    assert _value(series, "stage_seconds_sum", stage="answer") >= spent - 0.001


def test_requests_are_counted_by_declared_route_and_status(settings: Settings) -> None:
    client = _client(settings)
    for path in ("/documents/1", "/documents/77", "/nowhere/1", "/nowhere/2"):
        client.get(path)
    client.post("/ask", json={})
    series = _series(client)
    by_id = {"method": "GET", "route": "/documents/{id}"}
    assert _value(series, "requests_total", **by_id, status="200") == 1
    assert _value(series, "requests_total", **by_id, status="404") == 1
    assert _value(series, "requests_total", method="GET", route="none", status="404") == 2
    assert _value(series, "requests_total", method="POST", route="/ask", status="422") == 1
    assert _value(series, "request_seconds_count", **by_id) == 2


def test_refused_requests_are_counted_by_reason(settings: Settings) -> None:
    client = _client(settings)
    secret, _ = KeyStore(settings.keys_file).create("Ann", "read")
    client.headers["Authorization"] = "Bearer wrong"
    assert client.post("/ask", json=ASKED).status_code == 401
    client.headers["Authorization"] = f"Bearer {secret}"
    assert client.delete("/documents/1").status_code == 403
    assert client.post("/ask", content=b"x" * 9 * 2**20).status_code == 413
    series = _series(client)
    for reason in ("invalid_api_key", "AccessError", "too_large"):
        assert _value(series, "refused_requests_total", reason=reason) == 1


def test_a_method_that_nobody_knows_makes_no_series(settings: Settings) -> None:
    client = _client(settings)
    for method in ("BREW", "WHEN"):
        client.request(method, "/")
    series = _series(client)
    assert _value(series, "requests_total", method="other", route="/", status="405") == 2


def test_the_queue_and_each_open_collection_are_told(
    settings: Settings, embedder: HashingEmbedder
) -> None:
    museums = replace(settings, collection="museums")
    with Wiring(museums).open_index(embedder, create=True) as index:
        index.add_text("a.txt", "A", "The museum opens in May.\n")
        index.add_text("b.txt", "B", "The museum is old.\n")
    client = _client(settings)
    client.get("/documents?collection=museums")
    series = _series(client)
    assert _value(series, "questions_running") == 0
    assert _value(series, "questions_waiting") == 0
    assert _value(series, "index_documents", collection="museums") == 2
    assert _value(series, "index_chunks", collection="museums") == 2
    assert _value(series, "index_commit", collection="museums") == 2
    assert _value(series, "index_bytes", collection="museums") > 1000
    assert ("footnote_index_documents", frozenset({("collection", "default")})) not in series
    client.post("/documents?collection=museums", files=[("files", ("c.txt", b"It is small."))])
    series = _series(client)
    assert _value(series, "index_documents", collection="museums") == 3
    assert _value(series, "index_commit", collection="museums") == 3


def test_each_application_counts_for_itself(settings: Settings) -> None:
    one, other = _client(settings, ScriptedLLM.reply(ANSWER, "S2")), _client(settings)
    one.post("/ask", json=ASKED)
    asked = {"method": "POST", "route": "/ask", "status": "200"}
    assert _value(_series(one), "requests_total", **asked) == 1
    assert ("footnote_requests_total", frozenset(asked.items())) not in _series(other)


def test_nothing_that_was_said_is_in_the_metrics(settings: Settings) -> None:
    client = _client(settings, ScriptedLLM.reply(ANSWER, "S2"))
    client.post("/ask", json=ASKED)
    client.get("/documents?contains=secretive")
    text = client.get("/metrics").text
    for said in (QUESTION, ANSWER, "Workers", "secretive", "testclient"):
        assert said not in text
