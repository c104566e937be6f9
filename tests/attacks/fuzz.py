"""``python -m tests.attacks.fuzz LOADER``: looks for files that a loader does not take in order.

A fuzzer that follows which code a file reaches (atheris, of the extra ``[fuzz]``) changes files
until one breaks a law of loaded documents, takes too long, or ends the process. Any other exception
is what the worker tells in words; each place that one comes from is shown once.
"""

from __future__ import annotations

import io
import json
import random
import subprocess
import sys
import tarfile
import tempfile
import time
import traceback
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import click

from index.errors import DocumentError
from index.load.base import LoadedDocument
from index.load.formats import LOADERS, MAILBOX, TAR, ZIP, Loader, kind_of
from index.load.limits import bounded
from index.load.unpack import unpacked

_SLOWEST_S = 10.0  # for one small file, in a process that is watched
_LARGEST = 20_000  # bytes of a file: what is slow shows, and many are tried
_UNPACKED = (ZIP, TAR, MAILBOX)


def targets() -> Mapping[str, str]:
    """The suffix by which each loader is called, and those of archives, by name."""
    named: dict[str, str] = {}
    for suffix, loader in LOADERS.items():
        named.setdefault(loader.__name__.removeprefix("load_"), suffix)
    return named | {"zip": ZIP, "tar": TAR, "mailbox": MAILBOX}


@click.command()
@click.argument("loader", type=click.Choice([*targets(), "all"]))
@click.option("--seconds", default=60, show_default=True, type=click.IntRange(1))
@click.option("--kept", type=click.Path(path_type=Path), help="Keep what reached new code here.")
def main(loader: str, seconds: int, kept: Path | None) -> None:
    """Change files for SECONDS and give them to LOADER; exit with 1 at the first finding."""
    if loader != "all":
        _fuzzed(loader, seconds, kept)
    failed = []
    for name in targets():
        command = [sys.executable, "-m", "tests.attacks.fuzz", name, "--seconds", str(seconds)]
        if subprocess.run(command, check=False).returncode:
            failed.append(name)
    click.echo(
        f"{len(targets())} loaders, {seconds} s each; findings: {', '.join(failed) or 'none'}"
    )
    sys.exit(1 if failed else 0)


def _fuzzed(loader: str, seconds: int, kept: Path | None) -> None:
    import atheris

    suffix = targets()[loader]
    atheris.instrument_all()
    with tempfile.TemporaryDirectory() as folder:
        corpus = kept or Path(folder)
        corpus.mkdir(exist_ok=True)
        for number, seed in enumerate(seeds(suffix)):
            (corpus / f"seed-{number}").write_bytes(seed)
        options = [f"-max_total_time={seconds}", f"-max_len={_LARGEST}", "-rss_limit_mb=4096"]
        quiet = ["-verbosity=0", "-print_final_stats=1", f"-artifact_prefix={loader}-"]
        atheris.Setup([sys.argv[0], *options, *quiet, str(corpus)], checked_read(suffix))
        atheris.Fuzz()  # ends the process


class FindingError(Exception):
    """A law was broken."""


def checked_read(suffix: str) -> Callable[[bytes], None]:
    """A function that reads a file and raises FindingError where that breaks a law."""
    places: set[str] = set()

    def read(data: bytes) -> None:
        started = time.monotonic()
        try:
            _read(data, suffix)
        except (FindingError, KeyboardInterrupt):
            raise
        except (DocumentError, RecursionError, MemoryError):
            pass
        except Exception as error:  # noqa: BLE001
            place = traceback.extract_tb(error.__traceback__)[-1]
            told = f"{type(error).__name__} in {place.filename}:{place.lineno}"
            if told not in places:
                places.add(told)
                click.echo(f"{suffix}: {told}: {str(error)[:100]}", err=True)
        seconds = time.monotonic() - started
        _require(seconds < _SLOWEST_S, f"{len(data)} bytes took {seconds:.0f} s")

    return read


def _read(data: bytes, suffix: str) -> None:
    name = f"a{suffix}"
    kind_of(data, name)
    if suffix in _UNPACKED:
        allowed = {"most_members": 1000, "member_bytes": 1_000_000, "total_bytes": 10_000_000}
        for _ in unpacked(data, name, suffix, allowed):
            pass
        return
    loader: Loader = LOADERS[suffix]
    _require_laws(bounded(loader(data, name), len(data)))


def _require_laws(document: LoadedDocument) -> None:
    """What every loaded document keeps: valid text, and offsets that lie in it and ascend."""
    text = document.text
    pages = document.page_starts
    _require(document.title.isascii() or bool(document.title.encode()), "the title")
    _require(not text or bool(text.encode("utf-8", "strict")), "the text is not valid")
    _require(list(pages) == sorted(pages), "pages do not ascend")
    _require(all(0 <= start <= len(text) for start in pages), "a page lies outside of the text")
    spans = [each.span for each in document.headings]
    _require(all(0 <= each.start < each.end <= len(text) for each in spans), "a heading is empty")


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise FindingError(what)


def seeds(suffix: str) -> Iterator[bytes]:
    """Small files to begin with, some of the right kind."""
    yield b""
    yield b"# Title\n\nWords | and | more\n--- | --- | ---\n1 | 2 | 3\n\n- item\n"
    yield b"From a@b Mon Jan  1 11:11:11 2024\nSubject: =?utf-8?q?a?=\n\nWords\n"
    yield b"<html><body><h1>A</h1><table><tr><th>a<td colspan=2>b</table><p>c</body></html>"
    yield json.dumps([{"a": [1, {"b": None}], "c": "d"}]).encode()
    yield b"{\\rtf1\\ansi {\\b Bold} \\'e9 \\par text}"
    yield b'a;b;c\n1;2;3\n"x\ny";;\n'
    yield b"1\n00:00:01,000 --> 00:00:02,000\n<v A>Words\n\n"
    yield _zipped(_PARTS.get(suffix, {"a.txt": "Words."}))
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        entry = tarfile.TarInfo("a.txt")
        entry.size = 6
        archive.addfile(entry, io.BytesIO(b"Words."))
    yield packed.getvalue()
    yield b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\ntrailer<</Root 1 0 R>>"
    yield random.Random(1).randbytes(2000)


_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
_RELS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="1" Type="{_RELATED}" Target="word/document.xml"/></Relationships>'
)
_PARTS: Mapping[str, Mapping[str, str]] = {
    ".docx": {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": _RELS,
        "word/document.xml": f'<w:document xmlns:w="{_WORD}"><w:body><w:p><w:r><w:t>Words'
        "</w:t></w:r></w:p></w:body></w:document>",
    },
    ".odt": {
        "mimetype": "application/vnd.oasis.opendocument.text",
        "content.xml": '<o:document-content xmlns:o="urn:oasis:names:tc:opendocument:xmlns:'
        'office:1.0" xmlns:t="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
        "<o:body><o:text><t:p>Words"
        "</t:p></o:text></o:body></o:document-content>",
    },
}


def _zipped(parts: Mapping[str, str]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return written.getvalue()


if __name__ == "__main__":
    main()
