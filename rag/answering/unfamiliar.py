"""What a person is told whose language, or that of the documents, the models here do not know."""

from __future__ import annotations

from collections.abc import Sequence

from index.index import Index
from rag.language import KNOWN
from rag.question import Question
from rag.types import Sentence

LESS_SURE = "What judges answers here was fitted to English, and is less sure of other languages"
WORDS_ALONE = "; its words were searched, not its meaning"


def unfamiliar(question: Question, evidence: Sequence[Sentence], index: Index) -> str | None:
    """What to say of the language of a question and its evidence; None where it is known."""
    known = {"", *(each.code for each in KNOWN)}
    told = (index.document(id).language for id in {each.document_id for each in evidence[:1]})
    if question.language in KNOWN and known.issuperset(told):
        return None
    meaning = "" if index.reads(question.standalone) else WORDS_ALONE
    return f"{LESS_SURE}{meaning}."
