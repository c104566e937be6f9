"""The records that a catalogue stores, beside the nouns of ``index.types``.

Knows no database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from index.chunk import searched_text
from index.file_names import told_besides
from index.load.base import LoadedDocument
from index.types import Span


@dataclass(frozen=True, slots=True)
class IndexParameters:
    """What an index was built with. It can only be used with the same parameters."""

    embedder: str
    dimension: int
    chunking: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        return {
            "embedder": self.embedder,
            "dimension": self.dimension,
            "chunking": dict(self.chunking),
        }


@dataclass(frozen=True, slots=True)
class Stamp:
    """By which a file is known to have changed. Texts without a file have size and mtime 0."""

    sha256: str
    size: int = 0
    mtime_ns: int = 0


@dataclass(frozen=True, slots=True)
class NewChunk:
    """A chunk before it has an id.

    ``tokens`` is an upper bound of the embedder's tokens of its text alone; None where it has to be
    tokenized to know.
    """

    span: Span
    headings: tuple[str, ...]
    tokens: int | None = None


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document before it has an id, cut into chunks.

    ``loaders`` is the version of the loaders that read it; None for a text that none read.
    ``language`` is the code of its language, empty where it is not known.
    """

    key: str
    source: str
    loaded: LoadedDocument
    stamp: Stamp
    chunks: tuple[NewChunk, ...]
    loaders: int | None = None
    language: str = ""

    def searched_texts(self) -> list[str]:
        """Return the words that each chunk is found by, parted by blanks: those of the file's name
        that the title lacks too, as people ask for a file by them."""
        title, text = self.loaded.title, self.loaded.text
        named = told_besides(self.source, title)
        return [
            searched_text(title, (named, *chunk.headings), chunk.span.of(text), self.language)
            for chunk in self.chunks
        ]


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file that is more or less than one document: an archive, a mail, or one that failed.

    ``stamp`` is its stamp when it was last read completely, by the loaders of version ``loaders``;
    ``failures`` are the keys of what could not be loaded, each with the reason.
    """

    key: str
    stamp: Stamp
    loaders: int
    failures: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Commit:
    """A state of the catalogue.

    The token distinguishes states of the same number, as after a backup was restored.
    """

    number: int
    token: str
