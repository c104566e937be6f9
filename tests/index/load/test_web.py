"""Documents from web addresses: what is fetched, and what is refused."""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from index.errors import DocumentError, UnreadableError, UnsupportedFormatError
from index.load import web
from index.load.web import Address, is_address, is_public, load_address
from tests.loopback import Reply, Request, served, unused_address

_PAGE = (
    "<html><head><title>Brücke</title></head><body><p>"
    + "Die alte Brücke wurde 1904 eröffnet. " * 12
    + "</p></body></html>"
)


@dataclass
class _Site:
    """A site whose replies stand in a table; it notes what it was asked for."""

    replies: dict[str, Callable[[], Reply]]
    asked: list[str] = field(default_factory=list)

    def handle(self, request: Request) -> Reply:
        self.asked.append(request.path)
        return self.replies.get(request.path, lambda: Reply([b"no"], 404))()


def _endless() -> Iterator[bytes]:
    while True:
        yield b"x" * 100_000


@pytest.fixture
def site() -> Iterator[tuple[str, _Site]]:
    site = _Site(
        {
            "/": lambda: Reply([_PAGE.encode("cp1252")], content_type="text/html; charset=cp1252"),
            "/notes.md": lambda: Reply([b"# Notes\n\nText."], content_type="text/plain"),
            "/data?id=1": lambda: Reply([b"a,b\n1,2\n"], content_type="text/csv"),
            "/film": lambda: Reply([b"\0\1\2" * 999], content_type="video/mp4"),
            "/endless": lambda: Reply(_endless(), content_type="text/plain"),
        }
    )
    with served(site) as address:
        yield address, site


def _any(address: Address) -> bool:
    return True


def test_a_page_is_read_in_the_encoding_that_the_server_states(site: tuple[str, _Site]) -> None:
    [(key, loaded)] = load_address(f"{site[0]}/#part", allowed=_any)
    assert key == f"{site[0]}/"
    assert loaded.title == "Brücke"
    assert "Die alte Brücke wurde 1904 eröffnet." in loaded.text


@pytest.mark.parametrize(
    ("path", "text"), [("/notes.md", "# Notes\n\nText."), ("/data?id=1", "Row 1: A: 1; B: 2")]
)
def test_the_format_is_what_the_server_or_the_address_says(
    site: tuple[str, _Site], path: str, text: str
) -> None:
    [(key, loaded)] = load_address(site[0] + path, allowed=_any)
    assert key == site[0] + path
    assert text.splitlines()[0].split(":")[0] in loaded.text


@contextmanager
def _redirecting(target: str) -> Iterator[str]:
    """A server that sends whoever asks to ``target``, in which {} stands for itself."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(302)
            self.send_header("Location", target.format(f"http://{self.headers['Host']}"))
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Tests read no logs."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/from"
        server.shutdown()
        thread.join()


def test_a_redirect_is_followed_and_the_key_is_what_was_asked_for(site: tuple[str, _Site]) -> None:
    with _redirecting(f"{site[0]}/notes.md") as address:
        [(key, loaded)] = load_address(address, allowed=_any)
    assert (key, loaded.title) == (address, "Notes")


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("http://10.0.0.1/secret", r"10\.0\.0\.1 is not in the public internet"),
        ("file:///etc/hostname", "not of http"),
        ("{}/again", "redirects too often"),
    ],
)
def test_where_a_redirect_leads_is_looked_at_again(target: str, message: str) -> None:
    def loopback(address: Address) -> bool:
        return address.is_loopback

    with (
        _redirecting(target) as address,
        pytest.raises(UnreadableError, match=message),
    ):
        load_address(address, allowed=loopback)


def test_what_is_no_document_is_refused(site: tuple[str, _Site]) -> None:
    with pytest.raises(UnsupportedFormatError, match="/film: "):
        load_address(f"{site[0]}/film", allowed=_any)


@pytest.mark.parametrize(
    ("path", "message"), [("/missing", "status 404"), ("/endless", "larger than 0 MB")]
)
def test_what_cannot_be_fetched_says_so(
    site: tuple[str, _Site], path: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "MAX_BYTES", 500_000)
    with pytest.raises(UnreadableError, match=message):
        load_address(site[0] + path, allowed=_any)


def test_what_takes_too_long_is_given_up(
    site: tuple[str, _Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "TIMEOUT_S", 0.0)
    with pytest.raises(UnreadableError, match="takes more than 0 s"):
        load_address(f"{site[0]}/endless", allowed=_any)


def test_a_server_that_is_down_is_told() -> None:
    with pytest.raises(UnreadableError, match="cannot be fetched"):
        load_address(unused_address(), allowed=_any)


def test_offline_nothing_is_asked_for(site: tuple[str, _Site]) -> None:
    with pytest.raises(UnreadableError, match="RAG_OFFLINE"):
        load_address(f"{site[0]}/", offline=True, allowed=_any)
    assert site[1].asked == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0"])
def test_this_machine_is_not_asked(site: tuple[str, _Site], host: str) -> None:
    port = site[0].rpartition(":")[2]
    with pytest.raises(UnreadableError, match="not in the public internet"):
        load_address(f"http://{host}:{port}/")
    assert site[1].asked == []


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://example.org/a", "http:///a"])
def test_other_schemes_are_refused(url: str) -> None:
    with pytest.raises(DocumentError):
        load_address(url)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1", True),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1", False),
        ("fc00::1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("64:ff9b::808:808", True),
        ("2002:a00:1::", False),
    ],
)
def test_which_addresses_are_public(address: str, expected: bool) -> None:
    assert is_public(ipaddress.ip_address(address)) is expected


def test_what_is_an_address_and_what_a_path() -> None:
    assert is_address("HTTPS://example.org")
    assert not is_address("https")
    assert not is_address("/srv/http://x")
