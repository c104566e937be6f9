"""XML: each record readable alone, each value with its name, attributes too.

Knows no vocabulary.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

from index.load.base import LoadedDocument, decode, normalise
from index.load.build import LINE, PARAGRAPH, TextBuilder, tidy
from index.load.html import visible_text
from index.load.package import parse_xml

if TYPE_CHECKING:
    from lxml.etree import _Element as Element  # type: ignore[import-untyped]

Pair = tuple[str, str]

_SHORT_TEXT = 80  # characters; shorter text of an element is a value, and needs its name
_LONGEST_VALUE = 200  # characters; a longer one in a record is prose and gets a line of its own
_DECLARED = re.compile(rb"\A\s{0,99}<\?xml[^>]{0,200}?encoding\s{0,9}=\s{0,9}[\"']([\w.:-]{1,40})")
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*>")
_OF_PROGRAMS = (  # attributes that say how to read a file, not what it says
    "{http://www.w3.org/2001/XMLSchema-instance}",
    "{http://www.w3.org/XML/1998/namespace}",
)


def load_xml(data: bytes, name: str) -> LoadedDocument:
    """An XML file: elements that come several times are records, ``book 2: title: …; price: 3``.

    Other values stand on lines of their own. Raises UnreadableError when it is not XML.
    """
    declared = _DECLARED.match(data)
    text = decode(data, name, declared[1].decode() if declared else None)
    root = parse_xml(_DECLARATION.sub("", text).encode(), name)
    built = TextBuilder()
    _add(built, root, "")
    return built.document(PurePath(name).name, "application/xml")


def _add(built: TextBuilder, element: Element, number: str) -> None:
    """Adds an element; ``number`` tells it from others of its name beside it."""
    children = _children(element)
    if _has_text(element):
        _add_text(built, element, children, number)
    elif not children or (number and all(map(_is_leaf, children))):
        _add_record(built, f"{_name(element)}{number}", list(_values(element, children)))
    else:
        for attribute, value in _attributes(element):
            built.add(f"{attribute}: {value}", gap=LINE)
        of_name = Counter(_name(child) for child in children)
        seen: Counter[str] = Counter()
        for child in children:
            seen[_name(child)] += 1
            several = of_name[_name(child)] > 1
            _add(built, child, f" {seen[_name(child)]}" if several else "")


def _add_text(
    built: TextBuilder, element: Element, children: Sequence[Element], number: str
) -> None:
    """Text, or text with marks in it; short text with its name."""
    text = _text(element)
    is_value = not children and len(text) <= _SHORT_TEXT and "\n" not in text
    attributes = "; ".join(f"{name}: {value}" for name, value in _attributes(element))
    shown = f"{text} ({attributes})" if attributes else text
    label = f"{_name(element)}{number if attributes else ''}: " if is_value else ""
    built.add(label + shown, gap=LINE if is_value else PARAGRAPH)


def _add_record(built: TextBuilder, label: str, pairs: Sequence[Pair]) -> None:
    """A record: its short values on one line, each long one as text below."""
    short = [f"{name}: {value}" for name, value in pairs if not _is_long(value)]
    if short:
        built.add(f"{label}: {'; '.join(short)}")
    for name, value in pairs:
        if _is_long(value):
            built.add(f"{label}: {name}: {value}")


def _values(element: Element, children: Sequence[Element]) -> Iterator[Pair]:
    yield from _attributes(element)
    for child in children:
        attributes = list(_attributes(child))
        if text := _text(child):
            yield _name(child), text
        for name, value in attributes:
            yield f"{_name(child)} {name}", value


def _attributes(element: Element) -> Iterator[Pair]:
    for name, value in element.attrib.items():
        if value.strip() and not name.startswith(_OF_PROGRAMS):
            yield name.rpartition("}")[2], tidy(value)


def _text(element: Element) -> str:
    """The text of an element; of one that holds a web page, as feeds do, what that shows."""
    text = normalise("".join(element.itertext()))
    if "</" in text and text.lstrip().startswith("<"):
        return visible_text(text.encode("utf-8-sig"), "").text
    return tidy(text)


def _children(element: Element) -> list[Element]:
    return [child for child in element if isinstance(child.tag, str)]


def _has_text(element: Element) -> bool:
    texts = (element.text, *(child.tail for child in element))
    return any(text and not text.isspace() for text in texts)


def _is_leaf(element: Element) -> bool:
    return not _children(element)


def _is_long(value: str) -> bool:
    return len(value) > _LONGEST_VALUE or "\n" in value


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
