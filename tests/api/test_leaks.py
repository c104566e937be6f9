"""What no request brings out: keys, files beside the page, and services of the network."""

from __future__ import annotations

import ast
import logging
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.app import Assistants, create_app
from rag.keys.store import KeyStore
from rag.settings import Settings
from rag.wiring import Wiring
from tests.doubles import HashingEmbedder
from tests.loopback import Reply, Request, served
from tests.serving import serving

ROOT = Path(__file__).parents[2]
ASKED = {"question": "When does the lease end?"}
FILE = [("files", ("new.txt", b"A new lease."))]


@pytest.fixture
def settings(home: Path, embedder: HashingEmbedder) -> Settings:
    chosen = Settings.from_environment()
    with Wiring(chosen).open_index(embedder, create=True) as index:
        index.add_text("law.txt", "law", "The lease ends in May.\n")
    return chosen


@pytest.fixture
def keys(settings: Settings) -> KeyStore:
    return KeyStore(settings.keys_file)


def _app(settings: Settings) -> FastAPI:
    return create_app(settings, Assistants(settings, HashingEmbedder(), None))


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(_app(settings), raise_server_exceptions=False) as opened:
        yield opened


def _bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def test_no_key_appears_in_an_answer_or_a_log(
    settings: Settings, keys: KeyStore, caplog: pytest.LogCaptureFixture, capfd: Any
) -> None:
    secret, key = keys.create("Ann", "read")
    wrong = "fnr_" + "w" * 43
    caplog.set_level(logging.DEBUG)
    with serving(_app(settings)) as address, httpx.Client(base_url=address) as client:
        told = ""
        for given in (secret, wrong):
            for path in ("/collections", "/nowhere", "/documents/9", "/metrics"):
                told += client.get(path, headers=_bearer(given)).text
            told += client.post("/ask", content=b"{", headers=_bearer(given)).text
            told += client.post("/ask", json=ASKED, headers=_bearer(given)).text
            told += client.post("/documents", files=FILE, headers=_bearer(given)).text
        keys.path.write_text("damaged")
        told += client.get("/collections", headers=_bearer(secret)).text
    captured = capfd.readouterr()
    logged = "".join(
        f"{record.getMessage()} {record.exc_text}"
        for record in caplog.records
        if not record.name.startswith(("httpx", "httpcore"))  # the client's own
    )
    for text in (told, captured.out, captured.err, logged):
        for hidden in (secret, wrong, key.sha256):
            assert hidden not in text


@pytest.mark.parametrize(
    "path",
    [
        "/static/../secret.txt",
        "/static/..%2f..%2fetc%2fpasswd",
        "/static/%2e%2e/%2e%2e/etc/passwd",
        "/static//etc/passwd",
        "/static/..\\..\\secret.txt",
        "/documents/1/../../secret.txt",
        "/documents/..%2f1/original",
        "//etc/passwd",
        "/etc/passwd",
    ],
)
def test_no_path_leads_out_of_what_is_served(settings: Settings, path: str) -> None:
    settings.keys_file.with_name("secret.txt").write_text("root:secret")
    with serving(_app(settings)) as address:
        host, port = httpx.URL(address).host, httpx.URL(address).port
        with socket.create_connection((host, port)) as raw:  # clients would mend the path
            raw.sendall(
                f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
            )
            reply = b"".join(iter(lambda: raw.recv(65536), b""))
    assert reply.startswith((b"HTTP/1.1 404", b"HTTP/1.1 422"))
    assert b"root:" not in reply


class _Listening:
    """A service within the network that must not be asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def handle(self, request: Request) -> Reply:
        self.asked.append(request.path)
        return Reply([b"internal"])


def test_nothing_that_is_sent_makes_the_server_ask_another(client: TestClient) -> None:
    listening = _Listening()
    with served(listening) as inside:
        page = f"""<!doctype html><base href="{inside}/base"><link rel=stylesheet href="{inside}/a">
            <title>A page</title><img src="{inside}/b"><iframe src="{inside}/c"></iframe>
            <meta http-equiv=refresh content="0; url={inside}/d"><p>The lease ends in May.</p>"""
        xml = f"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "{inside}/e">]><a>&x;</a>"""
        files = [
            ("files", (f"{inside}/f", b"A lease.")),
            ("files", ("page.html", page.encode())),
            ("files", ("data.xml", xml.encode())),
            ("files", ("address.txt", f"{inside}/g".encode())),
        ]
        assert client.post("/documents", files=files).status_code == 200
        client.post("/ask", json={**ASKED, "question": f"What does {inside}/h say?"})
        client.get("/documents", params={"contains": f"{inside}/i"})
    assert listening.asked == []


# Laws


def test_no_endpoint_goes_around_those_who_hold_it_to_who_asks() -> None:
    """Collections are listed and opened by ``Assistants`` alone, which knows who asks."""
    around = [
        f"{path.name}: {ast.unparse(node)}"
        for path in sorted((ROOT / "api").glob("*.py"))
        if path.name != "types.py"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if node.func.attr in ("open_index", "opened_assistant", "assistant", "names")
    ]
    assert around == []
