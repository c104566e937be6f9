"""``rag serve``: starts the HTTP server. Knows no HTTP beyond that."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import click

from rag.cli.echo import echo
from rag.cli.options import (
    answer_option,
    collection_options,
    llm_option,
    opened_index,
    strictness_option,
)
from rag.errors import EXIT_ERROR

if TYPE_CHECKING:
    from rag.wiring import Wiring

LOOPBACK = "127.0.0.1"
# Named, not imported: this package knows nothing of HTTP.
APPLICATION = "api.app:create_app"
CONNECTION = "api.connections:Connection"
LOOP = "api.arrivals:Loop"
LOG_FILTER = "api.logs.Sparing"
_FILES = 10_240  # macOS allows no more


@click.command()
@click.option("--host", default=LOOPBACK, show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(1, 65535),
    help="The port to listen on.",
)
@llm_option
@strictness_option
@answer_option
@collection_options
def serve(host: str, port: int, wiring: Wiring) -> None:
    """Serve the page and the HTTP endpoints until interrupted."""
    from rag.keys.store import KeyStore, require_keys_beyond_loopback

    settings = wiring.settings
    require_keys_beyond_loopback(host, KeyStore(settings.keys_file))
    wiring.gate()  # what it cannot judge with is told now, not at the first question
    with opened_index(wiring, create=True):  # a new user adds documents on the page
        wiring.open_llm()  # what is missing is fetched, or said, beforehand
    os.environ.update(settings.as_environment())
    echo(f"Serving collection '{settings.collection}' at http://{host}:{port}", err=True)
    _run(host, port)


def _run(host: str, port: int) -> None:
    import uvicorn

    _allow_files()
    try:
        uvicorn.run(
            APPLICATION,
            factory=True,
            host=host,
            port=port,
            log_config=_logging(uvicorn.config.LOGGING_CONFIG),
            log_level="warning",
            server_header=False,
            http=CONNECTION,
            loop="auto" if sys.platform == "win32" else LOOP,  # it takes one in a turn there
            ws="none",
            # Who sent a request is who is connected: anybody can write another address in a header.
            proxy_headers=False,
        )
    except SystemExit:  # uvicorn has said why; its exit code has another meaning here
        sys.exit(EXIT_ERROR)


def _allow_files() -> None:
    """As many as the system lets the process have, within reason: each connection is one."""
    try:
        import resource
    except ImportError:  # Windows
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < _FILES:
        most = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _logging(config: Mapping[str, Any]) -> dict[str, Any]:
    """The logging of uvicorn, sparing and also for what asyncio tells of connections."""
    changed = deepcopy(dict(config))
    changed["filters"] = {"sparing": {"()": LOG_FILTER}}
    for handler in changed["handlers"].values():
        handler["filters"] = ["sparing"]
    changed["loggers"]["asyncio"] = {"handlers": ["default"], "level": "WARNING"}
    return changed
