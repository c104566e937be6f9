"""Subtitles (SubRip, WebVTT): what is said, a sentence a line, with the time at which it begins.

A sentence that goes on over several cues is put together; numbers of cues, settings and styles are
left behind.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePath

from index.load.base import LoadedDocument, decode, normalise
from index.load.build import LINE, TextBuilder, tidy

_TIME = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2})[.,](\d{1,3})"
_TIMES = re.compile(rf"[ \t]*{_TIME}[ \t]*-->[ \t]*{_TIME}[^\n]*")
_VOICE = re.compile(r"<v(?:\.[^\s<>]*+)?[ \t]++([^>\n]{1,100})>")
_TAG = re.compile(r"</?[A-Za-z\d][^>\n]{0,100}>|\{\\[^}\n]{0,60}\}")
_SENTENCE_END = re.compile(r"[.!?…。！？؟।][\"'”’»)\]♪]*$")
_NOTE = re.compile(r"^NOTE\b", re.MULTILINE)  # of who made the file, to others who do
_SILENCE_S = 4.0  # after which something else is said, whatever full stop is missing
_LONGEST = 400  # characters of what has no full stops at all


@dataclass(frozen=True, slots=True)
class _Cue:
    start_s: float
    end_s: float
    voice: str
    text: str


def load_subtitles(data: bytes, name: str) -> LoadedDocument:
    """What is said, one sentence a line behind its time; the text as it is where it has no cues."""
    text = normalise(decode(data, name))
    built = TextBuilder()
    for said in _sentences(list(_cues(text))):
        voice = f"{said[0].voice}: " if said[0].voice else ""
        words = " ".join(cue.text for cue in said)
        built.add(f"[{_clock(said[0].start_s)}] {voice}{words}", gap=LINE)
    if notes := len(_NOTE.findall(text)):
        built.leave_out(f"{notes} notes" if notes > 1 else "1 note")
    title = PurePath(name).name
    if not len(built):
        return LoadedDocument(title, "text/plain", text)
    return built.document(title, "text/plain")


def _cues(text: str) -> Iterator[_Cue]:
    lines = text.split("\n")
    places = [place for place, line in enumerate(lines) if _TIMES.match(line)]
    for place, following in pairwise([*places, len(lines)]):
        told = []
        for line in lines[place + 1 : following]:
            if not line.strip():  # what follows up to the next times is its name, or a note
                break
            told.append(line)
        times = _TIMES.match(lines[place])
        assert times is not None
        start, end = times.groups()[:4], times.groups()[4:]
        whole = "\n".join(told)
        voice = _VOICE.search(whole)
        words = tidy(html.unescape(_TAG.sub("", _VOICE.sub("", whole))))
        if words:
            yield _Cue(_seconds(start), _seconds(end), tidy(voice[1]) if voice else "", words)


def _seconds(parts: Sequence[str | None]) -> float:
    hours, minutes, seconds, fraction = (part or "0" for part in parts)
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(fraction.ljust(3, "0")) / 1000


def _sentences(cues: Sequence[_Cue]) -> Iterator[list[_Cue]]:
    """The cues of each sentence, which one voice says without a long silence."""
    said: list[_Cue] = []
    for cue in cues:
        if said and (
            cue.voice != said[-1].voice
            or cue.start_s - said[-1].end_s > _SILENCE_S
            or _SENTENCE_END.search(said[-1].text)
            or sum(len(each.text) for each in said) > _LONGEST
        ):
            yield said
            said = []
        said.append(cue)
    if said:
        yield said


def _clock(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"
