"""A bare phrase stands beside its sentence, and what is quoted are words of the document."""

from __future__ import annotations

import pytest

from index.types import Span
from index.words import words
from rag.answering.quoting import (
    QUOTED_CHARACTERS,
    presented,
    quoted,
    unquoted,
    with_its_sentence,
    with_what_it_counts,
)
from rag.gate.types import Candidate, Shown
from rag.question import Question
from rag.types import Evidence, Sentence


def evidence(text: str) -> Evidence:
    return Evidence(Sentence(1, Span(0, len(text)), text), "A report", (), text, text, "en")


ASKED = Question.of("What is sent?")
SENTENCE = "The north sends 5,000 construction workers and 1,000 sappers to Kursk."


def test_a_phrase_stands_beside_its_sentence() -> None:
    assert with_its_sentence("1,000 sappers.", ASKED, [SENTENCE]) == f"1,000 sappers: “{SENTENCE}”"


def test_a_phrase_that_rests_on_two_sentences_stands_beside_both() -> None:
    other = "Shoigu met Kim in June."
    shown = with_its_sentence("Kursk and Kim", ASKED, [SENTENCE, other])
    assert shown == f"Kursk and Kim: “{SENTENCE}” “{other}”"


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (with_its_sentence("1,000 sappers", ASKED, [SENTENCE]), "1,000 sappers"),
        (with_its_sentence("Both", ASKED, [SENTENCE, "Shoigu met Kim."]), "Both"),
        (f"It sends sappers. {quoted(SENTENCE)}", "It sends sappers."),
        (SENTENCE, SENTENCE),
    ],
)
def test_without_its_quotations_an_answer_is_what_was_said(shown: str, said: str) -> None:
    assert unquoted(shown) == said


@pytest.mark.parametrize(
    "answer",
    ["The north sends a thousand sappers and five thousand workers there", SENTENCE],
)
def test_a_whole_sentence_stays_as_it_is_but_for_its_full_stop(answer: str) -> None:
    assert with_its_sentence(answer, ASKED, [SENTENCE]) == answer.rstrip(".") + "."


def test_a_sentence_that_says_no_more_is_not_repeated() -> None:
    asked, sentence = Question.of("Where did Shoigu meet Kim?"), "Shoigu also met Kim in Pyongyang."
    assert with_its_sentence("In Pyongyang", asked, [sentence]) == "In Pyongyang."


def test_of_a_long_sentence_the_words_around_the_phrase_are_quoted() -> None:
    long = f"{'earlier ' * 80}the red harbour {'later ' * 80}".strip()
    shown = with_its_sentence("Red Harbour", ASKED, [long])
    excerpt = shown.removeprefix("Red Harbour: “… ").removesuffix(" …”")
    assert "the red harbour" in excerpt
    assert len(excerpt) <= QUOTED_CHARACTERS
    assert excerpt in long
    assert set(words(excerpt)) == {"earlier", "the", "red", "harbour", "later"}


def test_a_quotation_stands_on_one_line() -> None:
    assert quoted("one\n  two") == "“one two”"


def test_a_bare_figure_gets_what_it_counts() -> None:
    question = Question.of("How many construction workers?")
    assert with_what_it_counts("5,000", question, [SENTENCE]) == "5,000 construction workers"
    assert with_what_it_counts("5,000 men", question, [SENTENCE]) == "5,000 men"
    assert with_what_it_counts("5,000", ASKED, [SENTENCE]) == "5,000"


def test_a_figure_that_was_asked_for_is_quoted_where_the_answer_leaves_it_out() -> None:
    asked = Question.of("How big was the cheque that Berg sent to Lund?")
    sentence = "Berg sent Lund a cheque of 2,000 kroner, the least amount that any of them may get."
    candidate = Candidate("The least amount that any of them may get.")
    _, shown = presented(Shown(candidate, (evidence(sentence),), 1.0), asked)
    assert shown == f"The least amount that any of them may get: “{sentence}”"
    told = Candidate("Berg sent Lund a cheque of 2,000 kroner as the least amount.")
    assert presented(Shown(told, (evidence(sentence),), 1.0), asked)[1] == told.text
