"""Loads llama.cpp where the system lacks the OpenMP library that it needs, ``libgomp.so.1``.

Minimal Debian systems and the slim Python images lack it. xllamacpp brings no copy of its own;
torch does, under the name that xllamacpp asks for (those of faiss and scikit-learn have others).
"""

from __future__ import annotations

import ctypes
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rag.errors import LLMError

LIBRARY = "libgomp.so.1"


def import_llamacpp() -> Any:
    """Return the module ``xllamacpp``, with the system's OpenMP library or else the copy of torch.

    Raises LLMError when it cannot be loaded with either.
    """
    try:
        return _imported()
    except ImportError as error:
        if LIBRARY not in str(error):
            raise _unusable(error) from error
    with suppress(OSError):  # still missing then, which the next import reports
        ctypes.CDLL(str(_copy_of_torch()))
    try:
        return _imported()
    except ImportError as error:
        raise _unusable(error) from error


def _imported() -> Any:
    import xllamacpp

    return xllamacpp


def _copy_of_torch() -> Path:
    torch = find_spec("torch")  # which is not imported: that would take seconds
    folder = Path(torch.origin).parent if torch and torch.origin else Path()
    return folder / "lib" / LIBRARY


def _unusable(error: ImportError) -> LLMError:
    remedy = (
        "install the package that has it (Debian, Ubuntu: apt-get install libgomp1; Fedora: dnf "
        "install libgomp)"
        if LIBRARY in str(error)
        else "install it again with 'pip install --force-reinstall --no-deps xllamacpp'"
    )
    return LLMError(f"the embedded model's library cannot be loaded ({error}): {remedy}")
