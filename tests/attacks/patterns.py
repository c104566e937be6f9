"""Every regular expression of the project, and texts made to have it look for long.

Patterns are found where they stand: those that a module holds, at any depth, and those written into
a call of ``re``. What a function puts together when it is called is in ``MADE``, and the test fails
where one is missing.
"""

from __future__ import annotations

import ast
import importlib
import re
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import partial
from pathlib import Path
from re import _constants, _parser
from types import FrameType
from typing import Any, TypeGuard

import index.language
from rag.language import ENGLISH

ROOT = Path(__file__).parents[2]
PACKAGES = ("index", "rag", "api")
LENGTH = 5_000  # characters of a text: a quadratic pattern takes 20 ms, a linear one below 3
_SUSPECT_S = 0.003
_PATIENCE_S = 0.5  # then it is taken to go on for ever
_SLOW_S = 0.05  # for four times the length, and three times as long as for half of that
_SEARCHING = frozenset(("search", "finditer", "findall", "sub", "subn", "split"))
_MATCHING = frozenset(("match", "fullmatch"))

# What is repeated: single characters, and what opens something without ever closing it.
_SIGNS = "_ - – . , : ; ! ? ' ’ \" “ ” ( ) [ ] { } < > | * # = ~ ` \\ / & % $ € ^ + @"
_UNITS = (
    *" \t\n\r\x0b\xa0\u2028\0",
    *"aA1é中\u0301",
    *_SIGNS.split(),
    *(" \n", "\n\n", "\r\n", "\r\n\r\nFrom ", "a\n", "A\n", "# a\n", "- a\n", "=\n", "--\n"),
    *("a ", "A ", "Aa ", "a-", "a.", "A.", "A. ", "a'", "a: ", "a\t", "a:\t", "a.b", "a/b"),
    *("1 ", "1,", "1.", "1-", "1:", "1 a ", "[1]", "[S1", " [S1]", "{1", "| a ", "|-", "--- "),
    *("**a", "** a", "<a ", "</", "\\{", "and ", "twenty-", "hundred ", "the ", "not ", "In "),
)


@dataclass(frozen=True, slots=True)
class Found:
    """A pattern and where it stands; ``searches`` if it is looked for at every place of a text."""

    place: str
    pattern: re.Pattern[Any]
    searches: bool


@dataclass(frozen=True, slots=True)
class Attack:
    """A text of any length: ``prefix``, then ``unit`` again and again, then ``suffix``."""

    prefix: str
    unit: str
    suffix: str

    def text(self, length: int) -> str:
        return self.prefix + self.unit * max(1, length // len(self.unit)) + self.suffix


# What functions put together that do not just return a pattern, and how to have them do so.
MADE: Mapping[str, Callable[[], Iterable[re.Pattern[Any]]]] = {
    "rag/facts.py _nouns": lambda: [re.compile(ENGLISH.clause_end)],
    "rag/facts.py counted": lambda: [re.compile(r"(?<![\w.,])5,000(?![\w.,]*\d)")],
    "rag/gate/support.py _is_part_of_a_name": lambda: [
        re.compile(r"\b[^\W\d][\w-]{0,60}-401"),
        re.compile(r"(?<![\w-])([\w-]+)[\s-]401"),
    ],
    "rag/answering/across.py _left": lambda: [re.compile(r"\blatest\b", re.IGNORECASE)],
    "index/language.py _patterns": lambda: index.language._patterns().values(),
    "index/load/content_lines.py parts": lambda: [re.compile(r"(\\.|;)", re.DOTALL)],
    "index/load/delimited.py rows": lambda: [
        re.compile(r' *"((?:[^"]|"")*+)"(?= *(?:;|\n|\Z))'),
        re.compile(r' *"((?:[^"\\]|""|\\.)*+)"(?= *(?:;|\n|\Z))', re.DOTALL),
        re.compile(r"[^;\n]*+"),
    ],
    "index/load/records.py _whole_records": lambda: [re.compile(r"^ {4}(?=[{\[])", re.MULTILINE)],
    "index/load/equation.py _joined": lambda: [re.compile("\u200a(?!\\w)")],
    "rag/language/english_assertion.py _any": list,  # all of them are held by the language
}
_MATCHED = ("index/load/delimited.py rows",)  # one behind the other, never searched for

# Finding patterns


def modules() -> Iterator[tuple[Path, ast.Module]]:
    """The project's modules but for those that only measure, parsed."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "evaluation" not in path.relative_to(ROOT).parts:
                yield path, ast.parse(path.read_text(encoding="utf-8"))


def all_patterns() -> list[Found]:
    """Every pattern of the project, each once."""
    trees = {_module(path): tree for path, tree in modules()}
    uses = _uses(trees)
    found: dict[tuple[object, int], Found] = {}
    for module, tree in trees.items():
        held = [
            (pattern, bool(uses.get(_key(module, name), _SEARCHING) & _SEARCHING), name)
            for key, value in vars(importlib.import_module(module)).items()
            for name, pattern in _held(key, value, set())
        ]
        sources = {pattern.pattern for pattern, _, _ in held}
        written = [each for each in _written(tree) if each[0].pattern not in sources]
        for pattern, searches, name in held + written:
            known = found.get((pattern.pattern, pattern.flags))
            if known is None or (searches and not known.searches):
                place = f"{module}: {name}"
                found[pattern.pattern, pattern.flags] = Found(place, pattern, searches)
    for place, build in {**_returned(trees), **MADE}.items():
        for pattern in build():
            searches = place not in _MATCHED
            found[pattern.pattern, pattern.flags] = Found(place, pattern, searches)
    return list(found.values())


def _returned(
    trees: Mapping[str, ast.Module],
) -> dict[str, Callable[[], Iterable[re.Pattern[Any]]]]:
    """The functions that return a pattern, of nothing or of a language."""
    return {
        f"{module}: {node.name}": partial(_result, module, node.name, len(node.args.args))
        for module, tree in trees.items()
        for node in tree.body
        if _returns_a_pattern(node)
    }


def _returns_a_pattern(node: ast.AST) -> TypeGuard[ast.FunctionDef]:
    return (
        isinstance(node, ast.FunctionDef)
        and node.returns is not None
        and ast.unparse(node.returns).startswith("re.Pattern")
        and all(each.arg == "language" for each in node.args.args)
    )


def _result(module: str, name: str, arguments: int) -> list[re.Pattern[Any]]:
    return [getattr(importlib.import_module(module), name)(*[ENGLISH] * arguments)]


def _module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _key(module: str, name: str) -> str:
    """A name of a module's own is another one in another module."""
    return f"{module}.{name}" if name.startswith("_") else name


def unlisted() -> list[str]:
    """The functions that put a pattern together and are not in MADE."""
    return sorted(
        {
            place
            for path, tree in modules()
            for function in ast.walk(tree)
            if isinstance(function, ast.FunctionDef) and not _returns_a_pattern(function)
            for call in ast.walk(function)
            if _is_of_re(call) and not isinstance(call.args[0], ast.Constant)  # type: ignore[attr-defined]
            if (place := f"{path.relative_to(ROOT)} {function.name}") not in MADE
        }
    )


def _is_of_re(node: ast.AST) -> bool:
    """Whether this is a call of a function of ``re`` with a pattern that is not a name."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "re"
        and node.func.attr in _SEARCHING | _MATCHING | {"compile"}
    )


def _written(tree: ast.Module) -> Iterator[tuple[re.Pattern[Any], bool, str]]:
    """The patterns written into a call, whether it searches, and its line."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and _is_of_re(node)
            and isinstance(node.args[0], ast.Constant)
        ):
            assert isinstance(node.func, ast.Attribute)
            flags = (*node.args[1:], *(keyword.value for keyword in node.keywords))
            flag = re.RegexFlag(0)
            for each in flags:
                if isinstance(each, ast.Attribute) and each.attr in re.RegexFlag.__members__:
                    flag |= re.RegexFlag[each.attr]
            searches = node.func.attr not in _MATCHING
            yield re.compile(node.args[0].value, flag), searches, f"line {node.lineno}"


def _held(key: str, value: object, seen: set[int]) -> Iterator[tuple[str, re.Pattern[Any]]]:
    """The patterns in a value, each with the name of what holds it."""
    if isinstance(value, re.Pattern):
        yield key, value
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, Mapping):
        for each in value.values():
            yield from _held(key, each, seen)
    elif isinstance(value, list | tuple | frozenset | set):
        for each in value:
            yield from _held(key, each, seen)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from _held(field.name, getattr(value, field.name), seen)


def _uses(trees: Mapping[str, ast.Module]) -> dict[str, frozenset[str]]:
    """By the name of a variable or field, which methods of a pattern are called on it.

    A name that is handed on may be used in any way and is not here.
    """
    used: dict[str, set[str]] = {}
    called: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for module, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
                seen[_key(module, _name(node))] += 1
            if isinstance(node, ast.Attribute) and node.attr in _SEARCHING | _MATCHING:
                name = _key(module, _name(node.value))
                used.setdefault(name, set()).add(node.attr)
                called[name] += 1
    return {name: frozenset(how) for name, how in used.items() if called[name] == seen[name]}


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Subscript):
        return _name(node.value)
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")


# Attacking them


def attacks(pattern: re.Pattern[Any]) -> Iterator[Attack]:
    """Texts of what many patterns look for, and of what this one repeats, behind what it wants."""
    tree = _parser.parse(pattern.pattern, pattern.flags)
    own = set(_repeats(tree, ""))
    for prefix, unit in [*own, *(("", unit) for unit in _UNITS)]:
        for suffix in ("", "\0", "x"):
            yield Attack(prefix, unit, suffix)
    for prefix, _ in own:
        for unit in (" ", "\n", "a", "1", "a ", "("):
            yield Attack(prefix, unit, "\0")


def _repeats(items: Iterable[Any], before: str) -> Iterator[tuple[str, str]]:
    """What each repetition of a parsed pattern repeats, with an example of what stands before."""
    for kind, value in items:
        if kind in (_constants.MAX_REPEAT, _constants.MIN_REPEAT):
            unit = _example(value[2])
            if value[1] > 9 and unit:
                yield before, unit
                yield "", unit
                yield "", before or unit
            yield from _repeats(value[2], before)
        elif kind is _constants.SUBPATTERN:
            yield from _repeats(value[3], before)
        elif kind is _constants.BRANCH:
            for branch in value[1]:
                yield from _repeats(branch, before)
        elif kind in (_constants.ASSERT, _constants.ASSERT_NOT):
            yield from _repeats(value[1], before)
        before += _example([(kind, value)])


def _example(items: Iterable[Any]) -> str:
    """A text that a part of a parsed pattern may match."""
    text = ""
    for kind, value in items:
        if kind is _constants.LITERAL:
            text += chr(value)
        elif kind is _constants.NOT_LITERAL:
            text += "a" if value != ord("a") else "b"
        elif kind is _constants.ANY:
            text += "a"
        elif kind is _constants.IN:
            text += _of_class(value)
        elif kind in (_constants.MAX_REPEAT, _constants.MIN_REPEAT):
            text += _example(value[2]) * max(1, value[0])
        elif kind is _constants.SUBPATTERN:
            text += _example(value[3])
        elif kind is _constants.BRANCH:
            text += _example(value[1][0])
    return text


def _of_class(parts: list[Any]) -> str:
    """A character of a class; of one that says what it is not, the first that it may be."""
    wanted = re.compile(_class_source(parts))
    candidates = "a1 A.-,:;'\"()[]{}|*_#=~`\t\n/é中\0"
    more = (chr(code) for code in range(1, 0x3100))
    return next((each for each in (*candidates, *more) if wanted.match(each)), "")


def _class_source(parts: list[Any]) -> str:
    names = {
        _constants.CATEGORY_DIGIT: r"\d",
        _constants.CATEGORY_NOT_DIGIT: r"\D",
        _constants.CATEGORY_SPACE: r"\s",
        _constants.CATEGORY_NOT_SPACE: r"\S",
        _constants.CATEGORY_WORD: r"\w",
        _constants.CATEGORY_NOT_WORD: r"\W",
    }
    source = ""
    for kind, value in parts:
        if kind is _constants.NEGATE:
            source += "^"
        elif kind is _constants.LITERAL:
            source += re.escape(chr(value))
        elif kind is _constants.RANGE:
            source += f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}"
        elif kind is _constants.CATEGORY:
            source += names[value]
    return f"[{source}]"


_NEVER = float("inf")


class _TooSlowError(Exception):
    pass


def slowest(found: Found) -> tuple[Attack, float] | None:
    """An attack under which a pattern takes more than linear time, and the seconds it took."""
    for attack in attacks(found.pattern):
        first = _seconds(found, attack.text(LENGTH))
        if first == _NEVER:
            return attack, first
        if first > _SUSPECT_S and first > 2.5 * _seconds(found, attack.text(LENGTH // 2)):
            whole = min(_seconds(found, attack.text(4 * LENGTH)) for _ in range(3))
            half = min(_seconds(found, attack.text(2 * LENGTH)) for _ in range(3))
            if half == _NEVER or (whole > _SLOW_S and whole > 3 * half):
                return attack, whole
    return None


def _seconds(found: Found, text: str) -> float:
    """How long a pattern reads a text: seconds of the processor, or _NEVER."""
    subject: Any = text.encode() if isinstance(found.pattern.pattern, bytes) else text
    signal.signal(signal.SIGVTALRM, _stop)
    started = time.thread_time()
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, _PATIENCE_S)
        try:
            if found.searches:
                for _ in found.pattern.finditer(subject):
                    pass
            else:
                found.pattern.match(subject)
                found.pattern.fullmatch(subject)
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    except _TooSlowError:
        return _NEVER
    return time.thread_time() - started


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise _TooSlowError
