"""A BERT encoder with mean pooling, compiled for this processor by OpenVINO: no torch is loaded.

The network is built from the model's own weights at each start, which takes a hundredth of a
second, so that nothing derived from them lies on the disk. Knows nothing of which models this
suits: a :class:`Reference` holds its vectors to those of sentence-transformers.
"""

from __future__ import annotations

import importlib
import json
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tokenizers import Encoding, Tokenizer

CHECK_FILE = ".compared.json"  # in the model's folder: what was compared, and how near it was
ENOUGH = 0.999  # cosine to the reference; bfloat16 has .9999, 8-bit weights have .99
_CONVERTER = "openvino.tools.ovc"
_IMPORTING = threading.Lock()
_OUTSIDE = np.float32(-1e4)  # added to the attention to padding; finite in every number format
_SHAPES = 8  # tokens: texts are padded to multiples of it, so that few shapes are prepared


WORDS = "embeddings.word_embeddings.weight"
# What a few neighbours in a row of WORDS are multiplied by, where those are whole numbers.
ROW_SCALES = "embeddings.word_embeddings.scales"


@dataclass(frozen=True, slots=True)
class Bert:
    """The weights of a network and its sizes, both by the names of transformers."""

    config: Mapping[str, Any]
    weights: Mapping[str, NDArray[Any]]

    @classmethod
    def of(cls, folder: Path) -> Bert:
        """Read what sentence-transformers keeps. Raises OSError, RuntimeError or ValueError."""
        from safetensors.numpy import load_file

        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        return cls(config, load_file(folder / "model.safetensors"))


@dataclass(frozen=True, slots=True)
class Reference:
    """Texts and their vectors by sentence-transformers in float32, of shape (texts, dimension)."""

    texts: tuple[str, ...]
    vectors: NDArray[np.float32]

    def cosine(self, encode: Callable[[list[str]], NDArray[np.float32]]) -> float:
        """The lowest cosine between a vector of ``encode`` and that of the reference."""
        found = encode(list(self.texts))
        lengths = np.linalg.norm(found, axis=1) * np.linalg.norm(self.vectors, axis=1)
        return float(((found * self.vectors).sum(axis=1) / lengths).min())


class CompiledBert:
    """The network ``bert``, for texts of at most ``window`` tokens with the special ones.

    Raises ImportError where OpenVINO is not installed, and KeyError or RuntimeError when a weight
    is missing or of another shape.
    """

    def __init__(self, bert: Bert, tokenizer: Tokenizer, window: int) -> None:
        openvino = import_openvino()
        self._tokenizer = tokenizer
        self._window = window
        core = openvino.Core()
        device = core.get_property("CPU", "FULL_DEVICE_NAME")
        self.runtime = f"OpenVINO {openvino.get_version()} on {device}"
        # The number format is left to OpenVINO: bfloat16 where the processor computes in it.
        network = _network(openvino, bert)
        self._compiled = core.compile_model(network, "CPU", {"PERFORMANCE_HINT": "LATENCY"})

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return a vector per text, not of unit length; of shape ``(len(texts), dimension)``."""
        cut = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        room = self._window - self._tokenizer.num_special_tokens_to_add(is_pair=False)
        encodings = [self._whole(each, room) for each in cut]
        longest = max(len(each.ids) for each in encodings)
        shape = len(encodings), min(-(-longest // _SHAPES) * _SHAPES, self._window)
        ids, mask = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.float32)
        for row, each in enumerate(encodings):
            ids[row, : len(each.ids)] = each.ids
            mask[row, : len(each.ids)] = 1
        # A copy: the next inference writes over what the compiled model gives back.
        return np.array(self._compiled([ids, mask])[0], dtype=np.float32)

    def _whole(self, encoding: Encoding, room: int) -> Encoding:
        encoding.truncate(room)
        return self._tokenizer.post_process(encoding)


def compiled_as(
    reference: Reference, folder: Path, tokenizer: Tokenizer, window: int
) -> CompiledBert | None:
    """The network of ``folder`` if it gives the vectors of ``reference``, else None.

    The comparison is remembered in the folder, so that it is made once for each version of OpenVINO
    and each processor.
    """
    try:
        network = CompiledBert(Bert.of(folder), tokenizer, window)
    except (ImportError, KeyError, OSError, RuntimeError, ValueError):
        return None
    known = comparison(folder)
    if known.get("runtime") != network.runtime:
        known = {"runtime": network.runtime, "cosine": reference.cosine(network.encode)}
        with suppress(OSError):  # a cache that is read-only still works: it compares each time
            (folder / CHECK_FILE).write_text(json.dumps(known), encoding="utf-8")
    return network if known["cosine"] >= ENOUGH else None


def comparison(folder: Path) -> dict[str, Any]:
    """What was found when ``folder`` was compared last: ``runtime`` and ``cosine``, or nothing."""
    try:
        known = json.loads((folder / CHECK_FILE).read_text(encoding="utf-8"))
        return {"runtime": str(known["runtime"]), "cosine": float(known["cosine"])}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def import_openvino() -> Any:
    """Return the module ``openvino``, without its model converter. Raises ImportError.

    The converter, which nobody needs here, reports each import to a server of its maker; and half
    of the time that the import takes is its.
    """
    with _IMPORTING:
        if "openvino" in sys.modules:
            return importlib.import_module("openvino")
        sys.modules[_CONVERTER] = None  # type: ignore[assignment]  # says that there is none
        try:
            return importlib.import_module("openvino")
        finally:
            del sys.modules[_CONVERTER]


def _network(openvino: Any, bert: Bert) -> Any:
    """The graph from token ids and mask to the mean of the last layer."""
    ops = importlib.import_module("openvino.opset15")
    layers = _Layers(openvino, ops, bert)
    ids = ops.parameter([-1, -1], np.int64)
    mask = ops.parameter([-1, -1], np.float32)
    hidden = layers.embedded(ids)
    outside = ops.multiply(
        ops.subtract(ops.constant(np.float32(1)), ops.unsqueeze(mask, ops.constant([1, 2]))),
        ops.constant(_OUTSIDE),
    )
    for number in range(bert.config["num_hidden_layers"]):
        hidden = layers.layer(hidden, outside, f"encoder.layer.{number}.")
    weight = ops.unsqueeze(mask, ops.constant(2))
    total = ops.reduce_sum(ops.multiply(hidden, weight), ops.constant(1))
    mean = ops.divide(total, ops.reduce_sum(weight, ops.constant(1)))
    return openvino.Model([mean], [ids, mask], "bert")


class _Layers:
    """The parts of a BERT network, over its weights by name."""

    def __init__(self, openvino: Any, ops: Any, bert: Bert) -> None:
        config = bert.config
        self._openvino = openvino
        self._ops = ops
        self._weights = bert.weights
        self._heads = int(config["num_attention_heads"])
        self._width = int(config["hidden_size"])
        self._epsilon = float(config["layer_norm_eps"])

    def embedded(self, ids: Any) -> Any:
        ops, prefix = self._ops, "embeddings."
        count = ops.gather(ops.shape_of(ids), ops.constant(1), ops.constant(0))
        first, step = (ops.constant(each, np.int64) for each in (0, 1))
        places = ops.range(first, count, step, "i64")
        words = self._words(ids)
        positions = self._weight(f"{prefix}position_embeddings.weight")
        kind = ops.constant(self._weights[f"{prefix}token_type_embeddings.weight"][0])
        placed = ops.add(words, ops.gather(positions, places, ops.constant(0)))
        return self._normed(ops.add(placed, kind), f"{prefix}LayerNorm")

    def _words(self, ids: Any) -> Any:
        ops = self._ops
        words = ops.gather(self._weight(WORDS), ids, ops.constant(0))
        if ROW_SCALES not in self._weights:
            return words
        # By row of the text, and not before: the table is eight times as large in float32.
        scales = ops.gather(self._weight(ROW_SCALES), ids, ops.constant(0))
        count = self._weights[ROW_SCALES].shape[1]
        parts = ops.reshape(ops.convert(words, "f32"), [0, 0, count, -1], True)
        scaled = ops.multiply(parts, ops.unsqueeze(scales, ops.constant(3)))
        return ops.reshape(scaled, [0, 0, self._width], True)

    def layer(self, hidden: Any, outside: Any, prefix: str) -> Any:
        ops = self._ops
        query, key, value = (
            self._by_head(self._linear(hidden, f"{prefix}attention.self.{name}"))
            for name in ("query", "key", "value")
        )
        seen = ops.scaled_dot_product_attention(query, key, value, outside)
        joined = ops.reshape(ops.transpose(seen, [0, 2, 1, 3]), [0, 0, self._width], True)
        output = self._linear(joined, f"{prefix}attention.output.dense")
        hidden = self._normed(ops.add(output, hidden), f"{prefix}attention.output.LayerNorm")
        inner = ops.gelu(self._linear(hidden, f"{prefix}intermediate.dense"), "erf")
        output = self._linear(inner, f"{prefix}output.dense")
        return self._normed(ops.add(output, hidden), f"{prefix}output.LayerNorm")

    def _by_head(self, vectors: Any) -> Any:
        shape = [0, 0, self._heads, self._width // self._heads]
        return self._ops.transpose(self._ops.reshape(vectors, shape, True), [0, 2, 1, 3])

    def _linear(self, inputs: Any, name: str) -> Any:
        product = self._ops.matmul(inputs, self._weight(f"{name}.weight"), False, True)
        return self._ops.add(product, self._weight(f"{name}.bias"))

    def _normed(self, inputs: Any, name: str) -> Any:
        ops = self._ops
        normed = ops.mvn(inputs, ops.constant([-1]), True, self._epsilon, "inside_sqrt")
        scaled = ops.multiply(normed, self._weight(f"{name}.weight"))
        return ops.add(scaled, self._weight(f"{name}.bias"))

    def _weight(self, name: str) -> Any:
        return self._openvino.op.Constant(self._weights[name], shared_memory=True)
