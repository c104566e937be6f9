"""Reads a reader's 8-bit weights back into a network, so that training can go on from them.

The other half of `export`. What rounding to 8 bits took stays lost, which a few hundred steps make
good: the weights that ship are the only ones that are kept. Knows no examples.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rag.errors import ModelError
from rag.reader.reader import NETWORK_FILE

if TYPE_CHECKING:
    from rag.evaluation.training.train import ReaderNetwork

_MATRIX = "MatMulInteger"
_SUFFIX = "_quantized"


def restore(network: ReaderNetwork, folder: Path) -> None:
    """Set the weights of ``network`` to those in ``folder``; the frozen word vectors stay.

    Raises ModelError when a weight is missing there or has another shape.
    """
    import torch

    stored = _stored(folder / NETWORK_FILE)
    with torch.no_grad():
        for name, weight in network.named_parameters():
            if not weight.requires_grad:
                continue
            found = stored.get(name)
            if found is None or found.shape != tuple(weight.shape):
                raise ModelError(
                    f"{folder / NETWORK_FILE} is not a reader of this kind ({name} is missing or "
                    "has another shape): give a folder that rag reader train wrote"
                )
            weight.copy_(torch.from_numpy(found))


def _stored(path: Path) -> dict[str, np.ndarray]:
    """The weights by the names that the network gives them."""
    import onnx
    from onnx.numpy_helper import to_array

    try:
        graph = onnx.load(path).graph
    except Exception as error:  # the library raises what it likes
        raise ModelError(f"{path} cannot be read ({error}): is it a reader's folder?") from error
    tensors = {each.name: to_array(each) for each in graph.initializer}
    found = {name: np.array(each) for name, each in tensors.items() if each.dtype == np.float32}
    for node in graph.node:
        if node.op_type == _MATRIX:
            matrix = node.input[1].removesuffix(_SUFFIX)
            scale, zero = tensors[f"{matrix}_scale"], tensors[f"{matrix}_zero_point"]
            values = tensors[node.input[1]].astype(np.float32) - zero.astype(np.float32)
            found[_module(node.name)] = np.ascontiguousarray((values * scale).T)
    return found


def _module(node: str) -> str:
    """``/encoder/encoder/layer.0/output/dense/MatMul_quant`` multiplies by the weight of
    ``encoder.encoder.layer.0.output.dense``."""
    return ".".join([*node.strip("/").split("/")[:-1], "weight"])
