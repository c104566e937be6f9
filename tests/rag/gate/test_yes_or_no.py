"""A yes or a no is shown when the evidence states, or denies, what was asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from index.index import Index
from rag.assistant import Assistant, evidence_of
from rag.facts import facts_of
from rag.gate.types import Candidate
from rag.gate.yes_or_no import Told, much_missing, recognise
from rag.language import ENGLISH
from rag.question import Question
from rag.types import Answer
from tests.doubles import HashingEmbedder
from tests.scripted_llm import ScriptedLLM

BRIDGE = (
    "The Alma bridge crosses the river. It was opened in 1904 by Queen Anne. Its paint is red. "
    "Trains do not cross it. A toll of 4 euros was asked until 1950. "
    "A toll of 6 euros was asked in Hollin."
)


@pytest.fixture
def index(tmp_path: Path, embedder: HashingEmbedder) -> Iterator[Index]:
    with Index.open(tmp_path / "index", embedder, create=True) as opened:
        opened.add_text("/bridge.txt", "The Alma bridge", BRIDGE)
        yield opened


def _ask(index: Index, question: str, answer: str, *evidence: str) -> Answer:
    return Assistant(index, ScriptedLLM(ScriptedLLM.reply(answer, *evidence))).ask(question)


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        ("Yes", Told("yes", "")),
        ("yes.", Told("yes", "")),
        ("No, it was opened in 1904.", Told("no", "it was opened in 1904.")),
        ("Norway sends them.", None),
        ("No bond is required.", None),
        ("No it was not opened.", Told("no", "it was not opened.")),
        ("It is red.", None),
    ],
)
def test_the_verdict_opens_the_sentence(sentence: str, told: Told | None) -> None:
    found = recognise(Question.of("Was it opened in 1904?"), Candidate(sentence))
    assert found == (told or Told(None, sentence))
    assert recognise(Question.of("When was it opened?"), Candidate(sentence)) is None


@pytest.mark.parametrize(
    ("question", "answer", "proof"),
    [
        ("Was the Alma bridge opened in 1904?", "Yes", "It was opened in 1904 by Queen Anne."),
        ("Did Queen Anne open the Alma bridge?", "Yes.", "It was opened in 1904 by Queen Anne."),
        ("Was the Alma bridge opened in 1905?", "No", "It was opened in 1904 by Queen Anne."),
        ("Do trains cross the Alma bridge?", "No", "Trains do not cross it."),
        ("Was a toll of 5 euros asked?", "No", "A toll of 4 euros was asked until 1950."),
    ],
)
def test_a_verdict_is_shown_with_its_proof(
    index: Index, question: str, answer: str, proof: str
) -> None:
    given = _ask(index, question, answer)
    assert given.status == "answered", given.withheld
    assert given.text.startswith(f"{answer.rstrip('.')}: “")
    assert f"“{proof}”" in given.text
    assert proof in [each.cited_text for each in given.citations]
    assert 0 < given.answerability <= 1


@pytest.mark.parametrize(
    ("question", "answer", "reason"),
    [
        ("Was the Alma bridge opened in 1904?", "No", "says that it is so"),
        ("Was a toll of 4 euros asked?", "No", "says that it is so"),
        ("Is the Alma bridge haunted?", "No", "does not say otherwise"),
        ("Did King George open the Alma bridge?", "Yes", "does not name 'George'"),
        ("Is the Alma bridge old, famous, long and admired?", "Yes", "carries it only at"),
    ],
)
def test_a_verdict_that_is_not_proved_is_withheld(
    index: Index, question: str, answer: str, reason: str
) -> None:
    given = _ask(index, question, answer, "S2")
    assert given.status in ("tentative", "unanswered")  # a line may be shown, marked as uncertain
    assert not given.text.startswith(answer)
    assert [each.text for each in given.withheld] == [answer]
    assert any(reason in each for each in given.withheld[0].reasons), given.withheld


@pytest.mark.parametrize(
    ("question", "answer", "shown", "reason"),
    [
        ("Was the Alma bridge opened in 1905?", "Yes", "No", "does not state the number 1905"),
        (
            "Was the Alma bridge opened in 1904 by Queen Anne on horseback?",
            "Yes, in a red coat.",
            "Yes",
            "says nothing of",
        ),
    ],
)
def test_a_verdict_that_is_near_is_uncertain_and_a_yes_that_is_contradicted_a_no(
    index: Index, question: str, answer: str, shown: str, reason: str
) -> None:
    given = _ask(index, question, answer, "S2")
    assert given.status == "tentative"
    assert given.text == f"{shown}: “It was opened in 1904 by Queen Anne.”"
    assert given.uncertainty
    assert reason in given.uncertainty
    assert 0.5 <= given.answerability < 1


def test_a_question_above_a_line_proves_nothing_of_it(
    tmp_path: Path, embedder: HashingEmbedder
) -> None:
    question, line = "Is the ferry heated?", "The ferry has wooden benches on deck."
    with Index.open(tmp_path / "faq", embedder, create=True) as opened:
        opened.add_text("/faq.txt", "Answers", f"{question}\n\n{line}")
        given = _ask(opened, question, "Yes", "S2")
        stated = _ask(opened, "Does the ferry have benches?", "Yes", "S2")
    assert given.status == "tentative"
    assert given.text == f"Yes: “{line}”"
    assert stated.status == "answered"


def test_what_the_model_chose_may_prove_what_shares_few_words(index: Index) -> None:
    question, proof = "Is the Alma bridge red?", "Its paint is red."
    evidence = [
        each.text for each in evidence_of(Question.of(question), index.search(question), index)
    ]
    unchosen = _ask(index, question, "Yes")
    assert unchosen.status != "answered"
    given = _ask(index, question, "Yes", f"S{evidence.index(proof) + 1}")
    assert proof in [each.cited_text for each in given.citations]


def test_what_is_said_with_a_verdict_is_checked_as_well(index: Index) -> None:
    right = _ask(index, "Was the Alma bridge opened in 1905?", "No, it was opened in 1904.")
    assert right.text == "No, it was opened in 1904."
    wrong = _ask(index, "Was the Alma bridge opened in 1905?", "No, it was opened in 1906.")
    assert wrong.status != "answered"
    beside = _ask(index, "Is the Alma bridge haunted?", "No, it was opened in 1904.")
    assert beside.status != "answered"  # a truth beside the point denies nothing
    untrue = _ask(index, "Was the Alma bridge opened in 1904?", "No, it was opened in 1904.")
    assert untrue.status != "answered"


def test_one_missing_word_may_be_what_it_is_all_about(index: Index) -> None:
    asked = "Was the Alma bridge opened in 1904 by Queen Anne on horseback?"
    given = _ask(index, asked, "Yes", "S2")
    assert given.status == "tentative"
    assert given.uncertainty
    assert given.uncertainty.endswith("the evidence says nothing of horseback")


LEASE = (
    "Termination for Convenience – This Agreement may not be terminated by either Party at any "
    "time for its own convenience. The tenant of the mill was offered a list of doctors. Mr. Berg "
    "is the tenant of the mill. Mr. Berg never received a panel of doctors from the mill."
)


@pytest.mark.parametrize(
    ("question", "line"),
    [
        (
            "Can either Party terminate this Agreement for convenience?",
            "Termination for Convenience – This Agreement may not be terminated",
        ),
        (
            "Did the mill offer Mr. Berg a panel of doctors?",
            "Mr. Berg never received a panel of doctors",
        ),
    ],
)
def test_a_yes_that_a_line_denies_is_an_uncertain_no(
    tmp_path: Path, embedder: HashingEmbedder, question: str, line: str
) -> None:
    with Index.open(tmp_path / "lease", embedder, create=True) as opened:
        opened.add_text("/lease.txt", "Lease", LEASE)
        given = _ask(opened, question, "Yes", "S1", "S2", "S3")
    assert (given.status, given.text.partition(":")[0]) == ("tentative", "No")
    assert line in given.text


def missing(statement: str, around: str) -> tuple[str, ...]:
    return much_missing(facts_of(statement, ENGLISH), facts_of(around, ENGLISH))


def test_of_many_words_one_may_be_told_otherwise() -> None:
    asked = "the red bridge over the river carried mail coaches, carts, cattle and dancing bears"
    assert missing(asked, asked.replace("carried", "bore")) == ()
    assert missing("the bridge carried bears", "the bridge carried mail") == ("bears",)
    assert missing("Anne hold a feast", "Anne held a feast") == ()
    assert missing("mail being sent", "They are sending mail") == ()
