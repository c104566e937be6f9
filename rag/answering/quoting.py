"""Puts a bare phrase beside the sentence that it was taken from, in words of the document.

Small models answer *South America* or *5,000* more often rightly than they write a whole right
sentence; but what a figure or a name is of must be read with it, and only the sentence says that.
Of 92 answerable dev questions the right answer stood in the phrase for 68 %, in the phrase or its
sentence for 82 %. Knows no index, question answering or model.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.types import Span
from rag.facts import counted, facts_of
from rag.gate.decide import is_phrase
from rag.gate.types import Decision, Shown, Tentative
from rag.language import MONEY, NUMBER
from rag.question import Question

MORE_WORDS = 2  # content words that make a sentence worth reading beside the phrase
QUOTED_CHARACTERS = 320  # a long sentence; of a longer one, what stands around the phrase
_QUOTED = "“{}”"
_QUOTATION = re.compile(r"(?:(?<!\s)\s++|:\s*+)?“[^”]{0,2000}+”")
_ENDS = tuple(".!?…。！？｡؟۔।॥։።")


def quoted(sentence: str) -> str:
    """A sentence of a document in quotation marks, on one line."""
    return _QUOTED.format(_on_one_line(sentence))


def presented(decision: Decision, question: Question) -> tuple[str, str]:
    """What a candidate claims, and how it is shown: a phrase beside the sentence it rests on."""
    text = decision.candidate.text
    cited = [each.text for each in decision.cited]
    if isinstance(decision, Shown | Tentative) and decision.verdict:
        if isinstance(decision, Shown) and decision.besides:
            return decision.verdict, text
        evidence = " ".join(quoted(each) for each in cited)
        return decision.verdict, f"{decision.verdict.title()}: {evidence}"
    claim = with_what_it_counts(text, question, cited)
    if figures := _telling_the_figure(claim, question, cited):
        return claim, f"{claim.rstrip(' .')}: {' '.join(map(quoted, figures))}"
    return claim, with_its_sentence(claim, question, cited)


def _telling_the_figure(claim: str, question: Question, cited: Sequence[str]) -> list[str]:
    """Where a number or a sum was asked for and the claim has none: the sentences that have one."""
    kind, language = question.kind, question.language
    if kind not in (NUMBER, MONEY) or facts_of(claim, language).has_kind(kind):
        return []
    return [each for each in cited if facts_of(each, language).has_kind(kind)]


def unquoted(text: str) -> str:
    """An answer without what is quoted in it: what is said in words that are not the document's."""
    return _QUOTATION.sub("", text).strip()


def with_what_it_counts(answer: str, question: Question, cited: Sequence[str]) -> str:
    """A bare figure, with what it counts as the cited sentence has it: *5,000 workers*."""
    noun, language = question.counted_noun, question.language
    figures = facts_of(answer, language).quantities
    if noun is None or len(figures) != 1 or figures[0].text != answer.rstrip("."):
        return answer
    told = (facts_of(sentence, language) for sentence in cited)
    stated = (
        counted(each, noun, facts)
        for facts in told
        for each in facts.quantities
        if each.value == figures[0].value
    )
    return next((phrase for phrase in stated if phrase), answer)


def with_its_sentence(answer: str, question: Question, cited: Sequence[str]) -> str:
    """A phrase of at most ``PHRASE_WORDS`` words with the sentences it rests on, ``cited``.

    Sentences that say little beyond the answer and the question are not repeated, and longer
    answers stay as they are.
    """
    phrase = answer.rstrip(" .")
    told = {*facts_of(answer, question.language).content, *question.facts.content}
    telling = [
        each
        for each in cited
        if len({*facts_of(each, question.language).content} - told) >= MORE_WORDS
    ]
    if not is_phrase(phrase) or not telling:
        return _ended(answer)
    return f"{phrase}: {' '.join(quoted(_around(phrase, each)) for each in telling)}"


def _around(phrase: str, sentence: str) -> str:
    """``sentence``, or of a long one the words around the place where ``phrase`` stands."""
    if len(sentence) <= QUOTED_CHARACTERS:
        return sentence
    at = max(0, sentence.lower().find(phrase.lower()))
    start = max(0, min(at - QUOTED_CHARACTERS // 2, len(sentence) - QUOTED_CHARACTERS))
    kept = _whole_words(sentence, Span(start, min(len(sentence), start + QUOTED_CHARACTERS)))
    before, after = "… " * (kept.start > 0), " …" * (kept.end < len(sentence))
    return f"{before}{kept.of(sentence)}{after}"


def _whole_words(text: str, span: Span) -> Span:
    start, end = span.start, span.end
    while 0 < start < end and not text[start - 1].isspace():
        start += 1
    while end < len(text) and end > start and not text[end].isspace():
        end -= 1
    return Span(start, end)


def _ended(sentence: str) -> str:
    """``sentence`` with a full stop if nothing ends it: models answer in fragments too."""
    return sentence if sentence.rstrip("\"'”’»)").endswith(_ENDS) else f"{sentence}."


def _on_one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
