"""Evidence: the right sentences within the budget, exact spans, in document order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from index.index import Index
from index.load.base import LoadedDocument
from index.types import Heading, Span
from rag.answering.evidence import select
from rag.assistant import HITS
from rag.question import Question
from rag.types import Sentence
from tests.doubles import HashingEmbedder

BRIDGE = (
    "The Alma bridge crosses the river. It was opened in 1904. Its paint is red. "
    "Trains cross it twice a day. A toll was never asked."
)
FERRY = "The Alma ferry crosses the lake. The ferry carries 300 people. Tickets cost 4 euros."


@pytest.fixture
def index(tmp_path: Path, embedder: HashingEmbedder) -> Iterator[Index]:
    with Index.open(tmp_path / "index", embedder, create=True) as opened:
        opened.add_text("bridge", "The Alma bridge", BRIDGE)
        opened.add_text("ferry", "The Alma ferry", FERRY)
        yield opened


def test_every_sentence_is_an_exact_slice_of_its_document(index: Index) -> None:
    question = "How many people does the ferry carry?"
    evidence = select(Question.of(question), index.search(question), index)
    assert evidence
    for sentence in evidence:
        assert sentence.span.of(index.document(sentence.document_id).text) == sentence.text


def test_a_small_budget_keeps_the_sentence_that_answers(index: Index) -> None:
    question = "How many people does the ferry carry?"
    evidence = select(Question.of(question), index.search(question), index, max_tokens=8)
    assert [each.text for each in evidence] == ["The ferry carries 300 people."]


def test_a_sentence_that_refers_back_brings_the_one_before(index: Index) -> None:
    question = "When was it opened, 1904?"
    evidence = select(Question.of(question), index.search(question), index, max_tokens=14)
    assert [each.text for each in evidence] == [
        "The Alma bridge crosses the river.",
        "It was opened in 1904.",
    ]


def test_a_sentence_that_asks_brings_the_one_behind(
    tmp_path: Path, embedder: HashingEmbedder
) -> None:
    faq = "Are hats sold on board? Look in the shop on the quay. Are maps sold on board? Never."
    question = "Are hats sold on board?"
    with Index.open(tmp_path / "faq", embedder, create=True) as index:
        index.add_text("faq", "Questions", faq)
        evidence = select(Question.of(question), index.search(question), index, max_tokens=14)
    assert [each.text for each in evidence] == [question, "Look in the shop on the quay."]


def test_the_document_of_the_best_sentence_comes_first_and_in_its_own_order(index: Index) -> None:
    question = "What do tickets cost for the ferry?"
    evidence = select(Question.of(question), index.search(question), index)
    documents = [each.document_id for each in evidence]
    assert documents == sorted(documents, key=documents.index)
    assert index.document(documents[0]).key == "ferry"
    for document_id in set(documents):
        starts = [each.span.start for each in evidence if each.document_id == document_id]
        assert starts == sorted(starts)


@pytest.mark.parametrize(("budget", "sentences"), [(10, 1), (14, 2), (20, 3)])
def test_as_many_sentences_are_shown_as_the_budget_holds(
    index: Index, budget: int, sentences: int
) -> None:
    question = "What about the ferry?"
    evidence = select(Question.of(question), index.search(question), index, max_tokens=budget)
    assert len(evidence) == sentences
    assert sum(index.count_tokens(each.text) for each in evidence) <= budget


def test_one_sentence_is_shown_though_it_exceeds_the_budget(index: Index) -> None:
    question = "What about the ferry?"
    [sentence] = select(Question.of(question), index.search(question), index, max_tokens=1)
    assert index.count_tokens(sentence.text) > 1


def test_a_sentence_of_a_copy_takes_no_room(index: Index) -> None:
    question = "How many people does the ferry carry?"
    index.add_text("copy", "The Alma ferry, a copy", FERRY)
    hits = index.search(question)
    assert len({hit.chunk.document_id for hit in hits if "300 people" in hit.chunk.text}) == 2
    texts = [each.text for each in select(Question.of(question), hits, index)]
    assert "The ferry carries 300 people." in texts
    assert len(texts) == len(set(texts))


def test_sentences_far_from_the_best_are_left_out(index: Index) -> None:
    question = "How many people does the ferry carry?"
    texts = [each.text for each in select(Question.of(question), index.search(question), index)]
    assert "The ferry carries 300 people." in texts
    assert "Its paint is red." not in texts


@pytest.fixture
def forms(tmp_path: Path, embedder: HashingEmbedder) -> Iterator[Index]:
    with Index.open(tmp_path / "forms", embedder, create=True) as opened:
        for number, place in enumerate(("Hull", "York", "Ripon", "Selby"), 1):
            text = (
                f"Place:\t{place}\tCase:\tHB{number}\n\nMachinery\n\n"
                f"Engine:\tDiesel\tPower:\t{number}00 kW\nFuel:\tOil\tOwner:\tBoard {number}"
            )
            opened.add_text(f"{number}.pdf", f"{number}.pdf", text)
        yield opened


def _found(index: Index, question: str) -> tuple[Sentence, ...]:
    return select(Question.of(question), index.search(question, limit=HITS), index)


def test_lines_come_from_the_form_that_the_question_names(forms: Index) -> None:
    evidence = _found(forms, "What power had the engine at Ripon?")
    assert {forms.document(each.document_id).key for each in evidence} == {"3.pdf"}
    assert "Power:\t300 kW" in [each.text for each in evidence]
    assert {each.telling for each in evidence} == {("ripon",)}


def test_of_a_single_form_no_word_tells_which_is_meant(
    tmp_path: Path, embedder: HashingEmbedder
) -> None:
    with Index.open(tmp_path / "one", embedder, create=True) as opened:
        form = (
            "Place:\tHull\tCase:\tHB1\n\nEngine:\tDiesel\tPower:\t100 kW\nFuel:\tOil\tOwner:\tBoard"
        )
        opened.add_text("form", "A form", form)
        opened.add_text("ferry", "The Alma ferry", FERRY)
        evidence = _found(opened, "What power had the engine?")
    assert any(each.kind == "pair" for each in evidence)
    assert {each.telling for each in evidence} == {()}


def test_a_mail_is_no_form_of_which_another_may_be_meant(
    tmp_path: Path, embedder: HashingEmbedder
) -> None:
    head = "Subject:\tThe boathouse\nFrom:\tAda\nTo:\tBen\n\n"
    mails = (
        "The contractor wants 400 dollars. He begins in May. He asks for a key. He has a crew.",
        "The dock is old. It leaks since June. It was built by us. Its roof is gone.",
    )
    with Index.open(tmp_path / "mails", embedder, create=True) as opened:
        for number, text in enumerate(mails):
            opened.add_text(f"{number}.eml", f"{number}.eml", head + text)
        evidence = _found(opened, "What does the contractor want for the dock by the boathouse?")
    assert {each.telling for each in evidence} == {()}
    assert "The contractor wants 400 dollars." in [each.text for each in evidence]
    assert {each.document_id for each in evidence} == {1, 2}


def test_what_names_the_form_does_not_rank_its_header(forms: Index) -> None:
    best = max(_found(forms, "fuel HB2"), key=lambda each: each.score)
    assert (best.text, best.kind) == ("Fuel:\tOil", "pair")


def test_a_misspelt_word_finds_the_line_that_has_it(forms: Index) -> None:
    best = max(_found(forms, "engeine of HB2"), key=lambda each: each.score)
    assert best.text == "Engine:\tDiesel"


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("What does section 2.2 say?", "The deposit is three months of rent."),
        ("What is in section 2.1?", "The rent is 1,850 euros a month."),
        ("What does clause 3.1.4 say?", "3.1.4 The keys are given back."),
    ],
)
def test_a_clause_is_found_by_its_number(
    tmp_path: Path, embedder: HashingEmbedder, question: str, text: str
) -> None:
    lease = LoadedDocument(
        "Lease",
        "text/plain",
        "2.1 Rent\n\nThe rent is 1,850 euros a month.\n\n2.2 Deposit\n\nThe deposit is three "
        "months of rent.\n\n3 Notice\n\nSection 2.2 stays in force. Section 3.1.4 does not.\n\n"
        "3.1.4 The keys are given back.",
    )
    headings = tuple(
        Heading(Span(lease.text.index(each), lease.text.index(each) + len(each)), 1)
        for each in ("2.1 Rent", "2.2 Deposit", "3 Notice")
    )
    with Index.open(tmp_path / "index", embedder, create=True) as opened:
        opened.add([("lease", replace(lease, headings=headings))])
        best = max(_found(opened, question), key=lambda each: each.score)
    assert best.text == text


def test_without_a_hit_there_is_no_evidence(index: Index) -> None:
    assert select(Question.of("anything"), [], index) == ()


def test_a_word_is_found_as_two_and_two_as_one(tmp_path: Path, embedder: HashingEmbedder) -> None:
    texts = {"one": "Its deepsleep needs 30 µA. It has a lens.", "two": "A pace maker is red."}
    with Index.open(tmp_path / "index", embedder, create=True) as index:
        for key, text in texts.items():
            index.add_text(key, key, text)
        for asked, told in (
            ("what does deep sleep need?", "Its deepsleep needs 30 µA."),
            ("which colour has the pacemaker?", "A pace maker is red."),
        ):
            evidence = select(Question.of(asked), index.search(asked), index)
            assert max(evidence, key=lambda each: each.score).text == told


def test_a_date_is_found_however_it_is_written(tmp_path: Path, embedder: HashingEmbedder) -> None:
    text = "Depth: 2M; Date: 6/16/2025; pH: 7.5\nDepth: 2M; Date: 7/16/2025; pH: 7.5"
    with Index.open(tmp_path / "index", embedder, create=True) as index:
        index.add_text("lake", "lake", text)
        asked = "What was the depth in July 2025?"
        evidence = select(Question.of(asked), index.search(asked), index)
        assert "7/16/2025" in max(evidence, key=lambda each: each.score).text
