"""Trains the reader: the embedder's own encoder, read over a question and a text together.

Three heads on one encoder: where the answer begins and ends (with the first token standing for
*nowhere*, as in Devlin et al. 2019, BERT, section 4.3, doi:10.18653/v1/N19-1423), whether the text
answers the question, and whether it carries the claim. Knows no suite: it is given examples.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from transformers import AutoModel

from rag.evaluation.training.examples import Example
from rag.reader.pairs import Batch, PairEncoder

BATCH_TOKENS = 2048  # a batch holds so many tokens: about 24 pairs
WARM_UP = 0.06  # share of the steps in which the learning rate grows
WEIGHT_DECAY = 0.01
NOWHERE = 0  # the place of the first token, which stands for "this text does not answer"
CLASSES = ("answer", "support")

Report = Callable[[int, int, float], None]


class ReaderNetwork(nn.Module):
    """Token ids (pairs, tokens) -> logits: start and end (pairs, tokens), classes (pairs, 2)."""

    def __init__(self, encoder: nn.Module, width: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.span = nn.Linear(width, 2)
        self.classes = nn.Linear(width, len(CLASSES))

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        hidden = self.encoder(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state
        start, end = self.span(hidden).unbind(dim=-1)
        return start, end, self.classes(hidden[:, 0])


def load_network(embedder: Path) -> ReaderNetwork:
    """The encoder of the sentence-transformers folder ``embedder`` with new heads."""
    encoder: Any = AutoModel.from_pretrained(
        embedder,
        add_pooling_layer=False,
        # Without dropout a step takes two thirds of the time, and few epochs overfit little.
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    encoder.embeddings.requires_grad_(False)  # half of the weights, and words keep their meaning
    return ReaderNetwork(encoder, encoder.config.hidden_size)


def train(
    network: ReaderNetwork,
    encoder: PairEncoder,
    epochs: Sequence[Sequence[Example]],
    *,
    seed: int,
    learning_rate: float,
    on_step: Report = lambda *_: None,
) -> None:
    """Fit ``network`` to the examples of each epoch in place: AdamW, one linear schedule whose
    highest point is ``learning_rate``."""
    torch.manual_seed(seed)
    draw = random.Random(seed)
    plan = [batch for examples in epochs for batch in _batches(examples, draw)]
    free = [each for each in network.parameters() if each.requires_grad]
    optimizer = torch.optim.AdamW(free, lr=learning_rate, weight_decay=WEIGHT_DECAY, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, _slope(len(plan)))
    network.train()
    for step, batch in enumerate(plan, 1):
        with torch.autocast("cpu", dtype=torch.bfloat16):  # half of the time
            loss = _loss(network, encoder, batch)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(free, 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        on_step(step, len(plan), float(loss.detach()))
    network.eval()


def _slope(steps: int) -> Callable[[int], float]:
    warm = max(1, int(steps * WARM_UP))
    return lambda step: min((step + 1) / warm, max(0.0, (steps - step) / max(1, steps - warm)))


def _batches(examples: Sequence[Example], draw: random.Random) -> Iterator[list[Example]]:
    """All examples once, those of like length together: less padding, less time."""

    def length(each: Example) -> float:
        return (len(each.first) + len(each.second)) * draw.uniform(0.85, 1.15)

    batches: list[list[Example]] = []
    batch: list[Example] = []
    longest = 0
    for each in sorted(examples, key=length):
        size = (len(each.first) + len(each.second)) // 4  # about four characters a token
        if batch and max(longest, size) * (len(batch) + 1) > BATCH_TOKENS:
            batches.append(batch)
            batch, longest = [], 0
        batch.append(each)
        longest = max(longest, size)
    batches.append(batch)
    draw.shuffle(batches)
    return iter(batches)


def _loss(network: ReaderNetwork, encoder: PairEncoder, examples: Sequence[Example]) -> Tensor:
    batch = encoder.encode([(each.first, each.second) for each in examples])
    start, end, classes = network(*tensors(batch))
    chosen = torch.tensor([CLASSES.index(each.head) for each in examples])
    labels = torch.tensor([float(each.label) for each in examples])
    judged = nn.functional.binary_cross_entropy_with_logits(
        classes.gather(1, chosen[:, None])[:, 0], labels
    )
    places = [_place(each, batch, row) for row, each in enumerate(examples)]
    pointed = [row for row, place in enumerate(places) if place is not None]
    if not pointed:
        return judged
    shown = torch.from_numpy(batch.second.astype(bool))
    shown[:, NOWHERE] = True
    loss = judged
    for side, logits in enumerate((start, end)):
        target = torch.tensor([places[row][side] for row in pointed])  # type: ignore[index]
        masked = logits[pointed].masked_fill(~shown[pointed], -1e4)
        loss = loss + nn.functional.cross_entropy(masked, target) / 2
    return loss


def tensors(batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
    arrays = (batch.input_ids, batch.attention_mask, batch.token_type_ids)
    return tuple(torch.from_numpy(np.ascontiguousarray(each)) for each in arrays)  # type: ignore[return-value]


def _place(example: Example, batch: Batch, row: int) -> tuple[int, int] | None:
    """First and last token of the answer; None where there is nothing to learn about places."""
    if example.head != "answer":
        return None
    if not example.label:
        return NOWHERE, NOWHERE
    if example.answer is None:
        return None
    inside = [
        place
        for place, ((begin, end), kind) in enumerate(
            zip(batch.encodings[row].offsets, batch.second[row], strict=False)
        )
        if kind and begin < example.answer.end and end > example.answer.start
    ]
    return (inside[0], inside[-1]) if inside else None
