"""The network that OpenVINO runs computes what the library that defines BERT computes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertModel

from index import bert
from index.bert import Bert, CompiledBert, Reference, comparison, compiled_as
from index.embed import SentenceTransformerEmbedder

WINDOW = 12
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *(f"w{n}" for n in range(40))]
TEXTS = ("w1 w2 w3", "w4", "", "w9 w8 w7 w6 w5 w4", " ".join(f"w{n}" for n in range(30)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random BERT of two layers in the layout of sentence-transformers."""
    folder = tmp_path_factory.mktemp("bert")
    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=24,
        num_hidden_layers=2,
        num_attention_heads=3,
        intermediate_size=40,
        max_position_embeddings=16,
        initializer_range=0.4,  # so that attention differs from a mean
    )
    BertModel(config).save_pretrained(folder)
    tokenizer = Tokenizer(
        models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]")
    )
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": WINDOW}))
    (folder / "modules.json").write_text("[]")
    return folder


def _tokenizer(folder: Path) -> Tokenizer:
    return Tokenizer.from_file(str(folder / "tokenizer.json"))


def _by_transformers(folder: Path, text: str) -> NDArray[np.float32]:
    """The mean of the last layer over [CLS], the words that the window holds, and [SEP]."""
    model = BertModel.from_pretrained(folder)  # for inference, without dropout
    ids = [2, *[WORDS.index(word) for word in text.split()][: WINDOW - 2], 3]
    with torch.no_grad():
        last = model(input_ids=torch.tensor([ids])).last_hidden_state
    return np.asarray(last[0].mean(dim=0).numpy(), dtype=np.float32)


def _reference(folder: Path) -> Reference:
    return Reference(TEXTS, np.stack([_by_transformers(folder, text) for text in TEXTS]))


def _cosines(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    first, second = (each / np.linalg.norm(each, axis=1, keepdims=True) for each in (first, second))
    return np.asarray((first * second).sum(axis=1), dtype=np.float32)


def test_a_batch_of_any_lengths_has_the_vectors_of_transformers(folder: Path) -> None:
    network = CompiledBert(Bert.of(folder), _tokenizer(folder), WINDOW)
    expected = _reference(folder)
    found = network.encode(TEXTS)
    assert found.shape == (len(TEXTS), 24)
    assert _cosines(found, expected.vectors).min() > 0.999  # it may compute in bfloat16
    assert _cosines(found[:1], found[1:2])[0] < 0.99  # the texts do differ
    alone = np.concatenate([network.encode([text]) for text in TEXTS])
    assert _cosines(found, alone).min() > 0.999  # what is beside a text does not count


def test_it_is_used_where_it_agrees_and_the_comparison_is_remembered(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / bert.CHECK_FILE).unlink(missing_ok=True)
    reference = _reference(folder)
    assert compiled_as(reference, folder, _tokenizer(folder), WINDOW)
    assert comparison(folder)["cosine"] > 0.999
    assert "OpenVINO" in comparison(folder)["runtime"]

    def again(*_: object) -> float:
        raise AssertionError("compared again")

    monkeypatch.setattr(Reference, "cosine", again)
    assert compiled_as(reference, folder, _tokenizer(folder), WINDOW)


def test_where_it_disagrees_sentence_transformers_runs_the_model(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / bert.CHECK_FILE).unlink(missing_ok=True)
    wrong = Reference(TEXTS, -_reference(folder).vectors)
    assert compiled_as(wrong, folder, _tokenizer(folder), WINDOW) is None
    assert compiled_as(wrong, folder, _tokenizer(folder), WINDOW) is None  # and it is remembered

    class Model:
        def encode(self, texts: list[str], **_: object) -> NDArray[np.float32]:
            return np.full((len(texts), 24), 0.5, dtype=np.float32)

    monkeypatch.setattr(SentenceTransformerEmbedder, "_model", Model())
    embedder = SentenceTransformerEmbedder(folder, "tiny", wrong)
    assert len(set(embedder.encode(["w1"])[0].tolist())) == 1


def test_the_embedder_gives_unit_vectors_of_the_network(folder: Path) -> None:
    (folder / bert.CHECK_FILE).unlink(missing_ok=True)
    reference = _reference(folder)
    vectors = SentenceTransformerEmbedder(folder, "tiny", reference).encode(TEXTS)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert _cosines(vectors, reference.vectors).min() > 0.999


def test_without_openvino_or_with_another_network_there_is_none(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = _reference(folder)
    assert compiled_as(reference, tmp_path, _tokenizer(folder), WINDOW) is None

    def absent() -> object:
        raise ModuleNotFoundError("No module named 'openvino'")

    monkeypatch.setattr(bert, "import_openvino", absent)
    assert compiled_as(reference, folder, _tokenizer(folder), WINDOW) is None


def test_openvino_is_imported_without_what_reports_it() -> None:
    code = (
        "import sys; from index.bert import import_openvino; import_openvino().Core();"
        "import_openvino();"
        "print([each for each in sys.modules if 'telemetry' in each or 'tools.ovc' in each])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
