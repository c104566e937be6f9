"""Is everything in order, and if not, what is the next step? Mends nothing by itself.

Looks at this machine, the models, the language model's server and the collections. Knows no
terminal.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from index import vector_file
from index.bert import ENOUGH, comparison
from index.catalogue import Catalogue
from index.disk import bytes_on_disk
from index.embed import SentenceTransformerEmbedder
from index.errors import IndexingError
from index.index import DEFAULT_CHUNKING
from index.integrity import problems
from index.load.base import LOADERS_VERSION
from index.rebuild import unfinished
from index.vectors import load_vectors, measured_recall
from rag.errors import LLMUnavailableError, RagError, UnknownModelError
from rag.llm import DEFAULT_EMBEDDED_MODEL
from rag.llm.addresses import OLLAMA, ollama_addresses
from rag.models import ModelStore
from rag.settings import DEFAULT_EMBEDDER, Settings
from rag.wiring import Wiring

if TYPE_CHECKING:
    from rag.llm.ollama import OllamaLLM

State = Literal["ok", "warning", "broken"]

_SCARCE_BYTES = 100 << 20  # hardly a batch of documents and its log
_ROOMY_BYTES = 1 << 30  # for a default model, or a folder of papers
_ROOM_TO_REINDEX = 3  # times a collection: the new chunks, and a copy when it is compacted
_WORTH_COMPACTING = 0.25  # of the file is free, and
_WORTH_COMPACTING_BYTES = 20 << 20
_ENOUGH_RECALL = 0.97


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. ``remedy`` is the next step, None where all is well."""

    check: str
    state: State
    what: str
    remedy: str | None = None


def examine(wiring: Wiring, collections: Sequence[str]) -> Iterator[Finding]:
    """Yield the findings of every check as they come; reading whole models takes seconds."""
    settings, store = wiring.settings, wiring.store()
    yield _sqlite()
    yield _disk(wiring)
    for name in _embedders(wiring, collections):
        if name.startswith(OLLAMA):
            yield _ollama_embedder(name, settings)
        else:
            yield _embedder(store, name, offline=settings.offline)
    yield from _language_model(wiring, store)
    for name in collections:
        yield from _collection(wiring.collections.path(name))


# This machine


def _sqlite() -> Finding:
    version = f"SQLite {sqlite3.sqlite_version}"
    with closing(sqlite3.connect(":memory:")) as db:
        try:
            db.execute("CREATE VIRTUAL TABLE words USING fts5(text)")
        except sqlite3.Error as error:
            return Finding(
                "sqlite",
                "broken",
                f"{version} of this Python has no full-text search ({error})",
                "use a Python that was built with FTS5, as those of python.org and Debian are",
            )
    return Finding("sqlite", "ok", f"{version} with full-text search")


def _disk(wiring: Wiring) -> Finding:
    folder = wiring.settings.collections_folder
    largest = max((bytes_on_disk(folder / each) for each in wiring.collections.names()), default=0)
    wanted = max(_ROOMY_BYTES, _ROOM_TO_REINDEX * largest)
    free = shutil.disk_usage(_existing(folder)).free
    what = f"{_size(free)} free on the disk of {folder}"
    if free >= wanted:
        return Finding("disk", "ok", what)
    state: State = "broken" if free < _SCARCE_BYTES else "warning"
    return Finding(
        "disk",
        state,
        f"{what}; a reindex of the largest collection takes {_size(wanted)}",
        "make room, or set RAG_HOME to a folder on another disk",
    )


def _existing(path: Path) -> Path:
    return next(each for each in (path, *path.parents) if each.exists())


# Models


def _embedders(wiring: Wiring, collections: Sequence[str]) -> list[str]:
    """The embedders that questions to these collections need, each once."""
    names = [wiring.settings.embedder or DEFAULT_EMBEDDER]
    for name in collections:
        try:
            made_with = wiring.collections.embedder_name(name)
        except IndexingError:  # told where the collection is looked at
            continue
        names += [made_with] if made_with else []
    return list(dict.fromkeys(names))


def _embedder(store: ModelStore, name: str, *, offline: bool) -> Finding:
    found = _model(store, name, "embedder", offline=offline)
    if found and found.state == "ok":
        return replace(found, what=found.what + _run_by(store.path(name)))
    if found:
        return found
    try:
        dimension = SentenceTransformerEmbedder(Path(name), name).dimension
    except IndexingError as error:
        return Finding(
            "embedder", "broken", str(error), f"put a sentence-transformers model into {name}"
        )
    return Finding("embedder", "ok", f"{name}: a model of your own, dimension {dimension}")


def _run_by(folder: Path) -> str:
    """What runs the embedder of ``folder``, once a question has made that known."""
    known = comparison(folder)
    if not known:
        return ""
    if known["cosine"] < ENOUGH:
        return f"; sentence-transformers runs it, because {known['runtime']} gave other vectors"
    cosine = f"cosine {known['cosine']:.5f} to sentence-transformers"
    return f"; run by {known['runtime']}, {cosine}"


def _ollama_embedder(name: str, settings: Settings) -> Finding:
    from rag.llm.ollama_embedder import OllamaEmbedder

    try:
        found = OllamaEmbedder.connect(name, hosts=ollama_addresses(settings.ollama_host))
    except IndexingError as error:
        return Finding("embedder", "broken", str(error), "start Ollama, or set OLLAMA_HOST")
    if "@" in name and found.name != name:
        return Finding(
            "embedder",
            "broken",
            f"{name} has other weights at {found.address} by now",
            f"'rag reindex --collection NAME --embedder {found.name}'",
        )
    return Finding("embedder", "ok", f"{found.name}: dimension {found.dimension}")


def _model(store: ModelStore, name: str, check: str, *, offline: bool) -> Finding | None:
    """What is to be said of a declared model's files, every byte read; None for a user's own."""
    fetch = f"'rag models fetch {name}'"
    try:
        files = store.verify(name)
    except UnknownModelError as error:
        if Path(name).exists():
            return None
        return Finding(check, "broken", str(error), "name a model that 'rag models list' shows")
    except RagError as error:
        return Finding(check, "broken", str(error), fetch)
    changed = [file.path for file in files if file.present and not file.ok]
    missing = [file.path for file in files if not file.present]
    if changed:
        return Finding(
            check, "broken", f"{name}: {', '.join(changed)} is not what was pinned", fetch
        )
    if missing:
        if offline:
            return Finding(check, "broken", f"{name} is not here, and offline none is had", fetch)
        return Finding(check, "warning", f"{name} is not here; the first use fetches it", fetch)
    return Finding(check, "ok", f"{name}: every byte is right")


# The language model


def _language_model(wiring: Wiring, store: ModelStore) -> Iterator[Finding]:
    settings = wiring.settings
    backend, _, rest = settings.llm.partition(":")
    if settings.llm == "none":
        yield Finding("llm", "ok", "none: answers are quoted from the documents")
    elif settings.llm == "auto":
        yield from _automatic(settings, store)
    elif backend == "ollama" and rest:
        yield from _ollama(rest, settings, store)
    elif backend == "llamacpp" and rest:
        own = Finding("llm", "ok", f"{rest}: a model of your own")
        yield _model(store, rest, "llm", offline=settings.offline) or own
    else:
        yield _served(wiring)


def _automatic(settings: Settings, store: ModelStore) -> Iterator[Finding]:
    """The embedded model, and whether an Ollama server has one that would serve better."""
    found = _model(store, DEFAULT_EMBEDDED_MODEL, "llm", offline=settings.offline)
    assert found  # it is declared
    yield found
    if not settings.offline:
        for address in ollama_addresses(settings.ollama_host):
            yield _could_serve(address)


def _could_serve(address: str) -> Finding:
    from rag.llm.ollama_server import Server
    from rag.llm.recommend import best_of, recommended

    embedded = "the embedded model writes the answers"
    try:
        best = best_of(recommended(Server(address)))
    except LLMUnavailableError:
        return Finding("ollama", "ok", f"no server answers at {address}; {embedded}")
    if best is None:
        return Finding(
            "ollama", "ok", f"{address} has no model that would serve better; {embedded}"
        )
    return Finding(
        "ollama",
        "ok",
        f"{embedded}; {best.name} at {address} may serve better: 'rag models try "
        f"ollama:{best.name}' shows it, --llm ollama:{best.name} or RAG_LLM chooses it",
    )


def _ollama(model: str, settings: Settings, store: ModelStore) -> Iterator[Finding]:
    """The model at each server that OLLAMA_HOST names, and how it is asked."""
    from rag.llm.manners import Manners
    from rag.llm.ollama import OllamaLLM

    manners = Manners(store.served_file)
    for address in ollama_addresses(settings.ollama_host):
        try:
            llm = OllamaLLM.connect(model, host=address, manners=manners)
        except RagError as error:
            yield Finding("ollama", "broken", str(error), "start Ollama, or set OLLAMA_HOST")
        else:
            yield _pulled(model, llm)


def _pulled(model: str, llm: OllamaLLM) -> Finding:
    suited = llm.suitability
    context = llm.context_length
    room = f", context {context:,} tokens" if context else ""
    what = f"{model} at {llm.address} writes the answers: {llm.manner}{room}"
    if suited.suitable:
        return Finding("ollama", "ok", what)
    return Finding(
        "ollama",
        "warning",
        f"{what}. {model}: {suited.why}",
        "'rag models recommend' says which would serve better",
    )


def _served(wiring: Wiring) -> Finding:
    try:
        llm = wiring.open_llm()
    except RagError as error:
        return Finding(
            "llm", "broken", str(error), "start the server, or name another model with --llm"
        )
    manner = getattr(llm, "manner", None)
    asked = f": {manner}" if manner else ""
    return Finding("llm", "ok", f"{llm.name if llm else 'none'} answers{asked}")


# Collections


def _collection(folder: Path) -> Iterator[Finding]:
    check = f"collection {folder.name}"
    try:
        with closing(Catalogue.existing(folder)) as catalogue:
            wrong = problems(catalogue)
            for problem in wrong:
                yield Finding(check, "broken", problem.what, problem.remedy)
            if not wrong:
                yield from _files_of_vectors(check, folder)
                yield _contents(check, catalogue)
            yield from _left_to_do(check, catalogue)
    except IndexingError as error:
        yield Finding(
            check,
            "broken",
            str(error),
            f"mend it as said, or remove {folder} and index the documents again",
        )


def _contents(check: str, catalogue: Catalogue) -> Finding:
    folder = catalogue.path.parent
    with catalogue.reading():
        documents, chunks = catalogue.counts()
        vectors = load_vectors(folder, catalogue, catalogue.parameters().dimension)
        recall = measured_recall(catalogue, vectors)
    kind = "exact" if vectors.is_exact else "approximate"
    what = (
        f"{documents:,} documents, {chunks:,} chunks, {_size(bytes_on_disk(folder))}; "
        f"{kind} vectors, recall@10 {recall:.3f}"
    )
    if recall >= _ENOUGH_RECALL:
        return Finding(check, "ok", what)
    return Finding(
        check, "warning", what, f"delete {folder}/vectors-*: the next question makes them anew"
    )


def _files_of_vectors(check: str, folder: Path) -> Iterator[Finding]:
    """Those with a wrong byte: a question may miss something near, because only some is checked."""
    for path in vector_file.files(folder):
        if not vector_file.is_sound(path):
            what = f"{path.name} is not as it was written: what is near may not be found"
            remedy = f"delete {path}: the next question makes it anew"
            yield Finding(check, "warning", what, remedy)


def _left_to_do(check: str, catalogue: Catalogue) -> Iterator[Finding]:
    folder = catalogue.path.parent
    option = f"--collection {folder.name}"
    failures = [failure for file in catalogue.files().values() for failure in file.failures]
    if failures:
        what = f"{len(failures)} files could not be read"
        yield Finding(check, "warning", what, f"'rag documents --failed {option}' says why")
    if older := len(catalogue.read_before(LOADERS_VERSION)):
        what = f"{older} documents were read by older loaders, which lost more of a file"
        yield Finding(check, "warning", what, f"'rag index PATH {option}' reads their files again")
    if begun := unfinished(catalogue):
        yield Finding(
            check,
            "warning",
            f"a reindex with {begun.embedder} was interrupted; the old index answers",
            f"'rag reindex {option} --embedder {begun.embedder}' finishes it, "
            f"'rag compact {option}' drops it",
        )
    made_with = catalogue.parameters()
    if made_with.chunking != asdict(DEFAULT_CHUNKING):
        yield Finding(
            check,
            "warning",
            f"its chunks have at most {made_with.chunking['max_tokens']} tokens, "
            f"new ones would have {DEFAULT_CHUNKING.max_tokens}",
            f"'rag reindex {option} --embedder {made_with.embedder}' cuts its documents anew",
        )
    free = _free_bytes(catalogue)
    if free > _WORTH_COMPACTING * catalogue.path.stat().st_size and free > _WORTH_COMPACTING_BYTES:
        what = f"{_size(free)} of it are left from removed documents"
        yield Finding(check, "warning", what, f"'rag compact {option}'")
    if left := list(folder.glob("vectors-*.tmp")):
        what = f"{len(left)} files were left behind by a process that was killed"
        yield Finding(check, "warning", what, f"'rag compact {option}'")


def _free_bytes(catalogue: Catalogue) -> int:
    [(pages,)] = catalogue.rows("PRAGMA freelist_count")
    [(page_bytes,)] = catalogue.rows("PRAGMA page_size")
    return int(pages) * int(page_bytes)


def _size(size_bytes: int) -> str:
    return f"{size_bytes / 1e9:,.1f} GB" if size_bytes >= 1e9 else f"{size_bytes / 1e6:,.1f} MB"
