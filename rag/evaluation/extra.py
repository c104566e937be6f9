"""The libraries that only the evaluation needs: the extra ``eval``.

Whoever only asks questions need not install them, so each is imported where it is used, after this.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec

from rag.errors import EvaluationError


@cache
def require(module: str) -> None:
    """Raise EvaluationError, saying how to install it, unless ``module`` is there."""
    if find_spec(module) is None:
        raise EvaluationError(
            f"this needs {module}, which is not installed: pip install 'footnote-rag[eval]'"
        )
