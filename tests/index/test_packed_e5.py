"""A packed E5 gives the vectors that transformers gives with the same weights, and reads its own
vocabulary. The file is written here, as the package's own source describes it."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from transformers import BertConfig, BertModel

from index.embed import Embedder
from index.errors import EmbedderError
from index.packed_e5 import FILE, PackedE5Embedder, read, tokenizer_of
from rag.models import get
from rag.settings import Settings
from rag.wiring import Wiring

WIDTH, LAYERS, HEADS, INNER, WINDOW = 64, 2, 4, 96, 20
PIECES = [
    *("<s>", "<pad>", "</s>", "<unk>", "▁", "▁query", "▁passage", ":", "▁bridge", "▁red", "▁the"),
    *("▁Brücke", "n", "▁мост", "ы", "停车", "场", "s", "."),
]
REWRITTEN = {"\n": " ", "\u200b": " ", "\x07": "", "ﬁ": "fi", "２": "2"}


@dataclass
class Written:
    """The file's tensors as they are written, and the weights that they stand for."""

    random: np.random.Generator = field(default_factory=lambda: np.random.default_rng(3))
    tensors: list[tuple[str, int, int, bytes]] = field(default_factory=list)
    weights: dict[str, torch.Tensor] = field(default_factory=dict)

    def floats(self, name: str, full_name: str, *shape: int) -> None:
        values = self.random.standard_normal(shape).astype("<f4")
        self._keep(name, full_name, 0, values, values.tobytes())

    def packed(self, name: str, full_name: str, rows: int, columns: int) -> None:
        halves = self.random.integers(0, 16, (rows, columns // 32, 32), dtype=np.uint8)
        scales = self.random.uniform(0.01, 0.05, (rows, columns // 32)).astype("<f2")
        low, high = halves[..., :16], halves[..., 16:]
        data = b"".join(
            scales[row, block].tobytes() + (low[row, block] | high[row, block] << 4).tobytes()
            for row in range(rows)
            for block in range(columns // 32)
        )
        values = (halves.astype(np.float32) - 8) * scales.astype(np.float32)[..., None]
        self._keep(name, full_name, 1, values.reshape(rows, columns), data)

    def _keep(self, name: str, full: str, kind: int, values: NDArray[Any], data: bytes) -> None:
        self.tensors.append((name, kind, values.size, data))
        self.weights[full] = torch.from_numpy(values.astype(np.float32))


def _weights() -> Written:
    written = Written()
    words = "embeddings.word_embeddings.weight"
    written.packed("emb.word", words, len(PIECES), WIDTH)
    for name, full, rows in (("pos", "position", WINDOW), ("type", "token_type", 1)):
        written.floats(f"emb.{name}", f"embeddings.{full}_embeddings.weight", rows, WIDTH)
    written.floats("emb.ln.w", "embeddings.LayerNorm.weight", WIDTH)
    written.floats("emb.ln.b", "embeddings.LayerNorm.bias", WIDTH)
    parts = {
        "q": ("attention.self.query", WIDTH, WIDTH),
        "k": ("attention.self.key", WIDTH, WIDTH),
        "v": ("attention.self.value", WIDTH, WIDTH),
        "ao": ("attention.output.dense", WIDTH, WIDTH),
        "aln": ("attention.output.LayerNorm", WIDTH, 0),
        "fi": ("intermediate.dense", INNER, WIDTH),
        "fo": ("output.dense", WIDTH, INNER),
        "oln": ("output.LayerNorm", WIDTH, 0),
    }
    for layer in range(LAYERS):
        for name, (full, rows, columns) in parts.items():
            begin = f"encoder.layer.{layer}.{full}."
            if columns:
                written.packed(f"l{layer}.{name}.w", f"{begin}weight", rows, columns)
            else:
                written.floats(f"l{layer}.{name}.w", f"{begin}weight", rows)
            written.floats(f"l{layer}.{name}.b", f"{begin}bias", rows)
    return written


def _file(written: Written) -> bytes:
    sizes = (WIDTH, LAYERS, HEADS, INNER, len(PIECES), WINDOW, 1)
    head = b"E5S1" + struct.pack("<I7ifi", 1, *sizes, 1e-12, 32)
    blob = [each.encode() for each in PIECES]
    borders = np.cumsum([0, *map(len, blob)]).astype("<u4").tobytes()
    scores = np.array([0.0] * 4 + [-2.0 - n / 10 for n in range(len(PIECES) - 4)], "<f4").tobytes()
    vocabulary = struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, sum(map(len, blob)))
    rules = b"".join(
        struct.pack(f"<IB{len(result)}I", ord(sign), len(result), *map(ord, result))
        for sign, result in sorted(REWRITTEN.items())
    )
    start = head + vocabulary + borders + scores + b"".join(blob)
    start += struct.pack("<iI", len(REWRITTEN), len(rules)) + rules
    directory_bytes = 4 + sum(2 + len(name) + 21 for name, *_ in written.tensors)
    offset, directory, data = len(start) + directory_bytes, b"", b""
    for name, kind, size, values in written.tensors:
        place = struct.pack("<BIQQ", kind, size, offset + len(data), len(values))
        directory += struct.pack("<H", len(name)) + name.encode() + place
        data += values
    return start + struct.pack("<i", len(written.tensors)) + directory + data


@pytest.fixture(scope="module")
def written() -> Written:
    return _weights()


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory, written: Written) -> Path:
    path = tmp_path_factory.mktemp("e5") / FILE
    path.write_bytes(_file(written))
    return path


@pytest.fixture(scope="module")
def model(written: Written) -> BertModel:
    sizes: dict[str, Any] = {
        "vocab_size": len(PIECES),
        "hidden_size": WIDTH,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "intermediate_size": INNER,
        "max_position_embeddings": WINDOW,
        "type_vocab_size": 1,
        "hidden_dropout_prob": 0.0,
        "attention_probs_dropout_prob": 0.0,
    }
    model = BertModel(BertConfig(**sizes), add_pooling_layer=False)
    missing, unexpected = model.load_state_dict(written.weights, strict=False)
    assert not unexpected
    assert all("position_ids" in each for each in missing)
    return model


def _expected(model: BertModel, pieces: str) -> NDArray[np.float32]:
    ids = [PIECES.index(each) for each in f"<s> {pieces} </s>".split()]
    with torch.no_grad():
        last = model(input_ids=torch.tensor([ids])).last_hidden_state
    mean = last[0].mean(dim=0).numpy()
    return np.asarray(mean / np.linalg.norm(mean), dtype=np.float32)


def test_the_vectors_are_those_of_transformers(path: Path, model: BertModel) -> None:
    embedder: Embedder = PackedE5Embedder(path, "e5")
    assert (embedder.dimension, embedder.max_tokens) == (WIDTH, WINDOW - 4)  # <s> passage : </s>
    texts = ["the red bridge", "мосты", "停车场."]
    pieces = ["▁the ▁red ▁bridge", "▁мост ы", "▁ 停车 场 ."]
    for prompt, found in (
        ("▁passage :", embedder.encode(texts)),
        ("▁query :", embedder.encode_questions(texts)),
    ):
        expected = np.stack([_expected(model, f"{prompt} {each}") for each in pieces])
        assert (found * expected).sum(axis=1).min() > 0.999  # it may compute in bfloat16
        assert np.linalg.norm(found, axis=1) == pytest.approx(1, abs=1e-5)
    asked, told = embedder.encode_questions(texts), embedder.encode(texts)
    assert abs(asked - told).max(axis=1).min() > 5e-4  # the words in front do count


def test_tokens_begin_where_they_stand_in_the_text(path: Path) -> None:
    text = "the\nred\nbridges  Brücken 停车场"
    starts = PackedE5Embedder(path, "e5").token_starts(text)
    assert starts == sorted(starts)
    begun = [text[start:].lstrip() for start in starts]
    for each in ("the", "red", "bridge", "s", "Brücke", "n", "停车", "场"):
        assert any(rest.startswith(each) for rest in begun), each


def test_text_is_read_as_the_vocabulary_was_made(path: Path) -> None:
    tokenizer = tokenizer_of(read(path))

    def pieces(text: str) -> list[str]:
        return list(tokenizer.encode(text, add_special_tokens=False).tokens)

    assert pieces("the \x07  red") == ["▁the", "▁red"]
    assert pieces("Bru\u0308cke") == ["▁Brücke"]
    assert tokenizer.encode("zzz").tokens == ["<s>", "▁", "zzz", "</s>"]
    assert tokenizer.encode("zzz").ids == [0, 4, 3, 2]


def test_a_long_text_is_cut_to_the_window(path: Path) -> None:
    embedder = PackedE5Embedder(path, "e5")
    long, cut = embedder.encode(["red " * 90, "red " * (embedder.max_tokens)])
    assert (long * cut).sum() > 0.9999


@pytest.mark.parametrize("bytes_kept", [0, 3, 40, 200, 1000, -50])
def test_another_file_is_refused_with_what_to_do(
    path: Path, tmp_path: Path, bytes_kept: int
) -> None:
    damaged = tmp_path / FILE
    damaged.write_bytes(path.read_bytes()[:bytes_kept])
    with pytest.raises(EmbedderError, match="rag models fetch multilingual-e5-small-q4"):
        PackedE5Embedder(damaged, "e5").encode(["text"])
    damaged.write_bytes(b"PK\3\4" + path.read_bytes()[4:])
    with pytest.raises(EmbedderError, match="does not begin as one"):
        PackedE5Embedder(damaged, "e5")


def test_it_is_opened_where_its_file_is(path: Path, tmp_path: Path) -> None:
    embedder = Wiring(Settings(home=tmp_path, embedder=str(path.parent))).open_embedder()
    assert isinstance(embedder, PackedE5Embedder)
    assert embedder.name == str(path.parent.resolve())
    assert get("multilingual-e5-small-q4").files[0].path == FILE
