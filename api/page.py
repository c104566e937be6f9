"""``GET /`` and ``GET /static/…``: the page and its files, held in memory.

Every file has an ETag of its bytes: a browser asks each time, and mostly receives 304.
The content security policy lets the page run its own files only: no inline script or style, nothing
of other origins, and no string may become HTML. Knows nothing of answers or documents.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from api.access import access

router = APIRouter(include_in_schema=False)

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",  # pages of PDFs are fetched with the key and shown from memory
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
HEADERS = {
    "Cache-Control": "no-cache",  # asked for each time: a new version is seen at once
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of the page: its bytes, what they are, and an ETag that changes with them."""

    content: bytes
    media_type: str
    etag: str


def _assets() -> Mapping[str, Asset]:
    """Return the files of ``api/static`` by name. Only these are served."""
    return {
        file.name: Asset(content, media_type, f'"{hashlib.sha256(content).hexdigest()[:32]}"')
        for file in files("api").joinpath("static").iterdir()
        if (media_type := _MEDIA_TYPES.get(f".{file.name.rpartition('.')[2]}"))
        for content in (file.read_bytes(),)
    }


ASSETS = _assets()


@router.api_route("/", methods=["GET", "HEAD"])
@access("public", turn=None)
def page(request: Request) -> Response:
    return _answer(request, ASSETS["index.html"])


@router.api_route("/static/{name}", methods=["GET", "HEAD"])
@access("public", turn=None)
def asset(name: str, request: Request) -> Response:
    if name not in ASSETS:
        raise HTTPException(404, f"the page has no file {name}")
    return _answer(request, ASSETS[name])


def _answer(request: Request, asset: Asset) -> Response:
    headers = {**HEADERS, "ETag": asset.etag}
    if _holds(request.headers.get("if-none-match", ""), asset.etag):
        return Response(status_code=304, headers=headers)
    return Response(asset.content, media_type=asset.media_type, headers=headers)


def _holds(if_none_match: str, etag: str) -> bool:
    """Whether the browser has this version; proxies that compress mark an ETag as weak (``W/``)."""
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return etag in tags or "*" in tags
