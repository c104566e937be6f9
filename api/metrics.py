"""``GET /metrics``: counts and durations of requests and answers, in Prometheus' text format.

Requests and answers are counted as they happen; the queue and the indexes are read when the metrics
are requested. Each application has its own registry. No question, key or address is kept.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing

from fastapi import APIRouter, Request
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access import access
from api.admission import Turns
from api.principal import current_principal
from api.refusal import REFUSED
from api.served import Events
from api.types import Assistants
from rag.types import Answer, Finished

router = APIRouter(tags=["Operation"])

# From a page of the interface to an answer of a slow machine.
REQUEST_BUCKETS = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300)
FAILED = 500  # it broke before it began to answer
GONE = 499  # nobody was there any more to be answered: the status of a StoppedError
METHODS = {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}
STAGE_BUCKETS = (0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100)


class Metrics:
    """What one application counts. ``watch`` sees the answers, ``Measured`` the requests."""

    def __init__(self, assistants: Assistants, questions: Sequence[Turns]) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "footnote_requests",
            "Requests by route and status",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "footnote_request_seconds",
            "How long requests took, waiting for their turn included",
            ["method", "route"],
            buckets=REQUEST_BUCKETS,
            registry=self.registry,
        )
        self.refused = Counter(
            "footnote_refused_requests",
            "Requests that no endpoint saw, by reason",
            ["reason"],
            registry=self.registry,
        )
        self._answers = Counter(
            "footnote_answers",
            "Answers by status (tentative: marked as uncertain; unanswered: it abstained)",
            ["status", "extractive"],
            registry=self.registry,
        )
        self._stages = Histogram(
            "footnote_stage_seconds",
            "How long each stage of an answer took",
            ["stage"],
            buckets=STAGE_BUCKETS,
            registry=self.registry,
        )
        self._tokens = Counter(
            "footnote_tokens",
            "Tokens that the language model read and wrote",
            ["kind"],
            registry=self.registry,
        )
        self._withheld = Counter(
            "footnote_withheld_sentences",
            "Sentences that the model wrote and the gate withheld",
            registry=self.registry,
        )
        self.registry.register(_Questions(questions))
        self.registry.register(_Indexes(assistants))

    def watch(self, events: Events) -> Events:
        """Yield the events of an answer unchanged, and count the answer."""
        with closing(events):
            for event in events:
                if isinstance(event, Finished):
                    self._count(event.answer)
                yield event

    def _count(self, answer: Answer) -> None:
        self._answers.labels(answer.status, str(answer.extractive).lower()).inc()
        self._tokens.labels("prompt").inc(answer.usage.prompt_tokens)
        self._tokens.labels("completion").inc(answer.usage.completion_tokens)
        self._withheld.inc(len(answer.withheld))
        for stage, milliseconds in answer.timings.items():
            self._stages.labels(stage).observe(milliseconds / 1000)


class _Questions(Collector):
    """The numbers of questions that are being answered and that wait."""

    def __init__(self, turns: Sequence[Turns]) -> None:
        self._turns = turns

    def collect(self) -> Iterator[Metric]:
        running = sum(each.running for each in self._turns)
        waiting = sum(each.waiting for each in self._turns)
        for name, told, value in (
            ("running", "Questions that are being answered", running),
            ("waiting", "Questions that wait for their turn", waiting),
        ):
            yield GaugeMetricFamily(f"footnote_questions_{name}", told, value=value)


class _Indexes(Collector):
    """The state of each collection that is open."""

    def __init__(self, assistants: Assistants) -> None:
        self._assistants = assistants

    def collect(self) -> Iterator[Metric]:
        gauges = {
            name: GaugeMetricFamily(f"footnote_index_{name}", told, labels=["collection"])
            for name, told in (
                ("commit", "Number of the newest commit"),
                ("documents", "Documents that are indexed"),
                ("chunks", "Chunks that are indexed"),
                ("bytes", "Size of the index on disk"),
            )
        }
        for collection, index in self._assistants.opened().items():
            size = index.size()
            gauges["commit"].add_metric([collection], index.commit)
            gauges["documents"].add_metric([collection], size.documents)
            gauges["chunks"].add_metric([collection], size.chunks)
            gauges["bytes"].add_metric([collection], size.bytes_on_disk)
        yield from gauges.values()


class Measured:
    """Counts every request, also those that are refused."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 0  # until an answer begins

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
            status = status or GONE
        finally:
            self._count(scope, status or FAILED, time.perf_counter() - started)

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        # What is declared, not what was sent: that would be a series for every document.
        route = getattr(scope.get("route"), "path", "none")
        method = scope["method"] if scope["method"] in METHODS else "other"
        self._metrics.requests.labels(method, route, str(status)).inc()
        self._metrics.seconds.labels(method, route).observe(seconds)
        if reason := scope.get(REFUSED):
            self._metrics.refused.labels(reason).inc()


@router.get(
    "/metrics",
    summary="Counts and durations for Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
@access("read", turn=None)
def metrics(request: Request) -> Response:
    """The metrics are of all collections: AccessError for a key that does not open them all."""
    current_principal().require_all_collections()
    registry: CollectorRegistry = request.app.state.metrics.registry
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
