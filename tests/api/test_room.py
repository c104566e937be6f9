"""Uploads on their way fill a disk so far, all of them together, and no further."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from fastapi.testclient import TestClient

from api import room
from api.room import CrowdedError, Room

_FORM = {"Content-Type": "multipart/form-data; boundary=x"}
_PLENTY = 10**12


def _sending(size: int) -> Iterator[bytes]:
    """An upload of so many mebibytes, of untold length."""
    yield b'--x\r\nContent-Disposition: form-data; name="files"; filename="b.txt"\r\n\r\n'
    for _ in range(size):
        yield b"A lease." * (2**20 // 8)
    yield b"\r\n--x--\r\n"


def test_uploads_on_their_way_are_limited_together(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "ON_THEIR_WAY_BYTES", 2 * 2**20)
    refused = client.post("/documents", content=_sending(2), headers=_FORM)  # one may have a half
    assert refused.status_code == 503
    assert int(refused.headers["Retry-After"]) > 0
    assert "upload again" in refused.json()["error"]["message"]
    assert client.get("/documents").status_code == 404  # nothing was begun
    for _ in range(3):  # what has ended counts no more
        sent = client.post("/documents", files={"files": ("a.txt", b"A lease. " * 80_000)})
        assert sent.is_success


def test_what_several_principals_send_is_counted_together(tmp_path: Path) -> None:
    counted = Room((tmp_path / "not made yet",))
    half = room.ON_THEIR_WAY_BYTES // 2
    with counted.upload("a", 0) as first, counted.upload("b", 0) as second:
        first.add(half)
        second.add(half)
        with counted.upload("c", 0) as third, pytest.raises(CrowdedError):
            third.add(1)
        with pytest.raises(CrowdedError):
            first.add(1)
    with counted.upload("c", 0) as third:
        third.add(half)


@pytest.mark.parametrize("told", [True, False])
def test_an_upload_leaves_a_margin_of_the_disk(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, told: bool
) -> None:
    frees = iter([_PLENTY, _PLENTY])  # of both disks, before it begins

    def usage(_: Path) -> SimpleNamespace:
        free = room.MARGIN_BYTES + 2**20 if told else next(frees, room.MARGIN_BYTES - 1)
        return SimpleNamespace(total=_PLENTY, free=free)

    with monkeypatch.context() as patch:
        patch.setattr(room, "_LOOK_BYTES", 2**20)
        patch.setattr(shutil, "disk_usage", usage)
        content = b"".join(_sending(3)) if told else _sending(3)
        refused = client.post("/documents", content=content, headers=_FORM)
    assert refused.status_code == 507
    error = refused.json()["error"]
    assert (error["code"], error["type"]) == ("no_room", "server_error")
    assert "make room there, then upload again" in error["message"]
    assert client.post("/documents", content=_sending(1), headers=_FORM).is_success


def test_a_full_disk_refuses_uploads_and_nothing_else(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.post("/documents", files={"files": ("a.txt", b"A lease.")}).raise_for_status()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(total=_PLENTY, free=9))
    assert client.post("/documents", content=_sending(1), headers=_FORM).status_code == 507
    assert client.post("/search", json={"question": "Who?"}).is_success
    assert client.delete("/documents/1").is_success  # which makes room
