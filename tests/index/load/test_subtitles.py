"""Subtitles are read as what is said: a sentence a line, with its time, in no cue's pieces."""

from __future__ import annotations

import pytest

from index.load.loading import load_bytes
from index.sentences import sentence_spans

SRT = """\
1
00:00:01,000 --> 00:00:04,000
The harbour master closed the

2
00:00:04,200 --> 00:00:07,000
<i>northern pier</i> on the 5th of May, and

3
00:00:07,300 --> 00:00:10,000
{\\an8}forty-one boats had to leave.

4
01:02:03,500 --> 01:02:05,000
Nobody knows why
that was.
"""
VTT = """\
WEBVTT - harbour

NOTE made by hand

STYLE
::cue { color: red }

00:01.000 --> 00:04.000 align:start
<v.loud Maria>The pier &amp; the crane were closed in

second
00:04.200 --> 00:07.000
<v Maria>1994 because of rust.

00:08.000 --> 00:09.000
<v Tom>Really?
"""


def _told(data: str, name: str) -> list[str]:
    text = load_bytes(data.encode(), name).text
    return [span.of(text) for span in sentence_spans(text)]


def test_a_sentence_over_several_cues_is_one_with_its_time() -> None:
    assert _told(SRT, "a.srt") == [
        "[00:00:01] The harbour master closed the northern pier on the 5th of May, and forty-one "
        "boats had to leave.",
        "[01:02:03] Nobody knows why that was.",
    ]


def test_web_subtitles_name_who_speaks() -> None:
    assert _told(VTT, "a.vtt") == [
        "[00:00:01] Maria: The pier & the crane were closed in 1994 because of rust.",
        "[00:00:08] Tom: Really?",
    ]
    assert load_bytes(VTT.encode(), "a.vtt").left_out == ("1 note",)


@pytest.mark.parametrize("silence", [0, 9])
def test_a_long_silence_ends_a_sentence_without_a_full_stop(silence: int) -> None:
    cues = (
        f"00:01.000 --> 00:02.000\nfirst thing\n\n00:{2 + silence:02}.500 --> 00:20.000\nsecond\n"
    )
    assert len(_told(cues, "a.vtt")) == (2 if silence else 1)


def test_what_has_no_cues_is_read_as_it_is() -> None:
    assert _told("No cues here.", "a.srt") == ["No cues here."]
