"""Who may ask what, without keys and with them, and the headers of every answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.types import Receive, Send
from starlette.types import Scope as StarletteScope

from api.app import Assistants, create_app
from api.security import HEADERS
from rag.keys.store import KeyStore, Scope
from rag.settings import Settings
from rag.wiring import Wiring
from tests.doubles import HashingEmbedder
from tests.serving import serving

LAW = "The lease ends in May.\n"
CHAT = {"model": "law", "messages": [{"role": "user", "content": "When does the lease end?"}]}
ASKED = {"question": "When does the lease end?", "collection": "law"}
FILE = [("files", ("new.txt", b"A new lease."))]


@pytest.fixture
def settings(home: Path, embedder: HashingEmbedder) -> Settings:
    for name in ("law", "tax"):
        chosen = Settings.from_environment(collection=name)
        with Wiring(chosen).open_index(embedder, create=True) as index:
            index.add_text(f"{name}.txt", name, LAW)
    return Settings.from_environment(collection="law")


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


# Without keys


def test_without_keys_whoever_is_at_this_machine_may_do_everything(client: TestClient) -> None:
    assert client.post("/ask", json=ASKED).status_code == 200
    assert client.post("/documents?collection=new", files=FILE).status_code == 200
    assert client.get("/metrics").status_code == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("localhost", 200),
        ("LOCALHOST:80", 200),
        ("[::1]:8000", 200),
        ("evil.example", 403),
        ("127.0.0.1.evil.example", 403),
        ("localhost.evil.example:80", 403),
        ("[127.0.0.1].evil.example", 403),
        ("[::1].evil.example", 403),
        ("evil.example[::1]", 403),
        ("[127.0.0.1]", 403),
        ("127.0.0.1:80:80", 403),
        ("localhost.", 403),
        ("192.168.1.5", 403),
        ("", 403),
    ],
)
def test_without_keys_a_name_that_was_made_to_point_here_is_refused(
    settings: Settings, host: str, status: int
) -> None:
    with serving(_app(settings)) as address:
        reply = httpx.get(f"{address}collections", headers={"Host": host})
    assert reply.status_code == status
    if status == 403:
        assert "'rag keys create NAME'" in reply.json()["error"]["message"]


@pytest.mark.parametrize(
    ("server", "host", "status"),
    [
        (("192.168.1.5", 8000), "127.0.0.1", 403),
        (("192.168.1.5", 8000), "192.168.1.5", 403),
        (("192.168.1.5", 8000), "docs.example", 403),
        (("2001:db8::5", 8000), "[2001:db8::5]", 403),
        (("127.0.0.1", 8000), "docs.example", 403),
        (("127.0.0.1", 8000), "localhost", 200),
        (("/run/rag.sock", None), "docs.example", 200),
    ],
)
def test_without_keys_a_server_that_others_can_reach_serves_nobody(
    settings: Settings, server: tuple[str, int | None], host: str, status: int
) -> None:
    """As when it was not started with 'rag serve', which refuses to start."""
    app = _app(settings)

    async def reached(scope: StarletteScope, receive: Receive, send: Send) -> None:
        await app({**scope, "server": server}, receive, send)

    replies = TestClient(reached, base_url=f"http://{host}").get("/collections")
    assert replies.status_code == status


# With keys


@pytest.mark.parametrize("path", ["/", "/static/app.js", "/health"])
def test_the_page_and_health_need_no_key(client: TestClient, keys: KeyStore, path: str) -> None:
    keys.create("Ann", "read")
    assert client.get(path).status_code == 200


def test_health_tells_only_those_with_a_key_what_there_is(
    client: TestClient, keys: KeyStore
) -> None:
    secret, _ = keys.create("Ann", "read")
    other, _ = keys.create("Bob", "read", ["tax"])
    assert client.get("/health").json() == {"status": "ok"}
    assert client.get("/health", headers=_bearer(other)).json() == {"status": "ok"}
    assert client.get("/health", headers=_bearer(secret)).json()["documents"] == 1


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", "Bearer fnr_wrong", "Basic YTpi", "fnr_wrong", "Bearer \xff"],
)
def test_without_a_key_that_is_known_nothing_is_served(
    client: TestClient, keys: KeyStore, authorization: str | None
) -> None:
    keys.create("Ann", "admin")
    given = None if authorization is None else authorization.encode("latin-1")
    headers = [] if given is None else [(b"Authorization", given)]
    for method, path in _guarded_routes(client.app):
        refused = client.request(method, path.replace("{id}", "1"), headers=headers)
        assert refused.status_code == 401, (method, path)
        assert refused.headers["WWW-Authenticate"] == "Bearer"
        assert "Authorization: Bearer KEY" in refused.text


def _guarded_routes(app: Any) -> list[tuple[str, str]]:
    """The method and path of every documented endpoint but health, which is public."""
    found = [
        (method, path)
        for path, item in app.openapi()["paths"].items()
        for method in map(str.upper, item)
        if path not in ("/health", "/ready")
    ]
    assert len(found) > 15
    return found


def test_a_key_in_the_address_is_none(client: TestClient, keys: KeyStore) -> None:
    secret, _ = keys.create("Ann", "admin")
    for name in ("key", "api_key", "token", "access_token"):
        assert client.get(f"/collections?{name}={secret}").status_code == 401


def test_a_key_opens_from_the_next_request_on_and_no_longer_than_it_is_valid(
    client: TestClient, keys: KeyStore
) -> None:
    assert client.get("/collections").status_code == 200
    secret, key = keys.create("Ann", "read")
    assert client.get("/collections").status_code == 401
    assert client.get("/collections", headers=_bearer(secret)).status_code == 200
    keys.revoke(key.id)
    assert client.get("/collections", headers=_bearer(secret)).status_code == 401
    assert client.get("/collections").status_code == 401  # the last key does not open the door


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        ("read", {"ask", "stream", "search", "chat", "models", "list"}),
        ("write", {"ask", "stream", "search", "chat", "models", "list", "upload", "delete"}),
        (
            "admin",
            {"ask", "stream", "search", "chat", "models", "list", "upload", "delete", "new"},
        ),
    ],
)
def test_each_scope_may_do_its_own(
    client: TestClient, keys: KeyStore, scope: Scope, allowed: set[str]
) -> None:
    secret, _ = keys.create("Ann", scope)
    headers = _bearer(secret)
    replies = {
        "ask": client.post("/ask", json=ASKED, headers=headers),
        "stream": client.post("/ask/stream", json=ASKED, headers=headers),
        "search": client.post("/search", json=ASKED, headers=headers),
        "chat": client.post("/v1/chat/completions", json=CHAT, headers=headers),
        "models": client.get("/v1/models", headers=headers),
        "list": client.get("/documents", headers=headers),
        "upload": client.post("/documents", files=FILE, headers=headers),
        "delete": client.delete("/documents/1", headers=headers),
        "new": client.post("/documents?collection=new", files=FILE, headers=headers),
    }
    assert {name for name, reply in replies.items() if reply.is_success} == allowed
    for name in replies.keys() - allowed:
        assert replies[name].status_code == 403
        assert "needs a key of the scope" in replies[name].json()["error"]["message"]


def test_a_key_opens_only_its_collections(client: TestClient, keys: KeyStore) -> None:
    secret, _ = keys.create("Ann", "admin", ["tax"])
    headers = _bearer(secret)
    assert [
        each["name"] for each in client.get("/collections", headers=headers).json()["collections"]
    ] == ["tax"]
    assert [each["id"] for each in client.get("/v1/models", headers=headers).json()["data"]] == [
        "tax"
    ]
    open_ones = {**ASKED, "collection": "tax"}
    assert client.post("/ask", json=open_ones, headers=headers).status_code == 200
    for name in ("law", "nowhere"):  # what there is besides is not told
        closed = [
            client.post("/ask", json={**ASKED, "collection": name}, headers=headers),
            client.post("/ask/stream", json={**ASKED, "collection": name}, headers=headers),
            client.post("/search", json={**ASKED, "collection": name}, headers=headers),
            client.post("/v1/chat/completions", json={**CHAT, "model": name}, headers=headers),
            client.get(f"/documents?collection={name}", headers=headers),
            client.get(f"/documents/1/text?collection={name}", headers=headers),
            client.get(f"/documents/1/original?collection={name}", headers=headers),
            client.post(f"/documents?collection={name}", files=FILE, headers=headers),
            client.delete(f"/documents/1?collection={name}", headers=headers),
        ]
        assert [reply.status_code for reply in closed] == [403] * len(closed)
        assert {reply.json()["error"]["code"] for reply in closed} == {"AccessError"}
    assert client.get("/documents", headers=headers).status_code == 403  # 'law' is the default


def test_metrics_are_of_all_collections_and_so_is_their_key(
    client: TestClient, keys: KeyStore
) -> None:
    some, _ = keys.create("Ann", "admin", ["tax"])
    every, _ = keys.create("Prometheus", "read")
    assert client.get("/metrics", headers=_bearer(some)).status_code == 403
    assert client.get("/metrics", headers=_bearer(every)).status_code == 200


def test_too_many_requests_of_a_key_are_refused_with_the_time_to_come_back(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, keys: KeyStore
) -> None:
    monkeypatch.setenv("RAG_RATE", "2")
    limited = Settings.from_environment(collection="law")
    one, other = keys.create("Ann", "read")[0], keys.create("Bob", "read")[0]
    with TestClient(_app(limited)) as client:
        replies = [client.get("/collections", headers=_bearer(one)) for _ in range(3)]
        assert [reply.status_code for reply in replies] == [200, 200, 429]
        assert 1 <= int(replies[2].headers["Retry-After"]) <= 30
        assert replies[2].json()["error"]["code"] == "rate_limit_exceeded"
        assert client.get("/collections", headers=_bearer(other)).status_code == 200
        # Whoever guesses keys is limited by address.
        guesses = [client.get("/collections", headers=_bearer("fnr_x")) for _ in range(3)]
        assert [reply.status_code for reply in guesses] == [401, 401, 429]
        assert client.get("/").status_code == 200


def test_openais_client_sends_its_key_and_reads_the_refusals(
    settings: Settings, keys: KeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAG_RATE", "3")
    secret, _ = keys.create("Ann", "read", ["law"])
    limited = Settings.from_environment(collection="law")

    def asked(key: str, model: str = "law") -> str | None:
        with openai.OpenAI(api_key=key, base_url=f"{address}v1", max_retries=0) as client:
            message = {"role": "user", "content": "When does the lease end?"}
            reply = client.chat.completions.create(model=model, messages=[message])  # type: ignore[list-item]
        return reply.choices[0].message.content

    with serving(_app(limited)) as address:
        assert asked(secret) == LAW.strip()
        with pytest.raises(openai.AuthenticationError, match="unknown or revoked"):
            asked("fnr_wrong")
        with pytest.raises(openai.PermissionDeniedError, match="does not open the collection"):
            asked(secret, "tax")
        asked(secret)
        with pytest.raises(openai.RateLimitError, match="too many requests") as limit:
            asked(secret)
        assert limit.value.code == "rate_limit_exceeded"


def test_ollamas_clients_are_refused_in_their_shape(client: TestClient, keys: KeyStore) -> None:
    keys.create("Ann", "read")
    assert "API key" in client.get("/api/tags").json()["error"]


def test_damaged_keys_open_nothing_and_tell_no_path(client: TestClient, keys: KeyStore) -> None:
    secret, _ = keys.create("Ann", "admin")
    keys.path.write_text("damaged")
    refused = client.get("/collections", headers=_bearer(secret))
    assert refused.status_code == 500
    assert refused.json()["error"]["code"] == "unreadable_keys"
    assert str(keys.path.parent) not in refused.text


# Every answer


@pytest.mark.parametrize("with_keys", [False, True])
def test_every_answer_bears_the_security_headers(
    client: TestClient, keys: KeyStore, with_keys: bool
) -> None:
    if with_keys:
        keys.create("Ann", "read")
    for reply in (
        client.get("/"),
        client.get("/static/app.js"),
        client.get("/collections"),
        client.get("/nowhere"),
        client.get("/docs"),
        client.post("/ask", json={}),
        client.post("/ask", json=ASKED),
        client.get("/collections", headers={"Origin": "https://evil.example"}),
        client.options("/ask"),
    ):
        assert reply.headers.keys() >= {name.lower() for name in HEADERS}
        assert "frame-ancestors 'none'" in reply.headers["Content-Security-Policy"]
    assert "script-src 'self'" in client.get("/").headers["Content-Security-Policy"]


def test_private_answers_are_kept_by_no_cache(client: TestClient) -> None:
    assert client.post("/ask", json=ASKED).headers["Cache-Control"] == "no-store"


# Other sites


def test_by_default_no_other_site_may_ask(client: TestClient) -> None:
    foreign = {"Origin": "https://one.example"}
    preflight = {**foreign, "Access-Control-Request-Method": "POST"}
    for reply in (
        client.options("/ask", headers=preflight),
        client.post("/ask", json=ASKED, headers=foreign),
    ):
        assert reply.status_code == 403
        assert not [name for name in reply.headers if name.startswith("access-control")]


def test_a_site_that_the_settings_name_may_ask_and_no_other(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, keys: KeyStore
) -> None:
    monkeypatch.setenv("RAG_ORIGINS", "https://one.example")
    secret, _ = keys.create("Ann", "read")
    with TestClient(_app(Settings.from_environment(collection="law"))) as client:
        one = {"Origin": "https://one.example"}
        asked = {
            **one,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type",
        }
        preflight = client.options("/ask", headers=asked)
        assert preflight.status_code == 200  # without a key: browsers send none here
        assert preflight.headers["Access-Control-Allow-Origin"] == "https://one.example"
        reply = client.post("/ask", json=ASKED, headers={**one, **_bearer(secret)})
        assert reply.status_code == 200
        assert reply.headers["Access-Control-Allow-Origin"] == "https://one.example"
        assert client.post("/ask", json=ASKED, headers=one).status_code == 401
        other = {"Origin": "https://two.example"}
        refused = client.post("/ask", json=ASKED, headers={**other, **_bearer(secret)})
        assert refused.status_code == 403
        assert "Access-Control-Allow-Origin" not in refused.headers
