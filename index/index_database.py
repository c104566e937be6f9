"""The SQLite file of an index: its format, its parameters, and the log of its commits.

Knows no documents. A transaction here is the only commit point: however the process ends, the index
is in the state before the transaction or in the state after it.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from index.chunk import Chunking
from index.database import Database, decoding
from index.errors import IndexingError, IndexLockedError, IndexMismatchError, NoIndexError
from index.records import Commit, IndexParameters
from index.schema import FORMAT_VERSION, migrate, statements

FILE_NAME = "catalogue.sqlite"
_KEPT_COMMITS = 10_000  # who is further behind reads all vectors again, which takes no longer


class IndexDatabase(Database):
    """A connection to the file of the index in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._required: IndexParameters | None = None
        super().__init__(folder / FILE_NAME)

    @classmethod
    def create(cls, folder: Path, parameters: IndexParameters) -> Self:
        """Open the catalogue in ``folder``, which must exist; create it where there is none.

        Its file, and what SQLite puts beside it, are for its owner alone.
        """
        with suppress(OSError):  # it exists; what else is wrong, connecting tells
            os.close(os.open(folder / FILE_NAME, os.O_CREAT | os.O_EXCL, 0o600))
        catalogue = cls(folder)
        with catalogue.closed_on_error():
            if not catalogue.is_created():
                with catalogue.writing():
                    if not catalogue.is_created():  # another process may have been faster
                        catalogue._initialise(parameters)
        return catalogue

    @classmethod
    def existing(cls, folder: Path) -> Self:
        """Open the catalogue in ``folder`` and migrate it to the current format.

        Raises NoIndexError where there is none, and IndexMismatchError as ``migrate`` does.
        """
        if not exists(folder):
            raise _no_index(folder)
        catalogue = cls(folder)
        with catalogue.closed_on_error():
            if not catalogue.is_created():
                raise _no_index(folder)
            catalogue.migrate()
        return catalogue

    def _initialise(self, parameters: IndexParameters) -> None:
        for statement in statements():
            self.execute(statement)
        self.set_meta("format_version", FORMAT_VERSION)
        self.set_parameters(parameters)
        self.begin_commit(0)

    def is_created(self) -> bool:
        """False for the empty file that an interrupted creation leaves behind."""
        return self.has_table("meta")

    def migrate(self) -> None:
        """Migrate a catalogue of an older format to the current one, in one transaction.

        Raises IndexMismatchError when its format is newer, or older and it is not writable.
        """
        if self._format() == FORMAT_VERSION:
            return
        self._require_no_newer()
        try:
            with self.writing():
                if (version := self._format()) < FORMAT_VERSION:  # nobody was faster
                    migrate(self, version)
                    self.set_meta("format_version", FORMAT_VERSION)
        except IndexLockedError:
            raise
        except IndexingError as error:
            raise IndexMismatchError(
                f"{self.path.parent} was made by an older version of this program and cannot be "
                f"brought up to date: {error}. Then open it once with `rag documents`"
            ) from error

    @decoding
    def _format(self) -> int:
        return int(self.meta("format_version"))

    def _require_no_newer(self) -> None:
        if self._format() > FORMAT_VERSION:
            raise IndexMismatchError(
                f"{self.path.parent} was made by a newer version of this program; update it "
                "with `pip install --upgrade footnote-rag`"
            )

    @decoding
    def meta(self, name: str) -> Any:
        """Return the value stored under ``name``; None without one."""
        rows = self.rows("SELECT value FROM meta WHERE name = ?", name)
        return json.loads(rows[0][0]) if rows else None

    def set_meta(self, name: str, value: Any) -> None:
        """Store a value under ``name``, or delete it with None. This makes no commit."""
        if value is None:
            self.execute("DELETE FROM meta WHERE name = ?", (name,))
        else:
            self.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, json.dumps(value)))

    @decoding
    def parameters(self) -> IndexParameters:
        """Return what the index was built with."""
        stored = {name: json.loads(value) for name, value in self.rows("SELECT * FROM meta")}
        Chunking(**stored["chunking"])  # raises TypeError for what is none
        return IndexParameters(stored["embedder"], stored["dimension"], stored["chunking"])

    def set_parameters(self, parameters: IndexParameters) -> None:
        """Store what the index is built with."""
        for name, value in parameters.as_dict().items():
            self.set_meta(name, value)

    def require_parameters(self, parameters: IndexParameters) -> None:
        """Refuse every later transaction once the index has been rebuilt with other parameters."""
        self._required = parameters

    @contextmanager
    def reading(self) -> Iterator[None]:
        """See ``Database.reading``. Raises IndexMismatchError: see ``require_parameters``."""
        with super().reading():
            self._check_required()
            yield

    @contextmanager
    def writing(self) -> Iterator[None]:
        """See ``Database.writing``. Raises IndexMismatchError: see ``require_parameters``."""
        with super().writing():
            self._check_required()
            yield

    def _check_required(self) -> None:
        if self._required and (now := self.parameters()) != self._required:
            raise IndexMismatchError(
                f"the index in {self.path.parent} was made anew with the embedder {now.embedder} "
                "meanwhile; run the command again, or start the server again"
            )

    # Commits

    @decoding
    def commit(self) -> Commit:
        """Return the newest commit."""
        rows = self.rows("SELECT number, token FROM commits ORDER BY number DESC LIMIT 1")
        return Commit(*rows[0])

    def knows(self, commit: Commit) -> bool:
        """Whether ``commit`` is in the log, so that ``changes_since`` can be called."""
        return bool(
            self.rows(
                "SELECT 1 FROM commits WHERE number = ? AND token = ?", commit.number, commit.token
            )
        )

    def changes_since(self, commit: Commit) -> tuple[list[int], list[int]]:
        """Return the ids of the chunks that were (added and kept, removed) after a known commit."""
        rows = self.rows("SELECT chunk_id, added FROM changes WHERE number > ?", commit.number)
        removed = {chunk_id for chunk_id, added in rows if not added}
        return sorted({chunk_id for chunk_id, added in rows if added} - removed), sorted(removed)

    def count_changes(self, commit: Commit) -> int:
        """Count the chunks that were added or removed after a known commit."""
        rows = self.rows("SELECT count(*) FROM changes WHERE number > ?", commit.number)
        return int(rows[0][0])

    def begin_commit(self, number: int | None = None) -> int:
        """Add the current transaction to the log of commits and return its number."""
        number = self.commit().number + 1 if number is None else number
        self.execute("INSERT INTO commits VALUES (?, ?)", (number, secrets.token_hex(8)))
        self.execute("DELETE FROM commits WHERE number < ?", (number - _KEPT_COMMITS,))
        return number


def exists(folder: Path) -> bool:
    """Whether there is an index in ``folder``."""
    return (folder / FILE_NAME).is_file()


def embedder_of(folder: Path) -> str | None:
    """Return the name of the embedder of the index in ``folder``; None without an index."""
    if not exists(folder):
        return None
    with closing(IndexDatabase(folder)) as database:
        return database.parameters().embedder if database.is_created() else None


def require_same(folder: Path, made_with: IndexParameters, wanted: IndexParameters) -> None:
    """Raise IndexMismatchError where an index was made with other parameters than are wanted."""
    new = wanted.as_dict()
    differing = [
        f"{name} {old}, not {new[name]}"
        for name, old in made_with.as_dict().items()
        if old != new[name]
    ]
    if differing:
        raise IndexMismatchError(
            f"the index in {folder} was made with {' and '.join(differing)}; use it as it was "
            f"made, or make it anew from its stored texts with `rag reindex --collection "
            f"{folder.name} --embedder {wanted.embedder}`"
        )


def _no_index(folder: Path) -> NoIndexError:
    return NoIndexError(f"there is no index in {folder}; make one with `rag index PATH`")
