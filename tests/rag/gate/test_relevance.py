"""Doubts: what a question asks for and the evidence has not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from index.types import Span
from rag.facts import facts_of
from rag.gate.comparison import missing_words, told_otherwise
from rag.gate.decide import OF_UNASKED_COLUMN, PUT_TOGETHER, misplaced
from rag.gate.relevance import (
    DENIED,
    OF_ANOTHER_CLAUSE,
    ONLY_ABOVE,
    REPEATED,
    TO_BE_COMPUTED,
    UNRELATED,
    VACUOUS,
    Relevance,
    is_spoken_of,
    relevance,
    reservations,
)
from rag.gate.rows import column_asked_for, unasked_column
from rag.gate.support import UNASSERTED
from rag.gate.types import Candidate, Case
from rag.language import ENGLISH
from rag.question import Question
from rag.types import Evidence, Sentence


def judge(
    question: str, claim: str, evidence: Sequence[str], context: Sequence[str] = ()
) -> Relevance:
    facts = facts_of(claim, ENGLISH)
    return relevance(Case(Question.of(question), facts, tuple(evidence), tuple(context)))


def refusal(
    question: str, claim: str, evidence: Sequence[str], context: Sequence[str] = ()
) -> str | None:
    found = judge(question, claim, evidence, context).refusal
    return found.reason if found else None


def missing(question: str, around: str) -> tuple[str, ...]:
    return missing_words(facts_of(question, ENGLISH), facts_of(around, ENGLISH))


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
        ("How many engineers would go to Kursk?", "none of them", "no number of 'engin'"),
        ("How many sappers would go to Moscow?", "1,000", "does not name 'Moscow'"),
        ("How many sappers would go in 2023?", "1,000", "does not state 2023"),
        ("How many sappers go in the 2025s?", "1,000", "does not state 2025s"),
        ("Who said that?", "the minister of it", "no name is stated"),
        ("Where would sappers not go?", "to Kursk", "denies 'go'"),
        ("Who said that fewer sappers would go?", "Shoigu", "'fewer'"),
        ("What do trained elephants weigh?", "Shoigu", "says nothing of trained, elephants, weigh"),
    ],
)
def test_a_question_with_a_part_that_is_missing_raises_a_doubt(
    question: str, claim: str, reason: str
) -> None:
    doubts = judge(question, claim, EVIDENCE).reasons
    assert any(reason in each for each in doubts), doubts


def test_a_claim_that_says_nothing_new_only_repeats_the_question() -> None:
    assert refusal("Where would sappers go?", "sappers go", EVIDENCE) == REPEATED
    assert refusal("Where would sappers go?", "sappers go to Kursk", EVIDENCE) is None
    assert refusal("Would sappers go?", "sappers would go", EVIDENCE) is None  # that is a yes
    assert refusal("Would sappers go?", "Would sappers go?", EVIDENCE) == REPEATED


def test_the_context_says_who_is_spoken_of() -> None:
    evidence = ["He arrived in June 2025."]
    assert judge("When did Shoigu arrive?", "June 2025", evidence).doubts
    assert not judge("When did Shoigu arrive?", "June 2025", evidence, ["Shoigu left."]).doubts


def test_missing_words_are_told_as_they_were_written() -> None:
    assert missing("What is the population of Kursk?", EVIDENCE[0]) == ("population",)
    assert missing("Was it five thousand?", "It was 5,000.") == ()
    assert missing("Was it 2,000 or 5,000?", "It was 5,000.") == ("2,000",)


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
    assert refusal(question, claim, [SENT]) is None


def test_a_figure_of_something_else_is_no_answer() -> None:
    asked = "How many tanks is North Korea sending?"
    reason = refusal(asked, "5,000", [SENT])
    assert reason == "the evidence gives 5,000 for something else than 'tank'"
    assert refusal(asked, "5,000", [SENT], ["Tanks"]) is None


def test_a_word_for_anything_may_count_what_is_asked_about() -> None:
    told = "Berg scored 14 times that year."
    assert refusal("How many goals did Berg score?", "14", [told]) is None


@pytest.mark.parametrize("told", ["every year", "weekly", "Twice a month", "12 times"])
def test_how_often_is_told_in_words_too(told: str) -> None:
    found = judge("How often is the bridge painted?", told, [f"The bridge is painted {told}."])
    assert (found.refusal, found.doubts) == (None, ())


def test_where_it_is_asked_how_often_something_must_say_so() -> None:
    found = judge("How often is the bridge painted?", "red", ["The bridge is painted red."])
    assert found.refusal is None
    assert [each.reason for each in found.doubts] == ["no frequency is stated"]


def test_where_a_number_is_asked_for_some_must_be_stated() -> None:
    asked = "What is the population of Oslo?"
    assert refusal(asked, "the mayor of Oslo", ["The mayor is in Oslo."]) == "no number is stated"
    assert refusal(asked, "He came to Oslo", ["He came to Oslo on June 4, 2025."])
    asked_by_name = "What is the serial number of the engine?"
    assert refusal(asked_by_name, "AV-1020", ["Serial Number: AV-1020"]) is None
    assert refusal(asked, "He came to Oslo", ["700,000 live in Oslo since June 4."]) is None


def test_where_money_is_asked_for_some_must_be_stated() -> None:
    asked = "How much does the bridge cost?"
    told = "The bridge takes 5,000 workers."
    assert refusal(asked, "5,000 workers", [told]) == "no sum of money is stated"
    paid = "The bridge was paid with 2 million euros."
    assert refusal(asked, "2 million", [paid]) is None


@pytest.mark.parametrize(
    "claim",
    [
        "The report contains key points about the accident.",
        "The document gives important information on the accident.",
        "The report describes the accident in various sections.",
    ],
)
def test_a_sentence_about_the_document_alone_says_nothing(claim: str) -> None:
    told = "The report describes the accident on the bridge in detail."
    assert refusal("What does it say of the accident?", claim, [told]) == VACUOUS


@pytest.mark.parametrize(
    "claim",
    ["The report states that ice caused the accident.", "The accident was caused by ice."],
)
def test_what_a_document_states_is_no_vacuous_sentence(claim: str) -> None:
    told = "The report states that ice caused the accident."
    assert refusal("What does it say of the accident?", claim, [told]) is None


@pytest.mark.parametrize(
    ("claim", "asked", "told"),
    [
        ("331", "How many days did it take in FY 2016?", ("FY 2016 Results", "220")),
        ("It took 331 days in FY 2016.", "How many days in FY 2016?", ("FY 2016 Results", "220")),
        ("220", "How many days did it take in FY 2016?", None),
        ("331", "How many days did it take in FY 2017?", None),
        ("331", "How many days did it take?", None),  # no column is asked for
        ("≤80", "What were the results of FY 2017?", ("FY 2017 Results", "331")),
        ("220 and 331", "How many days in FY 2016 and FY 2017?", None),
        ("8.01D", "Which table has the days of FY 2016?", None),  # no column beside those
    ],
)
def test_a_cell_of_another_column_than_is_asked_for(
    claim: str, asked: str, told: tuple[str, str] | None
) -> None:
    row = "Table: 8.01D; FY 2016 Results: 220; FY 2017 Results: 331; FY 2017 Target: ≤80"
    case = Case(Question.of(asked), facts_of(claim, ENGLISH), (row,))
    assert column_asked_for(case) == told
    evidence = [Evidence(Sentence(1, Span(0, len(row)), row), window=row)]
    reasons, _ = misplaced(case, Candidate(claim), evidence, evidence)
    assert bool(told) == any("the row says" in each for each in reasons)


def test_a_row_is_refused_where_another_row_has_the_name_that_is_asked_for() -> None:
    north = "Sales – row 2: Region: North; Month: January; Units: 310"
    march = "Sales – row 4: Region: North; Month: March; Units: 342"
    document = f"Sales of Acme\n\nSales – row 1: Region; Month; Units\n\n{north}\n\n{march}"

    def refused(question: str, *rows: str) -> str | None:
        facts = facts_of(" ".join(rows), ENGLISH)
        case = Case(Question.of(question), facts, rows, (), documents=(document,))
        found = relevance(case).refusal
        return found.reason if found else None

    asked = "How many units were sold in the North in March?"
    assert refused(asked, north) == "the row says 'January' where the question says 'March'"
    assert refused(asked, march) is None
    assert refused(asked, north, march) is None
    assert refused("Was January or March the month of 310 units in the North?", north) is None
    assert refused("How many units of Acme were sold in the North in January?", north) is None


FLEET = "The port looks after 734 tugs, 20 ferries and more than 62 barges."


@pytest.mark.parametrize(
    ("question", "claim", "evidence", "expected"),
    [
        ("If you add tugs, ferries and barges, how many are there?", "734 tugs", FLEET, True),
        ("What is the difference between tugs and ferries?", "734 tugs", FLEET, True),
        ("By how many years is the tug older?", "40", "The tug was built 40 years ago.", True),
        ("How many tugs does the port look after?", "734 tugs", FLEET, False),
        ("How many are tugs and ferries combined?", "754", "Combined there are 754.", False),
        ("How much longer is the tug?", "3 m", "The tug is 3 m longer.", False),
        ("If you add tugs and ferries, what do they cost?", "too much", FLEET, False),
    ],
)
def test_one_of_several_figures_is_no_sum(
    question: str, claim: str, evidence: str, expected: bool
) -> None:
    case = Case(Question.of(question), facts_of(claim, ENGLISH), (evidence,), ())
    assert (TO_BE_COMPUTED in reservations(case)) is expected


@pytest.mark.parametrize(
    ("question", "claim", "evidence", "expected"),
    [
        ("What is harder than rowing?", "Sailing", "Sailing is not harder than rowing.", True),
        ("What is harder than rowing?", "Sailing", "Sailing is harder than rowing.", False),
        ("What is not harder than rowing?", "Sailing", "Sailing is not harder than rowing.", False),
        ("Which faults were there?", "no faults", "The pilot reported no faults.", False),
    ],
)
def test_what_the_evidence_denies_is_no_answer(
    question: str, claim: str, evidence: str, expected: bool
) -> None:
    case = Case(Question.of(question), facts_of(claim, ENGLISH), (evidence,), ())
    assert (DENIED.format(word="harder") in reservations(case)) is expected


@pytest.mark.parametrize(
    ("question", "line", "mark"),
    [
        ("Is the ferry late?", "If the ferry is late, the horn sounds.", "If"),
        ("Is the ferry late?", "Please ask whether the ferry is late.", "ask whether"),
        ("Is the ferry late?", "The ferry is late, and the horn sounds.", None),
        ("What sounds when the ferry is late?", "If the ferry is late, the horn sounds.", None),
    ],
)
def test_a_line_that_supposes_what_is_asked_tells_neither_yes_nor_no(
    question: str, line: str, mark: str | None
) -> None:
    case = Case(Question.of(question), facts_of(line, ENGLISH), (line,), ())
    assert reservations(case) == ((UNASSERTED.format(mark=mark),) if mark else ())


@pytest.mark.parametrize(
    ("question", "line", "headings", "expected"),
    [
        ("What does clause 4.1 say?", "Clause 4.1 ends in May.", ("5. Term",), True),
        ("What does clause 4.1 say?", "The tenant pays.", ("4. Costs", "4.1 Heating"), False),
        ("What does clause 4.1 say?", "4.1 Heating is paid by the tenant.", (), False),
        ("What does clause 4.7 say?", "Clause 4.7 ends in May.", ("5. Term",), False),
        ("What ends in May?", "Clause 4.1 ends in May.", ("5. Term",), False),
    ],
)
def test_what_only_mentions_a_clause_does_not_say_what_it_says(
    question: str, line: str, headings: tuple[str, ...], expected: bool
) -> None:
    lease = f"4. Costs\n\n  4.1 Heating\n\nThe tenant pays.\n\n5. Term\n\n{line}"
    facts = facts_of(line, ENGLISH)
    case = Case(Question.of(question), facts, (line,), documents=(lease,), headings=headings)
    assert (OF_ANOTHER_CLAUSE in reservations(case)) is expected


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("Boats sail at noon.", True),
        ("Boats sail at noon, and 6 return.", True),
        ("Boats sail at noon. Ferries are blue.", False),
    ],
)
def test_a_document_without_a_word_of_the_question_gives_no_certain_answer(
    document: str, expected: bool
) -> None:
    line, question = "Boats sail at noon.", Question.of("When does ferry 6 leave?")
    case = Case(question, facts_of("noon", ENGLISH), (line,), documents=(document,))
    assert (UNRELATED in reservations(case)) is expected


@pytest.mark.parametrize(
    ("asked", "document", "expected"),
    [
        ("crystal load ds1307", "Real-time clock DS1302. Load capacitance: 6 pF.", True),
        ("crystal load ds1307", "Real-time clock DS 1307. Load capacitance: 6 pF.", False),
        ("crystal load DS-1307", "Real-time clock DS1307. Load capacitance: 6 pF.", False),
        ("crystal load of the clock", "Real-time clock DS1302. Load capacitance: 6 pF.", False),
    ],
)
def test_a_document_without_the_part_number_that_is_asked_about_is_another_one(
    asked: str, document: str, expected: bool
) -> None:
    line = "Load capacitance: 6 pF."
    case = Case(Question.of(asked), facts_of(line, ENGLISH), (line,), documents=(document,))
    assert any("does not name" in each for each in reservations(case)) is expected


def test_almost_the_same_of_another_number_or_name_is_told_otherwise() -> None:
    def otherwise(text: str, other: str) -> bool:
        return told_otherwise(facts_of(text, ENGLISH), facts_of(other, ENGLISH))

    assert otherwise("The notice of the client is 30 days.", "The notice of the client is 42 days.")
    assert otherwise("at the base rate of Lloyds Bank", "at the base rate of Sparbank Bank")
    assert not otherwise("The notice is 30 days.", "The notice is 30 days.")
    assert not otherwise("The notice is 30 days.", "Cameras are serviced 2 times in a year by us.")


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("Who landed at Hull?", True),
        ("Who landded there?", True),  # a slip of the pen
        ("Thanks, that helps", False),
        ("What of 2009?", False),
        ("And then?", True),  # asks for no word
    ],
)
def test_a_word_of_the_question_stands_in_what_was_found(asked: str, expected: bool) -> None:
    told = "ELT: Installed, not activated"
    sentence = Sentence(1, Span(0, len(told)), told)
    evidence = [Evidence(sentence, context=("Report of a pilot who landed at Hull",))]
    assert is_spoken_of(Question.of(asked), evidence) is expected


READINGS = "Row 3: Lake: ALMA; Year: 2024; CHL_comp: 8.4; PH_epi: 7.5; Clarity: 4"


@pytest.mark.parametrize(
    ("claim", "asked", "told"),
    [
        ("8.4", "What is the bacteria count of lake Alma in 2024?", ("CHL_comp", "bacteria")),
        ("8.4", "How much chlorophyll has lake Alma in 2024?", None),  # a short form of it
        ("8.4", "What was it for lake Alma in 2024?", None),  # no word but those of the row
        ("4", "What was the mean clarity of lake Alma?", None),  # the column is asked for
        ("ALMA", "Which lake has the bacteria?", None),  # words name themselves
        ("8.4 and 7.5", "What are the bacteria of lake Alma?", None),
    ],
)
def test_a_column_that_nothing_in_the_question_leads_to(
    claim: str, asked: str, told: tuple[str, str] | None
) -> None:
    case = Case(Question.of(asked), facts_of(claim, ENGLISH), (READINGS,))
    assert unasked_column(case) == told
    evidence = [Evidence(Sentence(1, Span(0, len(READINGS)), READINGS), window=READINGS)]
    reasons, _ = misplaced(case, Candidate(claim), evidence, evidence)
    expected = [OF_UNASKED_COLUMN.format(name=told[0], word=told[1])] if told else []
    assert list(reasons) == expected


def test_how_tight_something_is_asks_for_a_figure() -> None:
    asked = "How tight should the bolts be?"
    assert refusal(asked, "evenly", ["Screw the bolts in evenly."]) == "no number is stated"


def test_what_stands_in_the_heading_alone_is_uncertain() -> None:
    question = Question.of("Who is the manager of the Bell?")
    told, headings = ("Doing business as: Bell",), ("1. Mill Street Inc.",)
    facts = facts_of("Mill Street Inc.", ENGLISH)
    assert ONLY_ABOVE in reservations(Case(question, facts, told, headings=headings))
    beside = ("Doing business as: Bell, of Mill Street Inc.",)
    assert ONLY_ABOVE not in reservations(Case(question, facts, beside, headings=headings))
    assert ONLY_ABOVE in reservations(Case(question, facts, told, titles=("Mill Street Inc.",)))
    prose = ("It is called the Bell.",)  # it goes on with what the heading names
    assert ONLY_ABOVE not in reservations(Case(question, facts, prose, headings=headings))


def test_a_figure_of_another_document_about_something_else_is_uncertain() -> None:
    question = Question.of("How much did Alma Forestry have to pay in fines?")
    claim = "Alma Forestry had to pay 10,000 in fines."
    texts = ["Barred: Alma Forestry, 1 year", "Vaccines\t481\t10,000"]
    evidence = [
        Evidence(Sentence(at, Span(0, len(text)), text, lead=0.3 - at), window=text, document=text)
        for at, text in enumerate(texts)
    ]
    case = Case(question, facts_of(claim, ENGLISH), tuple(texts))
    reasons, _ = misplaced(case, Candidate(claim), evidence, evidence)
    assert list(reasons) == [PUT_TOGETHER.format(text=texts[1])]
    of_fines = replace(evidence[1], sentence=replace(evidence[1].sentence, text="Fines: 10,000"))
    titled, other = replace(evidence[1], title="Alma"), replace(evidence[1], language="de")
    for second in (of_fines, titled, other):
        assert misplaced(case, Candidate(claim), [evidence[0], second], evidence)[0] == ()


def test_a_date_is_there_however_it_is_written() -> None:
    assert missing("How deep was it in July 2025?", "Date: 7/16/2025; depth: 3M") == ("deep",)
    assert "July" in missing("How deep was it in July 2025?", "Date: 6/16/2025; depth: 3M")
