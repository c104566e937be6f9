"""Makes a suite of a file in the format of SQuAD 2.0, whose misleading questions are by people.

Knows no model: what it writes is read like every other suite.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from index.load.base import normalise
from rag.errors import EvaluationError
from rag.evaluation.dataset import CORPUS_FILE

QUESTIONS_FILE = "questions.jsonl"


def write_suite(squad: Path, folder: Path) -> int:
    """Write ``folder`` with the paragraphs of ``squad`` as documents; returns how many questions.

    A question without an answer names its paragraph as the one meant to mislead. Questions whose
    answer does not stand where the file says are left out. Raises EvaluationError for a file of
    another format.
    """
    try:
        articles = json.loads(squad.read_text(encoding="utf-8"))["data"]
        documents: list[dict[str, Any]] = []
        questions: list[dict[str, Any]] = []
        for article in articles:
            title = article.get("title", "").replace("_", " ")
            for paragraph in article["paragraphs"]:
                id, text = f"p{len(documents)}", paragraph["context"]
                if normalise(text) != text:  # its offsets would be of another text
                    continue
                documents.append({"id": id, "title": title, "text": text})
                questions += _questions(id, text, paragraph["qas"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise EvaluationError(
            f"{squad} is not in the format of SQuAD 2.0 ({error!r}): give train-v2.0.json"
        ) from error
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in ((CORPUS_FILE, documents), (QUESTIONS_FILE, questions)):
        lines = (json.dumps(each, ensure_ascii=False) + "\n" for each in rows)
        (folder / name).write_text("".join(lines), encoding="utf-8")
    return len(questions)


def _questions(id: str, text: str, asked: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for each in asked:
        question = {"id": each["id"], "question": each["question"].strip()}
        if each.get("is_impossible"):
            yield question | {"answerable": False, "distractor_ids": [id]}
        elif each["answers"]:
            answer = each["answers"][0]
            start, end = answer["answer_start"], answer["answer_start"] + len(answer["text"])
            if text[start:end] == answer["text"]:
                span = {"doc_id": id, "start": start, "end": end, "text": answer["text"]}
                gold = {"relevant_ids": [id], "relevant_spans": [span]}
                yield question | {"answerable": True, "answers": [answer["text"]]} | gold
