"""Opens what an evaluation runs on: an index of the suite's documents, and the systems over it.

The index of a suite is kept in a folder named by its documents, the embedder and the chunking, so
that a second system and a resumed run find it made. Knows no measures and no terminal.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from index.chunk import Chunking
from index.embed import Embedder
from index.index import DEFAULT_CHUNKING, Index
from index.ingest import Progress
from index.search import DEFAULT_FUSION
from rag.assistant import Assistant
from rag.errors import EvaluationError
from rag.evaluation.dataset import Dataset, SourceDocument
from rag.evaluation.robustness import OpenSystem
from rag.evaluation.score import Corpus
from rag.evaluation.systems import (
    DENSE_ONLY,
    WORDS_ONLY,
    AssistantSystem,
    NaiveSystem,
    RetrievalSystem,
    System,
    WatchedLLM,
)
from rag.gate.decide import Gate
from rag.llm import LLM
from rag.types import AnswerMode

_RETRIEVAL = {
    "retrieval": DEFAULT_FUSION,
    "retrieval-dense": DENSE_ONLY,
    "retrieval-words": WORDS_ONLY,
}
_MODES: dict[str, AnswerMode] = {"footnote": "written", "quick": "quick", "cascade": "auto"}
SYSTEMS = (*_MODES, "extractive", "naive", *_RETRIEVAL)

_HASH_CHARACTERS = 16  # 64 bits of the documents' hash tell a person's suites apart


@contextmanager
def opened_corpus(
    dataset: Dataset,
    embedder: Embedder,
    cache: Path,
    on_progress: Callable[[Progress], None] | None = None,
    chunking: Chunking = DEFAULT_CHUNKING,
) -> Iterator[tuple[Index, Corpus]]:
    """The suite's index under ``cache``, made or completed first where it is not there yet."""
    from filelock import FileLock  # its import takes longer than that of all else here

    documents = dataset.index_sha256()[:_HASH_CHARACTERS]
    cut = f"{chunking.max_tokens}-{chunking.overlap_tokens}"
    folder = cache / f"{documents}-{Path(embedder.name).name}-{cut}"
    with Index.open(folder, embedder, create=True, chunking=chunking) as index:
        # Two runs at the same time would both add what neither has found, under other ids.
        with FileLock(folder / "suite.lock"):
            known = index.document_ids_by_key()
            missing = [each for id, each in dataset.documents.items() if id not in known]
            if missing:
                index.add([(each.id, each.loaded) for each in missing], on_progress=on_progress)
        ids = {id: key for key, id in index.document_ids_by_key().items()}
        yield index, Corpus.of(dataset, ids)


def make_system(name: str, index: Index, llm: LLM | None, gate: Gate | None = None) -> System:
    """The system of this name; ``gate`` as for `Assistant`."""
    if name in _RETRIEVAL:
        return RetrievalSystem(index, name, _RETRIEVAL[name])
    if mode := _MODES.get(name):
        watched = WatchedLLM(llm) if llm is not None else None
        return AssistantSystem(Assistant(index, watched, gate=gate, mode=mode), watched, name)
    if name == "extractive":
        return AssistantSystem(Assistant(index, None, gate=gate), name=name)
    if name != "naive":
        raise EvaluationError(f"unknown system {name!r}: known are {', '.join(SYSTEMS)}")
    if llm is None:
        raise EvaluationError("the naive system needs a language model: choose one with --llm")
    return NaiveSystem(index, llm)


class _Encodes(Protocol):
    def encode(self, texts: Sequence[str]) -> object: ...


def warm_up(encodes: _Encodes, llm: LLM | None) -> None:
    """Load the embedder that ``encodes`` and ``llm`` now, where they load lazily."""
    encodes.encode(["warm"])
    load = getattr(llm, "load", None)  # only embedded models have anything to load
    if load is not None:
        load()


def system_opener(name: str, embedder: Embedder, llm: LLM | None) -> OpenSystem:
    """Opens the system over given documents, in an index that is thrown away afterwards."""

    @contextmanager
    def opened(documents: Sequence[SourceDocument]) -> Iterator[System]:
        with (
            tempfile.TemporaryDirectory(prefix="rag-case-") as folder,
            Index.open(Path(folder), embedder, create=True) as index,
        ):
            index.add([(document.id, document.loaded) for document in documents])
            yield make_system(name, index, llm)

    return opened
