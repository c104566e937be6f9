"""What a question asks for: the kind of thing, what is counted, a yes or no, an explanation."""

from __future__ import annotations

import pytest

from rag.errors import QuestionError
from rag.language import ENGLISH, NEUTRAL
from rag.question import MAX_QUESTION_CHARACTERS, Question, asked_words, checked, depends_on_history


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
        ("how often is it painted?", "frequency"),
        ("who met Kim?", "name"),
        ("What will be built?", None),
        ("Who was in office when it was built?", "name"),
    ],
)
def test_the_kind_of_thing_that_is_asked_for(question: str, kind: str | None) -> None:
    assert Question.of(question).kind == kind


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
    assert Question.of(question).counted_noun == noun


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
    assert Question.of(question).asks_to_explain == explains


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Did the north send sappers?", "the north send sappers"),
        ("Is it true that the north sends sappers?", "the north sends sappers"),
        ("  isn’t the bridge red ?", "the bridge red"),
        ("Was the bridge opened in 1904?!", "the bridge opened in 1904"),
        ("Can't trains cross the bridge?", "trains cross the bridge"),
        ("Could the queen list the trains?", "the queen list the trains"),
    ],
)
def test_the_statement_of_a_question_is_what_a_yes_affirms(question: str, said: str) -> None:
    assert Question.of(question).asks_yes_or_no
    assert Question.of(question).statement.text == said


@pytest.mark.parametrize(
    "question",
    [
        "Who did it?",
        "Island of red paint?",
        "When was it?",
        "",
        "Can you tell me how many trains cross it?",
        "Could you please list the rivers?",
        "Do you know who opened it?",
        "May I ask when it was opened?",
    ],
)
def test_other_questions_ask_for_no_yes(question: str) -> None:
    assert not Question.of(question).asks_yes_or_no


def test_the_word_that_opens_a_question_is_no_name_of_it() -> None:
    assert Question.of("Did Kim meet the envoy of Oslo?").names == ("Kim", "Oslo")


def test_a_question_states_numbers_in_digits_alone() -> None:
    asked = Question.of("Which two of the 5,000 workers came in 2025?")
    assert [int(each.value) for each in asked.numbers] == [5000, 2025]


def test_a_follow_up_is_read_as_it_stands_alone() -> None:
    asked = Question.of("And workers?", "How many workers go to Kursk?")
    assert asked.text == "And workers?"
    assert asked.counted_noun == "worker"
    assert asked.names == ("Kursk",)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("how many construction workers?", ENGLISH),
        ("airframe hours N2151J", ENGLISH),
        ("Wie viele Bauarbeiter schickt der Norden im nächsten Jahr nach Kursk?", NEUTRAL),
        ("北朝鮮は何人の労働者を送りますか", NEUTRAL),
    ],
)
def test_a_question_is_read_in_its_language(text: str, language: object) -> None:
    assert Question.of(text).language == language


@pytest.mark.parametrize(
    ("text", "codes", "code"),
    [
        ("Was war in Berlin an diesem Montag im Dezember los?", ["de", "de", "en"], "de"),
        ("Wogegen protestieren manche Leute?", ["de"], "de"),
        ("Wogegen protestieren manche Leute?", ["en", "de", "en"], "en"),
        ("airframe hours N2151J", ["", "de", ""], "en"),
        ("When does the Bibliothek open?", ["de", "de"], "en"),
        ("北朝鮮は何人の労働者を送りますか", ["ja"], "ja"),
        ("北朝鮮は何人の労働者を送りますか", [], ""),
    ],
)
def test_a_question_has_the_language_of_what_is_found_unless_its_own_is_plain(
    text: str, codes: list[str], code: str
) -> None:
    asked = Question.of(text).beside(codes)
    assert asked.language.code == code
    assert asked.is_unread is (code not in ("", "en"))


def test_another_language_has_numbers_and_names_but_no_words() -> None:
    asked = Question.of("Wie viele der 5.000 Bauarbeiter schickt der Norden im Jahr 2025 dorthin?")
    assert asked.kind is None
    assert not asked.asks_yes_or_no
    assert "2025" in [each.text for each in asked.numbers]
    assert asked.facts.words[:2] == ("wie", "viele")


@pytest.mark.parametrize(
    ("text", "told"),
    [("  ", "empty"), ("\ud800", "Unicode"), ("x" * (MAX_QUESTION_CHARACTERS + 1), "characters")],
)
def test_what_is_no_question_is_refused(text: str, told: str) -> None:
    with pytest.raises(QuestionError, match=told):
        checked(text)


@pytest.mark.parametrize("question", ["And workers?", "When do they arrive?", "Why?", "how many?"])
def test_a_question_that_points_back_depends_on_history(question: str) -> None:
    assert depends_on_history(question)


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("summarise the accident at Hollin", True),
        ("Give me an overview of the contract.", True),
        ("What happened at Hollin, in a few sentences?", True),
        ("Tell me about the Alma bridge", True),
        ("quick summary of the lease please", True),
        ("What's the summary of the report?", True),
        ("I'd like a two-line overview", True),
        ("What happened at Hollin?", False),
        ("What is the total on the 2025 summary?", False),
        ("Which summary names the boats?", False),
        ("Does the overview mention boats?", False),
        ("Who wrote about the bridge?", False),
    ],
)
def test_some_questions_ask_for_an_overview(question: str, wanted: bool) -> None:
    assert Question.of(question).asks_for_overview == wanted


@pytest.mark.parametrize(
    ("question", "of_all"),
    [
        ("Which reports name Berg?", True),
        ("What is the oldest accident in the folder?", True),
        ("How many of these letters are signed?", True),
        ("What do all our contracts say of rent?", True),
        ("What does the report say of rent?", False),
        ("How many records did the singer sell?", False),
        ("Who keeps the folder?", False),
    ],
)
def test_some_questions_are_asked_of_all_documents(question: str, of_all: bool) -> None:
    assert Question.of(question).asks_of_all == of_all


def test_what_an_overview_is_wanted_of() -> None:
    assert Question.of("Summarise the accident at Hollin").overview_of == {"accid", "hollin"}
    assert Question.of("Give me a summary of this report.").overview_of == frozenset()


def test_the_words_of_any_script_are_whole() -> None:
    assert asked_words("किताब कहाँ है?") == ("किताब", "कहाँ", "है")
    assert asked_words("仓库在哪里") == ("仓库", "库在", "在哪", "哪里")
