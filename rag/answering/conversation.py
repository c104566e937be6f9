"""Follow-up questions: makes the last question of a conversation standalone before it is searched.

Knows no documents, evidence or answers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from index.words import content_words
from rag.answering.prompts import STANDALONE_SCHEMA, standalone_messages
from rag.errors import LLMError
from rag.language.stems import stem
from rag.llm import LLM
from rag.types import Message, Usage

MAX_TOKENS = 64  # a question is one line
_DEPENDENT = re.compile(
    r"\b(?:he|she|it|they|him|her|them|his|hers|its|their|theirs|this|that|these|those|there|one|"
    r"ones|same|such|else|another|other)\b|^\W*(?:and|but|so|or|also|what about|how about|why|when|"
    r"where|who|how many|how much|which)\W*$|^\W*(?:and|but|so|or|what about|how about)\b",
    re.IGNORECASE,
)
SHORT_WORDS = 2  # a question of fewer content words leans on what was said before


def depends(question: str) -> bool:
    """Whether ``question`` has a word that points back, or is too short to stand alone."""
    return bool(_DEPENDENT.search(question)) or len(content_words(question)) < SHORT_WORDS


def standalone(question: str, history: Sequence[Message], llm: LLM | None) -> tuple[str, Usage]:
    """``question`` as it can be understood without ``history``, and the tokens that this cost.

    A question that stands alone is returned as it is. What the model writes is used only when all
    its content words stand in the conversation; otherwise, and without a model, the content words
    of the user's last question are put in front.
    """
    if not history or not depends(question):
        return question, Usage()
    if llm is not None:
        rewritten, usage = _rewrite(question, history, llm)
        if rewritten and _from_conversation(rewritten, question, history):
            return rewritten, usage
        return _joined(question, history), usage
    return _joined(question, history), Usage()


def _rewrite(question: str, history: Sequence[Message], llm: LLM) -> tuple[str, Usage]:
    """What the model writes and what it cost; an empty question when it fails."""
    try:
        generation = llm.stream(
            standalone_messages(question, history), schema=STANDALONE_SCHEMA, max_tokens=MAX_TOKENS
        )
        written = "".join(generation)
    except LLMError:  # the answer to come meets the same model, and says what is wrong with it
        return "", Usage()
    try:
        return str(json.loads(written)["question"]).strip(), generation.usage
    except (json.JSONDecodeError, KeyError, TypeError):
        return "", generation.usage


def _from_conversation(rewritten: str, question: str, history: Sequence[Message]) -> bool:
    said = " ".join([question, *(each.content for each in history)])
    known = {stem(word) for word in content_words(said)}
    return all(stem(word) in known for word in content_words(rewritten))


def _joined(question: str, history: Sequence[Message]) -> str:
    asked = [each.content for each in history if each.role == "user"]
    return f"{asked[-1].strip()} {question}" if asked else question
