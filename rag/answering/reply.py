"""The model's reply, read while it is written: its evidence ids, then sentence after sentence.

Reads the JSON of the answer schema, held to it by a server or not, and plain text with marks such
as [S3]. Knows no evidence, index, gate or back end.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic_core import from_json

from index.sentences import sentence_spans
from index.types import Span
from rag.answering.prompts import NOT_STATED
from rag.errors import LLMError
from rag.llm import Generation, Token
from rag.llm.thoughts import without_thoughts

_ID = re.compile(r"\bS([1-9][0-9]{0,3})\b")
_MARK = re.compile(
    r"(?:(?<!\s)\s++)?[\[(【]\s*+S[1-9][0-9]{0,3}"
    r"(?:\s*+(?:[,;&]\s*+)?S[1-9][0-9]{0,3})*+\s*+[\])】]"
)
_MARKS = re.compile(f"(?:{_MARK.pattern})+")
_UNQUOTED = re.compile(r'(?<!")\bS[0-9]+\b(?!")')
_FENCE = re.compile(r"\A```\w*\s*")
_TAGS = re.compile(r"</?(?:answer|response|final_answer)>", re.IGNORECASE)
_BRACES = re.compile(r"(?<![\w$\\])\{([^{}:;=]*+)\}(?!\w)")
_BOLD = re.compile(r"(?<!\w)(\*\*|__)(?=\S)(.+?)(?<=\S)\1(?!\w)")
_QUOTES = {'"': '"', "“": "”", "'": "'", "`": "`", "[": "]", "{": "}"}


class ReplySentences(Iterator[str]):
    """Iterates over the finished sentences of the reply's answer.

    ``evidence`` holds the places (from 0) of the ids that the model gave for the sentence last
    returned, ``logprob`` the log-probability that it gave to that sentence, divided by the root of
    the number of its tokens, as the doubts of a long sentence add up; None where the back end does
    not tell it. JSON is read as it is written, text when it is complete. Raises LLMError when the
    reply has no answer in it, or ended by its length: its unfinished sentence is not returned.
    ``language`` is the code of the language that it is expected in; empty where it is not known.
    """

    def __init__(self, generation: Generation, language: str = "") -> None:
        self.evidence: tuple[int, ...] = ()
        self.logprob: float | None = None
        self._language = language
        self._tokens: list[tuple[int, int, float]] = []  # each one's start, end and logprob
        self._sentences = self._read(generation)

    def __next__(self) -> str:
        return next(self._sentences)

    def _read(self, generation: Generation) -> Iterator[str]:
        written, given = "", 0
        for piece in generation:
            if isinstance(piece, Token):
                self._tokens.append((len(written), len(written) + len(piece), piece.logprob))
            written += piece
            if not _is_json(written):
                continue
            # What was given is not cut again: where it ends may look otherwise later.
            new = (self._answer_of(_object(written)) or "")[given:]
            *whole, last = self._spans(new) or [Span(0, 0)]  # which may still grow, and waits
            yield from self._told([span.of(new) for span in whole], written)
            given += last.start if whole else 0
        yield from self._rest(written, given, cut=generation.cut)

    def _rest(self, written: str, given: int, *, cut: bool) -> Iterator[str]:
        spoken = without_thoughts(written)
        if written.strip() and not spoken.strip():
            raise LLMError("the model wrote thoughts and no reply")
        found = _object_with("answer", spoken)
        unfinished = cut and not (found and _is_closed(spoken))
        if found:
            answer = self._answer_of(found) or ""
            yield from self._told(self._cut(answer[given:])[: -1 if unfinished else None], written)
        elif _is_json(spoken):
            if not cut:
                raise LLMError("the model's reply is not the JSON that was asked for")
        else:
            yield from self._of_text(spoken, cut=cut)
        if unfinished:
            raise LLMError("the model's reply was longer than it may be")

    def _told(self, sentences: Sequence[str], written: str) -> Iterator[str]:
        """``sentences`` without what models put around a value, and how likely each was."""
        for sentence in sentences:
            if bare := _bare(sentence):
                self.logprob = self._logprob_of(sentence, written)
                yield bare

    def _logprob_of(self, sentence: str, written: str) -> float | None:
        start = written.rfind(json.dumps(sentence, ensure_ascii=False)[1:-1])
        end = start + len(sentence)
        told = [value for begin, stop, value in self._tokens if begin < end and stop > start]
        return sum(told) / math.sqrt(len(told)) if start >= 0 and told else None

    def _answer_of(self, reply: dict[str, Any]) -> str | None:
        if "answer" not in reply:
            return None
        self.evidence = tuple(_places(reply.get("evidence")))
        return _as_text(reply["answer"])

    def _spans(self, text: str) -> list[Span]:
        return sentence_spans(text, None, self._language)

    def _cut(self, text: str) -> list[str]:
        return [span.of(text) for span in self._spans(text)]

    def _of_text(self, spoken: str, *, cut: bool) -> Iterator[str]:
        """The sentences of a plain text, each with the ids of its marks or, without any, of all."""
        text = _TAGS.sub(" ", _FENCE.sub("", spoken)).strip().strip("`").strip()
        if text.strip(".").upper().startswith(NOT_STATED):
            return
        places = tuple(dict.fromkeys(_places(_MARK.findall(text))))
        for sentence in _with_their_marks(self._cut(text))[: -1 if cut else None]:
            own = tuple(_places(_MARK.findall(sentence)))
            self.evidence = own or places
            if bare := _bare(_MARK.sub("", sentence)):
                yield bare


def value_of(name: str, generation: Generation) -> str:
    """Return the one value that was asked for; empty when the reply has none.

    ``name`` is the value's in the JSON; a reply that is plain text is the value. Raises LLMError.
    """
    spoken = without_thoughts("".join(generation))
    if (generation.cut or spoken.startswith("{")) and not _is_closed(spoken):
        return ""
    found = _object_with(name, spoken)
    if found is None:
        return "" if "{" in spoken else _bare(_TAGS.sub(" ", spoken).strip())
    return (_as_text(found[name]) or "").strip()


def _is_json(written: str) -> bool:
    """Whether the reply is JSON from its first letter, so that it can be read while it grows."""
    return _FENCE.sub("", without_thoughts(written)).startswith("{")


def _object(written: str) -> dict[str, Any]:
    """The object that ``written`` begins with, as far as it can be read: empty where it cannot."""
    return _parsed(_FENCE.sub("", without_thoughts(written))) or {}


def _object_with(name: str, spoken: str) -> dict[str, Any] | None:
    """The first object in ``spoken`` that has ``name``, also inside of another; None without."""
    for found in re.finditer(r"\{", spoken):
        reply = _parsed(spoken[found.start() :])
        if reply and name in reply:
            return reply
    return None


def _parsed(text: str) -> dict[str, Any] | None:
    """The object that ``text`` begins with; what follows it is not read."""
    whole = text[: _end(text)]
    head, key, tail = whole.partition('"answer"')
    for each in (whole, _UNQUOTED.sub(r'"\g<0>"', head) + key + tail):
        try:
            reply = from_json(each, allow_partial="trailing-strings")
        except ValueError:
            continue
        return reply if isinstance(reply, dict) else None
    return None


def _is_closed(spoken: str) -> bool:
    start = spoken.find("{")
    return start >= 0 and _end(spoken[start:]) is not None


def _end(text: str) -> int | None:
    """Where the object that ``text`` begins with ends; None while it is open."""
    depth = 0
    for token in re.finditer(r'"(?:[^"\\]|\\.)*(?:"|\Z)|[{}]', text, re.DOTALL):
        depth += {"{": 1, "}": -1}.get(token[0], 0)
        if depth == 0:
            return token.end()
    return None


def _as_text(value: Any) -> str | None:
    """An answer as text: models that nothing holds also write numbers, lists or null."""
    if value is None:
        return ""
    if isinstance(value, list):
        return " ".join(_as_text(each) or "" for each in value)
    if isinstance(value, dict):
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def _places(ids: Any) -> Iterator[int]:
    """The places of what are ids: lists of them, and what models write in their stead."""
    for each in ids if isinstance(ids, list) else [ids]:
        if isinstance(each, str):
            yield from (int(found) - 1 for found in _ID.findall(each))
        elif isinstance(each, int) and not isinstance(each, bool) and each > 0:
            yield each - 1


def _with_their_marks(sentences: Sequence[str]) -> list[str]:
    """``sentences`` with a mark that stands behind the full stop put back to its sentence."""
    whole: list[str] = []
    for sentence in sentences:
        mark = _MARKS.match(sentence)
        if mark and whole:
            whole[-1] += f" {mark[0].strip()}"
        rest = sentence[mark.end() :].strip() if mark and whole else sentence
        whole += [rest] if rest else []
    return whole


def _figure(braced: re.Match[str]) -> str:
    """What stands in braces without them where it is a figure."""
    has_digit = any(each.isdecimal() for each in braced[1])
    return braced[1].strip() if has_digit else braced[0]


def _bare(sentence: str) -> str:
    """``sentence`` without what models put around a value: braces, quotation marks, emphasis."""
    text = _BOLD.sub(r"\2", _BRACES.sub(_figure, _MARK.sub("", sentence))).strip()
    while len(text) > 2 and _QUOTES.get(text[0]) == text[-1] and text[-1] not in text[1:-1]:
        text = text[1:-1].strip()
    return text
