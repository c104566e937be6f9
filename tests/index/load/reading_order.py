"""How far the words of real PDFs stand in the order in which another reader has them.

``python -m tests.index.load.reading_order`` compares the files of ``RAG_EVAL_DATA`` with the order
of pypdf, which shares no code with ours. The figure is the share of words that follow each other
there which do here too. Neither is right where they differ: the lowest are those to be looked at.
"""

from __future__ import annotations

import io
import logging
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from statistics import mean
from typing import NamedTuple

from pypdf import PdfReader
from pypdf.errors import DependencyError, PyPdfError

from index.errors import DocumentError
from index.load.loading import load_bytes
from rag.settings import Settings

_WORD = re.compile(r"\w+")
_FEWEST_WORDS = 20  # of a text; fewer have no order to speak of


class Agreement(NamedTuple):
    """A file, the share of its neighbouring words that agree, and how many there are."""

    name: str
    share: float
    pairs: int


def neighbours(text: str) -> Counter[tuple[str, str]]:
    """The pairs of words that follow each other; hyphens and raised letters count alike."""
    joined = re.sub(r"(?<=[a-z])-\n(?=[a-z])|[-~_^()\[\]]", "", text)
    plain = unicodedata.normalize("NFKC", joined.replace("\n", " "))
    return Counter(pairwise(_WORD.findall(plain.lower())))


def agreement(name: str, expected: str, ours: str) -> Agreement:
    """How far ``ours`` has the neighbours of ``expected``."""
    pairs, found = neighbours(expected), neighbours(ours)
    return Agreement(name, (pairs & found).total() / max(1, pairs.total()), pairs.total())


def read_by_pypdf(files: Iterator[Path]) -> Iterator[Agreement]:
    """Of files, by the text of pypdf."""
    for file in files:
        try:
            reader = PdfReader(io.BytesIO(file.read_bytes()))
            text = "\n".join(page.extract_text() for page in reader.pages)
        except (DependencyError, PyPdfError, LookupError, OSError, TypeError, ValueError):
            continue  # what pypdf cannot read tells nothing
        yield from _compared(file, text)


def _compared(file: Path, expected: str) -> Iterator[Agreement]:
    if len(_WORD.findall(expected)) < _FEWEST_WORDS:
        return
    try:
        ours = load_bytes(file.read_bytes(), file.name).text
    except DocumentError:
        return
    yield agreement(file.name, expected, ours)


def main() -> None:
    folder = Settings.from_environment().evaluation_data
    if folder is None:
        raise SystemExit("RAG_EVAL_DATA names no folder")
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    measured = {
        "formats": list(read_by_pypdf((folder / "formats").glob("files.dev/*.pdf"))),
        "ntsb": list(read_by_pypdf((folder / "ntsb").rglob("*.pdf"))),
    }
    for name, found in measured.items():
        shares = [each.share for each in found]
        print(f"{name}: {mean(shares):.3f} of {len(found)} files")
        for each in sorted(found, key=lambda each: each.share)[:5]:
            print(f"    {each.share:.3f} of {each.pairs} in {each.name}")


if __name__ == "__main__":
    main()
