"""Sentences as exact spans of a text, by rules. Knows no model and no markup but Markdown.

First the text is cut into blocks (a paragraph, a list item, a heading, a row of a table, a line of
a log, of code, of verse), then each block at its full stops, but for rows and records. What a
language adds (abbreviations, ordinals) is data of ``rag.language``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from index.types import Span
from index.units import begins_small, breaks_of
from rag.language import Cutting, cutting_of

_FENCE = re.compile(r"\s*(?:```|~~~)")
_ITEM = re.compile(
    r"\s*(?:[-*+•‣◦▪·–]\s|[(\[]?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,5})[)\]]\s|\d{1,3}\.\s"
    r"|>\s|\[?\d{4}-\d\d-\d\d[T ])"  # also a quoted line, and a line of a log
)
_HEADING_OR_RULE = re.compile(r"#{1,6}\s|[=\-_*~]{3,}$")
# A row of a table as the loaders write it, with its number or with a name before every cell: full
# stops are those of its cells, and a cell means nothing without its row.
_NUMBER = r"(?:[^\n]{0,60} – row|Row|Record|Line) \d+: "
_NAMED_CELLS = r"[^:;.!?\n]{1,100}: [^;\n]+(?:; [^:;.!?\n]{1,100}: [^;\n]+)+"
_NUMBERED = re.compile(_NUMBER)
_ROW = re.compile(rf"{_NUMBER}[^\n]*|{_NAMED_CELLS}")
# Not one that holds nothing but names, as a header does.
_NAMED_ROW = re.compile(rf"{_NUMBER}[^:;\n]{{1,100}}: [^\n]*|{_NAMED_CELLS}")
_LONGEST_ROW = 600  # characters: what is longer holds prose, which is cited by the sentence
_LONGEST = 2000  # characters of a sentence: what is longer is no sentence, and may have no end
_PART_END = re.compile(r"[;:,،、，；](?=\s|[^\x00-\x7f])|\s")
_COLUMNS = 2  # two separators make a row of a table; one may stand in prose
_SHORT_LINE = 0.6  # a line that leaves 40 % of its neighbour's width unused was not wrapped

_END = re.compile(
    r"(?<![.!?…])(?P<stop>[.!?…]++)(?:[\"'”’»“‘«]|\s?(?:''|'(?=\s)|[”»]|[)\]](?:\s?\.)?|\[\d{1,3}\]))*+(?=\s)"
    # 「行こう。」と言った goes on behind its quotation.
    r"|[。！？｡]++[」』”’）]*+(?!(?<=[」』])と[、\u4e00-\u9fff])|[؟۔।॥።։။។]++[\"'”’»)]*+"
    r"|(?<=[\u3040-\u9fff])[!?]++(?=[\u3040-\u9fff])"
    r"|(?<=[\u0370-\u03ff\u1f00-\u1fff]);(?=\s)"  # the question mark of Greek
)
# Thai and its neighbours part sentences, and not only these, by blanks.
_NO_MARKS = "\u0e00-\u0eff"
_BLANK_END = re.compile(rf"(?<=[{_NO_MARKS}])\s+(?=[{_NO_MARKS}])")
_NO_MARKS_SIGN = re.compile(f"[{_NO_MARKS}]")
_PHRASE = 60  # characters: about what a sentence has there at least
_OPENING = re.compile(r"[\s\"'“”‘«»(\[¿¡`*_–—]*")
_BEFORE_WORD = re.compile(r"[\s(\[\"“'‘«/–—-]")
_LONGEST_WORD = 16  # characters looked at on each side; every abbreviation is shorter
_NUMBERING = re.compile(r"[(\[]?(?:\d{1,3}(?:\.\d{1,3})*|[A-Za-z]|[IVXivx]{1,5})[)\]]?")
_INITIALS = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]$")
_ORDINAL = re.compile(r"\d{1,3}|[IVXLC]+")


def is_row(text: str) -> bool:
    """Whether a text is a row of a table with the names of its columns, as the loaders write it."""
    return _NAMED_ROW.fullmatch(text.strip()) is not None


def is_numbered(text: str) -> bool:
    """Whether a text is a row of a table or a record, header rows too, with its number in front."""
    return _NUMBERED.match(text) is not None


def without_rows(text: str) -> str:
    """What of a text is not in the rows of tables: headings, headers, prose."""
    return "\n".join(line for line in text.split("\n") if not is_row(line))


def sentence_spans(text: str, within: Span | None = None, language: str = "") -> list[Span]:
    """The sentences of ``text`` (of its part ``within``), in order.

    They do not overlap, neither begin nor end with a blank, and together cover every character
    that is not one. None has more than 2,000 characters. ``language`` is the code of the text's
    language; empty where it is not known.
    """
    part = Span(0, len(text)) if within is None else within
    body = part.of(text)
    cutting = cutting_of(language)
    return [
        piece.shift(part.start)
        for block, whole in _blocks(body)
        for span in ([block.stripped(body)] if whole else _sentences(body, block, cutting))
        for piece in _bounded(body, span)
    ]


def _blocks(text: str) -> Iterator[tuple[Span, bool]]:
    """The blocks of a text, and whether each is a record, which is not cut at its full stops."""
    paragraph: list[Span] = []
    in_code = False
    for line in _lines(text):
        content = line.of(text).strip()
        fence = _FENCE.match(content) is not None
        alone = in_code or fence or _stands_alone(content)
        in_code ^= fence
        if content and not alone:
            paragraph.append(line)
            continue
        yield from _of_paragraph(text, paragraph)
        paragraph = []
        if content:
            yield line, False
    yield from _of_paragraph(text, paragraph)


def _of_paragraph(text: str, lines: list[Span]) -> Iterator[tuple[Span, bool]]:
    """The blocks of lines without a blank one between them."""
    if not lines:
        return
    breaks = breaks_of([line.of(text) for line in lines])
    if breaks == "lines" and any(_ITEM.match(line.of(text)) for line in lines):
        breaks = "wrapped"  # the items of a list, each perhaps of several lines
    if breaks in ("records", "settings"):
        yield from ((line, breaks == "records") for line in lines)
        return
    block = lines[0]
    for last, line in pairwise(lines):
        if (
            not begins_small(line.of(text))
            if breaks == "lines"
            else _begins_block(last.of(text), line.of(text))
        ):
            yield block, False
            block = line
        else:
            block = Span(block.start, line.end)
    yield block, False


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


def _bounded(text: str, span: Span) -> Iterator[Span]:
    """A sentence, in pieces where it is too long: cut behind its last comma or blank, if any."""
    while len(span) > _LONGEST:
        border = span.start + _LONGEST
        for end in _PART_END.finditer(text, span.start + _LONGEST // 2, border):
            border = end.end()
        yield Span(span.start, border).stripped(text)
        span = Span(border, span.end).stripped(text)
    if len(span):
        yield span


def _sentences(text: str, block: Span, cutting: Cutting) -> Iterator[Span]:
    if len(block) <= _LONGEST_ROW and _ROW.fullmatch(text, block.start, block.end):
        yield block.stripped(text)
        return
    start = block.start
    for end in _END.finditer(text, block.start, block.end):
        if _is_end(text, start, end, block.end, cutting):
            yield from _phrases(text, Span(start, end.end()).stripped(text))
            start = end.end()
    if text[start : block.end].strip():
        yield from _phrases(text, Span(start, block.end).stripped(text))


def _phrases(text: str, sentence: Span) -> Iterator[Span]:
    """A sentence, cut at blanks where it is of a script without full stops."""
    start = sentence.start
    if _NO_MARKS_SIGN.search(text, start, sentence.end):
        for blank in _BLANK_END.finditer(text, start, sentence.end):
            if blank.start() - start >= _PHRASE:
                yield Span(start, blank.start())
                start = blank.end()
    yield Span(start, sentence.end)


def _is_end(text: str, start: int, end: re.Match[str], block_end: int, cutting: Cutting) -> bool:
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
    *earlier, before = _BEFORE_WORD.split(text[max(start, stop - _LONGEST_WORD) : stop])
    return not _belongs(before, following, cutting, earlier[-1] if earlier else "")


def _belongs(word: str, following: str, cutting: Cutting, earlier: str) -> bool:
    """Whether the full stop after ``word`` belongs to it, given the text that follows and the word
    before it: in *Nr. 5.* the number is none of a row."""
    folded = word.lower()
    known = cutting.abbreviations
    before_number = known.before_number
    starts = following.split(maxsplit=1)[0].rstrip(",").lower() in known.starters
    counted = earlier.endswith(".") and earlier[:-1].lower() in before_number
    if cutting.ordinals and _ORDINAL.fullmatch(word) and not counted:
        return not starts
    if word in before_number or (len(word) > 1 and folded in before_number):  # not the initial C.
        behind, *rest = following.lower().split(maxsplit=2)  # s. Abb. 3
        of_number = behind[-1] == "." and behind[:-1] in before_number
        return following[0].isdigit() or (of_number and bool(rest) and rest[0][0].isdigit())
    if folded in known.never:
        return True
    return not starts and bool(folded in known.sometimes or _INITIALS.match(word))
