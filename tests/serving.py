"""The real application on a free port of loopback, for tests with the clients of others."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from rag.cli.serve import CONNECTION, LOOP


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """Serve until the block ends; the value is the base address, ``http://127.0.0.1:PORT/``."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(
            app,
            http=CONNECTION,
            loop=LOOP,
            log_level="error",
            ws="none",
            timeout_graceful_shutdown=1,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        finally:
            server.should_exit = True
            thread.join()
