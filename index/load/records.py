"""JSON, JSON Lines, XML and notebooks: each record readable alone, each value with its name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from index.errors import UnreadableError
from index.load.base import LoadedDocument, decode, normalise
from index.load.build import LINE, TextBuilder, tidy
from index.load.package import parse_xml

if TYPE_CHECKING:
    from lxml.etree import _Element as Element  # type: ignore[import-untyped]

_LONGEST_VALUE = 200  # characters; a longer one is prose and gets lines of its own
_SHORT_TEXT = 80  # characters; shorter text of an XML element is a value, and needs its name


def load_json(data: bytes, name: str) -> LoadedDocument:
    """A JSON file: of a list, each entry is a record ``Record 2: name: Pear; price: 3``.

    Raises UnreadableError when it is not JSON.
    """
    text = decode(data, name)
    try:
        value = json.loads(text)
    except ValueError as error:
        if _is_lines(text):
            return load_json_lines(data, name)
        raise UnreadableError(f"{name} is not valid JSON ({error}); mend it") from error
    built = TextBuilder()
    if isinstance(value, list):
        for number, record in enumerate(value, 1):
            _add_record(built, f"Record {number}: ", record)
    else:
        for path, leaf in _leaves(value, ""):
            built.add(f"{path}: {leaf}" if path else leaf, gap=_gap(leaf))
    return built.document(PurePath(name).name, "application/json")


def load_json_lines(data: bytes, name: str) -> LoadedDocument:
    """A file of one JSON value a line: ``Line 2: name: Pear; price: 3``. Raises UnreadableError."""
    built = TextBuilder()
    for number, line in enumerate(decode(data, name).split("\n"), 1):
        if not line.strip():
            continue
        try:
            _add_record(built, f"Line {number}: ", json.loads(line))
        except ValueError as error:
            raise UnreadableError(
                f"{name} is not valid JSON in line {number} ({error}); mend it"
            ) from error
    return built.document(PurePath(name).name, "application/jsonl")


def _is_lines(text: str) -> bool:
    first = next((line for line in text.split("\n") if line.strip()), "")
    try:
        return isinstance(json.loads(first), dict | list)
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


def load_xml(data: bytes, name: str) -> LoadedDocument:
    """The text of the elements of XML, short ones with their names. Raises UnreadableError."""
    root = parse_xml(data, name)
    built = TextBuilder()
    _add_element(built, root)
    return built.document(PurePath(name).name, "application/xml")


def _add_element(built: TextBuilder, element: Element) -> None:
    children = [child for child in element if isinstance(child.tag, str)]
    own = f"{element.text or ''}{''.join(child.tail or '' for child in children)}"
    if own.strip():  # text, or text with marks in it
        text = tidy(normalise("".join(element.itertext())))
        is_value = not children and len(text) <= _SHORT_TEXT
        label = f"{element.tag.rpartition('}')[2]}: " if is_value else ""
        built.add(label + text, gap=LINE if is_value else "\n\n")
        return
    for child in children:
        _add_element(built, child)
