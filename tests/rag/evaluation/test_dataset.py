from __future__ import annotations

import json
import lzma
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.types import Heading, Span
from rag.errors import EvaluationError
from rag.evaluation.dataset import Question, SourceDocument, load_dataset, sample

DOCUMENT = {"id": "d1", "title": "A title", "text": "The tower is 330 metres tall."}
QUESTION: dict[str, Any] = {
    "id": "q1",
    "question": "How tall is it?",
    "answers": ["330 metres"],
    "relevant_ids": ["d1"],
    "relevant_spans": [{"doc_id": "d1", "start": 13, "end": 23, "text": "330 metres"}],
    "answerable": True,
}


def write(
    folder: Path, questions: list[dict[str, Any]], documents: list[Any] | None = None
) -> Path:
    lines = [json.dumps(each) for each in documents or [DOCUMENT]]
    (folder / "corpus.jsonl").write_text("\n".join(lines), encoding="utf-8")
    lines = [json.dumps(each) for each in questions]
    (folder / "questions.dev.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder


def folder_suite(folder: Path, evidence: list[dict[str, Any]]) -> Path:
    (folder / "files").mkdir()
    (folder / "files/form.txt").write_text("Name:\tAda\tAge:\t36\nBorn:\tLondon", encoding="utf-8")
    row = {"id": "q1", "question": "How old?", "answers": ["36"], "evidence": evidence}
    (folder / "questions.dev.jsonl").write_text(json.dumps(row), encoding="utf-8")
    return folder


def test_quotes_of_a_folder_become_gold_spans(tmp_path: Path) -> None:
    quote = {"file": "form.txt", "page": 1, "quote": "Age: 36 Born: London"}
    (question,) = load_dataset(folder_suite(tmp_path, [quote])).questions
    assert question.relevant_ids == ("form.txt",)
    assert [each.text for each in question.relevant_spans] == ["Age:\t36\nBorn:\tLondon"]


def test_a_quote_in_another_order_is_found_in_parts(tmp_path: Path) -> None:
    quote = {"file": "form.txt", "page": 1, "quote": "Born: London Name: Ada"}
    (question,) = load_dataset(folder_suite(tmp_path, [quote])).questions
    assert [each.text for each in question.relevant_spans] == ["Born:\tLondon", "Name:\tAda"]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [({"file": "no.txt"}, "no.txt"), ({"quote": "Died: Paris"}, "has no 'Died: Paris'")],
)
def test_a_quote_that_stands_nowhere_is_refused(
    tmp_path: Path, change: dict[str, str], complaint: str
) -> None:
    folder = folder_suite(tmp_path, [{"file": "form.txt", "page": 1, "quote": "Age: 36"} | change])
    with pytest.raises(EvaluationError, match=complaint):
        load_dataset(folder)


def test_a_suite_is_read_with_its_history_and_its_other_fields(tmp_path: Path) -> None:
    history = [{"speaker": "user", "text": "Hi"}, {"speaker": "agent", "text": "Hello"}]
    dataset = load_dataset(write(tmp_path, [{**QUESTION, "history": history, "kind": "how_many"}]))
    (question,) = dataset.questions
    assert dataset.documents["d1"].title == "A title"
    assert question.relevant_spans[0].span.of(dataset.texts()["d1"]) == "330 metres"
    assert [turn.role for turn in question.history] == ["user", "assistant"]
    assert question.extra == {"kind": "how_many"}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"id": ""}, "id must be a text"),
        ({"question": None}, "question must be a text"),
        ({"answers": "330"}, "answers must be a list of texts"),
        ({"answerable": "yes"}, "answerable must be true, false or null"),
        ({"relevant_ids": ["d9"]}, "relevant_ids names 'd9'"),
        ({"history": [{"speaker": "oracle", "text": "x"}]}, "a turn is"),
        ({"relevant_spans": [{"doc_id": "d9", "start": 0, "end": 1, "text": "T"}]}, "'d9'"),
        ({"relevant_spans": [{"doc_id": "d1", "start": 5, "end": 2, "text": "T"}]}, "start < end"),
        ({"relevant_spans": [{"doc_id": "d1", "start": 0, "end": 3, "text": "Th"}]}, "mend the"),
    ],
)
def test_a_bad_question_is_refused_with_file_and_line(
    tmp_path: Path, change: dict[str, Any], complaint: str
) -> None:
    folder = write(tmp_path, [QUESTION, {**QUESTION, "id": "q2", **change}])
    with pytest.raises(EvaluationError, match=complaint) as raised:
        load_dataset(folder)
    assert f"{folder / 'questions.dev.jsonl'}:2" in str(raised.value)


@pytest.mark.parametrize("line", ["{", "[]", '"text"'])
def test_a_line_that_is_no_object_is_refused(tmp_path: Path, line: str) -> None:
    folder = write(tmp_path, [QUESTION])
    (folder / "corpus.jsonl").write_text(f"{json.dumps(DOCUMENT)}\n{line}\n", encoding="utf-8")
    with pytest.raises(EvaluationError, match=r"corpus\.jsonl:2"):
        load_dataset(folder)


def test_ids_stand_once(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="'q1' stands there twice"):
        load_dataset(write(tmp_path, [QUESTION, QUESTION]))
    with pytest.raises(EvaluationError, match="'d1' stands there twice"):
        load_dataset(write(tmp_path, [QUESTION], [DOCUMENT, DOCUMENT]))


def test_one_of_several_question_files_must_be_named(tmp_path: Path) -> None:
    folder = write(tmp_path, [QUESTION])
    other = folder / "questions.other.jsonl"
    other.write_text(json.dumps({**QUESTION, "id": "other"}), encoding="utf-8")
    with pytest.raises(EvaluationError, match="--questions"):
        load_dataset(folder)
    assert load_dataset(folder, other).questions[0].id == "other"


def test_documents_of_ones_own_are_named_by_their_path(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.txt").write_text("The tower is 330 metres tall.", encoding="utf-8")
    span = {"doc_id": "notes/a.txt", "start": 13, "end": 23, "text": "330 metres"}
    question = {**QUESTION, "relevant_ids": ["notes/a.txt"], "relevant_spans": [span]}
    (tmp_path / "questions.jsonl").write_text(json.dumps(question), encoding="utf-8")
    assert list(load_dataset(tmp_path).documents) == ["notes/a.txt"]


def test_other_suites_add_documents(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    write(one, [QUESTION])
    write(two, [QUESTION], [{**DOCUMENT, "id": "d2"}])
    joined = load_dataset(one, also=[two])
    assert (joined.name, list(joined.documents)) == ("one+two", ["d1", "d2"])
    write(two, [QUESTION], [{**DOCUMENT, "text": "Something else."}])
    with pytest.raises(EvaluationError, match="different documents"):
        load_dataset(one, also=[two])


def test_news_is_titled_with_its_outlet_and_day(tmp_path: Path) -> None:
    news = {**DOCUMENT, "source": "The Courier", "published_at": "2023-10-01T07:00:00+00:00"}
    write(tmp_path, [QUESTION], [news])
    (document,) = load_dataset(tmp_path).documents.values()
    assert document.title == "A title (The Courier, October 1, 2023)"
    write(tmp_path, [QUESTION], [{**news, "published_at": "last week"}])
    with pytest.raises(EvaluationError, match=r"corpus\.jsonl:1: published_at must be a date"):
        load_dataset(tmp_path)


def test_a_packed_corpus_is_read_as_the_plain_one(tmp_path: Path) -> None:
    write(tmp_path, [QUESTION])
    plain = load_dataset(tmp_path)
    corpus = tmp_path / "corpus.jsonl"
    packed = lzma.compress(corpus.read_bytes())
    corpus.unlink()
    (tmp_path / "corpus.jsonl.xz").write_bytes(packed)
    assert load_dataset(tmp_path) == plain


@pytest.mark.parametrize("broken", ["cut off", "no xz"])
def test_a_corpus_that_cannot_be_unpacked_is_refused(tmp_path: Path, broken: str) -> None:
    write(tmp_path, [QUESTION])
    corpus = tmp_path / "corpus.jsonl"
    packed = lzma.compress(corpus.read_bytes())
    corpus.unlink()
    content = packed[: len(packed) // 2] if broken == "cut off" else b"plain text"
    (tmp_path / "corpus.jsonl.xz").write_bytes(content)
    with pytest.raises(
        EvaluationError, match=r"corpus\.jsonl\.xz cannot be unpacked .*get it again"
    ):
        load_dataset(tmp_path)


def test_spans_move_with_the_normalisation_of_the_text(tmp_path: Path) -> None:
    decomposed = "Cafe\u0301 costs 5 euros."  # normalising makes one character of e and its accent
    start = decomposed.index("5 euros")
    span = {"doc_id": "d1", "start": start, "end": start + 7, "text": "5 euros"}
    folder = write(
        tmp_path, [{**QUESTION, "relevant_spans": [span]}], [{**DOCUMENT, "text": decomposed}]
    )
    dataset = load_dataset(folder)
    (gold,) = dataset.questions[0].relevant_spans
    assert gold.span.start == start - 1
    assert gold.span.of(dataset.documents["d1"].text) == gold.text == "5 euros"


def test_the_hash_depends_on_documents_and_questions(tmp_path: Path) -> None:
    before = load_dataset(write(tmp_path, [QUESTION]))
    again = load_dataset(write(tmp_path, [QUESTION]))
    other = load_dataset(write(tmp_path, [{**QUESTION, "answers": ["331"]}]))
    assert before.sha256() == again.sha256() != other.sha256()
    assert before.documents_sha256() == other.documents_sha256()


def _questions(answerable: int, unanswerable: int) -> list[Question]:
    kinds = [True] * answerable + [False] * unanswerable
    return [Question(f"q{n}", "?", answerable=kind) for n, kind in enumerate(kinds)]


def test_a_sample_keeps_the_share_of_unanswerable_questions() -> None:
    taken = sample(_questions(60, 30), 9, seed=1)
    assert [question.answerable for question in taken].count(False) == 3
    assert taken == sample(_questions(60, 30), 9, seed=1)
    assert taken != sample(_questions(60, 30), 9, seed=2)


@given(st.integers(0, 40), st.integers(0, 40), st.integers(1, 90), st.integers(0, 5))
def test_a_sample_has_its_size_and_is_within_one_of_its_share(
    answerable: int, unanswerable: int, limit: int, seed: int
) -> None:
    questions = _questions(answerable, unanswerable)
    taken = sample(questions, limit, seed)
    assert len(taken) == min(limit, len(questions))
    assert [q for q in questions if q in taken] == list(taken)
    if questions:
        fair = len(taken) * unanswerable / len(questions)
        assert abs(sum(q.answerable is False for q in taken) - fair) < 1


def test_other_headings_are_another_index(tmp_path: Path) -> None:
    dataset = load_dataset(write(tmp_path, [QUESTION]))
    document = dataset.documents["d1"]
    headed = replace(document.loaded, headings=(Heading(Span(0, 3), 1),))
    other = replace(dataset, documents={"d1": SourceDocument("d1", headed)})
    assert dataset.documents_sha256() == other.documents_sha256()
    assert dataset.index_sha256() != other.index_sha256()
