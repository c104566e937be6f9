"""Says whether a text answers a question rightly, by rule and without a model.

A question's ``kind``, where its suite tells one, chooses the rule; else the gold answers do. A rule
is not a reader: it is good for comparing systems, and its rows should be looked through.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from rag.errors import EvaluationError
from rag.evaluation.dataset import Question
from rag.evaluation.measures import answer as answers

SHORT_ANSWER_WORDS = 10  # SQuAD's and NQ's short answers have at most 5 to 10 words
LONG_ROUGE_L = 0.3  # a right one-sentence answer reaches it against CLAP NQ's three sentences
LONG_WORD_RECALL = 0.5  # or half of the gold answer's words, in any order
OVERVIEW_SHARE = 0.6  # of the facts that a good overview holds: nobody mentions all

# Kinds of questions of folders of a person's own documents. One document answers each of these ...
ONE_DOCUMENT_KINDS = frozenset({"value", "stated", "table", "yesno", "why", "explain", "quote"})
# ... and these are answered from several, from what was said before, or from the folder as a whole.
OTHER_KINDS = frozenset(
    {
        "calc",
        "collection",
        "compare",
        "compute",
        "count",
        "followup",
        "list",
        "summary",
        "superlative",
    }
)

_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_WORD = re.compile(r"[^\W\d_]\w*|\d+(?:\.\d+)*|%")
_PARENTHESIS = re.compile(r"\s*\(([^)]+)\)")


def is_correct(question: Question, text: str) -> bool | None:
    """Return whether ``text`` answers the question rightly; None where no rule applies.

    Without a kind: short gold answers (at most ``SHORT_ANSWER_WORDS`` words) are contained, or
    their figure is stated (`numeric_match`). Where several facets are required (``answer_facets``,
    or TAT-QA's multi-span answers), each must be. Long gold answers: ROUGE-L of at least
    ``LONG_ROUGE_L``, or at least ``LONG_WORD_RECALL`` of the words of one of them, or the answer
    stands whole in one of them and says something that the question does not.

    With a kind: a yes or no is the first word of the text; of a list each of the ``items`` (or one
    of its ``item_alternatives``) is stated; of an overview ``OVERVIEW_SHARE`` of the facts in
    ``must_mention`` are, of an explanation all; else one of the gold answers is stated.

    None without gold answers, items or facts, and for questions that are not known to be
    answerable. Raises EvaluationError where ``items`` and their alternatives do not match.
    """
    if question.answerable is not True or not _has_gold(question):
        return None
    if not text:
        return False
    kind = question.extra.get("kind")
    rule = _RULES.get(str(kind))
    return rule(question, text) if rule else _is_right_by_gold(question, text)


def states(text: str, fact: str) -> bool:
    """Return whether ``fact`` stands in ``text`` as whole words, however it is punctuated.

    *1,500-foot* states *1500*, and *10.5* does not state *10*.
    """
    wanted = _words(fact)
    return bool(wanted) and f" {' '.join(wanted)} " in f" {' '.join(_words(text))} "


def is_short(alternatives: Sequence[str]) -> bool:
    """Return whether one of the gold answers is short enough to be looked for as it stands."""
    lengths = [len(answers.normalize(text).split()) for text in alternatives]
    return bool(lengths) and min(lengths) <= SHORT_ANSWER_WORDS


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", text).casefold()
    return _WORD.findall(_THOUSANDS.sub("", plain))


def _has_gold(question: Question) -> bool:
    names = ("items", "must_mention")
    return bool(question.answers) or any(_list(question, name) for name in names)


def _is_right_by_gold(question: Question, text: str) -> bool:
    scale = str(question.extra.get("scale", ""))
    return all(
        _facet_is_right(text, facet, scale, question.question) for facet in _facets(question)
    )


def _states_an_answer(question: Question, text: str) -> bool:
    return _states_one(text, question.answers) or _is_right_by_gold(question, text)


def _begins_with_the_verdict(question: Question, text: str) -> bool:
    said = _words(text)[:1]
    return bool(said) and said in [_words(gold)[:1] for gold in question.answers]


def _states_every_item(question: Question, text: str) -> bool:
    items = _items(question)
    if not items:
        return _states_an_answer(question, text)
    return all(_states_one(text, alternatives) for alternatives in items)


def _gives_an_overview(question: Question, text: str) -> bool:
    facts = _facts(question)
    if not facts:
        return _states_an_answer(question, text)
    return sum(_states_one(text, each) for each in facts) >= OVERVIEW_SHARE * len(facts)


def _explains(question: Question, text: str) -> bool:
    facts = _facts(question)
    if not facts:
        return _states_an_answer(question, text)
    return all(_states_one(text, each) for each in facts)


_RULES: Mapping[str, Callable[[Question, str], bool]] = {
    **dict.fromkeys(ONE_DOCUMENT_KINDS | OTHER_KINDS, _states_an_answer),
    "yesno": _begins_with_the_verdict,
    "list": _states_every_item,
    "collection": _states_every_item,
    "summary": _gives_an_overview,
    "explain": _explains,
}


def _states_one(text: str, alternatives: Iterable[str]) -> bool:
    return any(states(text, each) for each in alternatives)


def _items(question: Question) -> list[list[str]]:
    """The items of a list, each with what else it may be called: *Name (Other)* is either."""
    items = [str(each) for each in _list(question, "items")]
    others = _list(question, "item_alternatives") or [
        [*_PARENTHESIS.findall(item), _PARENTHESIS.sub("", item)] for item in items
    ]
    if len(others) != len(items):
        raise EvaluationError(
            f"question {question.id!r} has {len(items)} items and alternatives for {len(others)}: "
            "give each item one list in item_alternatives"
        )
    return [[item, *map(str, more)] for item, more in zip(items, others, strict=True)]


def _facts(question: Question) -> list[list[str]]:
    return [[str(each) for each in fact] for fact in _list(question, "must_mention")]


def _list(question: Question, name: str) -> list[Any]:
    value = question.extra.get(name)
    return value if isinstance(value, list) else []


def _facets(question: Question) -> list[Sequence[str]]:
    """What must be in a right answer: each facet once, a facet being a list of alternatives."""
    facets = _list(question, "answer_facets")
    if facets:
        return [[str(option) for option in facet] for facet in facets]
    if question.extra.get("answer_type") == "multi-span":
        return [[item] for item in question.answers]
    return [question.answers]


def _facet_is_right(text: str, alternatives: Sequence[str], scale: str, asked: str) -> bool:
    if not alternatives:
        return False  # a list or an overview that a rule of its own has judged
    if is_short(alternatives):
        contained = answers.containment(text, alternatives) == 1.0
        return contained or answers.numeric_match(text, alternatives, scale) == 1.0
    if answers.rouge_l(text, alternatives) >= LONG_ROUGE_L or _is_part(text, alternatives, asked):
        return True
    return max(_word_recall(text, gold) for gold in alternatives) >= LONG_WORD_RECALL


def _is_part(text: str, alternatives: Sequence[str], asked: str) -> bool:
    says_more = set(answers.normalize(text).split()) - set(answers.normalize(asked).split())
    return bool(says_more) and any(
        answers.containment(gold, [text]) == 1.0 for gold in alternatives
    )


def _word_recall(text: str, gold: str) -> float:
    wanted = Counter(answers.normalize(gold).split())
    found = wanted & Counter(answers.normalize(text).split())
    return found.total() / wanted.total() if wanted else 0.0
