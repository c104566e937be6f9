"""Documents from web addresses: what is fetched, and what is refused."""

from __future__ import annotations

import gzip
import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
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


# The special-purpose registries of IANA for IPv4 and IPv6, and what older standards set apart.
SPECIAL = (
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 "
    "192.0.0.0/29 192.0.0.8/32 192.0.0.9/32 192.0.0.10/32 192.0.0.170/32 192.0.0.171/32 "
    "192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 "
    "198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 255.255.255.255/32 "
    "::1/128 ::/128 ::/96 64:ff9b:1::/48 100::/64 100:0:0:1::/64 2001::/23 2001::/32 "
    "2001:1::1/128 2001:1::2/128 2001:1::3/128 2001:2::/48 2001:3::/32 2001:4:112::/48 "
    "2001:10::/28 2001:20::/28 2001:30::/28 2001:db8::/32 2620:4f:8000::/48 3fff::/20 5f00::/16 "
    "fc00::/7 fe80::/10 fec0::/10 ff00::/8 ::ffff:0:0:0/96"
).split()


@pytest.mark.parametrize("network", SPECIAL)
def test_no_range_that_is_set_apart_is_public(network: str) -> None:
    within = ipaddress.ip_network(network)
    for address in (within[0], within[-1], within[within.num_addresses // 2]):
        assert not is_public(address)
        if isinstance(address, ipaddress.IPv4Address):
            for prefix in ("::ffff:0:0", "64:ff9b::"):  # standing for an address of IPv4
                assert not is_public(
                    ipaddress.IPv6Address(int(address) + int(ipaddress.IPv6Address(prefix)))
                )
            assert not is_public(ipaddress.IPv6Address((0x2002 << 112) + (int(address) << 80)))


# Answers that are slow or packed


@contextmanager
def _sending(*parts: bytes, pause_s: float = 0.0) -> Iterator[str]:
    """A server that sends these bytes for ever again, whatever it is asked."""
    over = threading.Event()

    def serve(listening: socket.socket) -> None:
        with suppress(OSError), listening.accept()[0] as connection:
            connection.recv(10_000)
            connection.sendall(parts[0])
            while not over.wait(pause_s):
                connection.sendall(parts[1])

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=(listening,))
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/a.txt"
        over.set()
        thread.join()


@pytest.mark.parametrize(
    "begun", [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"]
)
def test_an_answer_that_drips_is_given_up(begun: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "TIMEOUT_S", 0.5)
    began = time.monotonic()
    with (
        _sending(begun or b"H", b"a", pause_s=0.05) as address,
        pytest.raises(UnreadableError, match=r"takes more than 0.5 s|cannot be fetched"),
    ):
        load_address(address, allowed=_any)
    assert time.monotonic() - began < 20


def _packed(data: bytes, times: int = 1) -> bytes:
    for _ in range(times):
        data = gzip.compress(data)
    return data


@pytest.mark.parametrize(
    ("encoding", "body", "message"),
    [
        ("gzip", _packed(bytes(60_000_000)), "larger than 50 MB"),
        ("gzip, gzip", _packed(b"A lease.", 2), "packed as 'gzip, gzip'"),
        ("br", b"A lease.", "packed as 'br'"),
        ("gzip", b"A lease.", "is sent damaged"),
        ("gzip", _packed(b"A lease. " * 1000)[:-20], "without its end"),
    ],
)
def test_what_is_packed_is_unpacked_within_limits(encoding: str, body: bytes, message: str) -> None:
    reply = Reply([body], content_type="text/plain", content_encoding=encoding)
    with (
        served(_Site({"/a.txt": lambda: reply})) as address,
        pytest.raises(UnreadableError, match=message),
    ):
        load_address(f"{address}/a.txt", allowed=_any)


@pytest.mark.parametrize(("encoding", "times"), [("gzip", 1), ("X-GZIP", 1), ("identity", 0)])
def test_what_is_packed_as_asked_is_read(encoding: str, times: int) -> None:
    body = _packed(b"The lease ends in May.", times)
    reply = Reply([body[:9], body[9:]], content_type="text/plain", content_encoding=encoding)
    with served(_Site({"/a.txt": lambda: reply})) as address:
        [(_, loaded)] = load_address(f"{address}/a.txt", allowed=_any)
    assert loaded.text == "The lease ends in May."


def test_what_is_an_address_and_what_a_path() -> None:
    assert is_address("HTTPS://example.org")
    assert not is_address("https")
    assert not is_address("/srv/http://x")
