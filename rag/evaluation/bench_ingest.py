"""How fast texts become vectors, and files an index, beside the bare encoders.

Each of those compared runs in a process of its own, its model loaded before it is timed, and they
take turns. Knows no terminal and no suite.
"""

from __future__ import annotations

import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from index.chunk import Chunking
from index.cut import cut
from index.embed import Embedder, SentenceTransformerEmbedder
from index.encoding import texts_to_embed
from index.errors import DocumentError
from index.files import find_files
from index.index import Index
from index.ingest import text_stamp
from index.load.base import LoadedDocument
from index.load.isolated import runner
from index.load.loading import load_parts, read
from rag.errors import EvaluationError
from rag.evaluation.bench import PEAK_UNIT, Cost, Measured, measured
from rag.settings import Settings
from rag.wiring import Wiring

_BLOCK = 64  # texts that are encoded in one turn
_RAW_BATCH = 32

Encode: TypeAlias = Callable[[list[str]], object]
OpenEncoder: TypeAlias = Callable[[str], Encode]  # of the embedder of a name; importable by name


def chunk_texts(paths: Sequence[Path], embedder: Embedder) -> list[str]:
    """The texts that an index of the files in ``paths`` embeds, in their order."""
    texts: list[str] = []
    for path in find_files(paths).paths:
        try:
            data = read(path)
        except DocumentError:  # `rag index` reports it
            continue
        for part in load_parts(data, path.name):
            loaded = part.outcome
            if isinstance(loaded, LoadedDocument):
                document = cut(str(path), loaded, text_stamp(loaded), embedder, Chunking())
                texts += texts_to_embed(document, embedder)
    if not texts:
        raise EvaluationError("nothing in these files can be encoded: name files with text")
    return texts


@cache
def raw_encoder(name: str) -> Encode:
    """The network of the default embedder as OpenVINO runs it, over batches of about one length.

    Raises EvaluationError for an embedder that OpenVINO does not run here.
    """
    from tokenizers import Tokenizer

    from index.bert import Bert, CompiledBert

    folder = Wiring(Settings.from_environment(embedder=name)).store().path(name)
    try:
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        special = tokenizer.num_special_tokens_to_add(is_pair=False)
        window = SentenceTransformerEmbedder(folder, name).max_tokens + special
        network = CompiledBert(Bert.of(folder), tokenizer, window)
    except (ImportError, KeyError, OSError, RuntimeError, ValueError) as error:
        raise EvaluationError(
            f"{name} is not run by OpenVINO here, so there is no raw encoder: leave out --embedder"
        ) from error

    def encode(texts: list[str]) -> None:
        by_length = sorted(texts, key=len)
        for first in range(0, len(texts), _RAW_BATCH):
            network.encode(by_length[first : first + _RAW_BATCH])

    return encode


@cache
def default_encoder(name: str) -> Encode:
    """sentence-transformers with its defaults, which compute in float32."""
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    folder = Wiring(Settings.from_environment(embedder=name)).store().path(name)
    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    return lambda texts: model.encode(texts, show_progress_bar=False)


@cache
def _embedder(name: str) -> Embedder:
    return Wiring(Settings.from_environment(embedder=name)).open_embedder()


def our_encoder(name: str) -> Encode:
    """The embedder as the index uses it."""
    return _embedder(name).encode


BARE: Mapping[str, OpenEncoder] = {
    "raw encoder": raw_encoder,
    "sentence-transformers, float32": default_encoder,
}
EMBEDDERS: Mapping[str, OpenEncoder] = {**BARE, "embedder": our_encoder}


def embed(
    encoders: Mapping[str, OpenEncoder], name: str, texts: Sequence[str], tokens: Sequence[int]
) -> Iterator[Measured]:
    """Encode ``texts``, in blocks, with each of ``encoders`` for the embedder ``name``.

    ``tokens`` are those of each text. The first of the encoders is the baseline.
    """
    starts = range(0, len(texts), _BLOCK)
    blocks = [list(texts[first : first + _BLOCK]) for first in starts]
    turns = {
        each: [(_encoded, open_encoder, name, block) for block in blocks]
        for each, open_encoder in encoders.items()
    }
    in_blocks = [sum(tokens[first : first + _BLOCK]) for first in starts]
    sizes = [sum(len(text.encode()) for text in block) for block in blocks]
    warm = {each: (_encoded, opener, name, ["warm"]) for each, opener in encoders.items()}
    yield from _in_turns(warm, turns, _median(in_blocks), _median(sizes))


def ingest(
    encoders: Mapping[str, OpenEncoder],
    name: str,
    paths: Sequence[Path],
    texts: Sequence[str],
    tokens: Sequence[int],
    rounds: int,
) -> Iterator[Measured]:
    """Index the files in ``paths`` ``rounds`` times, beside ``encoders`` that encode ``texts``,
    which are all that is embedded of them.

    The processor time of ``rag index`` has that of the processes in it that read files.
    """
    turns: dict[str, list[tuple[Any, ...]]] = {
        each: [(_encoded, open_encoder, name, list(texts))] * rounds
        for each, open_encoder in encoders.items()
    }
    turns["rag index"] = [(_indexed, name, list(paths))] * rounds
    warm: dict[str, tuple[Any, ...]] = {
        each: (_encoded, opener, name, ["warm"]) for each, opener in encoders.items()
    }
    warm["rag index"] = (_encoded, our_encoder, name, ["warm"])
    size = sum(path.stat().st_size for path in find_files(paths).paths)
    yield from _in_turns(warm, turns, sum(tokens), size)


def _in_turns(
    warm: Mapping[str, tuple[Any, ...]],
    turns: Mapping[str, Sequence[tuple[Any, ...]]],
    tokens: int,
    size: int,
) -> Iterator[Measured]:
    """Let each have its turns, in a process of its own; another begins each time."""
    names = list(turns)
    costs: dict[str, list[Cost]] = {name: [] for name in names}
    context = multiprocessing.get_context("spawn")
    with ExitStack() as stack:
        processes = {
            name: stack.enter_context(ProcessPoolExecutor(1, mp_context=context)) for name in names
        }
        for name in names:
            processes[name].submit(*warm[name]).result()
        for number in range(len(turns[names[0]])):
            for place in range(len(names)):
                name = names[(number + place) % len(names)]
                costs[name].append(processes[name].submit(*turns[name][number]).result())
    baseline = costs[names[0]]
    for name in names:
        row = measured(name, costs[name], () if name == names[0] else baseline)
        yield replace(row, tokens=tokens, bytes=size)


def _encoded(open_encoder: OpenEncoder, name: str, texts: list[str]) -> Cost:
    encode = open_encoder(name)
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    encode(texts)
    return Cost(time.perf_counter() - wall_s, time.process_time() - cpu_s, _peak_bytes())


def _indexed(name: str, paths: list[Path]) -> Cost:
    embedder = _embedder(name)
    wall_s, cpu_s = time.perf_counter(), _processor_s()
    with tempfile.TemporaryDirectory(prefix="rag-bench-") as folder:
        with Index.open(Path(folder) / "index", embedder, create=True) as index:
            report = index.ingest(paths)
        wall_s = time.perf_counter() - wall_s
        runner().close()  # only the time of processes that have ended is told
    if not report.added:
        raise EvaluationError("nothing was indexed: name files with text")
    return Cost(wall_s, _processor_s() - cpu_s, _peak_bytes())


def _processor_s() -> float:
    """Seconds of the processor that this process and its ended children have taken."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * PEAK_UNIT


def _median(values: Sequence[int]) -> int:
    return sorted(values)[len(values) // 2]
