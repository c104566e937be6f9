"""What a declared embedder makes of a few texts, by sentence-transformers in float32.

Another runtime of the same weights is used only where it gives the same vectors. The files beside
this one hold ``texts`` and ``vectors``; the tests make them again with sentence-transformers.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from index.bert import Reference

_FOLDER = Path(__file__).parent


def reference_of(name: str) -> Reference | None:
    """The reference of the declared embedder ``name``; None where it has none."""
    path = _FOLDER / f"{name}.npz"
    if Path(name).name != name or not path.is_file():
        return None
    with np.load(path, allow_pickle=False) as held:
        return Reference(tuple(str(each) for each in held["texts"]), held["vectors"])
