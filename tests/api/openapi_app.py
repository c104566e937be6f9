"""The application whose OpenAPI document is fuzzed, over two collections, and what must hold."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import schemathesis
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
from tests.api.workers import TEXT, TWO
from tests.doubles import HashingEmbedder
from tests.scripted_llm import ScriptedLLM

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


# Described before there is a home with collections, which ``collections_in`` gives it.
APP = create_app(Settings(), Assistants(Settings(), HashingEmbedder(), _Ready()))
SCHEMA = schemathesis.openapi.from_asgi("/openapi.json", APP)
DOCUMENT: dict[str, Any] = APP.openapi()


@contextmanager
def collections_in(home: Path) -> Iterator[None]:
    """Gives the application two collections in ``home``, each with a text and a PDF."""
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
