"""Doubts: what a question asks for and the evidence has not."""

from __future__ import annotations

import pytest

from rag.gate.answerability import asks_for_something_else, judge, missing_words, only_repeats
from rag.question import asks_for, asks_to_explain, counted_noun, has_kind

EVIDENCE = ["Shoigu said that 1,000 more sappers would go to Kursk.", "They arrive in June 2025."]


@pytest.mark.parametrize(
    ("question", "claim"),
    [
        ("how many sappers?", "1,000 sappers"),
        ("How many sappers would go to Kursk?", "1,000"),
        ("Would sappers go to Kursk?", "sappers would go to Kursk"),
        ("When do the sappers arrive?", "They arrive in June 2025."),
        ("Who said that sappers would go?", "Shoigu"),
        ("Did Shiogu say that sappers would go?", "Shoigu"),  # misspelt by the one who asks
    ],
)
def test_a_question_whose_parts_stand_in_the_evidence_raises_no_doubt(
    question: str, claim: str
) -> None:
    assert judge(question, claim, EVIDENCE).doubts == ()


@pytest.mark.parametrize(
    ("question", "claim", "reason"),
    [
        ("How many engineers would go to Kursk?", "1,000", "no number of 'engin'"),
        ("How many sappers would go to Moscow?", "1,000", "does not name 'Moscow'"),
        ("How many sappers would go in 2023?", "1,000", "does not state 2023"),
        ("How many sappers go in the 2025s?", "1,000", "does not state 2025s"),
        ("How many sappers?", "many sappers", "no number is stated"),
        ("Who said that?", "the minister of it", "no name is stated"),
        ("Where would sappers not go?", "to Kursk", "denies 'go'"),
        ("Who said that fewer sappers would go?", "Shoigu", "'fewer'"),
        ("What do trained elephants weigh?", "Shoigu", "says nothing of trained, elephants, weigh"),
    ],
)
def test_a_question_with_a_part_that_is_missing_raises_a_doubt(
    question: str, claim: str, reason: str
) -> None:
    doubts = judge(question, claim, EVIDENCE).doubts
    assert any(reason in each for each in doubts), doubts


def test_a_claim_that_says_nothing_new_only_repeats_the_question() -> None:
    assert only_repeats("Where would sappers go?", "sappers go")
    assert not only_repeats("Where would sappers go?", "sappers go to Kursk")
    assert not only_repeats("Would sappers go?", "sappers would go")  # that is a yes


def test_the_context_says_who_is_spoken_of() -> None:
    evidence = ["He arrived in June 2025."]
    assert judge("When did Shoigu arrive?", "June 2025", evidence).doubts
    assert not judge("When did Shoigu arrive?", "June 2025", evidence, ["Shoigu left."]).doubts


def test_missing_words_are_told_as_they_were_written() -> None:
    assert missing_words("What is the population of Kursk?", EVIDENCE[0]) == ["population"]
    assert missing_words("Was it five thousand?", "It was 5,000.") == []
    assert missing_words("Was it 2,000 or 5,000?", "It was 5,000.") == ["2,000"]


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How many sappers are there?", "number"),
        ("What is the population of Oslo?", "number"),
        ("When was it built?", "date"),
        ("In what year was it built?", "year"),
        ("On which day was it built?", "day"),
        ("On which day of the week was it built?", "date"),
        ("How much does the bridge cost?", "sum of money"),
        ("How much rain fell?", "number"),
        ("who met Kim?", "name"),
        ("What will be built?", None),
        ("Who was in office when it was built?", "name"),
    ],
)
def test_the_kind_of_thing_that_is_asked_for(question: str, kind: str | None) -> None:
    assert asks_for(question) == kind


def test_a_kind_is_recognised_in_a_text() -> None:
    assert has_kind("number", "five of them")
    assert not has_kind("number", "of them")
    assert has_kind("date", "in March")
    assert not has_kind("date", "in Oslo")
    assert has_kind("year", "in June 1904")
    assert not has_kind("year", "in June")
    assert has_kind("day", "on June 4")
    assert not has_kind("day", "in June")
    assert has_kind("sum of money", "it cost $4")
    assert has_kind("sum of money", "it cost 4 francs")
    assert not has_kind("sum of money", "it took 5,000 workers")
    assert has_kind("name", "met Kim")
    assert not has_kind("name", "he met him")


@pytest.mark.parametrize(
    ("question", "noun"),
    [
        ("how many construction workers?", "worker"),
        ("How many career sacks did Jared Allen have?", "sack"),
        ("How many people live in Oslo?", "peopl"),
        ("How much does it cost?", None),
    ],
)
def test_the_thing_that_is_counted(question: str, noun: str | None) -> None:
    assert counted_noun(question) == noun


@pytest.mark.parametrize(
    ("question", "explains"),
    [
        ("Why did he resign?", True),
        ("how does a heat pump work", True),
        ("what does hp mean", True),
        ("What is a sapper?", True),
        ("what was the purpose of the act", True),
        ("how many sappers?", False),
        ("How far is it to Kursk?", False),
        ("who explained the meaning of the act?", False),  # a name is asked for
        ("What did he sign?", False),
    ],
)
def test_some_questions_ask_to_explain(question: str, explains: bool) -> None:
    assert asks_to_explain(question) == explains


SENT = "North Korea sends 1,000 sappers and 5,000 military construction workers."


@pytest.mark.parametrize(
    ("question", "claim"),
    [
        ("How many construction workers are sent?", "5,000"),
        ("How many people are sent?", "5,000 workers"),
        ("Who is sent?", "5,000 workers"),
        ("How many tanks are sent?", "none"),
        ("How many tanks are sent?", "70"),
    ],
)
def test_a_figure_of_what_is_asked_about_is_no_count_of_something_else(
    question: str, claim: str
) -> None:
    assert asks_for_something_else(question, claim, [SENT]) is None


def test_a_figure_of_something_else_is_no_answer() -> None:
    asked = "How many tanks is North Korea sending?"
    reason = asks_for_something_else(asked, "5,000", [SENT])
    assert reason == "the evidence gives 5,000 for something else than 'tank'"
    assert asks_for_something_else(asked, "5,000", [SENT], ["Tanks"]) is None


def test_a_word_for_anything_may_count_what_is_asked_about() -> None:
    told = "Berg scored 14 times that year."
    assert asks_for_something_else("How many goals did Berg score?", "14", [told]) is None


def test_where_money_is_asked_for_some_must_be_stated() -> None:
    asked = "How much does the bridge cost?"
    told = "The bridge takes 5,000 workers."
    assert asks_for_something_else(asked, "5,000 workers", [told]) == "no sum of money is stated"
    paid = "The bridge was paid with 2 million euros."
    assert asks_for_something_else(asked, "2 million", [paid]) is None
