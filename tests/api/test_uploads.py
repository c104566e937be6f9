"""Uploads: no two names are one file, and nothing is left of what cannot be indexed."""

from __future__ import annotations

import hashlib
import io
import json
import os
import socket
import stat
import tarfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from api.app import Assistants, create_app
from api.principal import OWNER, acting_as
from api.uploads import UPLOADS, stored_path
from index.index import Index
from rag.errors import QuestionError
from rag.settings import Settings
from rag.wiring import Wiring
from tests.doubles import HashingEmbedder, SlowEmbedder
from tests.serving import serving

PATIENCE_S = 30
LEEDS = b"The Leeds office has 40 desks."
YORK = b"The York office has 12 desks."


def _upload(client: TestClient, *files: tuple[str, bytes], **params: str) -> list[dict[str, Any]]:
    reply = client.post("/documents", params=params, files=[("files", file) for file in files])
    assert reply.status_code == 200, reply.text
    return [json.loads(line) for line in reply.text.splitlines()]


def _texts(client: TestClient) -> set[str]:
    listed = client.get("/documents", params={"limit": 500}).json()["documents"]
    return {client.get(f"/documents/{each['id']}/text").json()["text"] for each in listed}


def _kept(settings: Settings) -> set[str]:
    """The files in the folder of uploads, by their paths in it."""
    folder = settings.index_folder / UPLOADS
    return {str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file()}


# Names

OF_ONE_NAME = [
    ("notes.txt", "notes.txt"),
    ("a/notes.txt", "b/notes.txt"),
    ("Notes.TXT", "notes.txt"),
    ("caf\u00e9.txt", "cafe\u0301.txt"),
    ("notes.txt", "notes.txt."),
    ("notes.txt", "notes.txt "),
    ("notes.txt", "../notes.txt"),
    ("notes.txt", "no?tes.txt"),
    ("a/notes.txt", "a\\notes.txt"),
    ("x" * 300 + "1.txt", "x" * 300 + "2.txt"),
    ("漢" * 100 + "1.txt", "漢" * 100 + "2.txt"),
    ("😀" * 130 + ".txt", "😀" * 131 + ".txt"),
    ("d" * 300 + "/a.txt", "d" * 301 + "/a.txt"),
]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("names", OF_ONE_NAME, ids=lambda names: ascii(names)[:40])
def test_two_files_are_two_documents(
    client: TestClient, names: tuple[str, str], together: bool
) -> None:
    if names[0] == names[1] and not together:
        pytest.skip("the same name again replaces, and says so")
    files = list(zip(names, (LEEDS, YORK), strict=True))
    if together:
        first, second, total = _upload(client, *files)
    else:
        first, second = (_upload(client, file)[0] for file in files)
        total = {"done": 2, "failed": 0}
    assert (first["status"], second["status"]) == ("added", "added")
    assert total == {"done": 2, "failed": 0}
    assert _texts(client) == {LEEDS.decode(), YORK.decode()}


def test_another_name_is_told(client: TestClient, settings: Settings) -> None:
    first, second, _ = _upload(client, ("README.md", LEEDS), ("README.md", YORK))
    assert "stored_as" not in first
    assert {"README.md", second["stored_as"]} == _kept(settings)
    again = _upload(client, ("README.md", LEEDS), ("README.md", YORK))
    assert [line["status"] for line in again[:2]] == ["unchanged", "unchanged"]


def test_the_same_file_twice_in_a_request_is_one_document(client: TestClient) -> None:
    first, second, _ = _upload(client, ("a.txt", LEEDS), ("a.txt", LEEDS))
    assert (first["status"], second["status"]) == ("added", "unchanged")
    assert first["document_id"] == second["document_id"]


@pytest.mark.parametrize(
    "name", ["a/notes.txt", "a b/ç/notes.v2.txt", "漢字/" + "漢" * 40 + ".txt"]
)
def test_a_name_keeps_its_folders(client: TestClient, settings: Settings, name: str) -> None:
    line = _upload(client, (name, LEEDS))[0]
    assert line["status"] == "added"
    assert _kept(settings) == {name}
    assert _upload(client, (name, YORK))[0]["status"] == "replaced"
    assert client.delete(f"/documents/{_upload(client, (name, YORK))[0]['document_id']}").is_success
    assert list((settings.index_folder / UPLOADS).iterdir()) == []  # its folders have gone with it


@given(st.text(max_size=400), st.text(max_size=400))
def test_no_two_names_are_one_path_and_none_leads_out(first: str, second: str) -> None:
    paths = []
    for name in (first, second):
        try:
            paths.append(stored_path(name))
        except QuestionError:
            return
    for path in paths:
        assert not path.is_absolute()
        assert all(part and not part.startswith(".") for part in path.parts)
        assert all(len(os.fsencode(part)) <= 220 for part in path.parts)
    assert (paths[0] == paths[1]) == (first == second)


def test_a_mark_that_is_sent_is_another_name() -> None:
    marked = stored_path("no?tes.txt")
    assert stored_path(str(marked)) != marked
    assert len(marked.stem.partition("~")[2]) == 32  # of fewer somebody finds two that are equal


@pytest.mark.parametrize("name", ["..", "/", "\u200b", "...", "a/..", "a/", "/".join("ab" * 600)])
def test_a_name_of_nothing_fails_by_itself(
    client: TestClient, settings: Settings, name: str
) -> None:
    good, bad, total = _upload(client, ("a.txt", LEEDS), (name, YORK))
    assert (good["status"], bad["status"], total["failed"]) == ("added", "failed", 1)
    assert "rename the file" in bad["reason"]
    assert _kept(settings) == {"a.txt"}


def test_names_that_are_no_text_stop_nothing_in_an_archive(client: TestClient) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", encoding="latin-1") as archive:
        for name in ("b\u00fcro.txt", "plain.txt"):
            entry = tarfile.TarInfo(name)
            entry.size = len(LEEDS)
            archive.addfile(entry, io.BytesIO(LEEDS))
    line = _upload(client, ("a.tar", packed.getvalue()))[0]
    assert line["status"] == "added", line
    assert client.get("/documents").json()["total"] == 2


# What is left

BAD = [
    ("empty.txt", b""),
    ("broken.pdf", b"%PDF-1.7 nothing"),
    ("tune.mp3", b"\x00\x01\x02" * 50),
    ("broken.docx", b"PK\x03\x04 nothing"),
]


@pytest.mark.parametrize("bad", BAD, ids=[name for name, _ in BAD])
def test_a_file_that_cannot_be_indexed_is_gone(
    client: TestClient, settings: Settings, bad: tuple[str, bytes]
) -> None:
    line = _upload(client, bad)[0]
    assert line["status"] == "failed"
    assert line["reason"]
    assert _kept(settings) == set()
    with Wiring(settings).open_index(HashingEmbedder()) as index:
        assert index.failures() == []


def test_a_new_version_that_fails_leaves_the_older_one(
    client: TestClient, settings: Settings
) -> None:
    id = _upload(client, ("a/notes.txt", LEEDS))[0]["document_id"]
    assert _upload(client, ("a/notes.txt", b""))[0]["status"] == "failed"
    assert client.get(f"/documents/{id}/original").content == LEEDS
    assert _kept(settings) == {"a/notes.txt"}


def test_of_an_archive_what_can_be_read_is_added_and_the_rest_is_told(client: TestClient) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("good.txt", LEEDS)
        archive.writestr("broken.pdf", b"%PDF-1.7 nothing")
    line = _upload(client, ("a.zip", packed.getvalue()))[0]
    assert line["status"] == "added"
    assert "broken.pdf" in line["reason"]


def test_a_deleted_archive_goes_with_its_last_document(
    client: TestClient, settings: Settings
) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.txt", LEEDS)
        archive.writestr("b.txt", YORK)
    _upload(client, ("a.zip", packed.getvalue()))
    first, second = (each["id"] for each in client.get("/documents").json()["documents"])
    client.delete(f"/documents/{first}")
    assert _kept(settings) == {"a.zip"}
    client.delete(f"/documents/{second}")
    assert _kept(settings) == set()


def test_a_request_that_is_malformed_leaves_nothing(client: TestClient, settings: Settings) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n'
    reply = client.post(
        "/documents",
        content=part + LEEDS + b"\r\n--x\r\nthis is no header",
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    )
    assert reply.status_code == 400
    folder = settings.index_folder / UPLOADS
    assert not folder.exists() or _kept(settings) == set()


def test_only_the_owner_may_read_what_is_kept(client: TestClient, settings: Settings) -> None:
    mask = os.umask(0)
    try:
        _upload(client, ("a/b/notes.txt", LEEDS), collection="law")
    finally:
        os.umask(mask)
    folder = settings.collections_folder / "law"
    for each in (folder, *folder.rglob("*")):
        mode = stat.S_IMODE(each.stat().st_mode)
        assert not mode & 0o077 or each.parent == folder, each
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "catalogue.sqlite").stat().st_mode) == 0o600


# The client leaves


LONG = "".join(f"Sentence number {n} tells of another giraffe.\n\n" for n in range(20_000)).encode()


@contextmanager
def _served(
    settings: Settings, embedder: HashingEmbedder
) -> Iterator[tuple[httpx.URL, Assistants]]:
    assistants = Assistants(settings, embedder, None)
    with serving(create_app(settings, assistants)) as address:
        yield httpx.URL(address), assistants


def _send(address: httpx.URL, body: bytes, length: int | None = None) -> socket.socket:
    """A connection on which a request with one file was sent, as far as ``body`` goes."""
    head = b'--x\r\nContent-Disposition: form-data; name="files"; filename="long.txt"\r\n\r\n'
    whole = head + body + (b"" if length else b"\r\n--x--\r\n")
    sent = socket.create_connection((address.host, address.port or 80))
    sent.sendall(
        f"POST /documents HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {length or len(whole)}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\n\r\n".encode()
    )
    sent.sendall(whole)
    return sent


def _until(condition: Any) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_client_that_leaves_stops_the_work_and_leaves_nothing(settings: Settings) -> None:
    embedder = SlowEmbedder()
    with _served(settings, embedder) as (address, assistants):
        with _send(address, LONG):
            assert embedder.began.wait(PATIENCE_S)
        time.sleep(0.3)  # until the server has noticed
        embedder.go.set()
        _until(lambda: not _kept(settings))
        # Of hundreds: some are encoded, in no time here, until the thread beside is told to stop.
        assert embedder.batches < 20
        with acting_as(OWNER):
            assert assistants.get().index.count_documents() == 0


def test_half_of_a_request_leaves_nothing(settings: Settings) -> None:
    with _served(settings, HashingEmbedder()) as (address, _):
        for _ in range(5):
            _send(address, LEEDS, length=10_000).close()
        files = [("files", ("a.txt", YORK))]
        assert httpx.post(address.join("documents"), files=files, trust_env=False).is_success
    assert _kept(settings) == {"a.txt"}


def test_what_a_process_left_that_died_is_forgotten(client: TestClient, settings: Settings) -> None:
    _upload(client, ("a.txt", LEEDS))
    left = settings.index_folder / UPLOADS / ".0011.part"
    left.write_bytes(YORK)
    _upload(client, ("b.txt", YORK))
    assert left.exists()  # it may be another process's
    os.utime(left, (0, 0))
    _upload(client, ("b.txt", YORK))
    assert _kept(settings) == {"a.txt", "b.txt"}


# /original


def test_a_file_that_was_changed_or_replaced_by_a_link_is_not_shown(
    client: TestClient, settings: Settings, tmp_path: Path
) -> None:
    id = _upload(client, ("a.txt", LEEDS))[0]["document_id"]
    stored = settings.index_folder / UPLOADS / "a.txt"
    status = stored.stat()
    secret = tmp_path / "secret.txt"
    secret.write_bytes(b"S" * len(LEEDS))
    os.utime(secret, ns=(status.st_atime_ns, status.st_mtime_ns))
    for swap in (
        lambda: stored.write_bytes(b"S" * len(LEEDS)),
        lambda: stored.symlink_to(secret),
        lambda: os.mkfifo(stored),
        lambda: None,
    ):
        stored.unlink()
        swap()
        reply = client.get(f"/documents/{id}/original")
        assert reply.status_code == 404
        assert "cannot be shown" in reply.json()["error"]["message"]
        if not stored.exists():
            stored.touch()
    stored.write_bytes(LEEDS)
    assert client.get(f"/documents/{id}/original").content == LEEDS


def test_a_mail_with_an_attachment_is_shown_itself(client: TestClient) -> None:
    mail = (
        b"From: a@example.org\r\nSubject: Desks\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\n"
        b"Forty desks.\r\n--x\r\nContent-Type: text/plain\r\n"
        b'Content-Disposition: attachment; filename="a.txt"\r\n\r\nA lease.\r\n--x--\r\n'
    )
    _upload(client, ("desks.eml", mail))
    listed = client.get("/documents").json()["documents"]
    shown = {each["source"]: client.get(f"/documents/{each['id']}/original") for each in listed}
    assert sorted(reply.status_code for reply in shown.values()) == [200, 404]
    (whole,) = (reply for reply in shown.values() if reply.status_code == 200)
    assert whole.content == mail


@pytest.mark.parametrize("name", ['a"b\u00e9;c.html', "漢字.html", "a b,c'd.html"])
def test_any_name_is_told_in_a_header(client: TestClient, name: str) -> None:
    page = b"<html><body><p>A lease for ten years.</p></body></html>"
    line = _upload(client, (name, page))[0]
    told = client.get(f"/documents/{line['document_id']}/original").headers["content-disposition"]
    kind, _, coded = told.partition("; filename*=UTF-8''")
    assert kind == "attachment"
    assert httpx.QueryParams(f"name={coded}")["name"] == line.get("stored_as", line["file"])


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_the_hash_of_a_file_is_known_by_its_key(embedder: HashingEmbedder, tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(LEEDS)
    with Index.open(tmp_path / "index", embedder, create=True) as index:
        index.ingest([file])
        index.add_text("memory", "Memory", "A text without a file.")
        assert index.file_sha256(str(file)) == _digest(LEEDS)
        file.write_bytes(b"")  # cannot be read: the document stays as it was
        assert index.ingest([file]).failed
        assert index.file_sha256(str(file)) == _digest(LEEDS)
        assert index.file_sha256("memory") is None
        assert index.file_sha256("nowhere") is None


def test_an_encrypted_file_is_read_with_its_password_which_is_kept_nowhere(
    client: TestClient, tmp_path: Path
) -> None:
    written = io.BytesIO()
    canvas = Canvas(written, encrypt=StandardEncryption("open sesame"))
    canvas.drawString(60, 700, "The key is under the mat.")
    canvas.save()
    files = [("files", ("secret.pdf", written.getvalue()))]

    def sent(password: str) -> dict[str, Any]:
        reply = client.post("/documents", files=files, data={"password": password})
        line: dict[str, Any] = json.loads(reply.text.splitlines()[0])
        return line

    assert "secret.pdf is encrypted" in sent("")["reason"]
    assert "another password" in sent("wrong")["reason"]
    assert sent("open sesame")["status"] == "added"
    stored = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert stored
    assert not any(b"open sesame" in path.read_bytes() for path in stored)
