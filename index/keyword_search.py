"""The ranking by words, made in a thread of its own while the question is encoded.

SQLite and the model compute outside of Python's lock, so that the words of a question cost hardly
any time beside its encoding. Knows no vectors.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from index.catalogue import Catalogue, Commit, Settings
from index.errors import IndexingError
from index.search import Ranking, ranked_by_words


class ConcurrentKeywordSearch:
    """A thread with its own connection to the catalogue in ``folder``; held to ``settings``."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self._folder = folder
        self._settings = settings
        self._catalogue: Catalogue | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="words")

    def begin(self, question: str, depth: int) -> Callable[[Catalogue], Ranking]:
        """Begins to rank; what it returns gives the ranking of the state that a catalogue reads.

        A commit may come between the two: then the words are ranked again, in that state. Raises
        IndexingError once it is closed, what it returns whatever reading raises.
        """
        try:
            begun = self._thread.submit(self._ranked, question, depth)
        except RuntimeError as error:
            raise IndexingError(f"the index in {self._folder} is closed; open it again") from error

        def ranking(catalogue: Catalogue) -> Ranking:
            commit, ranked = begun.result()
            if commit == catalogue.commit():
                return ranked
            return ranked_by_words(catalogue, question, depth)

        return ranking

    def close(self) -> None:
        """Waits for what was begun, and closes the connection."""
        self._thread.shutdown()
        if self._catalogue is not None:
            self._catalogue.close()

    def _ranked(self, question: str, depth: int) -> tuple[Commit, Ranking]:
        if self._catalogue is None:
            self._catalogue = Catalogue(self._folder)
            self._catalogue.hold_to(self._settings)
        with self._catalogue.reading():
            commit = self._catalogue.commit()
            return commit, ranked_by_words(self._catalogue, question, depth)
