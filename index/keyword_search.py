"""Keyword search in a thread of its own, while the question is being encoded.

SQLite and the model both release Python's global lock, so that keyword search adds hardly any time
to the encoding. Knows no vectors.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from index.catalogue import Catalogue
from index.errors import IndexingError
from index.records import Commit, IndexParameters
from index.search import Ranking, ranked_by_words


class ConcurrentKeywordSearch:
    """A thread with its own connection to the catalogue in ``folder``.

    The connection is opened by the first search and closed by ``close``.
    """

    def __init__(self, folder: Path, parameters: IndexParameters) -> None:
        self._folder = folder
        self._parameters = parameters
        self._catalogue: Catalogue | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="keyword-search")

    def start(self, question: str, depth: int) -> Callable[[Catalogue], Ranking]:
        """Start a search for the best ``depth`` chunks, and return a function that waits for it.

        That function takes the catalogue inside its ``reading()`` and returns the ranking of that
        state. Where a commit came in between, it searches again. Raises IndexingError after
        ``close``; the returned function raises what reading the catalogue raises.
        """
        try:
            started = self._thread.submit(self._ranked, question, depth)
        except RuntimeError as error:
            raise IndexingError(f"the index in {self._folder} is closed; open it again") from error

        def ranking(catalogue: Catalogue) -> Ranking:
            commit, ranked = started.result()
            if commit == catalogue.commit():
                return ranked
            return ranked_by_words(catalogue, question, depth)

        return ranking

    def close(self) -> None:
        """Wait for the searches that were started, and close the connection."""
        self._thread.shutdown()
        if self._catalogue is not None:
            self._catalogue.close()

    def _ranked(self, question: str, depth: int) -> tuple[Commit, Ranking]:
        if self._catalogue is None:
            self._catalogue = Catalogue(self._folder)
            self._catalogue.require_parameters(self._parameters)
        with self._catalogue.reading():
            commit = self._catalogue.commit()
            return commit, ranked_by_words(self._catalogue, question, depth)
