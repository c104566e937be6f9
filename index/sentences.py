"""Sentences as exact spans of a text, by rules. Knows no model and no markup but Markdown.

First the text is cut into blocks (a paragraph, a list item, a heading, a row of a table, a line of
code), then each block at its full stops, but for rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from index.types import Span
from rag.language import ABBREVIATIONS

_FENCE = re.compile(r"\s*(?:```|~~~)")
_ITEM = re.compile(
    r"\s*(?:[-*+•‣◦▪·–]\s|[(\[]?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,5})[)\]]\s|\d{1,3}\.\s"
    r"|>\s|\[?\d{4}-\d\d-\d\d[T ])"  # also a quoted line, and a line of a log
)
_HEADING_OR_RULE = re.compile(r"#{1,6}\s|[=\-_*~]{3,}$")
# A row of a table as the loaders write it, with its number or with a name before every cell: full
# stops are those of its cells, and a cell means nothing without its row.
_ROW = re.compile(
    r"(?:[^\n]{0,60} – row|Row|Record) \d+: [^\n]*"
    r"|[^:;.!?\n]{1,100}: [^;\n]+(?:; [^:;.!?\n]{1,100}: [^;\n]+)+"
)
_LONGEST_ROW = 600  # characters: what is longer holds prose, which is cited by the sentence
_COLUMNS = 2  # two separators make a row of a table; one may stand in prose
_SHORT_LINE = 0.6  # a line that leaves 40 % of its neighbour's width unused was not wrapped

_END = re.compile(
    r"(?<![.!?…])(?P<stop>[.!?…]++)(?:[\"'”’»]|\s?(?:''|'(?=\s)|[”»]|[)\]](?:\s?\.)?|\[\d{1,3}\]))*+(?=\s)"
    r"|[。！？｡]++[」』”’）]*+|[؟۔।॥]++"
)
_OPENING = re.compile(r"[\s\"'“”‘«»(\[¿¡`*_]*")
_BEFORE_WORD = re.compile(r"[\s(\[\"“'‘«/–—-]")
_LONGEST_WORD = 16  # characters looked at on each side; every abbreviation is shorter
_NUMBERING = re.compile(r"[(\[]?(?:\d{1,3}|[A-Za-z]|[IVXivx]{1,5})[)\]]?")
_INITIALS = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]$")


def sentence_spans(text: str, within: Span | None = None) -> list[Span]:
    """The sentences of ``text`` (of its part ``within``), in order.

    They do not overlap, neither begin nor end with a blank, and together cover every character
    that is not one.
    """
    part = Span(0, len(text)) if within is None else within
    body = part.of(text)
    return [span.shift(part.start) for block in _blocks(body) for span in _sentences(body, block)]


def _blocks(text: str) -> Iterator[Span]:
    block: Span | None = None
    in_code = False
    last = Span(0, 0)
    for line in _lines(text):
        content = line.of(text).strip()
        fence = _FENCE.match(content) is not None
        alone = in_code or fence or _stands_alone(content)
        in_code ^= fence
        if block and (alone or not content or _begins_block(last.of(text), line.of(text))):
            yield block
            block = None
        if content and alone:
            yield line
        elif content:
            block = Span(block.start if block else line.start, line.end)
        last = line
    if block:
        yield block


def _lines(text: str) -> Iterator[Span]:
    start = 0
    for line in text.split("\n"):
        yield Span(start, start + len(line))
        start += len(line) + 1


def _stands_alone(content: str) -> bool:
    """Whether a line is a heading, a rule or a row of a table."""
    return (
        content.startswith("|")
        or content.count("|") >= _COLUMNS
        or content.count("\t") >= _COLUMNS
        or _HEADING_OR_RULE.match(content) is not None
    )


def _begins_block(before: str, line: str) -> bool:
    """Whether ``line`` does not go on with the sentence of the line ``before`` it."""
    if _ITEM.match(line):
        return True
    before, line = before.rstrip(), line.strip()
    if before.endswith((",", ";", ":", "-", "–")) or line[0].islower():
        return False
    room_needed = len(before) + 1 + len(line.split(maxsplit=1)[0])
    return room_needed < _SHORT_LINE * len(line)


def _sentences(text: str, block: Span) -> Iterator[Span]:
    if len(block) <= _LONGEST_ROW and _ROW.fullmatch(text, block.start, block.end):
        yield block.stripped(text)
        return
    start = block.start
    for end in _END.finditer(text, block.start, block.end):
        if _is_end(text, start, end, block.end):
            yield Span(start, end.end()).stripped(text)
            start = end.end()
    if text[start : block.end].strip():
        yield Span(start, block.end).stripped(text)


def _is_end(text: str, start: int, end: re.Match[str], block_end: int) -> bool:
    """Whether the sentence that began at ``start`` is over at this full stop."""
    opening = _OPENING.match(text, end.end(), block_end)
    following = (
        text[opening.end() : min(block_end, opening.end() + _LONGEST_WORD)] if opening else ""
    )
    if not following or end["stop"] is None:
        return True
    if following[0].islower():
        return False
    stop = end.start()
    if end["stop"] != "." or text[stop - 1 : stop].isspace():  # tokenised text: a real full stop
        return True
    if stop - start < _LONGEST_WORD and _NUMBERING.fullmatch(text[start:stop].strip()):
        return False
    before = _BEFORE_WORD.split(text[max(start, stop - _LONGEST_WORD) : stop])[-1]
    return not _is_abbreviation(before, following)


def _is_abbreviation(word: str, following: str) -> bool:
    """Whether the full stop after ``word`` belongs to it, given the text that follows."""
    folded = word.lower()
    before_number = ABBREVIATIONS.before_number
    if word in before_number or (len(word) > 1 and folded in before_number):  # not the initial C.
        return following[0].isdigit()
    if folded in ABBREVIATIONS.never:
        return True
    if folded in ABBREVIATIONS.sometimes or _INITIALS.match(word):
        return following.split(maxsplit=1)[0].rstrip(",").lower() not in ABBREVIATIONS.starters
    return False
