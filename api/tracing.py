"""OpenTelemetry traces, when OpenTelemetry's own environment variables ask for them.

FastAPI makes the spans of requests and exports; this adds those of an answer's stages. Without
``OTEL_EXPORTER_OTLP_ENDPOINT`` nothing of the SDK is imported and nothing leaves this machine.
Spans hold counts and durations, never what was asked or answered.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import closing
from importlib.util import find_spec
from time import time_ns
from typing import TYPE_CHECKING

from fastapi.telemetry import TelemetryConfig
from opentelemetry import context, trace

from api.served import Events
from rag.errors import SettingsError
from rag.types import Event, Finished, Retrieved, Rewritten, Selected

if TYPE_CHECKING:
    from opentelemetry.trace import TracerProvider

TRACER = "footnote-rag"
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
# The event that ends each stage.
_STAGES: Mapping[type[Event], str] = {
    Rewritten: "rewrite",
    Retrieved: "search",
    Selected: "evidence",
    Finished: "answer",
}


def telemetry(provider: TracerProvider | None = None) -> TelemetryConfig:
    """Return FastAPI's tracing configuration: to ``provider``, else to what the environment names.

    Raises SettingsError when the environment asks for traces and the SDK is not installed.
    """
    asked = provider is None and any(os.environ.get(name) for name in _ENDPOINTS)
    if asked and not (find_spec("opentelemetry.sdk") and find_spec("opentelemetry.exporter")):
        raise SettingsError(
            f"{' or '.join(_ENDPOINTS)} asks for traces: install what sends them with "
            "pip install 'footnote-rag[otel]', or unset it"
        )
    return {
        "tracer_provider": provider,
        "auto_configure": asked,
        "metrics": False,  # GET /metrics has them
        "logs": False,  # they would hold the texts of errors
    }


class Stages:
    """Makes a span for each stage of an answer, below the span of its request."""

    def __init__(self, provider: TracerProvider | None = None) -> None:
        self._tracer = trace.get_tracer(TRACER, tracer_provider=provider)

    def watch(self, events: Events) -> Events:
        """Yield the events of an answer unchanged."""
        # The threads that ask for one event after another have contexts of their own.
        parent = context.get_current()
        started = time_ns()
        with closing(events):
            for event in events:
                if stage := _STAGES.get(type(event)):
                    span = self._tracer.start_span(stage, parent, start_time=started)
                    span.set_attributes(_told(event))
                    span.end()
                yield event
                if stage:
                    started = time_ns()


def _told(event: Event) -> dict[str, str | int | bool]:
    match event:
        case Retrieved():
            return {"footnote.hits": len(event.hits)}
        case Selected():
            return {"footnote.sentences": len(event.evidence)}
        case Finished(answer):
            return {
                "footnote.status": answer.status,
                "footnote.extractive": answer.extractive,
                "footnote.claims": len(answer.claims),
                "footnote.withheld": len(answer.withheld),
                "gen_ai.request.model": answer.llm,
                "gen_ai.usage.input_tokens": answer.usage.prompt_tokens,
                "gen_ai.usage.output_tokens": answer.usage.completion_tokens,
            }
    return {}
