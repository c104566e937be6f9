"""Puts what is filled into a form among the words of its page, beside its label.

Knows words with their places, no files.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from index.load.pdf_annotations import TICKED, UNTICKED, Box, Placed
from index.load.pdf_words import Word

_WORD = re.compile(r"\S+")
_WIDTH = 0.5  # of the size: a letter as it is drawn, on average
_LARGEST = 14.0  # points; a value of one line does not fill a field of many
_DESCENT = 0.25  # of the size below the baseline
_BESIDE = 12.0  # sizes between a label and its value at most, unless a colon ends the label
_SAME_LINE = 0.1  # of the size: what stands on one line differs less in height
_ABOVE = 1.6  # sizes between a value and the label above at most
_MOST_TRIED = 2_000_000  # comparisons of lines and values; a page of a form needs a thousand


class _At(NamedTuple):
    """Where a word stands: its baseline, its line, and itself."""

    baseline: float
    line: int
    word: Word


class Added:
    """Words that are no part of a page's own; ``characters`` grow by theirs, in ``boxes``."""

    def __init__(self, characters: list[str]) -> None:
        self._characters = characters
        self.boxes: list[Box] = []

    def words(
        self, line: str, left: float, baseline: float, width: float, size: float
    ) -> Iterator[Word]:
        """The words of a line whose letters are all as wide; others are never on one with it."""
        self._add("\n", Box(left, baseline, left, baseline))
        for match in _WORD.finditer(line):
            start = len(self._characters)
            for offset, character in enumerate(match.group(), match.start()):
                edge = left + width * offset
                box = Box(edge, baseline - _DESCENT * size, edge + width, baseline + 0.75 * size)
                self._add(character, box)
            first, last = left + width * match.start(), left + width * match.end()
            yield Word(start, len(self._characters), first, last, baseline, size)
            self._add(" ", Box(last, baseline, last, baseline))

    def _add(self, character: str, box: Box) -> None:
        self._characters.append(character)
        self.boxes.append(box)


class Page:
    """The lines of a page into which texts are placed; ``characters`` grow by theirs."""

    def __init__(self, characters: list[str], lines: Sequence[Sequence[Word]]) -> None:
        self._characters = characters
        self._lines = [list(line) for line in lines if line]
        self._after: dict[int, list[list[Word]]] = {}  # lines of their own, by the one above
        self._words = self._sorted()
        self._largest = max((at.word.size for at in self._words), default=0.0)
        self._tried = 0
        self._added = Added(characters)
        self.boxes = self._added.boxes

    def _sorted(self) -> list[_At]:
        return sorted(
            _At(word.baseline, number, word)
            for number, line in enumerate(self._lines)
            for word in line
        )

    def lines(self) -> list[list[Word]]:
        """All lines, each placed one behind the one it belongs to."""
        ordered = list(self._after.get(-1, ()))
        for number, line in enumerate(self._lines):
            ordered += [line, *self._after.get(number, ())]
        return [line for line in ordered if line]

    def place(self, texts: Sequence[Placed]) -> None:
        """Places texts from top to bottom, except what the page shows already."""
        if not self._words:  # a page that is only a picture names no field
            texts = [each._replace(text=f"{each.label}: {each.text}") for each in texts]
        self._put_rows_together(texts)
        for text in sorted(texts, key=lambda each: (-each.box.top, each.box.left)):
            if self._is_shown(text):
                continue
            first, *others = list(self._words_of(text))
            line = self._place_first(first, text)
            self._after.setdefault(line, []).extend(others)

    def _put_rows_together(self, texts: Sequence[Placed]) -> None:
        """Puts lines beside a field together that are one: files may part labels by the gaps."""
        moved: dict[int, int] = {}
        for text in texts:
            row = list(self._in_band(text.box.bottom, text.box.top))
            for before, after in pairwise(row):
                one, other = sorted(moved.get(at.line, at.line) for at in (before, after))
                first, second = self._lines[one], self._lines[other]
                same = after.baseline - before.baseline < _SAME_LINE * after.word.size
                if same and one != other and first and second and _are_apart(first, second):
                    self._lines[one] = sorted((*first, *second), key=lambda word: word.left)
                    self._lines[other] = []
                    moved[other] = one
        self._words = self._sorted()

    def _is_shown(self, text: Placed) -> bool:
        """Whether the page itself writes the text in its place, as flattened copies do."""
        inside = sorted(
            (at.word for at in self._in_band(text.box.bottom, text.box.top)),
            key=lambda word: (-word.baseline, word.left),
        )
        shown = "".join(
            self._characters[index]
            for word in inside
            if text.box.left <= (word.left + word.right) / 2 <= text.box.right
            for index in range(word.start, word.end)
        )
        return bool(shown) and shown == "".join(text.text.split())

    def _words_of(self, text: Placed) -> Iterator[list[Word]]:
        """The words of each line of a text, in its box."""
        box = text.box
        lines = [line for line in text.text.split("\n") if line.strip()]
        height = max((box.top - box.bottom) / len(lines), 1.0)
        size = min(height, _LARGEST)
        for number, line in enumerate(lines):
            middle = box.top - height * (number + 0.5) if len(lines) > 1 else None
            baseline = (middle or (box.top + box.bottom) / 2) - _DESCENT * size
            width = min(_WIDTH * size, (box.right - box.left) / len(line))
            yield list(self._added.words(line, box.left, baseline, width, size))

    def _place_first(self, words: list[Word], text: Placed) -> int:
        """Places the first line of a text; its number is returned, or that of the line above."""
        box = text.box
        row = list(self._in_band(box.bottom - _DESCENT * words[0].size, box.top))
        left = max((at for at in row if at.word.right <= box.left + 2), key=_edge, default=None)
        right = min((at for at in row if at.word.left >= box.right - 2), key=_start, default=None)
        is_tick = text.text in (TICKED, UNTICKED)
        if is_tick and right and (not left or self._is_nearer(right.word, left.word, box)):
            return self._join(right, words, behind=False)
        if left and self._is_label(left.word, box):
            return self._join(left, words)
        above = self._above(box)
        if above is not None:
            self._after.setdefault(above, []).append(words)
            return above
        if left:
            return self._join(left, words)
        if right:
            return self._join(right, words, behind=False)
        before = self._line_before(box)
        self._after.setdefault(before, []).append(words)
        return before

    def _is_nearer(self, right: Word, left: Word, box: Box) -> bool:
        """Whether a tick belongs to the word behind it, not to the one before."""
        gap = right.left - box.right
        return gap < _BESIDE * right.size and gap < box.left - left.right

    def _is_label(self, word: Word, box: Box) -> bool:
        ends = self._characters[word.end - 1] in ":："
        return ends or box.left - word.right <= _BESIDE * word.size

    def _join(self, at: _At, words: Sequence[Word], *, behind: bool = True) -> int:
        line = self._lines[at.line]
        near = at.word
        place = line.index(near)
        if behind:
            place += 1
            while place < len(line) and line[place].glued:
                place += 1
            line[place - 1] = line[place - 1]._replace(breaks=False)
        level = [word._replace(baseline=near.baseline, size=near.size) for word in words]
        line[place:place] = level
        for word in level:
            insort(self._words, _At(word.baseline, at.line, word))
        return at.line

    def _above(self, box: Box) -> int | None:
        """The line right above a box that begins where it does."""
        near = [
            at
            for at in self._in_band(box.top, box.top + _ABOVE * (self._largest or 1.0))
            if at.word.left < box.right
            and at.word.right > box.left
            and at.baseline - box.top < _ABOVE * at.word.size
        ]
        return min(near).line if near else None

    def _line_before(self, box: Box) -> int:
        """The last line of those that stand above a box; -1 where none does."""
        if len(self._lines) * (len(self.boxes) + 1) > _MOST_TRIED:
            return len(self._lines) - 1
        above = (number for number, line in enumerate(self._lines) if line[0].baseline > box.top)
        return max(above, default=-1)

    def _in_band(self, bottom: float, top: float) -> Iterator[_At]:
        first = bisect_left(self._words, bottom, key=lambda at: at.baseline)
        last = bisect_right(self._words, top, key=lambda at: at.baseline)
        self._tried += last - first
        if self._tried <= _MOST_TRIED:
            yield from self._words[first:last]


def _are_apart(one: Sequence[Word], other: Sequence[Word]) -> bool:
    """Whether two lines stand beside each other, each on one height."""
    heights = [word.baseline for word in (*one, *other)]
    is_level = max(heights) - min(heights) < _SAME_LINE * one[0].size
    one_ends, other_ends = (max(word.right for word in line) for line in (one, other))
    one_starts, other_starts = (min(word.left for word in line) for line in (one, other))
    return is_level and (one_ends <= other_starts or other_ends <= one_starts)


def _edge(at: _At) -> float:
    return at.word.right


def _start(at: _At) -> float:
    return at.word.left
