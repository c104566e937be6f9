"""The recipe from examples to an exported network, on a network small enough for a test."""

from __future__ import annotations

import warnings
from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel

from index.types import Span
from rag.errors import ModelError
from rag.evaluation.training.examples import Example
from rag.evaluation.training.export import export
from rag.evaluation.training.restore import restore
from rag.evaluation.training.train import ReaderNetwork, tensors, train
from rag.reader.pairs import MAX_TOKENS, PairEncoder
from rag.reader.reader import VOCABULARY_FILE, WEIGHTS, Reader

TEXTS = ("The north sends 5,000 workers.", "The south sends nobody at all.")
EXAMPLES = [
    Example("answer", "how many workers?", TEXTS[0], True, Span(16, 21)),
    Example("answer", "how many workers?", TEXTS[1], False),
    Example("support", "5,000 workers are sent", TEXTS[0], True),
    Example("support", "5,000 workers are sent", TEXTS[1], False),
]


@pytest.fixture
def encoder() -> PairEncoder:
    return PairEncoder(WEIGHTS / VOCABULARY_FILE)


@pytest.fixture
def network() -> ReaderNetwork:
    torch.manual_seed(0)
    config = BertConfig(
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    return ReaderNetwork(BertModel(config, add_pooling_layer=False), 32)


def test_the_second_text_is_told_from_the_first(encoder: PairEncoder) -> None:
    batch = encoder.encode([("how many?", TEXTS[0]), ("who?", "Ada.")])
    for row, (_, text) in enumerate([("how many?", TEXTS[0]), ("who?", "Ada.")]):
        places = np.flatnonzero(batch.second[row])
        offsets = [batch.encodings[row].offsets[place] for place in places]
        assert offsets[0][0] == 0
        assert offsets[-1][1] == len(text)


def test_a_long_pair_keeps_some_of_both_texts(encoder: PairEncoder) -> None:
    batch = encoder.encode([("why " * 500, "because " * 500)])
    assert batch.input_ids.shape == (1, MAX_TOKENS)
    assert batch.second.sum() > MAX_TOKENS // 3


def test_training_lets_it_tell_what_it_was_shown(
    encoder: PairEncoder, network: ReaderNetwork, tmp_path: Path
) -> None:
    losses: list[float] = []
    train(
        network,
        encoder,
        [EXAMPLES * 4] * 60,
        seed=1,
        learning_rate=2e-3,  # a network without a past
        on_step=lambda step, steps, loss: losses.append(loss),
    )
    assert losses[-1] < losses[0] / 2
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter speaks of its own future
        export(network, WEIGHTS / VOCABULARY_FILE, tmp_path)
    reader = Reader(tmp_path)
    answered, unanswered = reader.read("how many workers?", TEXTS)
    assert answered.answers > unanswered.answers
    assert answered.margin > unanswered.margin
    assert answered.span is not None
    assert answered.span.of(TEXTS[0]) == "5,000"
    carried, uncarried = reader.read("5,000 workers are sent", TEXTS)
    assert carried.supports > uncarried.supports


def test_the_exported_network_says_nearly_what_the_trained_one_says(
    encoder: PairEncoder, network: ReaderNetwork, tmp_path: Path
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        export(network, WEIGHTS / VOCABULARY_FILE, tmp_path)
    with torch.no_grad():
        _, _, classes = network.eval()(*tensors(encoder.encode([("who?", TEXTS[0])])))
    reading = Reader(tmp_path).read("who?", [TEXTS[0]])[0]
    assert reading.answers == pytest.approx(float(classes[0, 0]), abs=0.05)  # 8 bits a weight
    assert reading.supports == pytest.approx(float(classes[0, 1]), abs=0.05)


def test_training_goes_on_from_what_was_exported(
    encoder: PairEncoder, network: ReaderNetwork, tmp_path: Path
) -> None:
    with torch.no_grad():
        for weight in network.parameters():  # as after training: the exporter joins equal weights
            weight.add_(torch.randn_like(weight) * 0.02)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        export(network, WEIGHTS / VOCABULARY_FILE, tmp_path)
    fresh = deepcopy(network)
    fresh.encoder.embeddings.requires_grad_(False)
    with torch.no_grad():
        for weight in fresh.parameters():
            weight.mul_(0 if weight.requires_grad else 1)
    restore(fresh, tmp_path)
    pair = tensors(encoder.encode([("how many workers?", TEXTS[0])]))
    with torch.no_grad():
        for again, before in zip(fresh.eval()(*pair), network.eval()(*pair), strict=True):
            assert torch.allclose(again, before, atol=0.02)  # rounded to 8 bits once


@pytest.mark.parametrize("wrong", ["another network", "no network"])
def test_weights_of_another_network_are_refused_by_name(
    wrong: str, network: ReaderNetwork, tmp_path: Path
) -> None:
    folder = WEIGHTS if wrong == "another network" else tmp_path
    with pytest.raises(ModelError, match=r"reader\.onnx .*folder"):
        restore(network, folder)
