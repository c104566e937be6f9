"""The Python that the documentation shows, to be run by tests."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

README = Path(__file__).parent.parent / "README.md"


def python_example(text: str) -> str:
    """Return the block of indented lines in ``text`` that begins with an import of ``rag``."""
    lines = iter(text.splitlines())
    shown = [next(line for line in lines if line.startswith("    from rag import"))]
    for line in lines:
        if line and not line.startswith("    "):
            break
        shown.append(line)
    return dedent("\n".join(shown)).strip()
