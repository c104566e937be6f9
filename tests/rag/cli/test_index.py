"""``rag index``: what it prints, and what it does with what it cannot read."""

from __future__ import annotations

import io
import json
from pathlib import Path

from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from tests.command_line import CommandLine


def test_index_tells_what_it_did_and_does_it_once(rag: CommandLine, files: Path) -> None:
    first, second = rag("index", files), rag("index", files)
    assert (first.exit_code, first.stdout) == (0, "default: 1 added\n")
    assert (second.exit_code, second.stdout) == (0, "default: 1 unchanged\n")


def test_index_as_json(rag: CommandLine, files: Path) -> None:
    report = json.loads(rag("index", files, "--json").stdout)
    assert report == {
        "added": 1,
        "updated": 0,
        "unchanged": 0,
        "removed": 0,
        "skipped": 0,
        "chunks": report["chunks"],
        "failed": [],
        "unread_languages": [],
    }
    assert report["chunks"] >= 1


def test_index_prunes_what_is_gone_when_asked(indexed: CommandLine, files: Path) -> None:
    (files / "korea.txt").unlink()
    assert indexed("index", files).stdout == "default: nothing found to index\n"
    assert indexed("index", files, "--prune").stdout == "default: 1 removed\n"


def test_a_file_that_cannot_be_read_stops_no_other(rag: CommandLine, files: Path) -> None:
    (files / "picture.txt").write_bytes(bytes(range(256)) * 4)
    result = rag("index", files, "--json")
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert report["added"] == 1
    assert report["failed"][0]["path"] == str(files / "picture.txt")
    assert "picture.txt holds binary data, not text; convert it" in result.stderr


def test_what_failed_is_listed_until_it_is_mended(rag: CommandLine, files: Path) -> None:
    bad = files / "picture.txt"
    bad.write_bytes(bytes(range(256)) * 4)
    rag("index", files)
    assert rag("documents", "--failed").stdout.startswith(f"{bad}: picture.txt holds binary data")
    [failure] = json.loads(rag("documents", "--failed", "--json").stdout)
    assert failure["path"] == str(bad)
    bad.write_text("Words now.")
    assert rag("index", files).stdout == "default: 1 added, 1 unchanged\n"
    assert rag("documents", "--failed").stdout == "Every file could be read.\n"


def _encrypted(password: str, text: str) -> bytes:
    written = io.BytesIO()
    canvas = Canvas(written, encrypt=StandardEncryption(password))
    canvas.drawString(60, 700, text)
    canvas.save()
    return written.getvalue()


def test_encrypted_files_are_read_with_the_passwords_of_a_file(
    rag: CommandLine, files: Path, tmp_path: Path
) -> None:
    (files / "one.pdf").write_bytes(_encrypted("open sesame", "The key is under the mat."))
    (files / "two.pdf").write_bytes(_encrypted("hunter2", "The cat is on the roof."))
    result = rag("index", files)
    assert result.stdout == "default: 1 added, 2 failed\n"
    assert "one.pdf is encrypted; give its password in a file" in result.stderr
    passwords = tmp_path / "passwords.txt"
    passwords.write_text("wrong\nopen sesame\n")
    result = rag("index", files, "--password-file", passwords)
    assert result.stdout == "default: 1 added, 1 unchanged, 1 failed\n"
    assert "two.pdf is encrypted with another password than those given" in result.stderr
    assert "under the mat" in rag("search", "where is the key").stdout
    stored = [path for path in tmp_path.rglob("*") if path.is_file() and path != passwords]
    assert not any(b"open sesame" in path.read_bytes() for path in stored)


def test_a_web_address_that_is_not_public_is_refused_and_files_are_indexed(
    rag: CommandLine, files: Path
) -> None:
    result = rag("index", "http://127.0.0.1/x", files)
    assert (result.exit_code, result.stdout) == (1, "default: 1 added, 1 failed\n")
    assert "http://127.0.0.1/x: the host 127.0.0.1 is not in the public internet" in result.stderr
    offline = rag("index", "https://example.org/", files, "--offline", "--json")
    [failure] = json.loads(offline.stdout)["failed"]
    assert failure["path"] == "https://example.org/"
    assert "RAG_OFFLINE" in failure["reason"]


def test_a_path_that_does_not_exist_is_named(rag: CommandLine, files: Path) -> None:
    result = rag("index", files, files / "missing.txt")
    assert (result.exit_code, result.stdout) == (1, "default: 1 added, 1 failed\n")
    assert "missing.txt does not exist; check the path" in result.stderr


def test_index_without_a_path_is_a_usage_error(rag: CommandLine) -> None:
    assert rag("index").exit_code == 2
