"""The lines of calendars and contacts: ``NAME;PARAMETER=value:value``, folded, nested, escaped.

Reads what RFC 5545 (iCalendar), RFC 6350 (vCard 3 and 4) and vCard 2.1 have in common; knows no
property. Every step is linear in the size of the file.
"""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from index.load.base import decode

_LONGEST_NAME = 100  # characters; longer before its colon is no name but text
_PARAMETER = re.compile(r';([^;:="]*)(?:=((?:"[^"]*"|[^;:"])*))?')
_NAME = re.compile(r"(?:[A-Za-z0-9-]+\.)?([A-Za-z0-9-]+)")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_MOST_NESTED = 20  # components in components; calendars have three


@dataclass(frozen=True, slots=True)
class Property:
    """One line: its name and parameters in capitals, its value as it is written.

    ``group`` parts lines of one contact that belong together: "item1".
    """

    name: str
    parameters: Mapping[str, str]
    value: str
    group: str = ""

    @property
    def text(self) -> str:
        """The value without its escapes."""
        return _unescaped(self.value)

    def parts(self, separator: str) -> list[str]:
        """The parts of a value, at each ``separator`` that is not escaped; no escapes."""
        parts: list[list[str]] = [[]]
        for piece in re.split(rf"(\\.|{re.escape(separator)})", self.value, flags=re.DOTALL):
            if piece == separator:
                parts.append([])
            else:
                parts[-1].append(piece)
        return [_unescaped("".join(part)).strip() for part in parts]


@dataclass(slots=True)
class Component:
    """What stands between BEGIN and END: an event, a contact."""

    name: str
    properties: list[Property] = field(default_factory=list)
    components: list[Component] = field(default_factory=list)

    def first(self, name: str) -> Property | None:
        return next((each for each in self.properties if each.name == name), None)


def components(text: str) -> list[Component]:
    """The outermost components of a file. Lines outside of all, and without a name, are dropped."""
    outermost = Component("")
    stack = [outermost]
    for line in _lines(text):
        read = _property(line)
        if read is None:
            continue
        if read.name == "BEGIN":
            inner = Component(read.value.strip().upper())
            if len(stack) <= _MOST_NESTED:
                stack[-1].components.append(inner)
            stack.append(inner)
        elif read.name == "END":
            if len(stack) > 1:
                stack.pop()
        else:
            stack[-1].properties.append(read)
    return outermost.components


def _lines(text: str) -> Iterator[str]:
    """The lines, folded ones made whole: by a blank before the rest, or "=" at the end."""
    whole: list[str] = []
    is_soft = False
    for line in text.split("\n"):
        if whole and line[:1] in (" ", "\t") and line.strip():
            whole.append(line[1:])
        elif whole and is_soft:
            whole.append(line)
        else:
            if whole:
                yield "".join(whole)
            whole = [line]
        is_quoted = "QUOTED-PRINTABLE" in whole[0][:_LONGEST_NAME].upper()
        is_soft = is_quoted and line.endswith("=")
        if is_soft:
            whole[-1] = line.removesuffix("=")
    if whole:
        yield "".join(whole)


def _property(line: str) -> Property | None:
    named = _NAME.match(line)
    if named is None:
        return None
    stated_of: dict[str, list[str]] = {}
    at = named.end()
    while found := _PARAMETER.match(line, at):
        name, stated = found[1].upper(), found[2]
        if stated is None:  # of vCard 2.1: TEL;WORK;VOICE
            name, stated = ("ENCODING" if "PRINTABLE" in name else "TYPE"), found[1]
        stated_of.setdefault(name, []).append(stated.replace('"', ""))
        at = found.end()
    if line[at : at + 1] != ":":
        return None
    value = line[at + 1 :]
    parameters = {name: ",".join(values) for name, values in stated_of.items()}
    if parameters.get("ENCODING", "").upper() == "QUOTED-PRINTABLE":
        raw = quopri.decodestring(value.encode())
        value = decode(raw, "", parameters.get("CHARSET"))
    group = line[: named.start(1)].rstrip(".")
    return Property(named[1].upper(), parameters, value, group)


def _unescaped(value: str) -> str:
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)
