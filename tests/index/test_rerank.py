"""Reranking: the order is the reranker's, hits beyond its reach stay; a real cross-encoder runs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from index.errors import RerankerError
from index.index import Index
from index.rerank import RERANKED, CrossEncoderReranker, reranked
from tests.doubles import HashingEmbedder


class LongestFirst:
    """Likes long texts. ``seen`` keeps what it was asked."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, list[str]]] = []

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        self.seen.append((question, list(texts)))
        return [len(text) / 1000 for text in texts]


@pytest.fixture
def reranker() -> LongestFirst:
    return LongestFirst()


@pytest.fixture
def index(tmp_path: Path, embedder: HashingEmbedder, reranker: LongestFirst) -> Iterator[Index]:
    with Index.open(tmp_path / "index", embedder, create=True, reranker=reranker) as index:
        for n in range(RERANKED + 5):
            index.add_text(f"k{n}", "", f"The red bridge is {'very ' * (n % 7)}old, says {n}.")
        yield index


def test_the_best_hits_are_in_the_order_of_the_reranker(
    index: Index, reranker: LongestFirst
) -> None:
    hits = index.search("red bridge", limit=3)
    ((question, texts),) = reranker.seen
    assert question == "red bridge"
    assert len(texts) == RERANKED
    assert [len(hit.chunk.text) for hit in hits] == sorted(map(len, texts), reverse=True)[:3]
    assert [hit.score for hit in hits] == [len(hit.chunk.text) / 1000 for hit in hits]


def test_hits_beyond_the_reranked_ones_keep_their_order(
    index: Index, reranker: LongestFirst
) -> None:
    limit = RERANKED + 5
    hits = index.search("red bridge", limit=limit)
    with Index.open(index.folder, HashingEmbedder()) as without_reranker:
        ranked = without_reranker.search("red bridge", limit=limit)
    assert len({hit.chunk.id for hit in hits}) == limit
    assert [hit.chunk.text for hit in hits[RERANKED:]] == [
        hit.chunk.text for hit in ranked[RERANKED:]
    ]


def test_equal_scores_keep_the_order(index: Index) -> None:
    class Indifferent:
        def scores(self, question: str, texts: Sequence[str]) -> list[float]:
            return [0.5] * len(texts)

    hits = index.search("red bridge")
    again = reranked(Indifferent(), "red bridge", hits)
    assert [hit.chunk.id for hit in again] == [hit.chunk.id for hit in hits]
    assert reranked(Indifferent(), "red bridge", []) == []


def test_the_reranker_reads_the_headings_above_a_chunk(
    tmp_path: Path, reranker: LongestFirst
) -> None:
    embedder = HashingEmbedder(max_tokens=8)
    file = tmp_path / "bridges.md"
    file.write_text("# Bridges\n\nThey span.\n\n## Red ones\n\nThey are old.")
    with Index.open(tmp_path / "index", embedder, create=True, reranker=reranker) as index:
        index.ingest([file])
        index.search("old")
    assert "Bridges\n## Red ones\n\nThey are old." in reranker.seen[0][1]


@pytest.fixture(scope="module")
def tiny_cross_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _save_cross_encoder(tmp_path_factory.mktemp("cross-encoder"), labels=1)


def _save_cross_encoder(folder: Path, labels: int) -> Path:
    """A BERT of a few weights drawn at random, with a tokenizer of a few words."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "red", "bridge", "old", "the", "zoo"]
    (folder / "vocab.txt").write_text("\n".join(words))
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=64,
        initializer_range=1.0,
    )
    config.num_labels = labels
    BertForSequenceClassification(config).save_pretrained(folder)
    BertTokenizer(vocab=str(folder / "vocab.txt"), model_max_length=64).save_pretrained(folder)
    return folder


def test_a_cross_encoder_scores_each_text_by_itself(tiny_cross_encoder: Path) -> None:
    reranker = CrossEncoderReranker(tiny_cross_encoder)
    texts = ["the red bridge", "zoo", "old " * 200]  # the last is longer than it reads
    scores = reranker.scores("old bridge", texts)
    assert len(set(scores)) == 3
    assert all(0 < score < 1 for score in scores)
    alone = [reranker.scores("old bridge", [text])[0] for text in texts]
    assert scores == pytest.approx(alone, abs=1e-5)
    assert reranker.scores("zoo", texts) != scores


def test_a_folder_without_a_cross_encoder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({}))
    with pytest.raises(RerankerError, match="RAG_RERANKER"):
        CrossEncoderReranker(tmp_path).scores("question", ["text"])


def test_a_classifier_of_several_labels_is_refused(tmp_path: Path) -> None:
    folder = _save_cross_encoder(tmp_path, labels=3)
    with pytest.raises(RerankerError, match="3 figures"):
        CrossEncoderReranker(folder).scores("question", ["text"])
