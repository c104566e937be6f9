"""Figures that contradict the one that was answered, found among the evidence that was shown.

Only what is asked for with *how many* is compared: the same thing, counted differently in another
document. Knows no language model and no index.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from rag.gate.facts import Quantity, counted, quantities
from rag.question import counted_noun
from rag.types import Sentence


def other_figures(
    question: str, answer: str, shown: Sequence[Sentence], cited: Collection[Sentence]
) -> Iterator[tuple[str, Sentence]]:
    """Pairs (figure as it is written, its sentence) of documents that were not ``cited``.

    A figure is of the thing that ``question`` counts and has another value than the ones that
    ``answer`` states.
    """
    noun = counted_noun(question)
    said = {each.value for each in quantities(answer)}
    if noun is None or not said:
        return
    told = {sentence.document_id for sentence in cited}
    for sentence in shown:
        figure = _figure_of(noun, sentence.text)
        if figure and sentence.document_id not in told and figure.value not in said:
            told.add(sentence.document_id)
            yield counted(figure, noun, sentence.text) or figure.text, sentence


def _figure_of(noun: str, text: str) -> Quantity | None:
    return next((each for each in quantities(text) if noun in each.nouns), None)
