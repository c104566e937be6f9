"""Follow-up questions: makes the last question of a conversation standalone before it is searched.

Knows no documents, evidence or answers.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.answering.prompts import STANDALONE_SCHEMA, standalone_messages
from rag.answering.reply import value_of
from rag.errors import LLMError
from rag.facts import facts_of
from rag.language import language_of
from rag.llm import LLM
from rag.question import MAX_QUESTION_CHARACTERS, depends_on_history
from rag.types import Message, Usage

RECENT_MESSAGES = 20  # what a question refers to is almost always in the last four
MAX_TOKENS = 64  # a question is one line


def standalone(question: str, history: Sequence[Message], llm: LLM | None) -> tuple[str, Usage]:
    """``question`` as it can be understood without ``history``, and the tokens that this cost.

    A question that stands alone is returned as it is. What the model writes is used only when all
    its content words stand in the conversation, and it says more than the question or points back
    no longer; otherwise, and without a model, the user's last question is put behind it, in
    brackets: what is asked comes first.
    """
    if not history or not depends_on_history(question):
        return question, Usage()
    history = _recent(history)
    if llm is not None:
        rewritten, usage = _rewrite(question, history, llm)
        if _stands_alone(rewritten, question) and _from_conversation(rewritten, question, history):
            return rewritten, usage
        return _joined(question, history), usage
    return _joined(question, history), Usage()


def _recent(history: Sequence[Message]) -> list[Message]:
    """The last messages, as much of each as a question may have: what is read to rewrite one."""
    return [
        Message(each.role, each.content[:MAX_QUESTION_CHARACTERS])
        for each in history[-RECENT_MESSAGES:]
    ]


def _rewrite(question: str, history: Sequence[Message], llm: LLM) -> tuple[str, Usage]:
    """What the model writes and what it cost; an empty question when it fails."""
    try:
        generation = llm.stream(
            standalone_messages(question, history), schema=STANDALONE_SCHEMA, max_tokens=MAX_TOKENS
        )
        return value_of("question", generation), generation.usage
    except LLMError:  # the answer to come meets the same model, and says what is wrong with it
        return "", Usage()


def _stands_alone(rewritten: str, question: str) -> bool:
    language = language_of(question)
    said = set(facts_of(question, language).content)
    says_more = bool(set(facts_of(rewritten, language).content) - said)
    points_back = bool(language.question.dependent.search(rewritten))
    return bool(rewritten) and (says_more or not points_back)


def _from_conversation(rewritten: str, question: str, history: Sequence[Message]) -> bool:
    said = " ".join([question, *(each.content for each in history)])
    language = language_of(said)
    return set(facts_of(rewritten, language).content) <= set(facts_of(said, language).content)


def _joined(question: str, history: Sequence[Message]) -> str:
    asked = [each.content for each in history if each.role == "user"]
    return f"{question.strip()} ({asked[-1].strip()})" if asked else question
