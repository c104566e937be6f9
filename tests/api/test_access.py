"""Every route declares which key it needs and whether it waits for a turn."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI, WebSocket
from fastapi.testclient import TestClient
from starlette.routing import Mount, Route, Router

import api.app
from api.access import NO_ROUTE, PUBLIC, Access, DeclaredRoutes, UndeclaredRouteError, access
from api.app import Assistants, create_app
from api.principal import NOBODY, OWNER, acting_as, current_principal
from rag.errors import AccessError
from rag.keys.store import KeyStore
from rag.settings import Settings
from tests.doubles import HashingEmbedder, wired


@access("read", turn="question")
def question() -> None:
    """An endpoint that declares its access."""


@access("admin", turn=None)
def remove() -> None:
    """Another one, which may share a path with it."""


def undeclared() -> None:
    """An endpoint that was forgotten."""


def _request(method: str, path: str) -> dict[str, Any]:
    return {"type": "http", "method": method, "path": path, "headers": []}


def _app(settings: Settings) -> FastAPI:
    return create_app(settings, Assistants(settings, HashingEmbedder(), None))


# Declaring


def test_a_route_without_a_declaration_is_named() -> None:
    with pytest.raises(UndeclaredRouteError, match=r"POST /new does not declare.*@access\(SCOPE"):
        DeclaredRoutes([Route("/new", undeclared, methods=["POST"])], {})


def test_an_undeclared_route_of_an_included_router_is_named_with_its_prefix() -> None:
    router = APIRouter()
    router.add_api_route("/new", undeclared)
    app = FastAPI(openapi_url=None)
    app.include_router(router, prefix="/v2")
    with pytest.raises(UndeclaredRouteError, match="GET /v2/new"):
        DeclaredRoutes(app.routes, {})


def test_a_mounted_application_needs_a_declaration_too() -> None:
    mount = Mount("/static", app=Router())
    with pytest.raises(UndeclaredRouteError, match="/static"):
        DeclaredRoutes([mount], {})
    assert list(DeclaredRoutes([mount], {"/static": PUBLIC})) == [("/static", PUBLIC)]


def test_a_web_socket_is_refused_because_no_layer_guards_it() -> None:
    app = FastAPI(openapi_url=None)

    @app.websocket("/live")
    @access("read", turn=None)
    async def live(socket: WebSocket) -> None:
        """Would pass the guard unseen."""

    with pytest.raises(UndeclaredRouteError, match="/live is not for HTTP"):
        DeclaredRoutes(app.routes, {})


def test_the_application_does_not_start_with_an_undeclared_route(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    router = APIRouter()
    router.add_api_route("/forgotten", undeclared)
    monkeypatch.setattr(api.app, "health", router)
    with pytest.raises(UndeclaredRouteError, match="GET /forgotten"):
        _app(settings)


def test_a_route_that_is_added_later_is_not_served(settings: Settings) -> None:
    app = _app(settings)
    app.add_api_route("/later", undeclared)
    KeyStore(settings.keys_file).create("Ann", "admin")
    with pytest.raises(UndeclaredRouteError, match="GET /later"):
        TestClient(app).get("/later")


# Resolving


@pytest.fixture(scope="module")
def routes() -> DeclaredRoutes:
    return DeclaredRoutes(
        [
            Route("/ask", question, methods=["POST"]),
            Route("/documents/{id}", question, methods=["GET"]),
            Route("/documents/{id}", remove, methods=["DELETE"]),
        ],
        {},
    )


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("POST", "/ask", Access("read", "question")),
        ("DELETE", "/documents/7", Access("admin", None)),
        ("GET", "/ask", Access("read", None)),  # answered with 405, which takes no turn
        ("PUT", "/documents/7", Access("read", None)),
        ("POST", "/nowhere", NO_ROUTE),
        ("POST", "/ask/more", NO_ROUTE),
    ],
)
def test_a_request_has_the_access_of_the_route_that_serves_it(
    routes: DeclaredRoutes, method: str, path: str, expected: Access
) -> None:
    assert routes.access(_request(method, path)) == expected


def test_below_a_path_prefix_the_same_routes_are_found(routes: DeclaredRoutes) -> None:
    request = {**_request("POST", "/rag/ask"), "root_path": "/rag"}
    assert routes.access(request) == Access("read", "question")


# What this application declares


def _declared(settings: Settings) -> dict[str, set[Access]]:
    found: dict[str, set[Access]] = {}
    app = _app(settings)
    for path, declared in DeclaredRoutes(app.routes, api.app._DOCUMENTATION):
        found.setdefault(path, set()).add(declared)
    return found


def test_what_needs_no_key_is_the_page_its_files_health_and_the_documentation(
    settings: Settings,
) -> None:
    public = {path for path, declared in _declared(settings).items() if PUBLIC in declared}
    assert public == {
        "/",
        "/static/{name}",
        "/static/docs",
        "/docs",
        "/docs/oauth2-redirect",
        "/openapi.json",
        "/health",
        "/ready",
    }


def test_what_asks_the_model_waits_for_a_turn_of_questions(settings: Settings) -> None:
    declared = _declared(settings)
    waiting = {path for path, found in declared.items() if Access("read", "question") in found}
    assert waiting == {"/ask", "/ask/stream", "/v1/chat/completions", "/api/chat", "/api/generate"}
    assert Access("write", "upload") in declared["/documents"]


def test_only_an_administrator_makes_and_deletes_collections(settings: Settings) -> None:
    declared = _declared(settings)
    assert declared["/collections"] == {Access("read", None), Access("admin", "change")}
    assert declared["/collections/{name}"] == {Access("admin", "change")}
    assert declared["/documents/{id}"] == {Access("read", None), Access("write", "change")}


# Principals


def test_outside_of_a_request_nobody_may_do_anything(workers: Settings) -> None:
    assistants = Assistants(workers, HashingEmbedder(), None)
    assert current_principal() is NOBODY
    assert assistants.collections() == []
    for forbidden in (assistants.get, lambda: assistants.require("default")):
        with pytest.raises(AccessError):
            forbidden()
    with pytest.raises(AccessError):
        assistants.delete("default")
    assert not NOBODY.may("read")


def test_code_that_says_so_acts_as_the_owner(workers: Settings) -> None:
    assistants = Assistants(workers, HashingEmbedder(), None)
    with acting_as(OWNER):
        assert assistants.collections() == ["default"]
        assert list(assistants.opened()) == []
        assistants.get().index.close()
        assert list(assistants.opened()) == ["default"]
    assert assistants.opened() == {}


def test_an_assistant_of_the_server_is_as_strict_as_the_settings_say(workers: Settings) -> None:
    assistants = Assistants(replace(workers, strictness="eager"), HashingEmbedder(), None)
    with acting_as(OWNER):
        assistant = assistants.get()
    assert assistant.gate.strictness == "eager"
    assistant.index.close()


def test_the_server_opens_its_collection_when_it_starts(
    workers: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.app, "Wiring", wired(llm=None))
    app = create_app(replace(workers, llm="none"))
    with acting_as(OWNER):
        (index,) = app.state.assistants.opened().values()
    assert index.commit == 1
    index.close()
