"""What a person is told whose language, or that of the documents, the models here do not know."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from index.index import Index
from index.types import DocumentSummary
from rag.language import KNOWN, is_known
from rag.question import Question
from rag.types import Sentence, Unfamiliar

LESS_SURE = "What judges answers here was fitted to English, and is less sure of other languages"
WORDS_ALONE = "; its words were searched, not its meaning"
NEXT_STEP = (
    "To search meaning in a hundred languages, use the multilingual embedder: "
    "rag models fetch multilingual-e5-small-q4, then rag reindex --embedder "
    "multilingual-e5-small-q4"
)


def unfamiliar(
    question: Question, evidence: Sequence[Sentence], index: Index
) -> tuple[Unfamiliar, ...]:
    """What is not known of the language of a question and of the best of its evidence."""
    told = {index.document(each.document_id).language for each in evidence[:1]}
    if question.language in KNOWN and all(map(is_known, told)):
        return ()
    return ("judging",) if index.reads(question.standalone) else ("judging", "meaning")


def told(found: Sequence[Unfamiliar]) -> str | None:
    """What to say of it, with the step to take; None where nothing is unfamiliar."""
    if not found:
        return None
    if "meaning" not in found:
        return f"{LESS_SURE}."
    return f"{LESS_SURE}{WORDS_ALONE}. {NEXT_STEP}."


def unread_languages(index: Index, documents: Iterable[DocumentSummary]) -> tuple[str, ...]:
    """The codes of the languages among ``documents`` whose words the embedder of ``index`` does not
    know, so that they are found by their words alone. The first document of each tells."""
    first: dict[str, int] = {}
    for each in documents:
        if each.language:
            first.setdefault(each.language, each.id)
    return tuple(
        sorted(code for code, id in first.items() if not index.reads(index.document(id).text))
    )


def told_of_search(*, words_alone: bool) -> str | None:
    """What to say of a search whose question is in a language that the embedder does not know."""
    if not words_alone:
        return None
    return f"The embedder does not know the language of the question{WORDS_ALONE}. {NEXT_STEP}."


def told_of_documents(codes: Sequence[str]) -> str | None:
    """What to say of documents in the languages with these codes, whose words the embedder does
    not know; None without any."""
    if not codes:
        return None
    names = ", ".join(codes)
    return (
        f"The embedder does not know the language of some documents ({names}): they are found by "
        f"their words, not by their meaning. {NEXT_STEP}."
    )
