"""Figures that contradict the one that was answered, found among the evidence that was shown.

Only what is asked for with *how many* is compared: the same thing, counted differently in another
document. Knows no language model and no index.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from rag.facts import Facts, Quantity, counted, facts_of
from rag.question import Question
from rag.types import Sentence


def other_figures(
    question: Question, answer: str, shown: Sequence[Sentence], cited: Collection[Sentence]
) -> Iterator[tuple[str, Sentence]]:
    """Pairs (figure as it is written, its sentence) of documents that were not ``cited``.

    A figure is of the thing that ``question`` counts and has another value than the ones that
    ``answer`` states.
    """
    noun, language = question.counted_noun, question.language
    said = facts_of(answer, language).values
    if noun is None or not said:
        return
    told = {sentence.document_id for sentence in cited}
    for sentence in shown:
        facts = facts_of(sentence.text, language)
        figure = _figure_of(noun, facts)
        if figure and sentence.document_id not in told and figure.value not in said:
            told.add(sentence.document_id)
            yield counted(figure, noun, facts) or figure.text, sentence


def _figure_of(noun: str, facts: Facts) -> Quantity | None:
    return next((each for each in facts.quantities if noun in each.nouns), None)
