"""The text of a PDF page in reading order, and which character of the page each came from.

Knows words with their places on a page, not files: lines, columns, paragraphs and hyphens at line
ends. Lengths are in points, y grows upwards.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import median

from index.load.base import normalise
from index.types import Span

HYPHEN = "\x02"  # stands for a hyphen that only the end of its line asked for

_CELL_GAP = 1.5  # of the size of the letters: justified words stay below, cells of a table above
_GUTTER_GAP = 0.7  # between columns; narrow, because many lines must agree on the place
_GUTTER_STEPS = 48  # places tried across the page: a gutter is rarely below 2 % of its width
_COLUMN_LINES = 6  # fewer lines on a side are a caption or an address, not a column
_RAISED = 0.6  # of the size: how far the mark of a footnote may stand above its line
_SAME_LINE = 0.1  # of the size: what stands on one line differs less in height
_TOUCHING = 0.15  # of the size: a narrower gap is no blank between words
_PROSE_WIDTH = 0.55  # of its column: lines of prose fill it, cells and labels do not
_PROSE_WORDS = 3  # a line; a column of shorter ones is one of a table
_CROSSING = 0.25  # of the lines may cross a gutter: titles, captions, footers
_PARAGRAPH_GAP = 1.35  # of the usual distance of lines
_LONG_WORD = 3  # characters: shorter words may be marks in another size
_OTHER_SIZE = 1.15  # ratio of sizes from which on a line is of another kind
_LIGATURES = {chr(code): unicodedata.normalize("NFKC", chr(code)) for code in range(0xFB00, 0xFB07)}


@dataclass(frozen=True, slots=True)
class Word:
    """Characters ``[start, end)`` of a page without blanks, and where they stand on it."""

    start: int
    end: int
    left: float
    right: float
    bottom: float
    size: float
    breaks: bool = False  # whether it ends with the hyphen of a line


Line = Sequence[Word]


@dataclass(frozen=True, slots=True)
class PageText:
    """A page's text; ``origins[i]`` is the page's character shown at ``text[i]``, or -1.

    ``lines`` are the lines as spans of ``text``, each with the size of its letters.
    """

    text: str = ""
    origins: Sequence[int] = ()
    lines: Sequence[tuple[Span, float]] = ()


def page_text(characters: Sequence[str], lines: Sequence[Line]) -> PageText:
    """The text of a page: ``characters`` as the file orders them, ``lines`` of their words.

    Columns are read one after the other where the page clearly has them; otherwise the order of
    the file stands, which in most files is that of reading.
    """
    page = _Assembly(characters)
    ordered = _in_columns(_continued([line for line in lines if line]))
    leading = _usual_leading(ordered)
    for position, line in enumerate(ordered):
        gap = _gap(ordered[position - 1], line, leading, page.text_so_far()) if position else ""
        page.add(line, gap)
    return page.finished()


def _continued(lines: Sequence[Line]) -> list[Line]:
    """Lines put together again that the file breaks at a raised letter, or between two cells."""
    whole: list[Line] = []
    for line in lines:
        if whole and not whole[-1][-1].breaks and _goes_on(whole[-1][-1], line[0]):
            whole[-1] = [*whole[-1], *line]
        else:
            whole.append(line)
    return whole


def _goes_on(before: Word, word: Word) -> bool:
    size = max(before.size, word.size)
    gap = word.left - before.right
    height = abs(before.bottom - word.bottom)
    is_cell = height < _SAME_LINE * size and gap > 0
    return is_cell or (height < _RAISED * size and -_TOUCHING * size < gap < size)


# Columns


def _in_columns(lines: Sequence[Line], depth: int = 2) -> list[Line]:
    gutter = _gutter(lines) if depth else None
    if gutter is None:
        return list(lines)
    ordered: list[Line] = []
    left: list[Line] = []
    right: list[Line] = []
    for line in lines:
        if _crosses(line, gutter):
            ordered += [*_in_columns(left, depth - 1), *_in_columns(right, depth - 1), line]
            left, right = [], []
            continue
        for side, words in ((left, _left_of(line, gutter)), (right, _right_of(line, gutter))):
            if words:
                side.append(words)
    return [*ordered, *_in_columns(left, depth - 1), *_in_columns(right, depth - 1)]


def _gutter(lines: Sequence[Line]) -> float | None:
    """The place of the blank strip between two columns; None where there are none."""
    if len(lines) < _COLUMN_LINES:
        return None
    start = min(_left(line) for line in lines)
    width = max(_right(line) for line in lines) - start
    places = [start + width * step / _GUTTER_STEPS for step in range(1, _GUTTER_STEPS)]
    counted = {place: sum(_crosses(line, place) for line in lines) for place in places}
    fewest = min(counted.values())
    if fewest > _CROSSING * len(lines):
        return None
    best = [place for place in places if counted[place] == fewest]
    place = best[len(best) // 2]
    return place if _has_two_columns(lines, place) else None


def _has_two_columns(lines: Sequence[Line], gutter: float) -> bool:
    beside = [line for line in lines if not _crosses(line, gutter)]
    sides = (
        [words for line in beside if (words := _left_of(line, gutter))],
        [words for line in beside if (words := _right_of(line, gutter))],
    )
    return all(len(side) >= _COLUMN_LINES and _is_prose(side) for side in sides)


def _is_prose(lines: Sequence[Line]) -> bool:
    if median(map(len, lines)) < _PROSE_WORDS:
        return False
    width = max(map(_right, lines)) - min(map(_left, lines))
    return median(_right(line) - _left(line) for line in lines) >= _PROSE_WIDTH * width


def _crosses(line: Line, place: float) -> bool:
    """Whether a line runs over ``place`` without the blank of a gutter there."""
    left, right = _left_of(line, place), _right_of(line, place)
    if len(left) + len(right) < len(line):
        return True
    if not (left and right):
        return False
    return _left(right) - _right(left) < _GUTTER_GAP * line[0].size


def _left_of(line: Line, place: float) -> Line:
    return [word for word in line if word.right <= place]


def _right_of(line: Line, place: float) -> Line:
    return [word for word in line if word.left >= place]


def _left(line: Line) -> float:
    return min(word.left for word in line)


def _right(line: Line) -> float:
    return max(word.right for word in line)


# Paragraphs


def _usual_leading(lines: Sequence[Line]) -> float:
    """The usual distance from a line to the one below it."""
    steps = [_step(before, line) for before, line in pairwise(lines)]
    near = [
        step
        for step, line in zip(steps, lines, strict=False)
        if 0 < step < 3 * _body(line).size  # three sizes below, another part of the page begins
    ]
    return median(near) if near else 0.0


def _step(before: Line, line: Line) -> float:
    return _body(before).bottom - _body(line).bottom


def _body(line: Line) -> Word:
    """The word that stands for its line: not the mark of a footnote, nor a sign of mathematics."""
    long = [word for word in line if word.end - word.start >= _LONG_WORD]
    return min(long or line, key=lambda word: (word.size, word.start - word.end))


def _gap(before: Line, line: Line, leading: float, text: str) -> str:
    """What stands between two lines."""
    if text.endswith(HYPHEN):
        return ""
    sizes = sorted((_body(before).size, _body(line).size))
    if sizes[1] > _OTHER_SIZE * sizes[0]:
        return "\n\n"
    step = _step(before, line)
    if step < 0:  # upwards: the next column, in which a sentence may go on
        return "\n\n" if text.endswith((".", "!", "?", ":", "”", '"')) else "\n"
    return "\n\n" if step > _PARAGRAPH_GAP * leading > 0 else "\n"


@dataclass(slots=True)
class _Assembly:
    """A page's text while it is put together."""

    characters: Sequence[str]
    _pieces: list[str] = field(default_factory=list)
    _origins: list[int] = field(default_factory=list)
    _lines: list[tuple[Span, float]] = field(default_factory=list)

    def text_so_far(self) -> str:
        """The last line; all that is looked at of it is its end."""
        return self._pieces[-1] if self._pieces else ""

    def add(self, line: Line, gap: str) -> None:
        shown, origins = self._normalised(line)
        if not shown.strip("\x02"):
            return
        if gap == "" and self._pieces:
            gap = self._join_hyphen(shown)
        self._append(gap, [-1] * len(gap))
        start = len(self._origins)
        self._append(shown, origins)
        self._lines.append((Span(start, len(self._origins)), _body(line).size))

    def finished(self) -> PageText:
        if self._pieces and self._pieces[-1].endswith(HYPHEN):
            self._drop_hyphen("-")
        return PageText("".join(self._pieces), self._origins, self._lines)

    def _join_hyphen(self, shown: str) -> str:
        """Takes the hyphen of the line before away, or leaves one that the word has elsewhere."""
        first, second = self._pieces[-1].split()[-1].strip(HYPHEN), shown.split()[0]
        hyphened = f"{first}-{second.rstrip('.,;:!?)')}"
        self._drop_hyphen("-" if hyphened in "".join(self.characters) else "")
        return "" if unicodedata.combining(shown[0]) == 0 else "\n"

    def _drop_hyphen(self, replacement: str) -> None:
        self._pieces[-1] = self._pieces[-1][:-1] + replacement
        if not replacement:
            self._origins.pop()
            span, size = self._lines[-1]
            self._lines[-1] = Span(span.start, span.end - 1), size

    def _append(self, text: str, origins: Sequence[int]) -> None:
        self._pieces.append(text)
        self._origins.extend(origins)

    def _normalised(self, line: Line) -> tuple[str, list[int]]:
        letters = list(self._written(line))
        whole = "".join(character for character, _ in letters)
        if normalise(whole) == whole.removesuffix(HYPHEN):  # as nearly always
            return whole, [origin for _, origin in letters]
        pieces: list[str] = []
        origins: list[int] = []
        for cluster in _clusters(iter(letters)):
            written = "".join(character for character, _ in cluster)
            shown = written if written == HYPHEN else normalise(written)
            pieces.append(shown)
            origins += [cluster[0][1]] * len(shown)
        return "".join(pieces), origins

    def _written(self, line: Line) -> Iterator[tuple[str, int]]:
        """The characters of a line with their origins, one blank or tab between words."""
        before: Word | None = None
        for word in line:
            if before and not self._touch(before, word):
                is_cell = word.left - before.right > _CELL_GAP * word.size
                yield "\t" if is_cell else " ", before.end
            for index in range(word.start, word.end):
                character = self.characters[index]
                for letter in _LIGATURES.get(character, character):
                    yield letter, index
            before = word

    def _touch(self, before: Word, word: Word) -> bool:
        """Whether two words are one that the file only broke for a raised or lowered letter."""
        between = "".join(self.characters[before.end : word.start])
        return "\n" in between and word.left - before.right < _TOUCHING * word.size


def _clusters(written: Iterator[tuple[str, int]]) -> Iterator[list[tuple[str, int]]]:
    """Characters in groups that can be normalised one by one: a letter with its marks."""
    cluster: list[tuple[str, int]] = []
    for character, origin in written:
        if cluster and not _composes(character):
            yield cluster
            cluster = []
        cluster.append((character, origin))
    if cluster:
        yield cluster


def _composes(character: str) -> bool:
    """Whether a character can melt into the one before it: a mark, or a Hangul vowel or final."""
    if character.isascii():
        return False
    return "\u1160" <= character <= "\u11ff" or unicodedata.category(character).startswith("M")


def words_of(
    characters: Sequence[str],
    box: Callable[[int], tuple[float, float, float, float]],
) -> list[list[Word]]:
    """The lines of a page as the file orders them, each of words.

    ``box`` tells left, bottom, right and top of a character. A line ends with a line break, and
    after a hyphen that the line's end asked for.
    """
    lines: list[list[Word]] = [[]]
    start: int | None = None
    for index, character in enumerate([*characters, "\n"]):
        if start is not None and (not character or character.isspace()):
            lines[-1].append(_word(start, index, box))
            start = None
        elif start is None and character and not character.isspace():
            start = index
        if character == HYPHEN:
            assert start is not None
            lines[-1].append(replace(_word(start, index + 1, box), breaks=True))
            start = None
        if character in ("\n", HYPHEN) and lines[-1]:
            lines.append([])
    return lines


def _word(start: int, end: int, box: Callable[[int], tuple[float, float, float, float]]) -> Word:
    first, last = box(start), box(end - 1)
    left, right = min(first[0], last[0]), max(first[2], last[2])
    return Word(start, end, left, right, first[1], max(first[3] - first[1], 0.1))
