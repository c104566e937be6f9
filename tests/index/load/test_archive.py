"""Archives: what is in them has its own key, and none can fill memory or name a place on disk."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from index.errors import UnreadableError, UnsupportedFormatError
from index.load import archive
from index.load.base import LoadedDocument
from index.load.formats import TAR
from index.load.isolated import Runner
from index.load.loading import load, load_bytes, load_parts
from index.load.unpack import unpacked

_LINK = "link.txt is a link or a device; unpack the archive"
_FILES = {"notes.txt": b"The notes.", "sub/page.md": b"# Page\n\nWords."}


def _zip(files: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return written.getvalue()


def _tar(files: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as packed:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            packed.addfile(entry, io.BytesIO(content))
        link = tarfile.TarInfo("link.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        packed.addfile(link)
    return written.getvalue()


def _told(data: bytes, name: str) -> dict[str, str]:
    """For each part its text, or why it was refused."""
    return {
        part.inner: part.outcome.text
        if isinstance(part.outcome, LoadedDocument)
        else str(part.outcome)
        for part in load_parts(data, name)
    }


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("a.zip", _zip),
        ("a.tar", _tar),
        ("a.tar.gz", lambda files: gzip.compress(_tar(files))),
        ("a.tgz", lambda files: gzip.compress(_tar(files))),
        ("a.tar.bz2", lambda files: bz2.compress(_tar(files))),
        ("a.tar.xz", lambda files: lzma.compress(_tar(files))),
    ],
)
def test_each_file_of_an_archive_is_a_document(
    name: str, pack: Callable[[dict[str, bytes]], bytes]
) -> None:
    told = _told(pack(_FILES), name)
    assert told.pop("link.txt", _LINK) == _LINK
    assert told == {"notes.txt": "The notes.", "sub/page.md": "# Page\n\nWords."}


def test_a_file_that_is_only_compressed_is_read() -> None:
    assert _told(gzip.compress(b"The log."), "a.log.gz") == {"a.log": "The log."}


def test_archives_within_archives_are_opened_and_named() -> None:
    data = _zip({"x/inner.tar.gz": gzip.compress(_tar(_FILES)), "a.txt": b"Outer."})
    assert list(_told(data, "a.zip")) == [
        "x/inner.tar.gz!/notes.txt",
        "x/inner.tar.gz!/sub/page.md",
        "x/inner.tar.gz!/link.txt",
        "a.txt",
    ]


def test_archives_too_deep_are_refused_and_the_others_read() -> None:
    data = _zip({"deep.txt": b"Deep."})
    for depth in range(5):
        data = _zip({f"{depth}.zip": data, f"{depth}.txt": b"Here."})
    told = _told(data, "a.zip")
    assert list(told.values()).count("Here.") == 4
    assert [reason for reason in told.values() if "too many archives" in reason]
    assert "Deep." not in told.values()


def test_a_bad_file_stops_no_other_and_hidden_ones_are_passed_over() -> None:
    data = _zip(
        {"bad.pdf": b"%PDF-1.4", "__MACOSX/._a": b"x", ".git/config": b"x", "a.txt": b"Good."}
    )
    told = _told(data, "a.zip")
    assert list(told) == ["bad.pdf", "a.txt"]
    assert told["a.txt"] == "Good."


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/a.txt", "etc/a.txt"),
        ("/b.txt", "b.txt"),
        ("//c.txt", "c.txt"),
        ("c\\d.txt", "c/d.txt"),
        ("..", "unnamed"),
        ("a\nb\x1b[2J.txt", r"a\nb\x1b[2J.txt"),
        ("x" * 3000 + ".txt", "x" * 500 + "…" + "x" * 496 + ".txt"),
    ],
)
def test_a_name_is_only_a_name(name: str, shown: str) -> None:
    for data, archive_name in ((_zip({name: b"One."}), "a.zip"), (_tar({name: b"One."}), "a.tar")):
        told = _told(data, archive_name)
        told.pop("link.txt", None)
        assert told == {shown: "One."}


def test_names_that_are_no_text_are_told_apart() -> None:
    names = [f"caf{chr(half)}.txt" for half in (0xDCE9, 0xDCEA)]  # how Python names such bytes
    data = _tar({names[0]: b"One.", names[1]: b"Two.", "a.txt": b"Good."})
    told = _told(data, "a.tar")
    assert told | {"link.txt": _LINK} == {
        r"caf\udce9.txt": "One.",
        r"caf\udcea.txt": "Two.",
        "a.txt": "Good.",
        "link.txt": _LINK,
    }
    for shown in told:
        shown.encode()


def test_every_file_has_a_name_of_its_own() -> None:
    data = _tar({"a.txt": b"1.", "./a.txt": b"2.", "../a.txt": b"3.", "a.txt#2": b"4."})
    told = _told(data, "a.tar")
    del told["link.txt"]
    assert sorted(told.values()) == ["1.", "2.", "3.", "4."]
    assert list(told)[:3] == ["a.txt", "a.txt#2", "a.txt#3"]


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE]
)
def test_what_is_no_file_is_told_and_not_followed(kind: bytes) -> None:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as packed:
        entry = tarfile.TarInfo("special")
        entry.type, entry.linkname = kind, "/etc/hostname"
        packed.addfile(entry)
    (part,) = load_parts(written.getvalue(), "a.tar")
    assert isinstance(part.outcome, UnsupportedFormatError)
    assert "special is a link or a device" in str(part.outcome)


def _sparse(size: int) -> bytes:
    """A tar archive of one file that is a hole of ``size`` bytes, as GNU tar wrote it first."""
    header = bytearray(tarfile.TarInfo("hole.txt").tobuf(tarfile.GNU_FORMAT))
    header[156:157] = tarfile.GNUTYPE_SPARSE
    header[257:265] = b"ustar  \0"
    header[386:410] = b"%011o\0%011o\0" % (size, 0)
    header[483:495] = b"%011o\0" % size
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + bytes(1024)


def test_a_hole_in_a_file_counts_as_what_it_becomes() -> None:
    assert "unpacks to far more" in "".join(_told(_sparse(150_000_000), "a.tar").values())


def test_a_header_that_is_slow_to_read_is_refused_at_once() -> None:
    entry = tarfile.TarInfo("pax")
    entry.type, entry.size = tarfile.XHDTYPE, 1 << 20
    data = entry.tobuf() + b"1" * (1 << 20) + _tar({"a.txt": b"x"})
    started = time.monotonic()
    assert "is damaged (a header of 1,048,576 bytes)" in "".join(_told(data, "a.tar").values())
    assert time.monotonic() - started < 20


def test_a_file_whose_stated_sizes_are_wrong_is_told_alone() -> None:
    data = bytearray(_zip({"a.txt": b"Good.", "b.txt": b"Words of some length."}))
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = (5).to_bytes(4, "little")
    told = _told(bytes(data), "a.zip")
    assert told["a.txt"] == "Good."
    assert "is damaged" in told["b.txt"]


def test_files_that_share_their_bytes_have_one_budget() -> None:
    packed = _zip({f"{n:03}.txt": b"" for n in range(200)} | {"zzz.txt": bytes(9_000_000)})
    data = bytearray(packed)
    last = data.rindex(b"PK\x01\x02")
    at = data.index(b"PK\x01\x02")
    while at < last:  # every entry becomes another name of the last one
        length = int.from_bytes(data[at + 28 : at + 30], "little")
        data[at + 10 : at + 28] = data[last + 10 : last + 28]
        data[at + 42 : at + 53] = data[last + 42 : last + 53]
        at += 46 + length
    told = _told(bytes(data), "a.zip")
    # Newer zipfile modules notice it themselves, and refuse all but one.
    overlapped = sum("Overlapped entries" in each for each in told.values())
    if overlapped:
        assert overlapped >= len(told) - 1
    else:
        assert "unpacks to far more" in list(told.values())[-1]
        assert len(told) < 10


@pytest.mark.parametrize("pack", [_zip, lambda files: gzip.compress(_tar(files))])
def test_what_unpacks_to_far_more_than_its_size_is_refused(
    pack: Callable[[dict[str, bytes]], bytes],
) -> None:
    data = pack({"a.txt": b"First.", "zeros.txt": bytes(60_000_000)})
    told = _told(data, "bomb.zip" if data.startswith(b"PK") else "bomb.tgz")
    assert told["a.txt"] == "First."
    assert "unpacks to far more than its size" in list(told.values())[-1]


def test_a_zip_bomb_of_nested_archives_has_one_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_MEMBERS", 10)
    inner = _zip({f"{n}.txt": b"x" for n in range(6)})
    told = _told(_zip({"1.zip": inner, "2.zip": inner}), "a.zip")
    assert [reason for reason in told.values() if "holds more than 10 files" in reason]
    assert list(told.values()).count("x") == 8


def test_a_file_too_large_is_refused_and_the_others_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_MEMBER_BYTES", 1000)
    files = {"large.txt": b"x" * 2000, "a.txt": b"Good."}
    for data, name in ((_zip(files), "a.zip"), (_tar(files), "a.tar")):
        told = _told(data, name)
        assert "larger than" in told["large.txt"]
        assert told["a.txt"] == "Good."


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (_zip(_FILES)[:-30], "a.zip"),
        (b"PK\x03\x04", "a.zip"),
        (_tar(_FILES)[:700], "a.tar"),
        (gzip.compress(_tar(_FILES))[:60], "a.tgz"),
        (b"\x1f\x8bno", "a.gz"),
    ],
)
def test_a_damaged_archive_says_so(data: bytes, name: str) -> None:
    assert any("is damaged" in reason for reason in _told(data, name).values())


def test_an_encrypted_file_says_so() -> None:
    data = bytearray(_zip({"a.txt": b"Words."}))
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(magic) + offset] |= 1
    assert "is encrypted" in _told(bytes(data), "a.zip")["a.txt"]


def test_an_archive_is_not_one_document() -> None:
    with pytest.raises(UnsupportedFormatError, match="several documents"):
        load_bytes(_zip(_FILES), "a.zip")


def test_a_file_larger_than_can_be_read_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "a.log").open("wb") as file:
        file.truncate(10 * archive.MAX_MEMBER_BYTES)  # read, it would fill memory
    with pytest.raises(UnreadableError, match="larger than 200 MB"):
        load(tmp_path / "a.log")


def test_a_size_far_behind_the_end_of_an_archive_takes_no_time() -> None:
    head = bytearray(_tar({"a.txt": b"One."})[:512])
    head[124:136] = b"\x80" + (1 << 60).to_bytes(11, "big")  # a number that octal has no room for
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    archive_bytes = bytes(head) + b"One."
    allowed = {"most_members": 10, "member_bytes": 1000, "total_bytes": 1000}
    runner = Runner(timeout_s=30)  # block by block it takes thousands of years
    with pytest.raises(UnreadableError, match="damaged"):
        list(runner.members(unpacked, archive_bytes, "a.tar", TAR, allowed))
    runner.close()
