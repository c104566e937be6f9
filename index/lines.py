"""Lines of a document that can be read by themselves: sentences, pairs of a form, rows of a table.

A form is written as ``label: value``; loaders put a tab between the cells of a line, so that one
line may hold several pairs. A value may go on in the lines below. The cells of a row are parted by
tabs, or by "|" as in Markdown and in what databases print. A row of a table without words of its
own begins with the lines that name it. All are exact spans. Knows no files and no models.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal, NamedTuple

from index.load.grid import is_figure, is_form
from index.sentences import sentence_spans
from index.types import Span
from index.units import key_paths

TextKind = Literal["prose", "pair", "row"]

_LABEL = r"[^\W_a-z][^\t\n:.!?;]{0,59}[:：]"  # begins as a name does, and is short
_LABELLED_CELL = re.compile(rf"{_LABEL}(?=\s|$)")
_TABBED_PAIR = re.compile(rf"(?:^|.*\t){_LABEL}(?:\t|[ ]*$|[ ])")
_PLAIN_PAIR = re.compile(rf"{_LABEL}(?: \S|[ ]*$)")
_CELLS = re.compile(r"[^\t]+")
_FEWEST_CELLS = 3  # of a row of a table; two may be a label and its value
_FEWEST_ROWS = 3  # of a table of two columns without a rule
_CONTINUED = 4  # lines below a pair that still belong to its value
_LONGEST_APART = 80  # characters of a pair that a blank line parts from the next one
_LONGEST_VALUE = 400  # characters; what is longer is prose
_NAMING = 6  # lines that a row without words may begin with
_LONGEST_HEADING = 60  # characters
_TABLE_BEFORE = 20_000  # characters before a part in which its table, or its header, may begin
_PARAGRAPH_BEYOND = 2_000  # characters of a paragraph outside of a part, read to tell its sentences
_ALIKE = 0.7  # of the columns of two tables hold figures in both, or in neither
_BAR = re.compile(r"(?<!\\)\|")
_RULE = re.compile(r"(?=[^\n]*[-=]{2})[ \t]*[|+:=-][|+:= \t-]*$")  # below or around rows
_YEAR = re.compile(r"(?:19|20)\d\d$")
_DIGIT = re.compile(r"\d")
_LETTERS = re.compile(r"[^\W\d_]{2}")


@dataclass(frozen=True, slots=True)
class TextLine:
    """A part of a text that can be read by itself. ``headings`` stand above it: the name of its
    part of a form, the header of its table."""

    span: Span
    kind: TextKind = "prose"
    headings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Written:
    """A line as it is written, and how it reads."""

    span: Span
    text: str
    is_pair: bool
    is_row: bool
    header: str  # of the table that a row is in; empty where it is not known
    keys: tuple[str, ...] | None  # that a setting stands in; None where it is none

    @property
    def is_blank(self) -> bool:
        return not self.text.strip()


def text_lines(text: str, within: Span | None = None, language: str = "") -> list[TextLine]:
    """The lines of ``text`` (of its part ``within``), in order.

    They do not overlap and neither begin nor end with a blank. Labels without a value are left
    out: they say nothing. ``language`` is the code of the text's language; empty where it is not
    known.
    """
    part = within or Span(0, len(text))
    written = _written(text, part)
    found: list[TextLine] = []
    heading: tuple[str, ...] = ()
    start = place = 0
    while place < len(written):
        special = (
            _setting_at(text, written, place)
            or _pairs_at(text, written, place)
            or _row_at(text, written, start, place)
        )
        if special is None:
            place += 1
            continue
        first, place, lines = special
        found += _prose(text, written[start:first], part, language)
        heading = _heading_above(written, first) or heading
        found += [TextLine(each.span, each.kind, each.headings or heading) for each in lines]
        start = place
    return [*found, *_prose(text, written[start:], part, language)]


_Special = tuple[int, int, list[TextLine]]  # first line, the one behind the last, and the lines


def _written(text: str, part: Span) -> list[_Written]:
    spans: list[Span] = []
    start = part.start
    for line in part.of(text).split("\n"):
        spans.append(Span(start, start + len(line)))
        start += len(line) + 1
    texts = [span.of(text) for span in spans]
    plain = [bool(_PLAIN_PAIR.match(line)) for line in texts]
    tabbed = ["\t" in line and bool(_TABBED_PAIR.match(line)) for line in texts]
    keys = key_paths(texts)
    before = _rows_before(text, part.start)
    rows, forms = _rows([*before, *texts], lambda: _headed_before(text, part.start))
    rows, forms = rows[len(before) :], forms[len(before) :]
    written = []
    for place, (span, line) in enumerate(zip(spans, texts, strict=True)):
        beside = [
            plain[near] or tabbed[near] for near in (place - 1, place + 1) if 0 <= near < len(texts)
        ]
        # One "label: value" may stand in prose; two below each other are a form.
        in_form = plain[place] and (any(beside) or _has_pair_apart(texts, plain, place))
        is_pair = tabbed[place] or forms[place] or in_form
        header = None if is_pair else rows[place]
        written.append(_Written(span, line, is_pair, header is not None, header or "", keys[place]))
    return written


def _has_pair_apart(texts: Sequence[str], plain: Sequence[bool], place: int) -> bool:
    """Whether a short pair has another one above or below a blank line: pages of forms are often
    written so. A paragraph that begins with a label is longer, or ends as a sentence does."""

    def is_short(at: int) -> bool:
        line = texts[at].rstrip()
        return plain[at] and len(line) <= _LONGEST_APART and not line.endswith((".", "!", "?", ";"))

    near = [(place - 1, place - 2), (place + 1, place + 2)]
    return is_short(place) and any(
        not texts[between].strip() and is_short(other)
        for between, other in near
        if 0 <= other < len(texts)
    )


def _prose(text: str, lines: Sequence[_Written], part: Span, language: str) -> Iterator[TextLine]:
    """The sentences of ``lines``. How a paragraph is broken into lines is told by the whole of it,
    so that what of it stands outside of ``part`` is read too."""
    if not lines:
        return
    within = Span(lines[0].span.start, lines[-1].span.end)
    start = _paragraph_start(text, within.start) if within.start == part.start else within.start
    end = _paragraph_end(text, within.end) if within.end == part.end else within.end
    for each in sentence_spans(text, Span(start, end), language):
        if each.overlap(within):
            inside = Span(max(each.start, within.start), min(each.end, within.end))
            if len(kept := inside.stripped(text)):
                yield TextLine(kept)


def _paragraph_start(text: str, start: int) -> int:
    """Where the paragraph begins that goes on at ``start``: behind a blank line or cells."""
    least = max(0, start - _PARAGRAPH_BEYOND)
    while start > least:
        line = max(least, text.rfind("\n", least, start - 1) + 1)
        if not _is_prose(text[line:start]):
            break
        start = line
    return start


def _paragraph_end(text: str, end: int) -> int:
    """Where the paragraph ends that holds the character before ``end``."""
    most = min(len(text), end + _PARAGRAPH_BEYOND)
    while end < most:
        line = text.find("\n", end + 1, most)
        line = most if line < 0 else line
        if not _is_prose(text[end:line]):
            break
        end = line
    return end


def _is_prose(line: str) -> bool:
    return bool(line.strip()) and "\t" not in line


# Settings


def _setting_at(text: str, lines: Sequence[_Written], place: int) -> _Special | None:
    """A setting, whose headings are the keys that it stands in. A pair that stands in none is read
    as one of a form, whose value may go on below."""
    line = lines[place]
    if line.keys is None or (line.is_pair and not line.keys):
        return None
    span = line.span.stripped(text)
    said = span.of(text).rstrip(":=")
    tells = len(said) == len(span) and not said.startswith("[")
    return place, place + 1, [TextLine(span, "pair", line.keys)] if tells else []


# Forms


def _pairs_at(text: str, lines: Sequence[_Written], place: int) -> _Special | None:
    if not lines[place].is_pair:
        return None
    end = place + 1
    while end < len(lines) and end <= place + _CONTINUED and _goes_on(lines[end]):
        end += 1
    line = Span(lines[place].span.start, lines[end - 1].span.end)
    if len(line) > _LONGEST_VALUE:
        end, line = place + 1, lines[place].span
    below = lines[end].text.strip() if end < len(lines) else ""
    label_follows = bool(_LABELLED_CELL.fullmatch(below))
    kept = [span for span in _pairs(text, line, label_follows) if _has_value(span.of(text))]
    return place, end, [TextLine(span, "pair") for span in kept]


def _goes_on(line: _Written) -> bool:
    return not (line.is_blank or line.is_pair or line.is_row)


def _pairs(text: str, line: Span, label_follows: bool) -> Iterator[Span]:
    """The pairs of a line: each begins with a cell that holds a label, or that stands where one
    should, behind a label and its value and before another cell or the rest of a label below."""
    cells = list(_CELLS.finditer(text, line.start, line.end))
    start = line.start
    since = 0  # cells of the pair so far
    for place, cell in enumerate(cells):
        is_label = bool(_LABELLED_CELL.match(cell.group().strip()))
        goes_on = place + 1 < len(cells) or label_follows
        is_third = since == _FEWEST_CELLS - 1 and goes_on and not is_label
        if cell.start() > start and (is_label or (is_third and _LETTERS.search(cell.group()))):
            yield Span(start, cell.start()).stripped(text)
            start, since = cell.start(), 0
        since += 1
    yield Span(start, line.end).stripped(text)


def _has_value(pair: str) -> bool:
    label = _LABELLED_CELL.match(pair)
    return any(each.isalnum() for each in (pair[label.end() :] if label else pair))


def _heading_above(lines: Sequence[_Written], place: int) -> tuple[str, ...]:
    """The short line that stands alone above a form; empty where there is none."""
    above = [line.text.strip() for line in lines[max(0, place - 3) : place] if not line.is_blank]
    if not above or not lines[place - 1].is_blank:
        return ()
    told = above[-1]
    is_name = len(told) <= _LONGEST_HEADING and "\t" not in told and told[-1] not in ".:;,!?-"
    is_name = is_name and not _PLAIN_PAIR.match(told)
    return (told,) if is_name and _LETTERS.search(told) and not _DIGIT.search(told) else ()


# Tables


def _rows_before(text: str, start: int) -> list[str]:
    """The lines of a table that the part from ``start`` on goes on with."""
    lines = text[max(0, start - _TABLE_BEFORE) : start].removesuffix("\n").split("\n")
    first = len(lines)
    while first and _cells_of(lines[first - 1]):
        first -= 1
    return lines[first:] if start else []


class _Headed(NamedTuple):
    """The header of a table, and for each of its columns whether mostly figures stand there."""

    header: str = ""
    figures: tuple[bool, ...] = ()

    @classmethod
    def of(cls, header: str, rows: Sequence[Sequence[str]]) -> _Headed:
        """Names that are repeated are the halves of cells that were cut."""
        names = [cell.strip() for cell in rows[0]]
        return cls(header, _figures(rows[1:])) if len(set(names)) == len(names) else cls()

    def fits(self, rows: Sequence[Sequence[str]]) -> bool:
        """Whether ``rows`` have as many columns, and figures in most of the same ones."""
        told = _figures(rows)
        alike = sum(one == other for one, other in zip(self.figures, told, strict=False))
        return len(told) == len(self.figures) and alike >= _ALIKE * len(told)


def _headed_before(text: str, start: int) -> _Headed:
    """The nearest table before ``start`` that has a header."""
    lines = text[max(0, start - _TABLE_BEFORE) : start].split("\n")
    end = len(lines)
    while end:
        first = end
        while first and "\t" in lines[first - 1]:
            first -= 1
        cells = list(map(_cells_of, lines[first:end]))
        is_table = len(cells) > 1 and _is_table(lines[first:end], cells)
        if is_table and (header := _header(lines[first:end], cells)):
            return _Headed.of(header, cells)
        end = first - (first == end)
    return _Headed()


def _figures(rows: Sequence[Sequence[str]]) -> tuple[bool, ...]:
    columns = zip_longest(*rows, fillvalue="")
    filled = ([cell.strip() for cell in column if cell.strip()] for column in columns)
    return tuple(2 * sum(map(is_figure, column)) > len(column) for column in filled)


def _rows(
    lines: Sequence[str], headed_before: Callable[[], _Headed]
) -> tuple[list[str | None], list[bool]]:
    """For each line that is a row of a table the table's header, or nothing; None for others. And
    whether it is a row of a form without colons, whose cells are names and values by turns.

    Rows without a header that stand behind prose or on the next page have that of the last table
    whose columns are alike; ``headed_before`` tells the one of the text before.
    """
    found: list[str | None] = [None] * len(lines)
    forms = [False] * len(lines)
    cells = [_cells_of(line) for line in lines]
    last: _Headed | None = None
    place = 0
    while place < len(lines):
        end = place + 1
        while end < len(lines) and cells[place] and cells[end]:
            end += 1
        group = cells[place:end]
        if _is_form(lines[place:end], group):
            forms[place:end] = [True] * len(group)
        elif _is_table(lines[place:end], group):
            header = _header(lines[place:end], group)
            if header:
                last = _Headed.of(header, group)
            elif "\t" in lines[place]:
                last = headed_before() if last is None else last
                header = last.header if last.fits(group) else ""
            for row in range(place, end):
                is_row = len(cells[row]) > 1 or _RULE.match(lines[row])
                found[row] = header if is_row else None
        place = end
    return found, forms


def _is_form(lines: Sequence[str], cells: Sequence[Sequence[str]]) -> bool:
    """Whether lines below each other are names with their values, cell by cell."""
    if len(lines) < _FEWEST_ROWS or not all("\t" in line for line in lines):
        return False
    width = max(map(len, cells))
    padded = [[*map(str.strip, row), *[""] * (width - len(row))] for row in cells]
    return is_form(padded, width)


def _cells_of(line: str) -> list[str]:
    """The cells of a line; none of one that cannot be a row."""
    line = line.strip()
    if "\t" in line:
        return line.split("\t")
    if "|" in line:
        return _BAR.split(line.removeprefix("|").removesuffix("|"))
    return [line] if _RULE.match(line) else []


def _is_table(lines: Sequence[str], cells: Sequence[Sequence[str]]) -> bool:
    """Whether lines below each other are rows; one by itself is if tabs part its cells."""
    sizes = [len(of) for of in cells]
    if not sizes or max(sizes) < 2:
        return False
    if any("\t" in line for line in lines):
        return max(sizes) >= _FEWEST_CELLS
    if any(map(_RULE.match, lines)):
        return len(lines) > 1
    is_even = len(set(sizes)) == 1 and len(lines) > 1
    return is_even and (max(sizes) >= _FEWEST_CELLS or len(lines) >= _FEWEST_ROWS)


def _header(lines: Sequence[str], cells: Sequence[Sequence[str]]) -> str:
    """The first row of a table, if a rule below marks it or it holds no figures."""
    rows = [place for place, line in enumerate(lines) if not _RULE.match(line)]
    if len(rows) < 2:
        return ""
    first, second = rows[:2]
    names = [cell.strip() for cell in cells[first]]
    below = [*map(str.strip, cells[second]), *[""] * len(names)]
    is_marked = second > first + 1
    named = (
        not _DIGIT.search(name)
        or (_LETTERS.search(name) and _DIGIT.search(under))
        or (_YEAR.match(name) and not _YEAR.match(under))
        for name, under in zip(names, below, strict=False)
    )
    return " ".join(" ".join(names).split()) if is_marked or all(named) else ""


def _row_at(text: str, lines: Sequence[_Written], start: int, place: int) -> _Special | None:
    """A row, with the lines that name it where its own cells have no words; its headings are the
    header of its table."""
    line = lines[place]
    if not line.is_row:
        return None
    if _RULE.match(line.text):
        return place, place + 1, []
    first = place
    if not _LETTERS.search(_cells_of(line.text)[0]):
        while first > max(start, place - _NAMING) and _names(lines[first - 1]):
            first -= 1
    span = Span(lines[first].span.start, line.span.end).stripped(text)
    is_header = " ".join(" ".join(map(str.strip, _cells_of(line.text))).split()) == line.header
    headings = (line.header,) if line.header and not is_header else ()
    return first, place + 1, [TextLine(span, "row", headings)]


def _names(line: _Written) -> bool:
    return _goes_on(line) and not line.text.rstrip().endswith((".", "!", "?"))
