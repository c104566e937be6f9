"""Encoders and an ingest take turns in processes of their own, over the same texts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from index.index import Index
from rag.errors import EvaluationError
from rag.evaluation import bench_ingest
from rag.evaluation.bench_ingest import Encode, chunk_texts, embed
from tests.doubles import HashingEmbedder


def writes_its_process(name: str) -> Encode:
    """An encoder that notes which process encodes what, in the file ``name``."""

    def encode(texts: list[str]) -> None:
        with Path(name).open("a", encoding="utf-8") as file:
            file.writelines(f"{os.getpid()} {text}\n" for text in texts)

    return encode


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "a.md").write_text("# Zoo\n\nThe giraffe is tall.\n\n## Hours\n\nIt opens at nine.")
    (folder / "b.txt").write_text("The lion roars.")
    (folder / "c.pdf").write_bytes(b"%PDF-1.4 broken")
    return folder


def test_the_texts_are_those_that_an_index_embeds(
    tmp_path: Path, files: Path, embedder: HashingEmbedder
) -> None:
    texts = chunk_texts([files], embedder)
    embedder.encoded.clear()
    with Index.open(tmp_path / "index", embedder, create=True) as index:
        index.ingest([files])
    assert sorted(texts) == sorted(embedder.encoded)
    (tmp_path / "empty").mkdir()
    with pytest.raises(EvaluationError, match="name files with text"):
        chunk_texts([tmp_path / "empty"], embedder)


def test_each_encoder_gets_every_block_in_its_own_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench_ingest, "_BLOCK", 2)
    told = tmp_path / "told.txt"
    encoders = {"one": writes_its_process, "other": writes_its_process}
    one, other = embed(encoders, str(told), ["a", "b", "c"], [1, 2, 3])
    lines = [line.split() for line in told.read_text().splitlines()]
    by_process: dict[str, list[str]] = {}
    for process, text in lines:
        by_process.setdefault(process, []).append(text)
    assert list(by_process.values()) == [["warm", "a", "b", "c"]] * 2
    assert str(os.getpid()) not in by_process
    assert (one.name, one.n, one.ratio) == ("one", 2, None)
    assert (other.name, other.n, other.tokens, other.bytes) == ("other", 2, 3, 2)
    assert other.ratio is not None
    assert other.peak_bytes
