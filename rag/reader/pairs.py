"""Pairs of texts as the reader's token ids: one encoding for training and use.

Knows no network: it ends where numbers begin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tokenizers import Encoding

MAX_TOKENS = 192  # of a pair: 450 characters of text and a long question have about 150
MAX_FIRST_TOKENS = 96  # of the question or claim, so that some of the text is always left

Array = np.ndarray


@dataclass(frozen=True, slots=True)
class Batch:
    """Rectangular token ids of pairs, shape (pairs, tokens) each, with their encodings."""

    input_ids: Array
    attention_mask: Array
    token_type_ids: Array
    encodings: Sequence[Encoding]

    @property
    def second(self) -> Array:
        """1 where a token is of the second text, 0 elsewhere."""
        seconds: Array = self.token_type_ids * (self.input_ids != self._separator)
        return seconds

    @property
    def _separator(self) -> int:
        return int(self.input_ids[0, self.attention_mask[0].sum() - 1])


class PairEncoder:
    """Encodes pairs with the vocabulary in ``tokenizer.json``."""

    def __init__(self, path: Path) -> None:
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(path))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()

    def encode(self, pairs: Sequence[tuple[str, str]]) -> Batch:
        firsts = self._tokenizer.encode_batch([each for each, _ in pairs], add_special_tokens=False)
        seconds = self._tokenizer.encode_batch(
            [each for _, each in pairs], add_special_tokens=False
        )
        encodings = [self._joined(*pair) for pair in zip(firsts, seconds, strict=True)]
        length = max(len(each) for each in encodings)
        shape = (len(encodings), length)
        ids, mask, types = (np.zeros(shape, dtype=np.int64) for _ in range(3))
        for row, each in enumerate(encodings):
            ids[row, : len(each)] = each.ids
            mask[row, : len(each)] = 1
            types[row, : len(each)] = each.type_ids
        return Batch(ids, mask, types, encodings)

    def token_starts(self, text: str) -> list[int]:
        """Where the tokens of ``text`` begin."""
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        return [start for start, _ in encoding.offsets]

    def _joined(self, first: Encoding, second: Encoding) -> Encoding:
        first.truncate(MAX_FIRST_TOKENS)
        second.truncate(MAX_TOKENS - len(first) - 3)  # [CLS] and two [SEP]
        return self._tokenizer.post_process(first, second)
