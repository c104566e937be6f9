"""Traces: off by default, and with OpenTelemetry's own settings a span for each stage."""

from __future__ import annotations

import gzip
import json
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from api import tracing
from api.app import Assistants, create_app
from api.tracing import telemetry
from rag.errors import SettingsError
from rag.settings import Settings
from rag.wiring import Wiring
from tests.doubles import HashingEmbedder
from tests.scripted_llm import ScriptedLLM

ROOT = Path(__file__).parents[2]
TEXT = "The north sends engineers to the south. It also sends 5,000 construction workers.\n"
QUESTION = "How many construction workers does the north send?"
ANSWER = "The north sends 5,000 construction workers."


@pytest.fixture
def settings(home: Path, embedder: HashingEmbedder) -> Settings:
    chosen = Settings.from_environment()
    with Wiring(chosen).open_index(embedder, create=True) as index:
        index.add_text("workers.txt", "Workers", TEXT)
    return chosen


@pytest.fixture
def exported() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def client(settings: Settings, exported: InMemorySpanExporter) -> Iterator[TestClient]:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exported))
    llm = ScriptedLLM(*[ScriptedLLM.reply(ANSWER, "S2")] * 2)
    assistants = Assistants(settings, HashingEmbedder(), llm)
    with TestClient(create_app(settings, assistants, provider)) as opened:
        yield opened
    provider.shutdown()


@pytest.mark.parametrize("path", ["/ask", "/ask/stream"])
def test_a_question_is_a_span_with_one_below_for_each_stage(
    client: TestClient, exported: InMemorySpanExporter, path: str
) -> None:
    sent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"  # of whoever calls
    client.post(path, json={"question": QUESTION}, headers={"traceparent": sent})
    spans = {span.name: span for span in exported.get_finished_spans()}
    request = spans[f"POST {path}"]
    assert (request.attributes or {})["http.response.status_code"] == 200
    stages = [spans[name] for name in ("rewrite", "search", "evidence", "answer")]
    for span in (request, *stages):
        assert span.context is not None
        assert f"{span.context.trace_id:032x}" == "0af7651916cd43dd8448eb211c80319c"
    assert all(_is_below(stage, request, spans) for stage in stages)
    for earlier, later in pairwise(stages):
        assert earlier.end_time is not None
        assert later.start_time is not None
        assert earlier.end_time <= later.start_time
    told = stages[-1].attributes or {}
    assert told["footnote.status"] == "answered"
    assert told["gen_ai.request.model"] == "scripted"
    assert isinstance(told["gen_ai.usage.input_tokens"], int)


def _is_below(span: ReadableSpan, top: ReadableSpan, spans: dict[str, ReadableSpan]) -> bool:
    by_id = {each.context.span_id: each for each in spans.values() if each.context}
    while span.parent is not None and span.parent.span_id in by_id:
        span = by_id[span.parent.span_id]
    return span is top


def test_a_trace_tells_nothing_that_was_said(
    client: TestClient, exported: InMemorySpanExporter
) -> None:
    client.post("/ask", json={"question": QUESTION}, headers={"Authorization": "Bearer fnr_key"})
    told = " ".join(
        json.dumps(json.loads(each.to_json())) for each in exported.get_finished_spans()
    )
    assert "rewrite" in told
    for said in (QUESTION, ANSWER, "5,000", "fnr_key"):
        assert said not in told


def _asked_in_a_process(settings: Settings, environment: dict[str, str]) -> str:
    """Asks an application in a process of its own; the modules of OpenTelemetry that it loaded."""
    code = (
        "import sys\n"
        "from fastapi.testclient import TestClient\n"
        "from api.app import Assistants, create_app\n"
        "from rag.settings import Settings\n"
        "from tests.doubles import HashingEmbedder\n"
        "settings = Settings.from_environment()\n"
        "app = create_app(settings, Assistants(settings, HashingEmbedder(), None))\n"
        "with TestClient(app) as client:\n"
        f"    assert client.post('/ask', json={{'question': {QUESTION!r}}}).is_success\n"
        "print(*(name for name in sys.modules if name.startswith('opentelemetry.')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={"RAG_HOME": str(settings.home), "PYTHONPATH": str(ROOT), **environment},
    )
    return done.stdout


def test_by_default_nothing_is_traced_and_nothing_of_the_sdk_imported(
    settings: Settings,
) -> None:
    loaded = _asked_in_a_process(settings, {}).split()
    assert "opentelemetry.trace" in loaded  # the empty interface, which FastAPI brings
    assert not [
        name for name in loaded if name.startswith(("opentelemetry.sdk", "opentelemetry.exporter"))
    ]


def test_the_endpoint_of_the_environment_gets_the_spans_of_requests_and_stages(
    settings: Settings,
) -> None:
    received = queue.SimpleQueue[tuple[str, bytes]]()

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.put((self.path, body))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Tests read what was sent, not logs."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Collector) as collector:
        thread = threading.Thread(target=collector.serve_forever, args=(0.01,))
        thread.start()
        endpoint = f"http://127.0.0.1:{collector.server_port}"
        _asked_in_a_process(settings, {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint})
        collector.shutdown()
        thread.join()
    paths, bodies = zip(*_all(received), strict=True)
    assert set(paths) == {"/v1/traces"}  # neither metrics nor logs
    sent = b"".join(gzip.decompress(each) if each[:2] == b"\x1f\x8b" else each for each in bodies)
    for name in (b"POST /ask", b"rewrite", b"search", b"evidence", b"answer"):
        assert name in sent
    assert QUESTION.encode() not in sent


def _all(items: queue.SimpleQueue[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
    while not items.empty():
        yield items.get()


def test_traces_asked_for_without_what_sends_them_are_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")
    monkeypatch.setattr(tracing, "find_spec", lambda _: None)
    with pytest.raises(SettingsError, match=r"footnote-rag\[otel\]"):
        telemetry()


def test_the_environment_says_whether_traces_are_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    assert not telemetry()["auto_configure"]
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://127.0.0.1:4318/v1/traces")
    assert telemetry()["auto_configure"]
    assert not telemetry(TracerProvider())["auto_configure"]
