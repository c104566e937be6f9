"""``python -m tests.attacks.fuzz LOADER``: looks for files that a loader does not take in order.

A fuzzer that follows which code a file reaches (atheris, of the extra ``[fuzz]``) changes files
until one breaks a law of loaded documents, takes too long, or ends the process. Any other exception
is what the worker tells in words; each place that one comes from is shown once.
"""

from __future__ import annotations

import io
import os
import random
import sys
import tempfile
import time
import traceback
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import click

from index.errors import DocumentError
from index.load.base import LoadedDocument
from index.load.formats import LOADERS, MAILBOX, TAR, ZIP, Loader, kind_of
from index.load.limits import bounded
from index.load.unpack import unpacked
from tests.attacks.fuzz_seeds import LARGEST, seeds
from tests.index.load.packages import zipped

_SLOWEST_S = 10.0  # of the processor, for one small file, in a process that is watched
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
    names = list(targets()) if loader == "all" else [loader]
    _instrument(names)
    failed = []
    for name in names:
        child = os.fork()  # what is instrumented once serves all
        if not child:
            _fuzzed(name, seconds, kept and kept / name)
        if os.waitpid(child, 0)[1]:
            failed.append(name)
    click.echo(f"{len(names)} loaders, {seconds} s each; findings: {', '.join(failed) or 'none'}")
    sys.exit(1 if failed else 0)


def _instrument(names: Sequence[str]) -> None:
    import atheris

    for name in names:  # many modules are imported only when a file of their kind is read
        read = checked_read(targets()[name])
        for seed in seeds(targets()[name]):
            read(seed)
    atheris.instrument_all()


def _fuzzed(loader: str, seconds: int, kept: Path | None) -> None:
    import atheris

    suffix = targets()[loader]
    click.echo(f"{loader}:", err=True)
    with tempfile.TemporaryDirectory() as folder:
        corpus = kept or Path(folder)
        corpus.mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(seeds(suffix)):
            (corpus / f"seed-{number}").write_bytes(seed)
        options = [f"-max_total_time={seconds}", f"-max_len={LARGEST}", "-rss_limit_mb=4096"]
        quiet = ["-verbosity=0", "-print_final_stats=1", f"-artifact_prefix={loader}-"]
        arguments = [sys.argv[0], *options, *quiet, str(corpus)]
        inside = {"custom_mutator": _changed_inside} if _is_packed(seeds(suffix)) else {}
        atheris.Setup(arguments, checked_read(suffix), **inside)
        atheris.Fuzz()  # ends the process


def _is_packed(files: Iterable[bytes]) -> bool:
    return sum(map(_is_zip, files)) > 1  # one of them is given to every loader


def _is_zip(data: bytes) -> bool:
    return data.startswith(b"PK\x03\x04")


def _changed_inside(data: bytes, most: int, seed: int) -> bytes:
    """A mutation: in an archive most often of one file, which its checksum would keep whole."""
    import atheris

    dice = random.Random(seed)
    changed: bytes = data
    with suppress(Exception):  # an archive that is damaged already is bytes like others
        if _is_zip(data) and dice.random() < 0.9:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                parts = {name: archive.read(name)[:LARGEST] for name in archive.namelist()}
            name = dice.choice(list(parts))
            parts[name] = bytes(atheris.Mutate(parts[name], LARGEST))
            changed = zipped(parts)
            if len(changed) <= most:
                return changed
    return bytes(atheris.Mutate(data, most))


class FindingError(Exception):
    """A law was broken."""


def checked_read(suffix: str) -> Callable[[bytes], None]:
    """A function that reads a file and raises FindingError where that breaks a law."""
    places: set[str] = set()

    def read(data: bytes) -> None:
        started = time.process_time()
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
        seconds = time.process_time() - started
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


if __name__ == "__main__":
    main()
