"""The nouns of models: a Model has pinned files and sources; fetching tells its progress.

Knows nothing of where files lie on this machine or how bytes arrive.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

Role = Literal["embedder", "llm"]
State = Literal["verified", "unverified", "missing"]
Progress = Callable[[int], None]  # told how many more bytes have been written, from any thread


class Source(Protocol):
    """A place that has a model's bytes. What it delivers is not trusted: the store verifies it."""

    @property
    def name(self) -> str:
        """What the user reads: the kind of place, and which one."""
        ...

    def fetch(self, model: Model, into: Path, progress: Progress) -> None:
        """Write every file of ``model`` below the empty folder ``into``, and nothing else.

        Raises MissingModelError when the place cannot be reached or lacks a file, OSError when the
        disk fails. What was written until then is removed by the caller.
        """
        ...


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of a model, with the bytes it must have. ``path`` is relative, with ``/``."""

    path: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Model:
    """A model this project knows how to get. Sources are tried in order; the first good one wins.

    ``licence`` is an SPDX identifier. ``default`` models are fetched when none is named.
    """

    name: str
    role: Role
    licence: str
    files: tuple[ModelFile, ...]
    sources: tuple[Source, ...]
    default: bool = False

    @property
    def size_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files)


@dataclass(frozen=True, slots=True)
class FetchProgress:
    """How far a download is. ``done_bytes`` starts again at 0 with each source that is tried."""

    model: str
    source: str
    done_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class FileCheck:
    """A file's pinned SHA-256 beside the one it has; ``actual_sha256`` is None if it is absent."""

    path: str
    expected_sha256: str
    actual_sha256: str | None

    @property
    def present(self) -> bool:
        return self.actual_sha256 is not None

    @property
    def ok(self) -> bool:
        return self.actual_sha256 == self.expected_sha256


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """Where a model is or would be, told without reading its bytes.

    ``unverified``: all files are there, but changed or never hashed since they came; the next use
    hashes them.
    """

    model: Model
    path: Path
    state: State
