"""Whether the lines of a paragraph were wrapped to a width, or broken on purpose.

A log, settings, code, verse, an address: there each line is read and cited by itself. It is decided
by the shapes of the lines, never by the name of a file. Knows no languages.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import islice, pairwise
from typing import Literal

Breaks = Literal["wrapped", "lines", "settings", "records"]

_LOOKED_AT = 100  # lines of a paragraph: what follows is of the same kind
_FEWEST = 3  # lines; of two, the second may be the end of the first in any text
_MOST = 0.6  # of the lines have what makes the kind

# Records: the same beginning of figures and signs, as of a time or an address.
_BEGINNING = 48  # characters
_ATOM = re.compile(r"(?P<figures>\d+)|(?P<letters>[^\W\d_]+)|(?P<blank>\s+)|(?P<sign>.)")
_ATOMS = 8
_NUMBERING = re.compile(r"[(\[]?\d+(?:\.\d+){0,2}[.)\]]?\s")
_FEWEST_FIGURES = 2
_SKELETON = 8  # signs between the words of a line, which lines of a log have alike
_FEWEST_SIGNS = 5
_WORDS = re.compile(r"[\w\s]+")

# Settings: a key that a program reads, and its value.
_SETTING = re.compile(
    r"(?P<indent>[ \t]*)(?:-[ \t]+)?(?P<key>[\"']?[\w$@/.*+-]{1,60}[\"']?)[ \t]*"
    r"(?:=(?![=>])|:=?(?=\s|$))[ \t]*(?P<value>.*)"
)
_SECTION = re.compile(r"[ \t]*\[[^\]\n]{1,80}\]{1,2}[ \t]*$")

# Code: signs that prose has not, and lines that end in them.
_SIGNS = re.compile(r"[{}()\[\];=<>+*/&|^%$#@\\~_]")
_SIGNS_SHARE = 0.07  # of the characters; of prose with many references half as much
_CODE_END = re.compile(r"[{}\[\];(=,:)]$|^(?:end|#.*|//.*|\*.*)$")

# A line was broken on purpose where the next word would have had room. The letters of most fonts
# differ in width, so that the lines of a page differ by a seventh.
_ROOM = 0.85
_ON_PURPOSE = 0.5
_SMALL = 0.4  # of the lines of a list or of verse begin with a small letter, of wrapped prose more
_SHORT = 45  # characters: nothing but narrow columns is wrapped to less
_FRAGMENT = 10  # characters: shorter lines are cells of a header, in pieces
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3000-\u9fff\uac00-\ud7a3\uff00-\uffef]"
)


def breaks_of(lines: Sequence[str]) -> Breaks:
    """How the lines of a paragraph, none of them blank, were broken.

    ``records`` are whole, whatever full stops are in them; ``lines`` and ``settings`` may hold
    several sentences.
    """
    lines = lines[:_LOOKED_AT]
    if len(lines) > 1 and (_are_records(lines) or _are_code(lines)):
        return "records"
    if len(lines) < _FEWEST:
        return "wrapped"
    if _are_settings(lines):
        return "settings"
    if _are_broken_on_purpose(lines) or _are_short(lines):
        return "lines"
    return "wrapped"


def _share(lines: Sequence[str], pattern: re.Pattern[str]) -> float:
    return sum(pattern.search(line) is not None for line in lines) / len(lines)


def _are_records(lines: Sequence[str]) -> bool:
    [(shape, count)] = Counter(map(_shape, lines)).most_common(1)
    if shape.count("9") >= _FEWEST_FIGURES and count >= _MOST * len(lines):
        return True
    [(signs, count)] = Counter(_WORDS.sub("", line)[:_SKELETON] for line in lines).most_common(1)
    return len(signs) >= _FEWEST_SIGNS and count >= _MOST * len(lines)


def _shape(line: str) -> str:
    """How a line begins, with a 9 for every figure and an a for every word: "9-9-9 9"."""
    line = line.strip()[:_BEGINNING]
    if _NUMBERING.match(line):
        return ""
    marks = {"figures": "9", "letters": "a", "blank": " "}
    atoms = islice(_ATOM.finditer(line), _ATOMS)
    return "".join(marks.get(atom.lastgroup or "", atom.group()) for atom in atoms)


def _are_code(lines: Sequence[str]) -> bool:
    told = "".join(lines)
    letters = sum(not each.isspace() for each in told)
    if len(_SIGNS.findall(told)) < _SIGNS_SHARE * letters:
        return False
    return sum(_CODE_END.search(line.strip()) is not None for line in lines) >= len(lines) / 3


def _are_settings(lines: Sequence[str]) -> bool:
    return sum(map(_is_setting, lines)) >= _MOST * len(lines)


def _are_broken_on_purpose(lines: Sequence[str]) -> bool:
    if sum(begins_small(line) for line in lines) > _SMALL * len(lines):
        return False
    lengths = sorted(len(line.rstrip()) for line in lines)
    width = lengths[len(lengths) * 3 // 4]  # a line that two others run into is longer than it
    had_room = sum(
        len(line.rstrip()) + 1 + _first_word(following) <= _ROOM * width
        for line, following in pairwise(lines)
    )
    return had_room >= _ON_PURPOSE * (len(lines) - 1)


def begins_small(line: str) -> bool:
    """Whether a line begins with a small letter, as one that goes on with a sentence does."""
    return line.lstrip()[:1].islower()


def _first_word(line: str) -> int:
    """The characters that must have room in a line: of a script without blanks a single one."""
    word = line.split(maxsplit=1)[0]
    return 1 if _UNSPACED.match(word) else len(word)


def _are_short(lines: Sequence[str]) -> bool:
    """Whether they are short and each begins as something new does, as the lines of an address."""
    if sum(map(len, lines)) < _FRAGMENT * len(lines):
        return False
    return all(
        len(line) <= _SHORT and (line.lstrip()[0].isupper() or line.lstrip()[0].isdigit())
        for line in lines
    )


def key_paths(lines: Sequence[str]) -> list[tuple[str, ...] | None]:
    """For each line the keys and the section that it stands in, outermost first, as indentation and
    ``[section]`` lines tell; None for a line that is no setting."""
    found: list[tuple[str, ...] | None] = []
    above: list[tuple[int, str]] = []  # the keys without a value that are open, by indentation
    section: tuple[str, ...] = ()
    written = [line for line in lines if line.strip()]
    beside = iter(zip(["", *written], [*written[1:], ""], strict=False))
    for line in lines:
        if not line.strip():
            found.append(None)
            continue
        neighbours = next(beside)
        path: tuple[str, ...] | None = None
        indent = len(line) - len(line.lstrip())
        if _SECTION.match(line):
            section, above, path = (line.strip().strip("[]"),), [], ()
        elif (setting := _SETTING.fullmatch(line)) and any(map(_is_setting, neighbours)):
            above = [each for each in above if each[0] < indent]
            path = (*section, *(key for _, key in above))
            if not setting["value"]:
                above.append((indent, setting["key"].strip("\"'")))
        elif above and (indent > above[-1][0] or line.lstrip().startswith("- ")):
            path = (*section, *(key for at, key in above if at <= indent))
        else:
            above, section = [], ()
        found.append(path)
    return found


def _is_setting(line: str) -> bool:
    return bool(_SETTING.fullmatch(line) or _SECTION.match(line))
