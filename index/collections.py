"""Collections: the indexes under one folder, each known by its name.

Knows no settings and no model. Which files an index consists of is known here and below only.
"""

from __future__ import annotations

import errno
import re
import secrets
import shutil
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from index.catalogue import Catalogue
from index.chunk import Chunking
from index.disk import bytes_on_disk
from index.embed import Embedder
from index.errors import CollectionNameError, IndexingError, NoIndexError
from index.index import DEFAULT_CHUNKING, Index
from index.index_database import FILE_NAME, embedder_of
from index.index_database import exists as index_exists
from index.inverted import OnBuilding
from index.rerank import Reranker
from index.types import Size

if TYPE_CHECKING:
    from index.compact import Compaction
    from index.ingest import OnProgress
    from index.integrity import Problem
    from index.reindex import ReindexReport

_DELETED = ".deleted-"  # begins the name of a folder that is being deleted; no collection's does
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def require_valid_name(name: str) -> None:
    """Raises CollectionNameError when no collection can have this name."""
    if not _NAME.fullmatch(name):
        raise CollectionNameError(
            f"'{name}' is not a collection name: use letters, digits, '.', '_' and '-', at most "
            "64, beginning with a letter or digit"
        )


@dataclass(frozen=True, slots=True)
class Collections:
    """The collections under ``folder``, which need not exist before the first one is created.

    Every method that takes the name of an existing collection raises NoIndexError where there is
    none, unless it says otherwise.
    """

    folder: Path

    def names(self) -> list[str]:
        """The names of all collections, sorted."""
        return sorted(
            path.parent.name
            for path in self.folder.glob(f"*/{FILE_NAME}")
            if self.exists(path.parent.name)
        )

    def exists(self, name: str) -> bool:
        """Whether there is a collection of this name. False for a name that none can have."""
        return bool(_NAME.fullmatch(name)) and index_exists(self.folder / name)

    def require(self, name: str) -> None:
        """Raises NoIndexError when there is no collection of this name."""
        if not self.exists(name):
            raise NoIndexError(
                f"there is no collection '{name}': index documents with "
                f"'rag index PATH --collection {name}'"
            )

    def path(self, name: str) -> Path:
        """The folder of the collection, whether it exists or not. Raises CollectionNameError."""
        require_valid_name(name)
        return self.folder / name

    def open(
        self,
        name: str,
        embedder: Embedder,
        *,
        create: bool = False,
        chunking: Chunking | None = None,
        reranker: Reranker | None = None,
        on_building: OnBuilding | None = None,
    ) -> Index:
        """Return the index of the collection; with ``create`` a new one where there is none.

        The caller closes it. The other parameters and errors are those of ``Index.open``. With
        ``create`` raises CollectionNameError instead of NoIndexError.
        """
        if not create:
            self.require(name)
        return Index.open(
            self.path(name),
            embedder,
            create=create,
            chunking=chunking,
            reranker=reranker,
            on_building=on_building,
        )

    def delete(self, name: str) -> None:
        """Delete the collection's folder, with all files that are kept there.

        From the first step on there is no such collection, however long the others take, and
        whoever is still writing into it writes into nothing. Raises IndexingError when something
        cannot be deleted.
        """
        self.require(name)
        folder = self.folder / name
        aside = self.folder / f"{_DELETED}{secrets.token_hex(8)}"
        try:
            try:
                folder.rename(aside)
            except FileNotFoundError:  # somebody else deletes it
                self.require(name)
                raise
            for each in self.folder.glob(f"{_DELETED}*"):  # also what an interruption left
                _remove(each)
        except OSError as error:
            raise IndexingError(
                f"{folder} cannot be deleted ({error.strerror}): check its permissions, then "
                f"delete what is left of it in {self.folder}"
            ) from error

    def identity(self, name: str) -> tuple[int, int] | None:
        """What tells a collection from a later one of the same name; None where there is none."""
        if not self.exists(name):
            return None
        try:
            status = (self.folder / name / FILE_NAME).stat()
        except OSError:
            return None
        return status.st_dev, status.st_ino

    def size(self, name: str) -> Size:
        """Count the documents and chunks of the collection and the bytes of its index.

        Needs no embedder. Raises IndexMismatchError and DamagedIndexError as ``Index.open`` does.
        """
        self.require(name)
        folder = self.folder / name
        with closing(Catalogue.existing(folder)) as opened, opened.reading():
            documents, chunks = opened.counts()
        return Size(documents, chunks, bytes_on_disk(folder))

    def disk_bytes(self, name: str) -> int:
        """The bytes of all files in the collection's folder, including uploaded documents."""
        self.require(name)
        files = (self.folder / name).rglob("*")
        return sum(file.stat().st_size for file in files if file.is_file())

    def changed_at(self, name: str) -> datetime:
        """When the collection last changed, in UTC."""
        self.require(name)
        files = (self.folder / name).glob(f"{FILE_NAME}*")
        return datetime.fromtimestamp(max(file.stat().st_mtime for file in files), UTC)

    def embedder_name(self, name: str) -> str | None:
        """The name of the embedder that the collection was made with.

        None where there is no such collection. Raises DamagedIndexError.
        """
        return embedder_of(self.folder / name) if self.exists(name) else None

    def reindex(
        self,
        name: str,
        embedder: Embedder,
        *,
        chunking: Chunking = DEFAULT_CHUNKING,
        on_progress: OnProgress | None = None,
        on_building: OnBuilding | None = None,
    ) -> ReindexReport:
        """Chunk and embed all stored documents of the collection again. See ``index.reindex``."""
        from index.reindex import reindex

        self.require(name)
        return reindex(
            self.folder / name,
            embedder,
            chunking=chunking,
            on_progress=on_progress,
            on_building=on_building,
        )

    def compact(self, name: str) -> Compaction:
        """Give back the disk space of removed documents. See ``index.compact``."""
        from index.compact import compact

        self.require(name)
        return compact(self.folder / name)

    def problems(self, name: str) -> list[Problem]:
        """Read the whole collection and return what is wrong with it; empty when it is sound.

        Raises DamagedIndexError when it cannot even be opened.
        """
        from index.integrity import problems

        self.require(name)
        with closing(Catalogue.existing(self.folder / name)) as opened:
            return problems(opened)


def _remove(folder: Path) -> None:
    """Remove a folder that somebody else may be removing, or writing into, at the same time."""
    while folder.exists():
        try:
            shutil.rmtree(folder)
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ENOTEMPTY):
                raise
