"""JSON, JSON Lines and notebooks: each record readable alone, each value with its name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from index.errors import UnreadableError
from index.load.base import LoadedDocument, decode, decode_lines
from index.load.build import LINE, TextBuilder, numbered_lines

_LONGEST_VALUE = 200  # characters; a longer one is prose and gets lines of its own
_FIRST_LOOK = 1 << 14  # characters of a record; most are shorter
_LONGEST_SIGN = 12  # characters that are no value yet when they are cut: half of a pair of escapes
_LIST = re.compile(r"\s*\[\s*?(?:\n([ \t]*))?(?=[{\[])")
_AROUND_LINES = "\ufeff\x1e\0 \t\r"  # RFC 7464 begins records with a separator
_SEQUENCE = re.compile(r"\s*?^()(?=\{)", re.MULTILINE)
_BETWEEN = re.compile(r"[\s,]*")


def load_json(data: bytes, name: str) -> LoadedDocument:
    """A JSON file: of a list, each entry is a record ``Record 2: name: Pear; price: 3``.

    Of a list that is damaged the records that are whole are read. Raises UnreadableError when it is
    not JSON.
    """
    text = decode_lines(data, name)
    built = TextBuilder()
    try:
        value = _parsed(text)
    except ValueError as error:
        if _is_lines(text):
            return load_json_lines(data, name)
        records = list(_whole_records(text, built))
        if not records:
            raise UnreadableError(f"{name} is not valid JSON ({error}); mend it") from error
        for number, record in records:
            _add_record(built, f"Record {number}: ", record)
        return built.document(PurePath(name).name, "application/json")
    if isinstance(value, list):
        for number, record in enumerate(value, 1):
            _add_record(built, f"Record {number}: ", record)
    else:
        for path, leaf in _leaves(value, ""):
            built.add(f"{path}: {leaf}" if path else leaf, gap=_gap(leaf))
    return built.document(PurePath(name).name, "application/json")


def load_json_lines(data: bytes, name: str) -> LoadedDocument:
    """A file of one JSON value a line: ``Line 2: name: Pear; price: 3``.

    Lines that are damaged are left out. Raises UnreadableError when all are.
    """
    built = TextBuilder()
    damaged: list[int] = []
    first_error: ValueError | None = None
    text = decode_lines(data, name)
    for number, line in enumerate(text.split("\n"), 1):
        try:
            for record in _all_of(line.strip(_AROUND_LINES)):
                _add_record(built, f"Line {number}: ", record)
        except (ValueError, RecursionError) as error:
            damaged.append(number)
            first_error = first_error or ValueError(str(error))
    if first_error and not len(built):
        for number, record in _whole_records(text, built):  # of several lines each
            _add_record(built, f"Record {number}: ", record)
        if len(built):
            return built.document(PurePath(name).name, "application/jsonl")
        raise UnreadableError(
            f"{name} is not valid JSON in line {damaged[0]} ({first_error}); mend it"
        ) from first_error
    if damaged:
        verb = "is" if len(damaged) == 1 else "are"
        built.leave_out(f"{numbered_lines(damaged)}, which {verb} not valid JSON")
    return built.document(PurePath(name).name, "application/jsonl")


def _parsed(text: str) -> Any:
    """JSON, with numbers as they are written and all values of a name that is there twice."""
    return _DECODER.decode(text)


def _all_of(line: str) -> list[Any]:
    """The values of a line, of which there may be several, or a comma behind. Raises ValueError."""
    records, at = [], 0
    while at < len(line):
        record, at = _DECODER.raw_decode(line, at)
        records.append(record)
        at = _BETWEEN.match(line, at).end()  # type: ignore[union-attr]  # matches anywhere
    return records


def _all_values(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named: dict[str, list[Any]] = {}
    for name, value in pairs:
        named.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in named.items()}


# Not strict: a tab within a text is no reason to lose it.
_DECODER = json.JSONDecoder(
    object_pairs_hook=_all_values, parse_float=str, parse_int=str, strict=False
)


def _whole_records(text: str, built: TextBuilder) -> Iterator[tuple[int, Any]]:
    """The entries of a damaged list, or values one after the other, with their numbers; those that
    are damaged are noted as left out.

    Behind a damaged one the next begins on a line that is indented as the first.
    """
    opened = _LIST.match(text) or _SEQUENCE.match(text)
    if opened is None:
        return
    beginning = (
        re.compile(rf"^{opened[1]}(?=[{{\[])", re.MULTILINE) if opened[1] is not None else None
    )
    at, number = opened.end(), 1
    damaged: list[int] = []
    line, counted = 1, 0
    while at < len(text) and text[at] != "]":
        try:
            record, at = _value_at(text, at)
        except ValueError:
            line, counted = line + text.count("\n", counted, at), at
            damaged.append(line)
            found = beginning.search(text, at + 1) if beginning else None
            at = found.end() if found else len(text)
        else:
            yield number, record
        number += 1
        at = _BETWEEN.match(text, at).end()  # type: ignore[union-attr]  # matches anywhere
    if damaged:
        built.leave_out(f"the records that begin in {numbered_lines(damaged)}: not valid JSON")


def _value_at(text: str, at: int) -> tuple[Any, int]:
    """The value that begins at ``at``, and where it ends. Raises ValueError.

    Little of the text is looked at first: an error counts all lines before it.
    """
    size = _FIRST_LOOK
    while True:
        part = text[at : at + size]
        is_all = at + size >= len(text)
        try:
            value, end = _DECODER.raw_decode(part)
        except json.JSONDecodeError as error:
            is_cut = error.msg.startswith("Unterminated") or error.pos >= len(part) - _LONGEST_SIGN
            if is_all or not is_cut:
                raise
        else:
            if is_all or end < len(part):  # else a number may go on
                return value, at + end
        size *= 8


def _is_lines(text: str) -> bool:
    first = next((line for line in text.split("\n") if line.strip()), "")
    try:
        return isinstance(_parsed(first), dict | list)
    except ValueError:
        return False


def _add_record(built: TextBuilder, label: str, record: Any) -> None:
    """Adds a record: its short values on one line, each long one as text below."""
    leaves = list(_leaves(record, ""))
    short = [f"{path}: {leaf}" if path else leaf for path, leaf in leaves if not _is_long(leaf)]
    built.add(label + "; ".join(short))
    for path, leaf in leaves:
        if _is_long(leaf):
            built.add(f"{label}{path}: {leaf}")


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """The values that hold no others, with their path; short lists of them as one."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        if all(not isinstance(each, dict | list) for each in value):
            value = ", ".join(map(_shown, value))
            yield from [(path, value)] if value else []
        else:
            for number, inner in enumerate(value, 1):
                yield from _leaves(inner, f"{path}[{number}]")
    elif (shown := _shown(value)).strip():
        yield path, shown


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _is_long(leaf: str) -> bool:
    return len(leaf) > _LONGEST_VALUE or "\n" in leaf


def _gap(leaf: str) -> str:
    return "\n\n" if _is_long(leaf) else LINE


def load_notebook(data: bytes, name: str) -> LoadedDocument:
    """A Jupyter notebook: its text and code, without what the code printed."""
    from index.load.markdown import load_markdown

    try:
        cells = json.loads(decode(data, name))["cells"]
        sources = [(cell["cell_type"], "".join(cell["source"])) for cell in cells]
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableError(f"{name} is no notebook of version 4; save it again") from error
    pieces = [
        source if kind == "markdown" else f"```\n{source}\n```"
        for kind, source in sources
        if source
    ]
    read = load_markdown("\n\n".join(pieces).encode(), name)
    return LoadedDocument(read.title, "application/x-ipynb+json", read.text, (), read.headings)
