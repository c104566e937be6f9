"""Rich Text Format (.rtf): its text without its marks."""

from __future__ import annotations

import re
from itertools import groupby
from pathlib import PurePath

from index.errors import UnreadableError
from index.load.base import LoadedDocument
from index.load.build import TextBuilder, tidy
from index.load.table import table_lines

_TITLE = re.compile(rb"\\title\s+([^{}\\]{1,200})\}")


def load_rtf(data: bytes, name: str) -> LoadedDocument:
    """A rich text. Raises UnreadableError when it is none."""
    from striprtf.striprtf import rtf_to_text

    if not data.lstrip().startswith(b"{\\rtf"):
        raise UnreadableError(f"{name} is no rich text or a damaged one; save it again")
    # The marks are ASCII, and what is not names its own encoding: bytes must only come through.
    text: str = rtf_to_text(  # type: ignore[no-untyped-call]
        data.decode("latin-1"), errors="replace"
    )
    built = TextBuilder()
    for block in re.split(r"\n\s*\n", text):
        _add_block(built, block)
    title = _TITLE.search(data)
    return built.document(title[1].decode("latin-1") if title else PurePath(name).name, "text/rtf")


def _add_block(built: TextBuilder, block: str) -> None:
    """Adds the paragraphs of a block, and the rows of tables, whose cells end with a bar each."""
    for is_table, lines in groupby(block.split("\n"), lambda line: line.rstrip().endswith("|")):
        if is_table:
            for line in table_lines([line.rstrip().split("|")[:-1] for line in lines]):
                built.add(line)
        else:
            built.add("\n".join(map(tidy, lines)))
