"""Equations as text on one line: those of Office (OMML) and of OpenDocument and pages (MathML).

Powers and indices are written as elsewhere (``x²``, ``a_(max)``), fractions with a stroke and
brackets where they are needed, roots, sums and matrices with their signs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from index.load.build import tidy
from index.load.script import lowered, raised

if TYPE_CHECKING:
    from lxml.etree import _Element as Element  # type: ignore[import-untyped]

_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_WHOLE = re.compile(
    r"[\d.,]*%?$|[^\W\d]+$|\([^()]*\)$|\[[^\[\]]*\]$"
)  # needs no brackets beside a stroke
_FRACTION_END = "\u200a"  # a hair space: told from others, and tidied to a blank
_BESIDE = {"∘": "°", "○": "°", "'": "′", "′": "′", "″": "″", "°": "°"}  # no powers
_INVISIBLE = str.maketrans({"\u2061": " ", "\u2062": "", "\u2063": "", "\u2064": ""})
_INTEGRAL = "∫"  # the operator that is meant where none is named


def omml_text(math: Element) -> str:
    """The text of an ``m:oMath`` or ``m:oMathPara``."""
    return _joined(_omml(each) for each in math)


def mathml_text(math: Element) -> str:
    """The text of a ``math`` element of MathML, in any namespace."""
    return _joined(_mathml(each) for each in math)


def _joined(pieces: Iterator[str]) -> str:
    """Pieces one after the other; a blank keeps a fraction from what would read as part of it."""
    text = "".join(pieces)
    return tidy(re.sub(rf"{_FRACTION_END}(?!\w)", "", text).translate(_INVISIBLE))


def _local(element: Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _part(element: Element, name: str) -> str:
    """The text of a part of an OMML element; empty without it."""
    found = element.find(f"{_M}{name}")
    return "" if found is None else omml_text(found)


def _property(element: Element, name: str, default: str) -> str:
    """A property of an OMML element: ``default`` if it is not named, empty if it is named empty."""
    found = element.find(f"{_M}{_local(element)}Pr/{_M}{name}")
    return default if found is None else found.get(f"{_M}val", "")


def _omml(element: Element) -> str:
    name = _local(element)
    if name == "t":
        return element.text or ""
    if name in _OMML:
        return _OMML[name](element)
    if name.endswith("Pr") or name in ("del", "moveFrom"):
        return ""
    return "".join(map(_omml, element))


def _fraction(over: str, under: str, stroke: str = "/") -> str:
    return f"{_bracketed(over)}{stroke}{_bracketed(under)}{_FRACTION_END}"


def _bracketed(text: str) -> str:
    return text if _WHOLE.match(text) else f"({text})"


def _root(of: str, degree: str) -> str:
    return f"{raised(degree)}√{of if len(of) == 1 or of.isdigit() else f'({of})'}"


def _scripted(base: str, below: str, above: str) -> str:
    whole = base if len(base) < 2 or _WHOLE.match(base) else f"({base})"
    return f"{whole}{lowered(below)}{_BESIDE.get(above) or raised(above)}"


def _between(element: Element) -> str:
    """What stands between brackets, which the properties name where they are not round."""
    begin, end = _property(element, "begChr", "("), _property(element, "endChr", ")")
    separator = _property(element, "sepChr", "|")
    inner = separator.join(omml_text(each) for each in element.findall(f"{_M}e"))
    return f"{begin}{inner}{end}"


def _omml_rows(element: Element) -> str:
    return "; ".join(
        " ".join(omml_text(each) for each in row.findall(f"{_M}e"))
        for row in element.findall(f"{_M}mr")
    )


def _accented(element: Element) -> str:
    """The sign above comes behind what it is above, as combining characters do."""
    return f"{_part(element, 'e')}{_property(element, 'chr', chr(0x302))}"


_OMML: Mapping[str, Callable[[Element], str]] = {
    "f": lambda e: _fraction(
        _part(e, "num"), _part(e, "den"), "¦" if _property(e, "type", "bar") == "noBar" else "/"
    ),
    "sSup": lambda e: _scripted(_part(e, "e"), "", _part(e, "sup")),
    "sSub": lambda e: _scripted(_part(e, "e"), _part(e, "sub"), ""),
    "sSubSup": lambda e: _scripted(_part(e, "e"), _part(e, "sub"), _part(e, "sup")),
    "sPre": lambda e: _scripted("", _part(e, "sub"), _part(e, "sup")) + _part(e, "e"),
    "rad": lambda e: _root(_part(e, "e"), _part(e, "deg")),
    "nary": lambda e: (
        _scripted(_property(e, "chr", _INTEGRAL), _part(e, "sub"), _part(e, "sup"))
        + f" {_part(e, 'e')}"
    ),
    "d": _between,
    "func": lambda e: f"{_part(e, 'fName')} {_part(e, 'e')}",
    "limLow": lambda e: _scripted(_part(e, "e"), _part(e, "lim"), ""),
    "limUpp": lambda e: _scripted(_part(e, "e"), "", _part(e, "lim")),
    "m": lambda e: f"[{_omml_rows(e)}]",
    "eqArr": lambda e: "; ".join(omml_text(each) for each in e.findall(f"{_M}e")),
    "acc": _accented,
    "bar": lambda e: f"{_part(e, 'e')}{chr(0x305)}",
    "phant": lambda e: "" if _property(e, "show", "1") in ("0", "off") else _part(e, "e"),
}


def _mathml(element: Element) -> str:
    name = _local(element)
    parts = list(element)
    if name in ("annotation", "annotation-xml"):
        return ""
    if name == "mspace":
        return " "
    if name == "mfenced":
        inner = (element.get("separators", ",").strip()[:1] or ",").join(map(_one, parts))
        return f"{element.get('open', '(')}{inner}{element.get('close', ')')}"
    if name == "mtable":
        return f"[{'; '.join(' '.join(map(_one, row)) for row in parts)}]"
    if name == "msqrt":
        return _root(mathml_text(element), "")
    if name in _MATHML and len(parts) == _MATHML[name][0]:
        return _MATHML[name][1](*map(_one, parts))
    return (element.text or "").strip() + "".join(map(_mathml, parts))


def _one(element: Element) -> str:
    return _joined(iter([_mathml(element)]))


_MATHML: Mapping[str, tuple[int, Callable[..., str]]] = {
    "mfrac": (2, _fraction),
    "msup": (2, lambda base, above: _scripted(base, "", above)),
    "msub": (2, lambda base, below: _scripted(base, below, "")),
    "msubsup": (3, _scripted),
    "munder": (2, lambda base, below: _scripted(base, below, "")),
    "mover": (2, lambda base, above: _scripted(base, "", above)),
    "munderover": (3, _scripted),
    "mroot": (2, _root),
}
