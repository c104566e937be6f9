"""A small HTTP server on loopback for tests of clients. Knows no protocol above HTTP."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol


class BrokenOffError(Exception):
    """Raised while a reply is being written: the connection ends in the middle of it."""


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)  # names in lower case


@dataclass(frozen=True)
class Reply:
    """A reply whose ``parts`` are sent one by one, as they come."""

    parts: Iterable[bytes]
    status: int = 200
    content_type: str = "application/json"
    content_encoding: str | None = None


def json_reply(value: Any, status: int = 200) -> Reply:
    return Reply([json.dumps(value).encode()], status)


class Service(Protocol):
    """What the server serves."""

    def handle(self, request: Request) -> Reply: ...


@contextmanager
def served(service: Service) -> Iterator[str]:
    """Serve until the block ends; the value is the base address, ``http://127.0.0.1:PORT``."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(service)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def unused_address() -> str:
    """An address on loopback at which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


def _handler(service: Service) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._reply()

        def do_POST(self) -> None:
            self._reply()

        def _reply(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = service.handle(Request(self.command, self.path, body, headers))
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.content_type)
            if reply.content_encoding:
                self.send_header("Content-Encoding", reply.content_encoding)
            self.send_header("Transfer-Encoding", "chunked")
            self.send_header("Connection", "close")  # so that no test leaves a socket open
            self.end_headers()
            try:
                for part in reply.parts:
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
                self.wfile.write(b"0\r\n\r\n")
            except (BrokenOffError, BrokenPipeError, ConnectionResetError):
                pass  # one of the two sides has gone

        def log_message(self, format: str, *args: object) -> None:
            """Tests read replies, not logs."""

    return Handler
