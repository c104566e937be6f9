"""Which words of a PDF page are struck out: by a line drawn through them, or by an annotation.

Knows words, drawn lines and boxes, no files.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import groupby

from index.load.pdf_annotations import Box
from index.load.pdf_blocks import Rule
from index.load.pdf_words import Edges, HasPlaces, Word

_THROUGH = (0.1, 0.42)  # of the size above the baseline: below is an underline, above an overline
_COVERED = 0.7  # of a line's length must have letters, or it is the rule of a table
_MOST_TRIED = 1_000_000  # pairs of lines and words of a page


def with_struck(
    lines: list[list[Word]],
    rules: Sequence[Rule],
    boxes: Sequence[Box],
    places: HasPlaces,
) -> list[list[Word]]:
    """``lines`` with the words marked through which a rule goes, or that stand in a box."""
    if not (rules or boxes):
        return lines
    words = sorted((word.baseline, word.start, word.end, word) for line in lines for word in line)
    spans = [*_through(words, rules), *_inside(words, boxes)]
    if not spans:
        return lines
    struck = {
        index
        for word, left, right in spans
        for index in range(word.start, word.end)
        if left <= _middle(places.edges(index)) <= right
    }
    return [[part for word in line for part in _parts(word, struck, places)] for line in lines]


_Words = Sequence[tuple[float, int, int, Word]]
_Span = tuple[Word, float, float]  # a word, and from where to where it is struck out


def _through(words: _Words, rules: Sequence[Rule]) -> Iterator[_Span]:
    largest = max((each[3].size for each in words), default=0.0)
    tried = 0
    for rule in rules:
        low = bisect_left(words, rule.height - _THROUGH[1] * largest, key=lambda each: each[0])
        high = bisect_right(words, rule.height, key=lambda each: each[0])
        tried += high - low
        if tried > _MOST_TRIED:
            return
        crossed = [
            word
            for baseline, _, _, word in words[low:high]
            if _THROUGH[0] * word.size < rule.height - baseline < _THROUGH[1] * word.size
            and word.left < rule.right
            and word.right > rule.left
        ]
        covered = sum(min(word.right, rule.right) - max(word.left, rule.left) for word in crossed)
        blanks = sum(0.3 * word.size for word in crossed[1:])
        if crossed and covered + blanks >= _COVERED * (rule.right - rule.left):
            yield from ((word, rule.left, rule.right) for word in crossed)


def _inside(words: _Words, boxes: Sequence[Box]) -> Iterator[_Span]:
    tried = 0
    for box in boxes:
        low = bisect_left(words, box.bottom - 1, key=lambda each: each[0])
        high = bisect_right(words, box.top, key=lambda each: each[0])
        tried += high - low
        if tried > _MOST_TRIED:
            return
        for baseline, _, _, word in words[low:high]:
            if baseline + _THROUGH[1] * word.size < box.top + 1:
                yield word, box.left, box.right


def _middle(edges: Edges) -> float:
    return (edges.left + edges.right) / 2


def _parts(word: Word, struck: set[int], places: HasPlaces) -> Iterator[Word]:
    """A word, in parts where it is struck out only in part."""
    marked = [index in struck for index in range(word.start, word.end)]
    if not any(marked):
        yield word
        return
    start = word.start
    for is_struck, run in groupby(marked):
        end = start + len(list(run))
        yield word._replace(
            start=start,
            end=end,
            left=word.left if start == word.start else places.edges(start).left,
            right=word.right if end == word.end else places.edges(end - 1).right,
            breaks=word.breaks and end == word.end,
            glued=word.glued or start > word.start,
            struck=is_struck,
        )
        start = end
