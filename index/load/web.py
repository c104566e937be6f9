"""Fetches a document from a web address, and only from the public internet.

Every address that a name resolves to is looked at before it is connected to, for each redirect
again, and the connection goes to that very address: a name that answers otherwise the second time
gains nothing. Proxies of the environment are not used, as they would resolve names themselves.
"""

from __future__ import annotations

import ipaddress
import mimetypes
import re
import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from index.errors import UnreadableError
from index.load.base import MEMBER, LoadedDocument, decode
from index.load.formats import is_loadable
from index.load.loading import load_parts

if TYPE_CHECKING:
    import httpx

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

MAX_BYTES = 50_000_000  # a thick book as PDF; what is larger is better fetched by hand
TIMEOUT_S = 60.0  # for all of it, redirects too
_STEP_TIMEOUT_S = 15.0  # for one connection, or a pause within it
_MAX_REDIRECTS = 5
_GZIP = ("gzip", "x-gzip")
_UNPACKED_BYTES = 2**20  # at a time
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # the last four bytes are an address of IPv4
# What IANA's registries set apart, also where Python knows nothing of it or says it can be reached.
_SPECIAL_IPV4 = [
    ipaddress.IPv4Network(each)
    for each in (
        "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 "
        "192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 "
        "192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/3"
    ).split()
]
_UNICAST_IPV6 = ipaddress.IPv6Network("2000::/3")  # all that IANA has given to networks so far
_SPECIAL_IPV6 = [
    ipaddress.IPv6Network(each)
    for each in "2001::/23 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20".split()
]
_REDIRECTS = (301, 302, 303, 307, 308)
_CHARSET = re.compile(r"charset\s*=\s*\"?([\w.:-]{1,40})", re.IGNORECASE)
_AGENT = "footnote-rag (a person's own document index)"
_SUFFIXES = {  # where Python's table is silent or names a rarer suffix
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "application/x-pdf": ".pdf",
    "application/xml": ".xml",
    "application/rss+xml": ".xml",
    "application/atom+xml": ".xml",
}


def is_address(given: str) -> bool:
    """Whether this is a web address and not a path."""
    return re.match(r"https?://", given, re.IGNORECASE) is not None


def load_address(
    address: str, *, offline: bool = False, allowed: Callable[[Address], bool] | None = None
) -> list[tuple[str, LoadedDocument]]:
    """The documents at a web address, each with its key: the address, or its name in an archive.

    ``allowed`` says which addresses of the network may be connected to; only public ones if it is
    left out. Raises UnreadableError for what cannot be fetched or read, UnsupportedFormatError for
    what is no document.
    """
    key = urldefrag(address).url
    if offline:
        raise UnreadableError(f"{key} is not fetched offline; unset RAG_OFFLINE, or save it first")
    data, name = _fetched(key, allowed or is_public)
    documents: list[tuple[str, LoadedDocument]] = []
    for part in load_parts(data, name):
        if isinstance(part.outcome, LoadedDocument):
            documents.append((f"{key}{MEMBER}{part.inner}" if part.inner else key, part.outcome))
        elif not part.inner:
            raise type(part.outcome)(f"{key}: {part.outcome}")
    if not documents:
        raise UnreadableError(f"{key} holds no document that can be read; look at it in a browser")
    return documents


def is_public(address: Address) -> bool:
    """Whether an address lies in the public internet, also one that stands for another."""
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not any(address in each for each in _SPECIAL_IPV4)
    inner = address.ipv4_mapped or address.sixtofour
    if address in _NAT64:
        inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if inner is not None:
        return is_public(inner)
    return address in _UNICAST_IPV6 and not any(address in each for each in _SPECIAL_IPV6)


def _fetched(address: str, allowed: Callable[[Address], bool]) -> tuple[bytes, str]:
    """What is at an address, and a name whose suffix tells its format. Takes ``TIMEOUT_S`` at most,
    however slowly a head or a body comes: it is fetched in a thread, which is left behind."""
    import httpx

    found: Future[tuple[bytes, str]] = Future()
    with httpx.Client(trust_env=False, timeout=_STEP_TIMEOUT_S) as client:

        def fetch() -> None:
            try:
                found.set_result(_followed(client, address, allowed))
            except BaseException as error:  # noqa: BLE001  # raised where it is waited for
                found.set_exception(error)

        threading.Thread(target=fetch, daemon=True).start()
        try:
            return found.result(TIMEOUT_S)
        except TimeoutError as error:
            raise UnreadableError(
                f"{address} takes more than {TIMEOUT_S:g} s; try again later"
            ) from error
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise UnreadableError(
                f"{address} cannot be fetched ({error}); try again later"
            ) from error


def _followed(
    client: httpx.Client, address: str, allowed: Callable[[Address], bool]
) -> tuple[bytes, str]:
    """What is at an address, where it leads in the end, and a name for it."""
    here = address
    for _ in range(_MAX_REDIRECTS + 1):
        with _response(client, here, allowed) as response:
            if response.status_code not in _REDIRECTS:
                return _body(response, address), _name(response, here)
            here = urljoin(here, response.headers.get("location", ""))
    raise UnreadableError(f"{address} redirects too often; look at it in a browser")


@contextmanager
def _response(
    client: httpx.Client, address: str, allowed: Callable[[Address], bool]
) -> Iterator[httpx.Response]:
    """The response from ``address`` itself, redirects not followed."""
    import httpx

    url = httpx.URL(address)
    if url.scheme not in ("http", "https") or not url.host:
        raise UnreadableError(f"{address} is not of http or https; save the document and index it")
    resolved = _resolved(url.host, url.port or (443 if url.scheme == "https" else 80), allowed)
    request = client.build_request(
        "GET",
        url.copy_with(host=resolved),
        headers={
            "Host": url.netloc.decode("ascii"),
            "User-Agent": _AGENT,
            "Accept-Encoding": _GZIP[0],
        },
        extensions={"sni_hostname": url.host},  # also the name that the certificate must have
    )
    response = client.send(request, stream=True)
    try:
        yield response
    finally:
        response.close()


def _resolved(host: str, port: int, allowed: Callable[[Address], bool]) -> str:
    """An address of ``host``. Raises UnreadableError if any of them is not allowed."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise UnreadableError(f"the host {host} is not known; check the address") from error
    addresses = [str(each[4][0]).partition("%")[0] for each in found]
    for address in addresses:
        if not allowed(ipaddress.ip_address(address)):
            raise UnreadableError(
                f"the host {host} is not in the public internet ({address}); save the document and "
                "index the file"
            )
    return addresses[0]


def _body(response: httpx.Response, address: str) -> bytes:
    if response.status_code != 200:
        raise UnreadableError(
            f"{address} cannot be fetched (status {response.status_code}); look at it in a browser"
        )
    pieces: list[bytes] = []
    size = 0
    for piece in _unpacked(response, address):
        pieces.append(piece)
        size += len(piece)
        if size > MAX_BYTES:
            raise UnreadableError(
                f"{address} is larger than {MAX_BYTES // 1_000_000} MB; save it and index the file"
            )
    return _in_utf8(b"".join(pieces), address, response.headers.get("content-type", ""))


def _unpacked(response: httpx.Response, address: str) -> Iterator[bytes]:
    """The body as it comes, in pieces that are small whatever it was packed from.

    Raises UnreadableError for what was packed otherwise than asked, such as twice.
    """
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding in ("", "identity"):
        yield from response.iter_raw()
        return
    if encoding not in _GZIP:
        raise UnreadableError(f"{address} is sent packed as '{encoding}'; save it with a browser")
    unpacking = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        for piece in response.iter_raw():
            while piece and not unpacking.eof:
                yield unpacking.decompress(piece, _UNPACKED_BYTES)
                piece = unpacking.unconsumed_tail  # noqa: PLW2901  # what is left of it
    except zlib.error as error:
        raise UnreadableError(f"{address} is sent damaged ({error}); try again later") from error
    if not unpacking.eof:
        raise UnreadableError(f"{address} is sent without its end; try again later")


def _in_utf8(data: bytes, address: str, content_type: str) -> bytes:
    """Text in UTF-8 where the server states its encoding, which counts more than what is in it."""
    stated = _CHARSET.search(content_type)
    if not stated or not content_type.lower().startswith(("text/", "application/xhtml")):
        return data
    try:
        return decode(data, address, stated[1]).encode("utf-8-sig")
    except UnreadableError:  # which the loader tells in its own words
        return data


def _name(response: httpx.Response, address: str) -> str:
    """The last part of the address, with the suffix of what the server says it is."""
    parts = urlsplit(address)
    name = unquote(PurePosixPath(parts.path).name) or parts.hostname or "page"
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    suffix = _SUFFIXES.get(media_type) or mimetypes.guess_extension(media_type) or ""
    if media_type in ("text/plain", "application/octet-stream", "") and is_loadable(name):
        return name
    return name if not suffix or name.lower().endswith(suffix) else f"{name}{suffix}"
