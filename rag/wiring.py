"""Opens what the settings name: the models, the index of a collection and the assistant over it.

Knows no HTTP and no terminal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from index.collections import Collections
from index.embed import Embedder, SentenceTransformerEmbedder
from index.index import Index
from index.inverted import OnBuilding
from index.packed_e5 import FILE as PACKED_E5
from index.packed_e5 import PackedE5Embedder
from index.rerank import CrossEncoderReranker, Reranker
from rag.answering.prompts import ANSWER_PREFIX
from rag.assistant import Assistant
from rag.gate.calibration import Calibrations, default_calibrations
from rag.gate.decide import Gate
from rag.llm import LLM, open_llm
from rag.llm.addresses import OLLAMA, ollama_addresses
from rag.llm.locality import require_local
from rag.models import FetchProgress, ModelStore
from rag.models.reference import reference_of
from rag.settings import DEFAULT_EMBEDDER, Settings

OnFetch = Callable[[FetchProgress], None]


@dataclass(frozen=True, slots=True)
class Wiring:
    """Opens what ``settings`` name; ``on_fetch`` is called while a model is downloaded."""

    settings: Settings
    on_fetch: OnFetch | None = None

    @property
    def collections(self) -> Collections:
        """The collections of this user, whichever is set."""
        return Collections(self.settings.collections_folder)

    def require_collection(self) -> None:
        """Raise NoIndexError when nothing has been indexed in the collection."""
        self.collections.require(self.settings.collection)

    def store(self) -> ModelStore:
        """Return the store of model files."""
        return ModelStore(
            self.settings.models_home, offline=self.settings.offline, on_progress=self.on_fetch
        )

    def open_embedder(self) -> Embedder:
        """Return the embedder that is set, else the collection's own, else the default one.

        Missing files are fetched first. Raises ModelError, IndexingError when the collection cannot
        be read or Ollama does not answer, and SettingsError when, offline, Ollama is elsewhere.
        """
        made_with = self.collections.embedder_name(self.settings.collection)
        name = self.settings.embedder or made_with or DEFAULT_EMBEDDER
        if name.startswith(OLLAMA):
            return self._ollama_embedder(name)
        folder = self.store().path(name)
        if Path(name).exists():  # named by its full path, wherever it is asked from
            name = str(folder.resolve())
        if (folder / PACKED_E5).is_file():
            return PackedE5Embedder(folder / PACKED_E5, name)
        return SentenceTransformerEmbedder(folder, name, reference_of(name))

    def _ollama_embedder(self, name: str) -> Embedder:
        from rag.llm.ollama_embedder import OllamaEmbedder

        host = self.settings.ollama_host
        if self.settings.offline:
            require_local(name, ollama_host=host)
        return OllamaEmbedder.connect(name, hosts=ollama_addresses(host))

    def open_reranker(self) -> Reranker | None:
        """Return the reranker, or None when none is set. Raises ModelError."""
        name = self.settings.reranker
        return CrossEncoderReranker(self.store().path(name)) if name else None

    def open_llm(self, parallel: int = 1) -> LLM | None:
        """Return the language model, for ``parallel`` replies at a time; None for ``none``.

        Raises LLMError, ModelError, and SettingsError when it is malformed or, offline, on another
        machine.
        """
        if self.settings.offline:
            require_local(self.settings.llm, ollama_host=self.settings.ollama_host)
        return open_llm(
            self.settings.llm,
            self.store(),
            ollama_host=self.settings.ollama_host,
            parallel=parallel,
            begins=ANSWER_PREFIX,
        )

    def open_index(
        self, embedder: Embedder, *, create: bool = False, on_building: OnBuilding | None = None
    ) -> Index:
        """Return the index of the collection; with ``create`` a new one where there is none.

        ``on_building`` as for :meth:`Index.open`. The caller closes it. Raises NoIndexError, and
        what :meth:`open_reranker` and :meth:`Index.open` raise.
        """
        if not create:
            self.require_collection()
        return self.collections.open(
            self.settings.collection,
            embedder,
            create=create,
            reranker=self.open_reranker(),
            on_building=on_building,
        )

    def calibrations(self) -> Calibrations | None:
        """Return those of RAG_CALIBRATION; None for the ones that ship. Raises SettingsError."""
        path = self.settings.calibration
        return Calibrations.read(path) if path else None

    def gate(self) -> Gate:
        """Return what decides whether an answer is shown, as the calibration says.

        Raises SettingsError when the calibration cannot be read.
        """
        calibrations = self.calibrations() or default_calibrations()
        return Gate(calibrations=calibrations, strictness=self.settings.strictness)

    def assistant(self, index: Index, llm: LLM | None) -> Assistant:
        """Return the assistant over ``index``. Raises what :meth:`gate` raises."""
        return Assistant(index, llm, gate=self.gate(), mode=self.settings.answer)

    @contextmanager
    def opened_assistant(
        self, *, language_model: bool = True, on_building: OnBuilding | None = None
    ) -> Iterator[Assistant]:
        """Open the models and the index, and yield the assistant; the index is closed afterwards.

        Without ``language_model`` none is fetched or opened, and the assistant quotes. Raises
        NoIndexError before anything is fetched, and what the methods above raise.
        """
        self.require_collection()
        with self.open_index(self.open_embedder(), on_building=on_building) as index:
            yield self.assistant(index, self.open_llm() if language_model else None)


def open_assistant(settings: Settings | None = None) -> AbstractContextManager[Assistant]:
    """Open the assistant over a collection for the time of a ``with`` block.

    Without ``settings``, those of the environment hold. Raises NoIndexError when the collection is
    not there, ModelError, LLMError, SettingsError and IndexingError.
    """
    return Wiring(settings or Settings.from_environment()).opened_assistant()


@contextmanager
def open_index(settings: Settings | None = None, *, create: bool = False) -> Iterator[Index]:
    """Open the index of a collection for the time of a ``with`` block.

    Without ``settings``, those of the environment hold; with ``create`` a collection that is not
    there is made. Raises NoIndexError, ModelError, SettingsError and IndexingError.
    """
    wiring = Wiring(settings or Settings.from_environment())
    if not create:
        wiring.require_collection()  # before anything is fetched
    with wiring.open_index(wiring.open_embedder(), create=create) as index:
        yield index
