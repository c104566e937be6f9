"""Yes-no questions, told as the statement that a yes affirms and a no denies.

A bare *yes* has no words that could stand in a document. What it says is the question's own
statement, so that is what the gate looks up, and the sentence it rests on is shown beside it.
Knows no evidence and no model.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from index.words import content_words, words
from rag.gate.answerability import lacking
from rag.gate.support import Check
from rag.language.stems import forms, stem
from rag.question import YES_OR_NO

Verdict = Literal["yes", "no"]

# Of what a statement says: one word that is missing may be what it is all about. Of 229 claims that
# people judged (scifact, calibration and test part; 43 % of them supported), asked as questions,
# those that the gate lets pass are supported in .60 with half of their words in the evidence, in
# .67 with .8 and in .83 with .9.
MOST_MISSING = 0.1
_WHETHER = re.compile(r"(?:it\s+)?(?:true|right|correct|the case)\s+that\s+", re.IGNORECASE)
_VERDICT = re.compile(r"\W*(yes|no)\b[\s,.:;–—-]*", re.IGNORECASE)


def statement(question: str) -> str:
    """What a yes to ``question`` affirms, without the auxiliary that opens it.

    *Did the north send sappers?* becomes *the north send sappers*: the words that are looked up.
    """
    rest = YES_OR_NO.sub("", question, count=1)
    return _WHETHER.sub("", rest, count=1).rstrip(" ?!.")


def verdict(sentence: str) -> tuple[Verdict | None, str]:
    """The yes or no that ``sentence`` opens with, and what it says besides."""
    found = _VERDICT.match(sentence)
    if not found:
        return None, sentence
    return ("yes" if found[1].lower() == "yes" else "no"), sentence[found.end() :]


def objections(
    given: Verdict, asked: Check, missing: Sequence[str], besides: Check | None
) -> tuple[str, ...]:
    """Why the verdict ``given`` is not proved; empty when it is.

    ``asked`` is the gate's judgement of the question's statement, ``missing`` the words of it that
    the evidence lacks, ``besides`` the judgement of what is said with the verdict. A yes needs the
    statement itself. Silence is no denial: a no needs evidence that says otherwise.
    """
    if besides is not None and not besides.supported:
        return besides.reasons
    if given == "yes":
        return asked.reasons or _unsaid(missing)
    return () if asked.contradicted else ("the evidence does not say otherwise",)


def _unsaid(missing: Sequence[str]) -> tuple[str, ...]:
    return (f"the evidence says nothing of {', '.join(missing)}",) if missing else ()


def much_missing(asked: str, around: str) -> tuple[str, ...]:
    """The words of the statement ``asked`` that ``around`` lacks; none where few of many do."""
    told = {stem(word) for word in words(around)}
    missing = tuple(
        word
        for word in lacking(asked, around)
        if not {stem(form) for form in forms(word.lower())} & told
    )
    return missing if len(missing) > MOST_MISSING * len(content_words(asked)) else ()
