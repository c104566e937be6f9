"""Writes a trained reader as an ONNX network with 8-bit weights: what ships. Knows no training."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import torch

from rag.evaluation.training.train import ReaderNetwork, tensors
from rag.reader.pairs import PairEncoder
from rag.reader.reader import NETWORK_FILE, VOCABULARY_FILE

OPSET = 18  # the newest that the exporter writes without converting


def export(network: ReaderNetwork, vocabulary: Path, folder: Path) -> None:
    """Write ``reader.onnx`` and ``tokenizer.json`` into ``folder``, for any number of pairs."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(vocabulary, folder / VOCABULARY_FILE)
    sample = tensors(
        PairEncoder(vocabulary).encode([("who wrote it?", "Ada wrote it."), ("a", "b")])
    )
    names = ["input_ids", "attention_mask", "token_type_ids"]
    with tempfile.TemporaryDirectory() as scratch:
        whole = Path(scratch) / NETWORK_FILE
        torch.onnx.export(
            network.eval(),
            sample,
            str(whole),
            input_names=names,
            output_names=["start", "end", "classes"],
            dynamic_axes={name: {0: "pairs", 1: "tokens"} for name in [*names, "start", "end"]}
            | {"classes": {0: "pairs"}},
            opset_version=OPSET,
            dynamo=False,
        )
        quantize_dynamic(
            whole, folder / NETWORK_FILE, weight_type=QuantType.QInt8, per_channel=True
        )
