"""Attacks by files: on every loader, and by archives."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import random
import tarfile
import warnings
import zipfile
from collections.abc import Iterator
from functools import partial

from index.errors import DocumentError
from index.load.formats import LOADERS
from index.load.limits import MAX_CHARACTERS
from index.load.loading import load_parts
from tests.attacks.suite import Attack, require

_CONTAINERS = (".zip", ".tar", ".gz", ".mbox")
_LENGTH = 200_000  # bytes of a text that is repeated
_LINES = (
    *" \n\t1a([{<|*#=`\\\",'-$\u2028\u202e",
    *(
        " \n",
        "a\u0301\u0323",
        "# ",
        "<a ",
        "</p>",
        "[[",
        '{"a":',
        "&lt;",
        "|-",
        "---\n",
        "a;",
        "\\{",
    ),
    *("<!--", "{\\rtf", "From ", "=?utf-8?q?", "\r\n\r\nFrom a 11:11\r\n"),
)
_MAGICS = (b"%PDF-1.7\n", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\x1f\x8b\x08")
_ENTITIES = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]><a>&j;</a>"
)
_OUTSIDE = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x; and some words</a>'


def loader_attacks() -> Iterator[Attack]:
    """Each kind of file, filled with what a pattern or parser may stumble over."""
    dice = random.Random(7)
    kinds: dict[object, str] = {}
    for suffix, loader in LOADERS.items():
        kinds.setdefault(loader, suffix)
    for suffix in (*kinds.values(), *_CONTAINERS):
        for number, data in enumerate(_payloads(dice)):
            yield Attack(f"{suffix} {number}", partial(_read, data, f"a{suffix}"))


def _payloads(dice: random.Random) -> Iterator[bytes]:
    for unit in _LINES:
        yield (unit * (_LENGTH // len(unit))).encode()
        yield (f"x{unit}" + "\n\n" + unit * (_LENGTH // len(unit)) + "\0 x").encode()
    yield from (b"", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", bytes(_LENGTH), b"\xff" * _LENGTH)
    yield from (_ENTITIES.encode(), _OUTSIDE.encode())
    yield b'{"a":' * 50_000 + b"1" + b"}" * 50_000
    yield json.dumps({"a" * 1000: {"b" * 1000: list(range(1000))}}).encode()
    yield b"<html><body>" + b"<div>" * 50_000 + b"words" + b"</div>" * 50_000
    yield b"<table><tr><td colspan=99999999 rowspan=99999999>a</td></tr></table>" * 100
    for magic in (
        b"%PDF-1.7\n",
        b"PK\x03\x04",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"\x1f\x8b\x08",
    ):
        yield magic + dice.randbytes(20_000)
    yield dice.randbytes(50_000)


def _read(data: bytes, name: str) -> None:
    """A file ends as texts within limits or as reasons, each under a name of its own."""
    names = set()
    for part in load_parts(data, name):
        require(part.inner not in names, f"the name {part.inner[:80]!r} was given twice")
        names.add(part.inner)
        part.inner.encode()
        require(part.inner.isprintable(), "a name that cannot be printed")
        if isinstance(part.outcome, DocumentError):
            str(part.outcome).encode()
            continue
        text = part.outcome.text
        text.encode()
        require(len(text) <= MAX_CHARACTERS, f"{len(text):,} characters")
        require("root:x:0" not in text, "a file of this machine was read")


# Archives


def archive_attacks() -> Iterator[Attack]:
    """Archives that lie about their names, sizes and kinds, or become far more than they are."""
    for name, data in _archives():
        yield Attack(name, partial(_read, data, name.partition(" ")[0]))


def _archives() -> Iterator[tuple[str, bytes]]:
    for inner in _NAMES:
        yield f"a.zip {inner[:20]!r}", _zip([(inner, b"Words."), ("good.txt", b"Good.")])
        yield f"a.tar {inner[:20]!r}", _tar([(inner, b"Words."), ("good.txt", b"Good.")])
    for kind in b"123456LKSVMNxgX7Z\0\xff":
        yield f"a.tar kind {kind}", _special(bytes([kind]))
    packed = _zip([("a.txt", b"words " * 1000), ("b/c.txt", b"more")])
    plain = _tar([("a.txt", b"words " * 1000), ("b/c.txt", b"more")])
    dice = random.Random(3)
    for place in range(150):
        yield f"a.zip flipped {place}", _flipped(packed, dice)
        yield f"a.tar flipped {place}", _flipped(plain, dice)
        yield f"a.tgz flipped {place}", _flipped(gzip.compress(plain), dice)
    for share in range(1, 40):
        yield f"a.zip cut {share}", packed[: len(packed) * share // 40]
        yield f"a.tar cut {share}", plain[: len(plain) * share // 40]
    zeros = bytes(60_000_000)
    yield "a.zip bomb", _zip([("a.txt", zeros)])
    yield "a.tgz bomb", gzip.compress(_tar([("a.txt", zeros)]))
    for pack, suffix in ((gzip.compress, "gz"), (bz2.compress, "bz2"), (lzma.compress, "xz")):
        yield f"a.txt.{suffix} bomb", pack(zeros)
        yield f"a.txt.{suffix} twice", pack(pack(b"Words."))
    nested = b"Words."
    for depth in range(12):
        nested = _zip([(f"{depth}.zip", nested)] * 2)
        yield f"a.zip nested {depth}", nested
    yield "a.zip many", _zip([(f"{number}.txt", b"") for number in range(21_000)])
    for digits in (10, 1000, 10_000, 1_000_000):
        yield f"a.tar pax {digits}", _header(b"1" * digits)
        yield f"a.tar pax key {digits}", _header(b"%d a=%s\n" % (digits, b"1" * digits))


_NAMES = (
    *("../../etc/passwd", "/etc/passwd", "C:\\x.txt", "..\\..\\x.txt", "//x/y.txt", "..", "/", "."),
    *("a" * 60_000 + ".txt", "é" * 5000, "文" * 300 + ".txt", "a\nb.txt", "\x1b[2J.txt"),
    *(
        "a!/b.txt",
        "good.txt",
        "./good.txt",
        "GOOD.TXT",
        "good.txt#2",
        "con.txt",
        "a.zip",
        "-rf.txt",
    ),
    *("~/.ssh", "caf\udce9.txt", "\u202egpj.txt", "a/" * 300 + "x.txt", "%2e%2e/x.txt"),
)


def _zip(files: list[tuple[str, bytes]]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of two files with one name
        for name, content in files:
            kept = name.encode("utf-8", "replace").decode()[:20_000]
            archive.writestr(zipfile.ZipInfo(kept or "x"), content, zipfile.ZIP_DEFLATED)
    return written.getvalue()


def _tar(files: list[tuple[str, bytes]]) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, content in files:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return written.getvalue()


def _special(kind: bytes) -> bytes:
    entry = tarfile.TarInfo("special.txt")
    entry.linkname = "/etc/passwd"
    header = bytearray(entry.tobuf(tarfile.USTAR_FORMAT))
    header[156:157] = kind
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + _tar([("good.txt", b"Good.")])


def _header(content: bytes) -> bytes:
    entry = tarfile.TarInfo("pax")
    entry.type, entry.size = tarfile.XHDTYPE, len(content)
    padding = bytes(-len(content) % 512)
    return entry.tobuf(tarfile.USTAR_FORMAT) + content + padding + _tar([("a.txt", b"Good.")])


def _flipped(data: bytes, dice: random.Random) -> bytes:
    broken = bytearray(data)
    for _ in range(dice.randint(1, 4)):
        broken[dice.randrange(len(broken))] = dice.randrange(256)
    return bytes(broken)
