"""The embedder's folder is read without the model; the model itself is not needed here."""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from index.embed import SentenceTransformerEmbedder
from index.errors import EmbedderError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    words = ["[UNK]", "[CLS]", "[SEP]", "the", "cat", "##s", "sat", "."]
    model = models.WordPiece({word: i for i, word in enumerate(words)}, unk_token="[UNK]")
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 2), ("[CLS]", 1))
    tokenizer.enable_truncation(3)
    tokenizer.enable_padding(length=9)
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    _write(tmp_path / "config.json", {"hidden_size": 7, "max_position_embeddings": 512})
    _write(tmp_path / "sentence_bert_config.json", {"max_seq_length": 256})
    _write(
        tmp_path / "modules.json",
        [
            {"path": "", "type": "sentence_transformers.models.Transformer"},
            {"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            {"path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
        ],
    )
    _write(tmp_path / "1_Pooling" / "config.json", {"word_embedding_dimension": 6})
    return tmp_path


def _write(path: Path, content: object) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content))


def test_size_and_window_come_from_the_folder(folder: Path) -> None:
    embedder = SentenceTransformerEmbedder(folder, "tiny")
    assert (embedder.name, embedder.dimension, embedder.max_tokens) == ("tiny", 6, 254)


def test_a_dense_layer_decides_the_dimension(folder: Path) -> None:
    modules = json.loads((folder / "modules.json").read_text())
    modules.insert(2, {"path": "2_Dense", "type": "sentence_transformers.models.Dense"})
    _write(folder / "modules.json", modules)
    _write(folder / "2_Dense" / "config.json", {"in_features": 6, "out_features": 4})
    assert SentenceTransformerEmbedder(folder, "tiny").dimension == 4


def test_token_starts_leave_out_special_tokens_truncation_and_padding(
    folder: Path,
) -> None:
    text = "The  cats sat. THE CAT"
    starts = SentenceTransformerEmbedder(folder, "tiny").token_starts(text)
    parts = [text[start:end].strip() for start, end in pairwise([*starts, len(text)])]
    assert parts == ["The", "cat", "s", "sat", ".", "THE", "CAT"]


@pytest.mark.parametrize(
    ("told", "text", "question"),
    [
        ({}, "the cat", "the cat"),
        ({"prompts": {"query": "", "document": ""}}, "the cat", "the cat"),
        (
            {"prompts": {"query": "query: ", "passage": "passage: "}},
            "passage: the cat",
            "query: the cat",
        ),
        ({"prompts": {"query": "ask: "}}, "the cat", "ask: the cat"),
        (
            {"prompts": {"both": "sat "}, "default_prompt_name": "both"},
            "sat the cat",
            "sat the cat",
        ),
    ],
)
def test_the_words_that_a_model_wants_stand_before_its_texts(
    folder: Path, monkeypatch: pytest.MonkeyPatch, told: object, text: str, question: str
) -> None:
    given: list[str] = []

    def encode(_: object, texts: list[str]) -> NDArray[np.float32]:
        given.extend(texts)
        return np.ones((len(texts), 6), dtype=np.float32)

    monkeypatch.setattr(SentenceTransformerEmbedder, "_encode_batch", encode)
    _write(folder / "config_sentence_transformers.json", told)
    embedder = SentenceTransformerEmbedder(folder, "tiny")
    embedder.encode(["the cat"])
    embedder.encode_questions(["the cat"])
    assert given == [text, question]
    in_front = len(embedder.token_starts(text)) - len(embedder.token_starts("the cat"))
    assert embedder.max_tokens == 254 - in_front


def test_a_folder_without_a_model_is_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(EmbedderError, match="download the model again"):
        SentenceTransformerEmbedder(tmp_path / "nothing", "tiny")
    (folder / "tokenizer.json").unlink()
    with pytest.raises(EmbedderError, match="tokenizer"):
        SentenceTransformerEmbedder(folder, "tiny").token_starts("text")


def test_a_model_that_cannot_be_loaded_is_an_embedder_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OSError("no weights")

    logging = SimpleNamespace(disable_progress_bar=lambda: None)
    monkeypatch.setitem(
        sys.modules, "sentence_transformers", SimpleNamespace(SentenceTransformer=broken)
    )
    monkeypatch.setitem(sys.modules, "transformers", SimpleNamespace())
    monkeypatch.setitem(sys.modules, "transformers.utils", SimpleNamespace(logging=logging))
    with pytest.raises(EmbedderError, match="no weights"):
        SentenceTransformerEmbedder(folder, "tiny").encode(["text"])


@pytest.mark.parametrize(
    ("capabilities", "expected"),
    [
        ({"avx512_bf16": True}, "bfloat16"),
        ({"amx_bf16": True, "avx512_bf16": False}, "bfloat16"),
        ({"avx2": True}, "float32"),
        (None, "float32"),  # an older torch, which cannot tell
    ],
)
def test_the_number_format_is_the_fastest_of_the_processor(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capabilities: dict[str, bool] | None,
    expected: str,
) -> None:
    asked: list[object] = []

    class Model:
        def __init__(self, *_: object, model_kwargs: dict[str, object], **__: object) -> None:
            asked.append(model_kwargs["dtype"])

        def encode(self, texts: list[str], **_: object) -> NDArray[np.float16]:
            return np.full((len(texts), 6), 0.5, dtype=np.float16)

    if capabilities is None:
        monkeypatch.delattr("torch.cpu.get_capabilities", raising=False)
    else:
        monkeypatch.setattr("torch.cpu.get_capabilities", lambda: capabilities, raising=False)
    monkeypatch.setitem(
        sys.modules, "sentence_transformers", SimpleNamespace(SentenceTransformer=Model)
    )
    vectors = SentenceTransformerEmbedder(folder, "tiny").encode(["a text", "another"])
    assert asked == [expected]
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1], abs=1e-6)


def test_texts_are_encoded_by_length_and_returned_in_order(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches: list[list[str]] = []

    def encode(_: object, texts: list[str]) -> NDArray[np.float32]:
        batches.append(texts)
        return np.array([[len(text)] * 6 for text in texts], dtype=np.float32)

    monkeypatch.setattr(SentenceTransformerEmbedder, "_encode_batch", encode)
    texts = ["x" * n for n in (5, 1, 40, 3)] * 20
    vectors = SentenceTransformerEmbedder(folder, "tiny").encode(texts)
    assert vectors[:, 0].tolist() == [5, 1, 40, 3] * 20
    assert vectors.shape == (80, 6)
    lengths = [len(text) for batch in batches for text in batch]
    assert lengths == sorted(lengths, reverse=True)
    assert max(len(batch) for batch in batches) <= 32
