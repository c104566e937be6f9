"""What the reader makes of evidence that is cited for a claim."""

from __future__ import annotations

from collections.abc import Sequence

from rag.reader.reader import Reader
from rag.types import Evidence


def carried_by(reader: Reader, claim: str, cited: Sequence[Evidence]) -> float:
    """The reader's logit that the best of ``cited`` carries ``claim``; 0 where nothing is cited."""
    readings = reader.read(claim, [each.window for each in cited])
    return max((each.supports for each in readings), default=0.0)
