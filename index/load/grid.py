"""What the rows of a grid are: titles, a header and the names it gives, records, pairs of a form.

Knows no file format and writes nothing. A grid is a list of rows of texts; a cell that is merged
stands in each place that it covers. Rows may be of different length.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

Row = Sequence[str]
Numbered = tuple[int, Row]  # a row with its number as the document counts

LONGEST_NAME = 100  # characters; what is longer is prose, not the name of a column
_LONGEST_LABEL = 60  # characters, of a value in a form, and of the one name beside the corner
_LOOKED_AT = 60  # rows: what a table is shows at its top
_HIGHEST_HEADER = 4  # rows
_HIGHEST_PREAMBLE = 12  # rows: titles, and who made it when
_FORM_WIDTHS = (2, 4, 6)
_KINDS = 3  # of values in a column make a form; in a table there are a name and what it names

_NUMBER = re.compile(r"[\s$€£¥(+−-]*\d[\d.,'\s/:%°−-]*[)%\s\w€$£]{0,4}$")
# Heads a column as often as it stands in one: 2024, 2023/24, 2024-01, 01.2024.
_YEAR = re.compile(r"(?:\d{1,2}[./-])?(?:19|20)\d\d(?:[/–-]\d{1,4})?$")
_DAY = re.compile(r"\d{1,4}([./-])\d{1,2}\1\d{1,4}(?:\s|$)")
_DIGITS = re.compile(r"\d+(?:[.,'’\s]\d+)*")
_MEASURED = re.compile(
    r"[<>~≈±+−-]?\s?\d[\d.,'’]*(?:\s?[–−-]\s?\d[\d.,'’]*)?\s(?P<unit>[^\W\d_]{1,20})"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """How the rows of a grid are read: first ``titles``, then ``header`` rows, then records.

    ``names`` has one for each column, empty for a column without; it is empty without a header. In
    a form every second cell is the name of the one behind it.
    """

    titles: int = 0
    header: int = 0
    names: tuple[str, ...] = ()
    is_form: bool = False


def read_grid(rows: Sequence[Row], marked: int | None = None) -> Reading:
    """How ``rows`` are read.

    ``marked`` says how many rows at the top the document marks as the header, 0 where it could
    mark some and does not. A header of several rows is also found unmarked: rows of names of which
    one spans columns or rows of the other, or that lie over figures.
    """
    columns = used_columns(rows)
    dense = [[_at(row, column) for column in columns] for row in rows[:_LOOKED_AT]]
    width = len(columns)
    if not columns:
        return Reading()
    if marked:
        titles, height = _marked_header(dense, marked, width)
    elif width < 2 or (marked == 0 and width == 2) or is_form(dense, width):
        return Reading(is_form=is_form(dense, width))
    else:
        titles, height = _found_header(dense, width)
    if not height:
        return Reading()
    names = dict(zip(columns, _combined(dense[titles : titles + height]), strict=True))
    return Reading(
        titles, height, tuple(names.get(column, "") for column in range(max(columns) + 1))
    )


def bold_header(bold: Sequence[Sequence[bool]]) -> int | None:
    """How many rows the looks of a table mark as its header, of its cells that are bold.

    1 where the first row alone is bold throughout, 0 where the first column alone is, else None.
    """
    if len(bold) < 2 or not all(bold):
        return None
    first, *others = bold
    if all(first) and not any(all(row) for row in others):
        return 1
    is_form = all(row[0] and not any(row[1:]) for row in bold)
    return 0 if is_form else None


def used_columns(rows: Iterable[Row]) -> list[int]:
    """The columns that hold anything."""
    used: set[int] = set()
    for row in rows:
        used.update(column for column, cell in enumerate(row) if cell)
    return sorted(used)


def is_name(cell: str) -> bool:
    """Whether a cell may name others: it is a year, or no figure."""
    return bool(_YEAR.match(cell)) or not is_figure(cell)


def is_figure(cell: str) -> bool:
    """Whether a cell is a number, with or without a short unit, or a formula."""
    return cell.startswith("=") or bool(_NUMBER.match(cell))


def is_header(row: Row, width: int) -> bool:
    """Whether the cells of ``row`` name the columns of a table that is ``width`` columns wide,
    whatever stands below."""
    names = [cell for cell in row if cell.strip()]
    return (
        len(set(names)) > 1
        and any(not _YEAR.match(name) for name in names)
        and all(is_name(name) for name in names)
        and _may_be_names(names, width)
    )


def _may_be_names(names: Sequence[str], width: int) -> bool:
    return width <= 2 * len(names) and all(
        len(name) <= LONGEST_NAME and not name.endswith(":") for name in names
    )


def is_caption(row: Row) -> bool:
    """Whether all that a row says is one text, no figure: a title, a part's heading, a note."""
    texts = {cell for cell in row if cell}
    return len(texts) == 1 and not is_figure(*texts) and (bool(row[0]) or sum(map(bool, row)) == 1)


def is_form(rows: Sequence[Row], width: int) -> bool:
    """Whether each row is a name and a value, or several such pairs side by side."""
    if width not in _FORM_WIDTHS:
        return False
    labels = [row[at] for row in rows for at in range(0, width, 2) if row[at]]
    values = [[row[at] for row in rows if row[at]] for at in range(1, width, 2)]
    is_labelled = all(is_name(each) and len(each) <= _LONGEST_LABEL for each in labels)
    if not (is_labelled and labels and all(values)) or len(set(labels)) < len(labels):
        return False
    colons = sum(label.endswith((":", "：")) for label in labels)
    if 2 * colons > len(labels):
        return True
    if len(rows) == 1:
        return width > 2 and all(is_figure(each) for of in values for each in of)
    with_figures = [of[1:] for of in values if any(map(is_figure, of))]
    changes = all(any(map(is_figure, of)) and not all(map(is_figure, of)) for of in with_figures)
    is_of_several = width > 2 and bool(with_figures) and changes
    return is_of_several or any(_is_mixed(of) for of in values)


def _is_mixed(values: Sequence[str]) -> bool:
    """Whether cells below each other say things of several kinds, or some words, some figures."""
    kinds = {_kind(value) for value in values if not value.startswith("=")}
    below = values[1:]
    words = {value for value in below if _kind(value) == "words"}
    figures = {_kind(value) for value in below} - {"words"}
    is_both = words and figures and len(words) + len(figures) >= _KINDS
    return len(kinds) >= _KINDS or bool(is_both and 4 * len(words) >= len(below))


def _kind(cell: str) -> str:
    """What a cell says: words, a day, or a figure with these signs and units. Below each other they
    are of many kinds in forms; in a table there are those of the column, and its name."""
    if not is_figure(cell):
        return "words"
    return "day" if _DAY.match(cell) else _shape(cell)


def _shape(cell: str) -> str:
    """A cell with 9 for each of its numbers: figures of one column are mostly of one shape."""
    return _DIGITS.sub("9", cell).replace(" ", "")


def _at(row: Row, column: int) -> str:
    return row[column] if column < len(row) else ""


def parts(rows: Sequence[Row]) -> list[str]:
    """For each record of a table the heading of its part, where that is needed to tell records of
    the same first cell apart; a part begins with a row that says one thing."""
    counts = Counter(row[0] for row in rows if row and row[0] and not is_caption(row))
    found: list[str] = []
    heading, seen = "", set[str]()
    for row in rows:
        if is_caption(row) and row[0]:
            heading, seen = row[0], set()
        label = row[0] if row else ""
        is_of_part = heading and counts[label] > 1 and label not in seen
        found.append(heading if is_of_part else "")
        seen.add(label)
    return found


# Headers


def _marked_header(rows: Sequence[Row], marked: int, width: int) -> tuple[int, int]:
    titles = 0
    while titles < min(marked, len(rows)) and width > 1 and is_caption(rows[titles]):
        if width == 2 and not rows[titles][0]:  # the one name behind an empty corner
            break
        titles += 1
    if len(rows) <= marked or titles == marked:
        return (titles, 0) if titles < len(rows) else (0, 0)
    return titles, max(marked - titles, _height_at(rows, titles, width))


def _found_header(rows: Sequence[Row], width: int) -> tuple[int, int]:
    """How many rows stand above the header and how many make it, 0 for none."""
    preamble = False  # rows of several cells that name no columns
    for at, row in enumerate(rows[: min(len(rows) - 1, _HIGHEST_PREAMBLE)]):
        height = _height_at(rows, at, width)
        last = rows[at + height - 1]
        is_over_figures = _is_over_figures(last, rows[at + height :])
        if height and (is_over_figures or not (preamble or _has_fuller(rows, at, width))):
            return at, height
        filled = sum(map(bool, row))
        preamble = preamble or not is_caption(row)
        if not (height or is_caption(row)) and 2 * filled > width:
            break
    return 0, 0


def _has_fuller(rows: Sequence[Row], at: int, width: int) -> bool:
    """Whether a row below the one ``at``, which does not fill the width, is rather the header."""
    filled = sum(map(bool, rows[at]))
    return filled < width and any(
        sum(map(bool, rows[below])) > filled
        and _height_at(rows, below, width) > 0
        and _is_over_figures(rows[below], rows[below + 1 :])
        for below in range(at + 1, min(len(rows) - 1, _HIGHEST_PREAMBLE))
    )


def _height_at(rows: Sequence[Row], at: int, width: int) -> int:
    """How many rows from ``at`` on name the columns together."""
    for height in range(min(_HIGHEST_HEADER, len(rows) - at - 1), 0, -1):
        head, body = rows[at : at + height], rows[at + height :]
        if all(_joins(upper, lower, body) for upper, lower in pairwise(head)) and _heads(
            head, body, width
        ):
            return height
    return 0


def _heads(head: Sequence[Row], body: Sequence[Row], width: int) -> bool:
    """Whether the rows of ``head`` name the columns of ``body``."""
    names = _combined(head)
    told = [name for name in names if name]
    if not _may_be_names(told, width):
        return False
    has_odd = False
    for row in head:
        for column, cell in enumerate(row):
            if _MEASURED.match(cell) and _have_several_units([each[column] for each in body]):
                return False
            if cell and not is_name(cell):
                has_odd = True
                if not _is_odd_name(cell, [each[column] for each in body if each[column]]):
                    return False
    only_years = all(_YEAR.match(name) for name in told)
    if not names[0] and (only_years or has_odd or width == 2):
        return _names_rows(body) and _is_over_figures(names, body)
    if width == 2 and (has_odd or _YEAR.match(names[1]) or len(names[1]) > _LONGEST_LABEL):
        return False  # rather a name and its value
    return len(set(told)) > 1 and not only_years


def _have_several_units(below: Sequence[str]) -> bool:
    """Whether most cells are figures, with units of several kinds: *1 scfm, 100 psi* above *13 gal*
    and *1,500 lb* is one of them, and names none."""
    filled = [cell for cell in below if cell]
    units = [match["unit"].lower() for cell in filled if (match := _MEASURED.match(cell))]
    # With the cell above, which is one too.
    return 2 * (len(units) + 1) > len(filled) + 1 and len(set(units)) > 1


def _names_rows(body: Sequence[Row]) -> bool:
    """Whether the first cells name their rows, so that an empty corner may stand above them."""
    return 2 * sum(bool(row[0]) and not is_figure(row[0]) for row in body) > len(body)


def _is_odd_name(cell: str, below: Sequence[str]) -> bool:
    """Whether a figure names its column: "5 kW" or "2023 Plan", where other figures lie below."""
    shapes = {_shape(each) for each in below}
    if not below or _shape(cell) in shapes or not all(map(is_figure, below)):
        return False
    has_letters = any(letter.isalpha() for letter in cell)
    if all(not any(letter.isalpha() for letter in shape) for shape in shapes):
        return has_letters or len(shapes) == 1
    return len(shapes) == 1 and len(below) > 1


def _joins(upper: Row, lower: Row, body: Sequence[Row]) -> bool:
    """Whether two rows of names belong to one header."""
    if is_caption(upper) or not all(map(is_name, filter(None, lower))):
        return False
    columns = range(len(upper))
    filled = [cell for cell in lower if cell]
    spans = _shows_spans(upper, lower)
    falls = any(upper[at] and upper[at] == lower[at] for at in columns) and list(upper) != [*lower]
    repeats = len(set(filled)) < len(filled)
    over_figures = _is_over_figures(lower, body)
    if spans:
        return falls or repeats or over_figures or not lower[0]
    has_gaps = any(upper[at] and not upper[at + 1] and lower[at + 1] for at in columns[:-1])
    is_group = has_gaps and (repeats or not upper[0])
    return falls or (over_figures and (is_group or bool(upper[0] and not lower[0])))


def _shows_spans(upper: Row, lower: Row) -> bool:
    """Whether a cell of ``upper`` is repeated over cells that differ, as a merged one is."""
    return any(
        upper[at] and upper[at] == upper[at + 1] and lower[at] != lower[at + 1]
        for at in range(len(upper) - 1)
    )


def _is_over_figures(row: Row, body: Sequence[Row]) -> bool:
    """Whether most cells of ``row`` but the first, which are no figures, stand over figures."""
    below = [
        all(is_figure(each[at]) for each in body[:3] if each[at])
        for at, cell in enumerate(row)
        if at and cell and any(each[at] for each in body[:3])
    ]
    return bool(below) and 2 * sum(below) >= len(below)


def _combined(head: Sequence[Row]) -> list[str]:
    """The names of the columns: what the rows of a header say of each, from above."""
    rows = [*(_spread(upper, lower) for upper, lower in pairwise(head)), head[-1]]
    columns = zip(*rows, strict=True)
    return [" ".join(text for text, _ in groupby(filter(None, column))) for column in columns]


def _spread(upper: Row, lower: Row) -> Row:
    """The names of groups of columns also over the columns behind their first one."""
    filled = [cell for cell in lower if cell]
    if upper[0] and len(set(filled)) == len(filled):
        return upper
    named = [bool(above) for above, below in zip(upper[1:], lower[1:], strict=True) if below]
    if sum(named) > 2 * (len(named) - sum(named)):  # one name over each column, some blank
        return upper
    if _shows_spans(upper, lower):  # and so a blank cell is none
        return upper
    cells = list(upper)
    for at in range(1, len(cells)):
        if not cells[at] and lower[at]:
            cells[at] = cells[at - 1] if at > 1 else ""
    return cells


# Several tables in one grid


def tables(block: Sequence[Numbered]) -> Iterator[list[Numbered]]:
    """The tables of a block without blank rows: side by side, and below each other.

    The rows of each keep their numbers, and its cells their columns.
    """
    for part in _side_by_side(block):
        yield from _stacked(part)


def _side_by_side(block: Sequence[Numbered]) -> Iterator[list[Numbered]]:
    rows = [row for _, row in block]
    groups = _column_groups([row for row in rows if not is_caption(row)])
    if len(groups) < 2:
        groups = _halves(rows)
    if len(groups) < 2:
        yield list(block)
        return
    starts = _starts(rows, groups)
    for start, stop in pairwise([0, *starts[1:], max(map(len, rows))]):
        part: list[Numbered] = []
        for number, row in block:
            spans_all = is_caption(row) and any(row[:start])
            cells = [] if spans_all else row[start:stop]
            if any(cells):
                part.append((number, [*[""] * start, *cells]))
        if part:
            yield part


def _column_groups(rows: Sequence[Row]) -> list[range]:
    """The used columns, parted by blank ones."""
    groups: list[range] = []
    for column in used_columns(rows):
        if groups and groups[-1].stop == column:
            groups[-1] = range(groups[-1].start, column + 1)
        else:
            groups.append(range(column, column + 1))
    return groups


def _halves(rows: Sequence[Row]) -> list[range]:
    """The two halves of a grid whose header is twice the same; nothing for another."""
    reading = read_grid(rows)
    names = reading.names
    half = len(names) // 2
    if half < 2 or names[:half] != names[half:] or len(set(names)) != half:
        return []
    return [range(half), range(half, 2 * half)]


def _starts(rows: Sequence[Row], groups: Sequence[range]) -> list[int]:
    """Where tables begin: with a group of columns that names its own rows."""
    readings = [read_grid(_part(rows, group)) for group in groups]
    if not any(each.header for each in readings):  # forms side by side
        are_forms = all(
            len(group) == 2 and all(is_name(row[0]) for row in _part(rows, group) if row[0])
            for group in groups
        )
        return [group.start for group in groups] if are_forms else [groups[0].start]
    starts = [groups[0].start]
    for group, reading in zip(groups[1:], readings[1:], strict=True):
        body = _part(rows, group)[reading.titles + reading.header :]
        labels = [row[0] for row in body[:_LOOKED_AT] if row[0]]
        named = [label for label in labels if not is_figure(label)]
        if len(group) > 1 and reading.header and 2 * len(named) > len(labels):
            starts.append(group.start)
    return starts


def _part(rows: Sequence[Row], columns: range) -> list[Row]:
    cells = (row[columns.start : columns.stop] for row in rows)
    return [[*row, *[""] * (len(columns) - len(row))] for row in cells if any(row)]


def _stacked(part: list[Numbered]) -> Iterator[list[Numbered]]:
    """Tables below each other: each begins with a title and a header of its own."""
    start = 0
    for at in range(2, len(part) - 2):
        if not is_caption(part[at][1]) or is_caption(part[at + 1][1]) or at - start < 2:
            continue
        head = part[at + 1][1]
        if all(map(is_name, filter(None, head))):
            rows = [row for _, row in part[at : at + _LOOKED_AT]]
            width = max(map(len, rows))
            padded = [[*row, *[""] * (width - len(row))] for row in rows]
            reading = read_grid(rows)
            if reading.header and _is_over_figures(padded[1], padded[2:]):
                yield part[start:at]
                start = at
    yield part[start:]
