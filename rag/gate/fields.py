"""Fields of filled-in forms that answer a yes-no question: a label and its value on one line.

Knows no language model and no reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.facts import Facts, facts_of
from rag.gate.comparison import lacking
from rag.gate.types import Verdict
from rag.question import Question
from rag.types import Evidence

_FIELD = re.compile(r"(?P<label>[^:\t\n]{2,60})[:\t]\s*(?P<value>\S[^\n]{0,120})$")


def answering_fields(
    question: Question, evidence: Sequence[Evidence]
) -> Iterator[tuple[Verdict, Evidence]]:
    """The fields that answer the question, each with what it answers.

    The question has the last word of the label, which says what the field is about, and what else
    it asks stands in the label, in the value, or in what the document is. A value that is a yes, a
    no or a denial answers by itself; any other value is a yes. Of fields in several documents only
    those count whose document has most of the question's words.
    """
    language = question.language
    absent = {
        each: len(lacking(question.facts, facts_of(each, language)))
        for each in dict.fromkeys(each.document for each in evidence)
    }
    for each in evidence:
        if absent[each.document] > min(absent.values()):
            continue
        found = _FIELD.match(each.text)
        if found and (answered := _answer(question, each, found["label"], found["value"])):
            yield answered, each


def _answer(question: Question, field: Evidence, label: str, value: str) -> Verdict | None:
    language = question.language
    labelled = facts_of(label, language).content
    if not labelled or labelled[-1] not in question.facts.content:
        return None
    stated = _stated(facts_of(value, language))
    if stated == "no":
        return stated
    around = facts_of("\n".join((label, value, field.title, *field.sentence.headings)), language)
    if lacking(question.statement, around):  # it asks for more than the field says
        return None
    return stated or "yes"


def _stated(value: Facts) -> Verdict | None:
    """The yes, no or denial that a value is; None for any other value."""
    verdict = value.language.verdict.match(value.text)
    if verdict:
        return "yes" if verdict["yes"] else "no"
    return "no" if any(map(value.language.is_negation, value.words)) else None
