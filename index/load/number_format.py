"""What a spreadsheet shows of a number: the codes of its formats, as in ``#,##0.00;[Red]-0.0%``.

Follows ECMA-376 part 1, 18.8.31. Knows no files. Where a code leaves the form to the country of the
machine, dates are written as ISO 8601 has them.
"""

from __future__ import annotations

import calendar
import datetime
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import takewhile

GENERAL = "General"
BUILT_IN = {  # of ECMA-376; 14 and 22 are shown in the order of the reader's country
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 5: '"$"#,##0_);("$"#,##0)',
    6: '"$"#,##0_);[Red]("$"#,##0)', 7: '"$"#,##0.00_);("$"#,##0.00)',
    8: '"$"#,##0.00_);[Red]("$"#,##0.00)', 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?",
    13: "# ??/??", 14: "yyyy-mm-dd", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy",
    18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 22: "yyyy-mm-dd h:mm",
    37: "#,##0_);(#,##0)", 38: "#,##0_);[Red](#,##0)", 39: "#,##0.00_);(#,##0.00)",
    40: "#,##0.00_);[Red](#,##0.00)", 41: '_(* #,##0_);_(* (#,##0);_(* "-"_);_(@_)',
    42: '_("$"* #,##0_);_("$"* (#,##0);_("$"* "-"_);_(@_)',
    43: '_(* #,##0.00_);_(* (#,##0.00);_(* "-"??_);_(@_)',
    44: '_("$"* #,##0.00_);_("$"* (#,##0.00);_("$"* "-"??_);_(@_)',
    45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0", 49: "@",
}  # fmt: skip

_SIGNIFICANT = 15  # digits that a spreadsheet keeps of a number
_LARGEST_DATE = 2_958_466  # days: the year 10000
_TOKEN = re.compile(
    r'"(?P<text>[^"]*)"?|\\(?P<escaped>.?)|_(?P<blank>.?)|\*(?P<fill>.?)'
    r"|\[(?P<elapsed>h+|m+|s+)\]|\[(?P<condition>[<>=]+ *-?[\d.]+)\]|\[\$(?P<money>[^\[\]]*+)\]"
    r"|\[[^\[\]]*+\]|(?P<clock>AM/PM|A/P|上午/下午)|(?P<general>General)"
    r"|(?P<date>y+|m+|d+|h+|e+(?![+-]))|(?P<second>s+(?:\.0+)?)"
    r"|(?P<power>E[+-])|(?P<digit>[0#?])|(?P<sign>.)",
    re.IGNORECASE | re.DOTALL,
)
_ENGLISH = 9  # the primary language of its locale ids


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class _Places:
    """Where the digits of a number stand among the tokens of a code."""

    whole: tuple[int, ...]
    point: int
    broken: tuple[int, ...]
    is_grouped: bool
    thousands: int  # by which the number is divided so often before it is shown


@dataclass(frozen=True, slots=True)
class _Section:
    tokens: tuple[_Token, ...]
    kinds: frozenset[str]
    places: _Places
    condition: str
    is_date: bool
    is_foreign: bool  # names of months and days are of a language that is not known here


def shown_number(value: float, code: str, *, from_1904: bool = False) -> str:
    """A number as its format shows it; dates count days from 1900, or ``from_1904``.

    What a format hides, and what cannot be shown with it, is shown without a format.
    """
    if not math.isfinite(value):
        return str(value)
    sections = _sections(code)
    section, sign = _chosen(sections, value)
    if section is None:
        return _general(value)
    if section.is_date:
        days = value + 1462 * from_1904
        shown = _date(days, section) if 0 <= days < _LARGEST_DATE else ""
    else:
        shown = sign + _number(abs(value) if sign or value < 0 else value, section)
    shown = " ".join(shown.split())
    return shown if shown or not value else _general(value)


def shown_text(text: str, code: str) -> str:
    """A text as its format shows it: most have none for texts."""
    sections = _sections(code)
    for section in sections[3:4] or [each for each in sections[-1:] if "@" in each.kinds]:
        tokens = [text if token.kind == "@" else token.text for token in section.tokens]
        if "@" in section.kinds:
            return "".join(tokens)
    return text


def is_date(code: str) -> bool:
    """Whether a format shows days or times."""
    return any(section.is_date for section in _sections(code)[:2])


@lru_cache(maxsize=1000)  # formats; a workbook has some dozens
def _sections(code: str) -> Sequence[_Section]:
    sections: list[_Section] = []
    tokens: list[_Token] = []
    condition, foreign = "", False
    for found in [*_TOKEN.finditer(code), None]:
        kind = (found.lastgroup or "") if found else "end"
        text = found[kind] if found and kind else ""
        if kind == "end" or (kind == "sign" and text == ";"):
            sections.append(_section(tokens, condition, foreign))
            tokens, condition, foreign = [], "", False
        elif kind == "condition":
            condition = text
        elif kind == "money":
            symbol, _, locale = text.partition("-")
            tokens.append(_Token("text", symbol))
            foreign = _is_foreign(locale)
        elif kind in ("text", "escaped"):
            tokens.append(_Token("text", text))
        elif kind == "blank":
            tokens.append(_Token("text", " "))
        elif kind == "sign":
            tokens.append(_Token(text if text in ".,%/@" else "text", text))
        elif kind and kind != "fill":
            tokens.append(_Token(kind, text.lower() if kind in ("date", "elapsed") else text))
    return sections


def _section(tokens: Sequence[_Token], condition: str, foreign: bool) -> _Section:
    timed = tuple(_timed(tokens))
    kinds = frozenset(token.kind for token in timed)
    has_names = any(
        token.kind == "date" and len(token.text) > 2 and token.text[0] in "md" for token in timed
    )
    is_date = not kinds.isdisjoint(("date", "second", "elapsed", "clock"))
    return _Section(timed, kinds, _places(timed), condition, is_date, has_names and foreign)


def _places(tokens: Sequence[_Token]) -> _Places:
    point = next((at for at, token in enumerate(tokens) if token.kind == "."), len(tokens))
    digits = [at for at, token in enumerate(tokens) if token.kind == "digit"]
    whole = tuple(at for at in digits if at < point)
    last = whole[-1] if whole else -1
    commas = [at for at, token in enumerate(tokens) if token.kind == ","]
    behind = [at for at in commas if last < at < point or at > max([*digits, point])]
    is_grouped = any(whole and whole[0] < at < last for at in commas)
    broken = tuple(at for at in digits if at > point)
    return _Places(whole, point, broken, is_grouped, len(behind))


def _is_foreign(locale: str) -> bool:
    try:
        language = int(locale.split(",")[0], 16) & 0x3FF
    except ValueError:
        return False
    return language not in (0, _ENGLISH)


def _timed(tokens: Sequence[_Token]) -> list[_Token]:
    """The tokens, with minutes told from months: they stand behind hours or before seconds."""
    timed = list(tokens)
    parts = [at for at, token in enumerate(timed) if token.kind in ("date", "second", "elapsed")]
    for place, at in enumerate(parts):
        token = timed[at]
        if token.kind == "date" and token.text in ("m", "mm"):
            before = timed[parts[place - 1]].text[0].lower() if place else ""
            after = timed[parts[place + 1]].text[0].lower() if place + 1 < len(parts) else ""
            if before == "h" or after == "s":
                timed[at] = _Token("minute", token.text)
    return timed


def _chosen(sections: Sequence[_Section], value: float) -> tuple[_Section | None, str]:
    """The section for a value, and the sign that the section does not show itself."""
    minus = "-" if value < 0 else ""
    if any(section.condition for section in sections):
        for section in sections[:3]:
            if not section.condition or _holds(section.condition, value):
                return section, minus
        return None, ""
    numeric = [each for each in sections[:3] if "@" not in each.kinds]
    if not numeric:
        return None, ""
    if value < 0 and len(numeric) > 1:
        return numeric[1], ""
    if value == 0 and len(numeric) > 2:
        return numeric[2], ""
    return numeric[0], minus


def _holds(condition: str, value: float) -> bool:
    operator = condition.rstrip("-0123456789. ")
    limit = float(condition[len(operator) :])
    return {
        "<": value < limit,
        ">": value > limit,
        "<=": value <= limit,
        ">=": value >= limit,
        "=": value == limit,
        "<>": value != limit,
    }.get(operator, False)


def _general(value: float) -> str:
    """A number without a format: as many digits as it has, no more than are kept."""
    if value == int(value) and abs(value) < 10**_SIGNIFICANT:
        return str(int(value))
    shown = f"{value:.{_SIGNIFICANT}g}"
    if "e" not in shown:
        return shown
    plain = f"{Decimal(shown):f}"
    return plain if abs(value) < 1 and len(plain) <= _SIGNIFICANT + 5 else shown.upper()


# Numbers


def _number(value: float, section: _Section) -> str:
    kinds = section.kinds
    if "general" in kinds:
        return "".join(
            _general(value) if token.kind == "general" else token.text for token in section.tokens
        )
    if "digit" not in kinds:
        return "".join(token.text for token in section.tokens)
    exact = Decimal(f"{value:.{_SIGNIFICANT}g}")
    if "%" in kinds:
        exact *= Decimal(100) ** sum(token.kind == "%" for token in section.tokens)
    if "power" in kinds:
        return _scientific(exact, section.tokens)
    if "/" in kinds:
        return _fraction(exact, section.tokens)
    return _decimal(exact, section.tokens, section.places)


def _decimal(value: Decimal, tokens: Sequence[_Token], places: _Places) -> str:
    """Digits in the places of a code: ``0`` shows one always, ``#`` and ``?`` only if it counts."""
    if places.thousands:
        value /= Decimal(1000) ** places.thousands
    rounded = value.quantize(Decimal(1).scaleb(-len(places.broken)), ROUND_HALF_UP)
    before, _, after = f"{rounded:f}".partition(".")
    before = before.lstrip("0")
    placed = _placed_whole(before, places, tokens) | _placed_broken(after, places.broken, tokens)
    shown = []
    for at, token in enumerate(tokens):
        if token.kind == ".":  # without digits behind it would read as a full stop
            lead = "" if places.whole else before  # of a code that begins with its point
            has_broken = any(map(placed.get, places.broken))
            shown.append(lead + ("." if at != places.point or has_broken else ""))
        elif token.kind != ",":
            shown.append(placed[at] if token.kind == "digit" else token.text)
    return "".join(shown)


def _placed_whole(number: str, places: _Places, tokens: Sequence[_Token]) -> dict[int, str]:
    """Which digits stand in each place before the point, from the right."""
    placed: dict[int, str] = {}
    used = 0
    for at in reversed(places.whole):
        rest = number[: len(number) - used]
        taken = rest if at == places.whole[0] else rest[-1:]
        if not taken:
            taken = {"0": "0", "?": " "}.get(tokens[at].text, "")
        piece = ""
        for digit in reversed(taken):
            comma = "," if places.is_grouped and used and used % 3 == 0 and digit != " " else ""
            piece = digit + comma + piece
            used += 1
        placed[at] = piece
    return placed


def _placed_broken(number: str, places: Sequence[int], tokens: Sequence[_Token]) -> dict[int, str]:
    """Which digits stand in each place behind the point; zeros at the end only where asked for."""
    placed: dict[int, str] = {}
    counts = False
    for digit, at in zip(reversed(number), reversed(places), strict=False):
        counts = counts or digit != "0" or tokens[at].text == "0"
        placed[at] = digit if counts else ""
    return placed


def _scientific(value: Decimal, tokens: Sequence[_Token]) -> str:
    at = next(place for place, token in enumerate(tokens) if token.kind == "power")
    head = tokens[:at]
    point = next((place for place, token in enumerate(head) if token.kind == "."), len(head))
    step = max(1, sum(token.kind == "digit" for token in head[:point]))
    broken = sum(token.kind == "digit" for token in head[point:])
    power = (value.adjusted() // step) * step if value else 0
    if round(value.scaleb(-power), broken) >= Decimal(10) ** step:
        power += step
    width = sum(token.kind == "digit" for token in tokens[at:])
    sign = "-" if power < 0 else "+" if "+" in tokens[at].text else ""
    tail = "".join(token.text for token in tokens[at:] if token.kind == "text")
    return (
        f"{_decimal(value.scaleb(-power), head, _places(head))}E{sign}{abs(power):0{width}d}{tail}"
    )


def _fraction(value: Decimal, tokens: Sequence[_Token]) -> str:
    """A number with what is behind its point as a fraction: of a denominator that the code states,
    or the nearest of as many digits."""
    at = next(place for place, token in enumerate(tokens) if token.kind == "/")
    places = [place for place in range(at) if tokens[place].kind == "digit"] or [at]
    below = [
        *takewhile(lambda token: token.kind == "digit" or token.text.isdigit(), tokens[at + 1 :])
    ]
    stated = "".join(token.text for token in below)
    has_whole = any(not token.text.strip() for token in tokens[places[0] : places[-1]])
    whole = int(value) if has_whole else 0
    rest = Fraction(value - whole)
    if stated.isdigit() and int(stated):
        bottom = int(stated)
        top = int(rest * bottom + Fraction(1, 2))
    else:
        nearest = rest.limit_denominator(10 ** min(max(len(stated), 1), 7) - 1)
        top, bottom = nearest.numerator, nearest.denominator
    if has_whole and top == bottom:
        whole, top = whole + 1, 0
    parts = [str(whole)] * bool(whole or not top) * has_whole + [f"{top}/{bottom}"] * bool(
        top or not has_whole
    )
    around = tokens[: places[0]], tokens[at + 1 + len(below) :]
    lead, tail = ("".join(token.text for token in of) for of in around)
    return f"{lead}{' '.join(parts)}{tail}"


# Days and times


def _date(days: float, section: _Section) -> str:
    tokens = section.tokens
    decimals = max((len(t.text.partition(".")[2]) for t in tokens if t.kind == "second"), default=0)
    seconds = Decimal(f"{days:.{_SIGNIFICANT}g}") * 86_400
    seconds = seconds.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    day, of_day = divmod(seconds, 86_400)
    is_leap_day = day == 60  # 29 February 1900, which only spreadsheets have
    date = datetime.date(1899, 12, 31 if day < 60 else 30) + datetime.timedelta(int(day))
    if section.is_foreign:
        date_only = date.isoformat()
        return (
            f"{date_only} {_clock(of_day)}" if of_day and "minute" in section.kinds else date_only
        )
    half = any(token.kind == "clock" for token in tokens)
    shown = []
    for token in tokens:
        if token.kind == "date":
            shown.append(
                "29"
                if is_leap_day and token.text in ("d", "dd")
                else _part(token.text, date, int(of_day // 3600), half)
            )
        elif token.kind == "minute":
            shown.append(f"{int(of_day // 60 % 60):0{len(token.text)}d}")
        elif token.kind == "second":
            shown.append(_second(of_day % 60, token.text))
        elif token.kind == "elapsed":
            unit = {"h": 3600, "m": 60, "s": 1}[token.text[0]]
            shown.append(f"{int(seconds // unit):0{len(token.text)}d}")
        elif token.kind == "clock":
            name = "AM" if of_day < 43_200 else "PM"
            shown.append(name if "/" not in token.text[1:2] else name[0])
        elif token.kind not in ("digit", "general"):
            shown.append(token.text)
    return "".join(shown)


def _part(code: str, date: datetime.date, hour: int, half: bool) -> str:
    """A part of a day: its year, month, day or hour."""
    length = len(code)
    if code[0] == "h":
        return f"{(hour - 1) % 12 + 1 if half else hour:0{min(length, 2)}d}"
    if code[0] in "ye":
        return f"{date.year % 100:02d}" if length < 3 and code[0] == "y" else f"{date.year:04d}"
    number = date.month if code[0] == "m" else date.day
    if length < 3:
        return f"{number:0{length}d}"
    name = calendar.month_name[number] if code[0] == "m" else calendar.day_name[date.weekday()]
    return name[0] if length == 5 else name[:3] if length == 3 else name


def _second(seconds: Decimal, code: str) -> str:
    width, _, decimals = code.partition(".")
    places = len(decimals)
    return f"{seconds:0{len(width) + (places + 1 if places else 0)}.{places}f}"


def _clock(seconds: Decimal) -> str:
    return f"{int(seconds // 3600):02d}:{int(seconds // 60 % 60):02d}"
