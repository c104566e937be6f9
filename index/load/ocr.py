"""Text recognition of a picture, offline: RapidOCR, whose wheel carries its models.

Runs in the worker, for a page at a time. Knows neither PDF nor documents.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from PIL.Image import Image

HOW_TO_GET_IT = "pip install 'footnote-rag[ocr]' recognises the text of pictures"
PIXELS = 2000  # of the longer side of a page: 8 points are then 25 pixels high, as the models want
DOUBTFUL = 0.8  # the certainty below which a line is often read wrongly

_DETECTION_PIXELS = 960  # of the longer side
_THREADS = 4  # at most: more do not make a page faster


class Recognised(NamedTuple):
    """A line of a picture: its text, how certain it is (0 to 1), and its edges in pixels."""

    text: str
    certainty: float
    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def of(cls, fields: Sequence[Any]) -> Recognised:
        """A line as it came back from the worker."""
        text, certainty, *edges = fields
        return cls(str(text), float(certainty), *map(float, edges))


def is_available() -> bool:
    """Whether the extra that recognises text is installed."""
    return find_spec("rapidocr") is not None


def recognise(picture: Image) -> list[Recognised]:
    """The lines of a picture, from top to bottom."""
    import numpy as np

    pixels = np.asarray(picture.convert("RGB"))[:, :, ::-1]  # blue first, as OpenCV has them
    found = _engine()(pixels)
    if found.boxes is None:
        return []
    return list(_lines(found))


def _lines(found: Any) -> Iterator[Recognised]:
    for text, certainty, box in zip(found.txts, found.scores, found.boxes, strict=True):
        if text.strip():
            across, down = [float(x) for x, _ in box], [float(y) for _, y in box]
            yield Recognised(text, float(certainty), min(across), min(down), max(across), max(down))


@cache
def _engine() -> Any:
    from rapidocr import RapidOCR

    threads = min(_THREADS, os.cpu_count() or 1)
    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "EngineConfig.onnxruntime.intra_op_num_threads": threads,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            # Lines are looked for on a smaller picture: on a large one their boxes are too high,
            # and half of a line above is read with them.
            "Det.limit_type": "max",
            "Det.limit_side_len": _DETECTION_PIXELS,
        }
    )
