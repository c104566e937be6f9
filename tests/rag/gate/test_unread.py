"""Answers in languages that the checks do not know: quotations are carried, the rest is said."""

from __future__ import annotations

import pytest

from index.types import Span
from rag.facts import facts_of
from rag.gate.assertion import unasserted
from rag.gate.calibration import AVERAGES, default_calibrations
from rag.gate.comparison import missing_words
from rag.gate.decide import Gate
from rag.gate.relevance import REPEATED, UNRELATED, relevance, reservations
from rag.gate.support import support
from rag.gate.types import Candidate, Case, Decision, Shown, Tentative, Withheld
from rag.language import NEUTRAL, unread
from rag.question import Question
from rag.types import Evidence, Sentence

QUESTIONS = {
    "de": "Wann wurde die Brücke über den Fluss eröffnet?",
    "th": "สะพานข้ามแม่น้ำเปิดเมื่อใด",
    "zh": "DECnet第二阶段变成了什么",
    "el": "Πότε άνοιξε η γέφυρα του ποταμού;",
    "vi": "Loại hợp đồng nào được đưa ra cho thiết kế và xây dựng?",
}
TEXTS = {
    "de": "Die Brücke über den Fluss wurde 1964 von NATO-Soldaten eröffnet, nicht 1946.",
    "th": "สะพานข้ามแม่น้ำเปิดในปี1964และยาว110เมตร",
    "zh": "然而，DECnet第二阶段（以及之后的）是开放标准，储存1.1公吨。",
    "el": "Η γέφυρα του ποταμού άνοιξε το 1964.",
    "vi": 'Đó là hợp đồng "xây dựng thiết kế" của nhà thầu.',
}


def case(code: str, claim: str, text: str | None = None, carried: float = 0.0) -> Case:
    question = Question.of(QUESTIONS[code]).beside([code])
    assert question.is_unread
    facts = facts_of(claim, question.language)
    return Case(question, facts, (text or TEXTS[code],), carried=carried)


def decided(code: str, claim: str, *, quoted: bool = True) -> Decision:
    text = TEXTS[code]
    evidence = Evidence(
        Sentence(1, Span(0, len(text)), text, score=1.0, lead=0.4),
        window=text,
        document=text,
        language=code,
    )
    question = Question.of(QUESTIONS[code]).beside([code])
    return Gate().decide(question, Candidate(claim, (0,), quoted=quoted), [evidence])


@pytest.mark.parametrize("code", TEXTS)
def test_a_quoted_sentence_is_never_withheld(code: str) -> None:
    decision = decided(code, TEXTS[code])
    assert isinstance(decision, Shown | Tentative)
    assert decision.support == 1.0


@pytest.mark.parametrize(
    ("code", "phrase"),
    [("de", "1964"), ("th", "110"), ("zh", "1.1公吨"), ("el", "το 1964"), ("zh", "开放标准")],
)
def test_a_phrase_that_stands_there_is_carried(code: str, phrase: str) -> None:
    assert support(case(code, phrase)).objections == ()


def test_the_reader_has_no_say_on_what_stands_there() -> None:
    assert support(case("de", TEXTS["de"], carried=-9.0)).score == 1.0


@pytest.mark.parametrize(
    ("code", "claim"),
    [
        ("de", "Die Brücke über den Fluss wurde 1956 von NATO-Soldaten eröffnet."),
        ("de", "Die Brücke über den Fluss wurde von FIFA-Soldaten eröffnet."),
        ("th", "111"),
        ("zh", "1.2公吨"),
    ],
)
def test_what_does_not_stand_there_is_checked_as_before(code: str, claim: str) -> None:
    assert support(case(code, claim)).objections
    assert isinstance(decided(code, claim, quoted=False), Withheld)


def test_a_question_asserts_nothing_in_greek_either() -> None:
    asks = "Άνοιξε η γέφυρα του ποταμού το 1964;"
    claim = facts_of("το 1964", NEUTRAL)
    assert unasserted(facts_of(asks, NEUTRAL), claim) == "?"
    assert unasserted(facts_of(TEXTS["el"], NEUTRAL), claim) is None
    assert support(case("el", "το 1964", asks)).objections


@pytest.mark.parametrize(
    ("code", "text", "related"),
    [
        ("de", TEXTS["de"], True),
        ("de", "Gelbe Boote fahren mittags.", False),
        ("zh", TEXTS["zh"], True),
        ("zh", "图书馆很大。", False),
    ],
)
def test_a_text_without_a_word_of_the_question_is_no_certain_answer(
    code: str, text: str, related: bool
) -> None:
    assert (UNRELATED not in reservations(case(code, text, text))) is related


def test_words_of_the_question_in_another_order_say_something() -> None:
    assert relevance(case("vi", 'hợp đồng "xây dựng thiết kế"')).refusal is None
    repeated = relevance(case("vi", "hợp đồng")).refusal
    assert repeated is not None
    assert repeated.reason == REPEATED


def test_a_noun_with_a_capital_is_no_name_where_every_noun_has_one() -> None:
    asked = "Welche NATO-Einheit eröffnete im Frühling die Brücke bei Köln?"
    names = Question.of(asked).beside(["de"]).names
    assert names == ("NATO-Einheit",)
    assert "Brücke" in Question.of(asked).beside(["fr"]).names


def test_forms_of_a_word_meet_by_the_stems_of_the_language() -> None:
    russian, none = unread("ru"), NEUTRAL
    asked, told = "дома", "в доме"
    assert missing_words(facts_of(asked, russian), facts_of(told, russian)) == ()
    assert missing_words(facts_of(asked, none), facts_of(told, none)) == ("дома",)


def test_pieces_over_the_border_of_two_words_that_stand_there_are_not_missing() -> None:
    chinese = unread("zh")
    around = facts_of("碳储存在森林中。亚马逊很大。", chinese)
    assert missing_words(facts_of("亚马逊森林", chinese), around) == ()
    assert missing_words(facts_of("亚马逊草原", chinese), around) == ("逊草", "草原")


def test_the_reader_is_no_witness_of_a_language_that_it_does_not_know() -> None:
    decision = decided("zh", TEXTS["zh"])
    assert not isinstance(decision, Withheld)
    assert decision.likelihood is not None
    assert not AVERAGES.keys() & decision.likelihood.signals.keys()
    told = default_calibrations().quoted
    with_average = told.intercept + sum(
        weight * (AVERAGES | dict(decision.likelihood.signals))[name]
        for name, weight in told.weights.items()
    )
    assert (decision.likelihood.probability > 0.5) is (with_average > 0)


def test_english_is_judged_by_the_reader_as_before() -> None:
    question = Question.of("When was the bridge opened?").beside(["en", "de", "en"])
    assert not question.is_unread
    text = "The bridge was opened in 1964."
    evidence = Evidence(Sentence(1, Span(0, len(text)), text, score=1.0), window=text)
    decision = Gate().decide(question, Candidate(text, (0,), quoted=True), [evidence])
    assert isinstance(decision, Shown | Tentative)
    assert decision.likelihood is not None
    assert "answers" in decision.likelihood.signals
