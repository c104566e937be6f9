"""Units of text: lines that were broken on purpose are read and cited by themselves."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.chunk import Chunking
from index.cut import cut, token_starts
from index.ingest import text_stamp
from index.lines import text_lines
from index.load.loading import from_string
from index.sentences import sentence_spans
from index.types import Span
from index.units import breaks_of, key_paths
from tests.doubles import HashingEmbedder

SYSLOG = [
    f"Mar {day:2} 0{day}:17:4{day} gate{day} door[{day}77]: It is open. Code {day * 31}"
    for day in range(1, 9)
]
ACCESS = [
    f'10.4.{n}.{57 * n % 250} - - [06/Nov/2025:12:0{n}:11] "GET /a?b={n} HTTP/1.1" 20{n} {n}12'
    for n in range(1, 9)
]
ISO = [f"2025-11-0{n}T12:00:0{n}Z ERROR worker {n} has no lease. It waits." for n in range(1, 9)]
APACHE = [
    f"[Thu Nov 06 12:0{n}:01.{n}23 2025] [core:error] [pid {n}1] AH00{n}: File is gone. Path /a{n}"
    for n in range(1, 9)
]
HOSTS = [
    f'amber{n}.example.org - - [06/Nov/2025:12:0{n}:11] "GET /a{"b" * n}" 200 {n}12'
    for n in range(1, 9)
]
LEVELS = [f"ERROR:app.db:lost lease {n} (retry={n}). Waiting. Then again." for n in range(1, 9)]
CODE = [
    "def area(width, height):",
    '    """Of a rectangle. In square metres."""',
    "    if width < 0 or height < 0:",
    "        raise ValueError(f'{width} x {height}')",
    "    return width * height",
]
SCRIPT = ["for (const each of list) {", "  total += each.price;", "}", "print(total);"]
YAML = ["server:", "  host: amber.example.org", "  port: 8080", "mail:", "  port: 2626"]
INI = ["[mail]", "host = amber.example.org", "port = 2626", "[web]", "port = 8080"]
ENV = ["MAIL_HOST=amber.example.org", "MAIL_PORT=2626", "DEBUG=0"]
POEM = [
    "The heron stands upon one leg,",
    "The water does not care,",
    "A frog is sitting on an egg",
    "That never had been there,",
    "And all the reeds go grey.",
]
ADDRESS = ["Amber Trading Ltd", "14 Quay Street", "Hull HU1 2AB", "United Kingdom"]
STREETS = ["Frau Erika Sommer", "Lindenweg 7b", "04109 Leipzig"]


@pytest.mark.parametrize(
    "lines",
    [APACHE, HOSTS, LEVELS, SYSLOG, ACCESS, ISO, CODE, SCRIPT, YAML, INI, ENV, POEM, ADDRESS],
)
def test_each_line_is_cited_by_itself(lines: list[str]) -> None:
    text = "\n".join(lines)
    assert [span.of(text) for span in sentence_spans(text)] == [line.strip() for line in lines]


def test_an_address_is_cited_by_its_lines_where_it_stands_in_a_letter() -> None:
    letter = "\n\n".join(["\n".join(STREETS), "Dear Ms Sommer, we write to you."])
    assert [span.of(letter) for span in sentence_spans(letter)][:3] == STREETS


PROSE = (
    "The mill was built by two brothers, who had come from the north, and it ground flour for the "
    "whole valley until the river changed its course. Their sister kept the books. In the third "
    "year the millstone broke, which nobody had expected, because it had been cut from the hardest "
    "rock in the quarry, and so the brothers sold the mill to a man from Hull."
)


@given(st.integers(28, 110))
def test_wrapped_prose_is_cut_as_if_it_were_on_one_line(width: int) -> None:
    wrapped = textwrap.fill(PROSE, width, break_on_hyphens=False)
    told = [" ".join(span.of(wrapped).split()) for span in sentence_spans(wrapped)]
    assert told == [span.of(PROSE) for span in sentence_spans(PROSE)]


def test_paragraphs_a_line_each_are_cut_into_sentences() -> None:
    text = (
        "It rained. We stayed.\nThe next day, which was a Tuesday, was dry. We left.\nIt was far."
    )
    assert len(sentence_spans(text)) == 5


@pytest.mark.parametrize("lines", [SYSLOG, YAML])
def test_a_chunk_ends_with_a_line(lines: list[str]) -> None:
    text = "\n".join(lines * 20)
    document = cut("k", from_string("", text), text_stamp(from_string("", text)), *_SMALL)
    assert len(document.chunks) > 2
    for chunk in document.chunks:
        assert text[chunk.span.end : chunk.span.end + 1] in ("\n", "")
        assert chunk.span.of(text).split("\n")[0].strip() in {line.strip() for line in lines}


_SMALL = (HashingEmbedder(), Chunking(60))


def test_a_setting_is_read_with_the_keys_above_it() -> None:
    for lines, expected in ((YAML, ("mail",)), (INI, ("mail",)), (ENV, ())):
        text = "\n".join(lines)
        [found] = [each for each in text_lines(text) if "2626" in each.span.of(text)]
        assert (found.kind == "pair", found.headings) == (bool(expected), expected) or lines == ENV


def test_the_keys_of_nested_settings() -> None:
    lines = ["a:", "  b:", "    c: 1", "", "    d:", "    - x", "  e: 2", "f: 3"]
    assert key_paths(lines) == [
        (),
        ("a",),
        ("a", "b"),
        None,
        ("a", "b"),
        ("a", "b", "d"),
        ("a",),
        (),
    ]
    assert key_paths(["Before this: nothing.", "Prose goes on."]) == [None, None]


def test_a_chunk_of_settings_is_found_by_the_keys_above_it() -> None:
    lines = ["mail:", *(f"  relay_{n}: host{n}.example.org" for n in range(60))]
    loaded = from_string("", "\n".join(lines))
    document = cut("k", loaded, text_stamp(loaded), *_SMALL)
    assert len(document.chunks) > 2
    assert all(chunk.headings == ("mail",) for chunk in document.chunks[1:])


@pytest.mark.parametrize("unit", ["x", "文", "ก", "a,", "क्"])
def test_an_unbroken_run_is_cut_into_bounded_pieces(unit: str) -> None:
    text = unit * 150_000
    assert max(len(span) for span in sentence_spans(text)) <= 2000
    asked: list[int] = []

    class Whole(HashingEmbedder):
        """Takes a run without a blank for one token, as WordPiece does with an unknown word."""

        def token_starts(self, text: str) -> list[int]:
            asked.append(len(text))
            return [0] if text else []

    loaded = from_string("", text)
    document = cut("k", loaded, text_stamp(loaded), Whole(), Chunking(144))
    assert max(asked) <= 50_000
    assert max(len(chunk.span) for chunk in document.chunks) <= 144 * 16
    assert "".join(chunk.span.of(text) for chunk in document.chunks) == text


@given(st.text(alphabet=st.sampled_from("ab \n\t文"), max_size=300), st.integers(1, 40))
def test_tokens_in_pieces_are_those_of_the_whole(text: str, at_once: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("index.cut._TOKENIZED_AT_ONCE", at_once)
        in_pieces = token_starts(text, HashingEmbedder())
    assert in_pieces == sorted(set(in_pieces))
    if all(len(word) < at_once for word in text.split()) and max(map(len, text.split()), default=0):
        assert set(HashingEmbedder().token_starts(text)) <= set(in_pieces)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)))
def test_any_lines_have_a_kind_and_keys(lines: list[str]) -> None:
    lines = [line.replace("\n", "") for line in lines]
    told = [line for line in lines if line.strip()]
    assert breaks_of(told) in ("wrapped", "lines", "settings", "records")
    assert len(key_paths(lines)) == len(lines)


def test_breaking_a_long_log_is_linear() -> None:
    text = "\n".join(SYSLOG * 3000)
    assert len(sentence_spans(text, Span(0, len(text)))) == 24_000
