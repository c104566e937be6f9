"""How the lines of a PDF page are written as text, and which character each came from.

Knows words with their places on a page, not files. What is raised, lowered or struck out is
written as ``index.load.script`` does.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import median

from index.load import pdf_script
from index.load.base import normalise
from index.load.pdf_layout import in_reading_order
from index.load.pdf_rules import NOTHING, Drawn
from index.load.pdf_table_text import Written, joined, rows_of
from index.load.pdf_tables import Table, table_number
from index.load.pdf_words import CELL_GAP, HYPHEN, TOUCHING, Line, Word
from index.load.script import STRUCK
from index.types import Span

_PARAGRAPH_GAP = 1.35  # of the usual distance of lines
_LONG_WORD = 3  # characters: shorter words may be marks in another size
_OTHER_SIZE = 1.15  # ratio of sizes from which on a line is of another kind
# Ligatures are written as their letters, and a hyphen that is not shown not at all; between digits
# it is shown, as no number is broken there: programs write it for a hyphen.
_LETTERS = {chr(code): unicodedata.normalize("NFKC", chr(code)) for code in range(0xFB00, 0xFB07)}
_SOFT_HYPHEN = "\u00ad"
_LETTERS[_SOFT_HYPHEN] = ""

Letter = tuple[str, int]  # and the page's character that it came from, or -1


@dataclass(frozen=True, slots=True)
class PageText:
    """A page's text; ``origins[i]`` is the page's character shown at ``text[i]``, or -1.

    ``lines`` are the lines as spans of ``text``, each with the size of its letters. Where a word
    went on in the next line, ``HYPHEN`` stands in the text until it is known whether it stays.
    ``unsure`` is how many ruled tables are read across, because their columns have no sure names.
    """

    text: str = ""
    origins: Sequence[int] = ()
    lines: Sequence[tuple[Span, float]] = ()
    unsure: int = 0


def page_text(characters: Sequence[str], lines: Sequence[Line], drawn: Drawn = NOTHING) -> PageText:
    """The text of a page: ``characters`` as the file orders them, ``lines`` of their words."""

    def text_of(words: Sequence[Word]) -> str:
        return " ".join("".join(characters[word.start : word.end]) for word in words)

    page = _Assembly(characters)
    ordered, tables, unsure = in_reading_order(lines, drawn, text_of)
    leading = _usual_leading([line for line in ordered if line and table_number(line) is None])
    before: Line | None = None
    parted = False
    for line in ordered:
        number = table_number(line)
        if number is not None:
            page.add_table(tables[number])
            before = line
        elif line:
            gap = _gap(before, line, leading, page.text_so_far()) if before else ""
            is_apart = gap and (parted or table_number(before or []) is not None)
            page.add(line, "\n\n" if is_apart else gap)
            before = line
        parted = not line
    return replace(page.finished(), unsure=unsure)


# Paragraphs


def _usual_leading(lines: Sequence[Line]) -> float:
    """The usual distance from a line to the one below it."""
    bodies = [_body(line) for line in lines]
    steps = [before.baseline - body.baseline for before, body in pairwise(bodies)]
    near = [
        step
        for step, body in zip(steps, bodies, strict=False)
        if 0 < step < 3 * body.size  # three sizes below, another part of the page begins
    ]
    return median(near) if near else 0.0


def _body(line: Line) -> Word:
    """The word that stands for its line: not the mark of a footnote, nor a sign of mathematics."""
    long = [word for word in line if word.end - word.start >= _LONG_WORD]
    return min(long or line, key=lambda word: (word.size, word.start - word.end))


def _gap(before: Line, line: Line, leading: float, text: str) -> str:
    """What stands between two lines."""
    above, below = _body(before), _body(line)
    step = above.baseline - below.baseline
    if text.endswith(HYPHEN) and not (_has_cells(before) and _has_cells(line)):
        return ""
    sizes = sorted((above.size, below.size))
    if sizes[1] > _OTHER_SIZE * sizes[0]:
        return "\n\n"
    if step < 0:  # upwards: the next column, in which a sentence may go on
        return "\n\n" if text.endswith((".", "!", "?", ":", "”", '"')) else "\n"
    return "\n\n" if step > _PARAGRAPH_GAP * leading > 0 else "\n"


def _has_cells(line: Line) -> bool:
    return any(_is_cell(before, word) for before, word in pairwise(line))


def _is_cell(before: Word, word: Word) -> bool:
    return word.left - before.right > CELL_GAP * word.size


# Letters


@dataclass(slots=True)
class _Assembly:
    """A page's text while it is put together."""

    characters: Sequence[str]
    _pieces: list[str] = field(default_factory=list)
    _origins: list[int] = field(default_factory=list)
    _lines: list[tuple[Span, float]] = field(default_factory=list)
    _has_others: bool = field(init=False)

    def __post_init__(self) -> None:
        self._has_others = not _LETTERS.keys().isdisjoint(self.characters)

    def text_so_far(self) -> str:
        """The last line; all that is looked at of it is its end."""
        return self._pieces[-1] if self._pieces else ""

    def add(self, line: Line, gap: str) -> None:
        shown, origins = self._normalised(line)
        if not shown.strip(HYPHEN):
            return
        if self._pieces and self._pieces[-1].endswith(HYPHEN):
            if gap or unicodedata.combining(shown[0]):
                self._end_with_hyphen()
            gap = gap or ("\n" if unicodedata.combining(shown[0]) else "")
        self._append(gap, [-1] * len(gap))
        start = len(self._origins)
        self._append(shown, origins)
        self._lines.append((Span(start, len(self._origins)), _body(line).size))

    def add_table(self, table: Table) -> None:
        grid = [
            [joined([Written(*self._normalised(line)) for line in cell]) for cell in row]
            for row in table.rows
        ]
        for row in rows_of(grid, table.marked):
            if self._pieces:
                if self._pieces[-1].endswith(HYPHEN):
                    self._end_with_hyphen()
                self._append("\n\n", [-1, -1])
            start = len(self._origins)
            self._append(row.text, row.origins)
            self._lines.append((Span(start, len(self._origins)), table.size))

    def finished(self) -> PageText:
        if self._pieces and self._pieces[-1].endswith(HYPHEN):
            self._end_with_hyphen()
        return PageText("".join(self._pieces), self._origins, self._lines)

    def _end_with_hyphen(self) -> None:
        self._pieces[-1] = self._pieces[-1].removesuffix(HYPHEN) + "-"

    def _append(self, text: str, origins: Sequence[int]) -> None:
        self._pieces.append(text)
        self._origins.extend(origins)

    def _normalised(self, line: Line) -> tuple[str, list[int]]:
        letters = self._written(line)
        whole = "".join([character for character, _ in letters])
        if normalise(whole) == whole.removesuffix(HYPHEN):  # as nearly always
            return whole, [origin for _, origin in letters]
        pieces: list[str] = []
        origins: list[int] = []
        # What shows nothing begins no cluster: what stands behind it would come from there.
        shown_ones = (each for each in letters if each[0] == HYPHEN or normalise(each[0]))
        for cluster in _clusters(shown_ones):
            written = "".join(character for character, _ in cluster)
            shown = written if written == HYPHEN else normalise(written)
            pieces.append(shown)
            if shown == written:  # nothing was composed
                origins += [origin for _, origin in cluster]
            else:
                origins += [cluster[0][1]] * len(shown)
        return "".join(pieces), origins

    def _written(self, line: Line) -> list[Letter]:
        """The characters of a line with their origins, one blank or tab between words."""
        letters: list[Letter] = []
        before: Word | None = None
        is_struck = False
        for words, rise in self._by_rise(line):
            for word in words:
                gap = self._gap(before, word, rise) if before else ""
                if is_struck and not word.struck:
                    letters += _marks()
                letters += [(each, before.end) for each in gap if before]
                if word.struck and not is_struck:
                    letters += _marks()
                is_struck = word.struck
                if not rise:
                    letters += self._letters(word)
                before = word
            if rise:
                after = "".join(self.characters[words[-1].end : words[-1].end + 3])
                letters += self._set_apart(words, rise, letters, after)
        return [*letters, *(_marks() if is_struck else ())]

    def _letters(self, word: Word) -> Iterator[Letter]:
        characters = self.characters[word.start : word.end]
        if self._has_others:
            for index, character in enumerate(characters, word.start):
                is_hyphen = character == _SOFT_HYPHEN and self._is_within_number(index)
                for letter in "-" if is_hyphen else _LETTERS.get(character, character):
                    yield letter, index
        else:
            yield from zip(characters, range(word.start, word.end), strict=True)

    def _is_within_number(self, index: int) -> bool:
        """Whether digits stand on both sides of a character."""
        around = self.characters[max(0, index - 1) : index + 2]
        return len(around) == 3 and around[0].isdigit() and around[2].isdigit()

    def _by_rise(self, line: Line) -> list[tuple[Line, int]]:
        """The words of a line in runs that are all raised, all lowered, or neither."""
        if len({word.baseline for word in line}) == 1:
            return [(line, 0)]
        runs: list[tuple[list[Word], int]] = []
        for word, rise in zip(line, pdf_script.rises(line, self.characters), strict=True):
            if runs and runs[-1][1] == rise:
                runs[-1][0].append(word)
            else:
                runs.append(([word], rise))
        return list(runs)

    def _set_apart(
        self, words: Sequence[Word], rise: int, line: Sequence[Letter], after: str
    ) -> list[Letter]:
        """The letters of a raised or lowered run."""
        letters = [letter for word in words for letter in self._letters(word)]
        text = "".join(character for character, _ in letters)
        before = "".join(character for character, _ in line[-8:])
        shown = pdf_script.written(text, rise, before, after)
        if len(shown) == len(text):
            return [(each, origin) for each, (_, origin) in zip(shown, letters, strict=True)]
        if text not in shown:
            return [(each, letters[0][1]) for each in shown]
        head, _, tail = shown.partition(text)
        return [*((each, -1) for each in head), *letters, *((each, -1) for each in tail)]

    def _gap(self, before: Word, word: Word, rise: int) -> str:
        if word.glued or rise or self._touch(before, word):
            return ""
        return "\t" if _is_cell(before, word) else " "

    def _touch(self, before: Word, word: Word) -> bool:
        """Whether two words are one that the file only broke for a raised or lowered letter."""
        between = "".join(self.characters[before.end : word.start])
        return "\n" in between and word.left - before.right < TOUCHING * word.size


def _marks() -> list[Letter]:
    return [(each, -1) for each in STRUCK]


def _clusters(written: Iterator[Letter]) -> Iterator[list[Letter]]:
    """Characters in groups that can be normalised one by one: a letter with its marks."""
    cluster: list[Letter] = []
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
