"""Runs ``rag`` of whichever version lies on the path, as a program, without loading a model.

Texts become vectors by their words; ``ATTACK_BATCH_S`` are the seconds that a batch of them
takes, where an attack needs work that lasts.
"""

from __future__ import annotations

import importlib
import os
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any


def _embedder(*_: object) -> Any:
    hashing: Any = importlib.import_module("tests.doubles").HashingEmbedder
    batch_s = float(os.environ.get("ATTACK_BATCH_S", "0"))

    class Slow(hashing):  # type: ignore[misc]
        def encode(self, texts: Sequence[str]) -> Any:
            time.sleep(batch_s)
            return super().encode(texts)

    return Slow()


def main() -> None:
    """Run the command line of this version."""
    # Where the environment has another version installed, none of its modules fill in for these.
    sys.meta_path[:] = [each for each in sys.meta_path if "editable" not in repr(each).lower()]
    for module, owner in (("rag.wiring", "Wiring"), ("rag.settings", "Settings")):
        with suppress(ModuleNotFoundError):
            opener = getattr(importlib.import_module(module), owner)
            if hasattr(opener, "open_embedder"):
                opener.open_embedder = _embedder
    try:
        command_line = importlib.import_module("rag.cli.main")
    except ModuleNotFoundError:  # of versions in which it was one file
        command_line = importlib.import_module("rag.cli")
    command_line.main()


if __name__ == "__main__":
    main()
