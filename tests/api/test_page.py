"""The page as it is served: its headers, its caching, and that its files fit each other.

What it does in a browser is in ``tests/test_browser.py``.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.errors import handle_errors
from api.page import ASSETS, POLICY, router

MODULES = sorted(name for name in ASSETS if name.endswith(".js"))
STYLES = sorted(name for name in ASSETS if name.endswith(".css"))


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()
    app.include_router(router)
    handle_errors(app)
    return TestClient(app)


class _Tags(HTMLParser):
    """The tags of the page with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attributes)))

    def values(self, attribute: str) -> list[str]:
        return [value for _, given in self.found if (value := given.get(attribute)) is not None]


def _text(name: str) -> str:
    return ASSETS[name].content.decode()


@pytest.fixture(scope="module")
def tags() -> _Tags:
    return _Tags(_text("index.html"))


# Served


def test_the_page_is_html_that_may_run_its_own_files_only(client: TestClient) -> None:
    response = client.get("/")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    policy = dict(rule.partition(" ")[::2] for rule in POLICY.split("; "))
    assert response.headers["content-security-policy"] == POLICY
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert "unsafe" not in POLICY
    assert "http" not in POLICY
    assert policy["require-trusted-types-for"] == "'script'"


@pytest.mark.parametrize("path", ["/", *(f"/static/{name}" for name in sorted(ASSETS))])
def test_every_file_has_the_headers_that_protect_it(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "content-security-policy" in headers


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("app.js", "text/javascript; charset=utf-8"),
        ("base.css", "text/css; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
    ],
)
def test_a_file_has_its_media_type(client: TestClient, name: str, media_type: str) -> None:
    assert client.get(f"/static/{name}").headers["content-type"] == media_type


@pytest.mark.parametrize("path", ["/", "/static/app.js"])
def test_a_file_is_sent_again_only_when_it_has_changed(client: TestClient, path: str) -> None:
    first = client.get(path)
    assert first.headers["cache-control"] == "no-cache"
    etag = first.headers["etag"]
    for held in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = client.get(path, headers={"If-None-Match": held})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == etag
    changed = client.get(path, headers={"If-None-Match": '"other"'})
    assert (changed.status_code, changed.content) == (200, first.content)


def test_files_have_different_etags() -> None:
    assert len({asset.etag for asset in ASSETS.values()}) == len(ASSETS)


def test_head_tells_of_a_file_without_sending_it(client: TestClient) -> None:
    response = client.head("/")
    assert (response.status_code, response.content) == (200, b"")
    assert int(response.headers["content-length"]) == len(ASSETS["index.html"].content)


@pytest.mark.parametrize("name", ["missing.js", "..%2Fapp.py", "%2e%2e/page.py", "__init__.py"])
def test_what_is_not_of_the_page_is_not_found(client: TestClient, name: str) -> None:
    response = client.get(f"/static/{name}")
    assert response.status_code == 404
    assert response.json()["error"].keys() == {"message", "type", "param", "code"}


# The files fit each other


def test_nothing_is_inline(tags: _Tags) -> None:
    for tag, attributes in tags.found:
        assert tag != "style"
        assert "style" not in attributes
        assert not [name for name in attributes if name.startswith("on")]
        assert tag != "script" or attributes.get("src")


def test_every_file_is_used_and_every_used_file_is_there(tags: _Tags) -> None:
    used = {"index.html"}
    for address in (*tags.values("src"), *tags.values("href")):
        if not address.startswith("#"):
            folder, _, name = address.rpartition("/")
            assert folder == "static"  # relative: the page also works below a path
            used.add(name)
    for module in MODULES:
        used.update(re.findall(r'from "\./([\w.]+)"', _text(module)))
        used.update(re.findall(r'import\("\./([\w.]+)"\)', _text(module)))
    assert used == set(ASSETS)


@pytest.mark.parametrize("name", sorted(ASSETS))
def test_no_file_names_another_origin(name: str) -> None:
    addresses = set(re.findall(r"""(?:https?:)?//[\w.-]+\.\w+[^\s"')]*""", _text(name)))
    assert addresses <= {"http://www.w3.org/2000/svg"}  # a namespace, never fetched


@pytest.mark.parametrize("module", MODULES)
def test_a_module_never_makes_html_of_text(module: str) -> None:
    forbidden = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc"
    )
    assert not re.findall(forbidden, _text(module))


@pytest.mark.parametrize("module", MODULES)
def test_a_module_finds_the_elements_and_icons_it_names(module: str, tags: _Tags) -> None:
    ids = tags.values("id")
    named = re.findall(r'byId\("([\w-]+)"', _text(module))
    icons = re.findall(r'\bicon\("([\w-]+)"\)', _text(module))
    assert {*named, *(f"icon-{name}" for name in icons)} <= set(ids)
    assert len(ids) == len(set(ids))


def test_what_refers_to_an_element_finds_it(tags: _Tags) -> None:
    ids = set(tags.values("id"))
    for attribute in ("for", "aria-controls", "aria-labelledby"):
        for value in tags.values(attribute):
            assert value in ids or value == "dialog-title"  # the dialog's title comes with it
    anchors = {href[1:] for href in tags.values("href") if re.fullmatch(r"#[\w-]+", href)}
    assert anchors <= ids


# For everyone


def test_every_control_has_a_name(tags: _Tags) -> None:
    html = _text("index.html")
    for opening, content in re.findall(r"<button\b([^>]*)>(.*?)</button>", html, re.DOTALL):
        visible = re.sub(r"<[^>]+>|\s", "", content)
        assert visible or "aria-label=" in opening
    labelled = set(tags.values("for"))
    for tag, attributes in tags.found:
        if tag in ("input", "select", "textarea"):
            assert attributes.get("aria-label") or attributes.get("id") in labelled


def _colours(sheet: str) -> list[dict[str, str]]:
    """The colours of the light and of the dark page."""
    light, dark = (
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
        for block in re.findall(r":root \{(.*?)\n\s*\}", sheet, re.DOTALL)
    )
    return [light, {**light, **dark}]


def _luminance(colour: str) -> float:
    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return sum(
        weight * linear(part) for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True)
    )


def _contrast(one: str, other: str) -> float:
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


READ_ON = [
    (text, ground)
    for grounds, texts in {
        ("page", "surface", "sunken"): ("ink", "muted"),
        ("page", "surface", "accent-soft"): ("accent",),
        ("accent",): ("accent-ink",),
        ("page", "surface", "good-soft"): ("good",),
        ("page", "surface", "caution-soft"): ("caution",),
        ("surface",): ("danger",),
        ("danger",): ("surface",),
        ("mark", "caution-soft", "accent-soft"): ("ink",),
    }.items()
    for text in texts
    for ground in grounds
]


@pytest.mark.parametrize(("text", "ground"), READ_ON)
def test_text_can_be_read_on_its_ground(text: str, ground: str) -> None:
    for colours in _colours(_text("base.css")):
        assert _contrast(colours[text], colours[ground]) >= 4.5  # WCAG 2.2, AA


@pytest.mark.parametrize(("line", "ground"), [("line-strong", "page"), ("mark-line", "surface")])
def test_borders_that_mean_something_can_be_seen(line: str, ground: str) -> None:
    for colours in _colours(_text("base.css")):
        assert _contrast(colours[line], colours[ground]) >= 3  # WCAG 2.2, non-text contrast


@pytest.mark.parametrize("style", STYLES)
def test_a_style_sheet_uses_colours_that_exist(style: str) -> None:
    defined = set(re.findall(r"(--[\w-]+):", _text("base.css")))
    assert set(re.findall(r"var\((--[\w-]+)\)", _text(style))) <= defined


def test_the_width_at_which_the_page_is_narrow_is_the_same_everywhere() -> None:
    widths = {
        int(width)
        for name in (
            "layout.css",
            "chat.css",
            "answer.css",
            "source.css",
            "documents.css",
            "source.js",
        )
        for width in re.findall(r"max-width: (\d+)px\)", _text(name))
    }
    assert widths == {1240, 860}
