"""Questions made by rule from sentences: many more texts than people asked about.

A name, number or date of a sentence is taken out and asked for: rough questions, whose answers are
certain (after Lewis et al. 2019, Unsupervised Question Answering by Cloze Translation,
doi:10.18653/v1/P19-1484). Knows no model and no tokenizer.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence

from index.sentences import sentence_spans
from index.types import Span
from index.words import STOP_WORDS
from rag.evaluation.dataset import Dataset, SourceDocument
from rag.evaluation.perturb import names_of, perturbations
from rag.evaluation.split import Part, part_of
from rag.facts import quantities
from rag.reader.examples import Example
from rag.reader.windows import AFTER, BEFORE, window

SHORTEST, LONGEST = 60, 320  # characters of a sentence that has something to ask, and is one
REACH = 12  # words of the sentence kept on each side: about a clause
DROPPED, DROPPED_STOP_WORDS = 0.08, 0.25  # shares of the words left out: people ask briefly
LOWERED = 0.5  # share of the questions without capitals, as people type them
EXCHANGED = 0.35  # share that ask about another name, number or date, and stay unanswered
ELSEWHERE = 0.3  # share shown beside another text of the same document or the next one
_YEAR = re.compile(r"1\d{3}|20\d{2}")


def cloze_examples(dataset: Dataset, part: Part, count: int, seed: int) -> list[Example]:
    """About ``count`` examples from the documents of one part of a suite."""
    draw = random.Random(f"{seed} cloze {dataset.name}")
    documents = [each for each in dataset.documents.values() if part_of(each) == part]
    places = [
        (document, span)
        for document in documents
        for span in sentence_spans(document.text)
        if SHORTEST <= len(span) <= LONGEST
    ]
    draw.shuffle(places)
    names = sorted({name for document, span in places[:5000] for name in _names(document, span)})
    made: list[Example] = []
    for place, (document, span) in enumerate(places):
        if len(made) >= count:
            break
        other = places[(place * 7919 + 1) % len(places)]
        made.extend(_asked(document, span, other, names, draw))
    return made


def _names(document: SourceDocument, span: Span) -> list[str]:
    return names_of(span.of(document.text))


def _asked(
    document: SourceDocument,
    span: Span,
    other: tuple[SourceDocument, Span],
    names: Sequence[str],
    draw: random.Random,
) -> Iterator[Example]:
    sentence = span.of(document.text)
    targets = list(dict.fromkeys([*names_of(sentence), *(q.text for q in quantities(sentence))]))
    targets = [each for each in targets if sentence.count(each) == 1 and len(each) > 1]
    if not targets:
        return
    answer = draw.choice(targets)
    at = sentence.index(answer)
    question = _question(sentence, Span(at, at + len(answer)), draw)
    shown = window(
        document.title,
        document.text,
        span,
        before=draw.randint(0, BEFORE),
        after=draw.randint(0, AFTER),
    )
    kind = draw.random()
    if kind < EXCHANGED:
        changed = perturbations(question, draw.randrange(2**31), names)
        if changed:
            yield Example("answer", draw.choice(changed).text, shown.text, False)
            return
    if kind > 1 - ELSEWHERE:
        elsewhere = window(other[0].title, other[0].text, other[1])
        if answer not in elsewhere.text:
            yield Example("answer", question, elsewhere.text, False)
            return
    start = span.start + at - shown.span.start + shown.offset
    yield Example("answer", question, shown.text, True, Span(start, start + len(answer)))
    wrong = [each for each in targets if each != answer]
    if wrong:
        said = answer if draw.random() < 0.5 else draw.choice(wrong)  # as often right as wrong
        yield Example("support", f"{question} {said}", shown.text, said == answer)


def _question(sentence: str, answer: Span, draw: random.Random) -> str:
    """The clause around the answer with a question word first: *who was born in Riga in 1900*."""
    left = _thinned(sentence[: answer.start].split()[-REACH:], draw)
    right = _thinned(sentence[answer.end :].split()[:REACH], draw)
    asked = _question_word(answer.of(sentence), left[-1:], draw)
    words = [*asked, *right, *left] if draw.random() < 0.5 else [*asked, *left, *right]
    question = re.sub(r"[,.;:()\"“”]+(?=\s|$)", "", " ".join(words)).strip()
    return question.lower() if draw.random() < LOWERED else f"{question}?"


def _question_word(answer: str, before: Sequence[str], draw: random.Random) -> list[str]:
    if _YEAR.fullmatch(answer):
        return draw.choice((["when"], ["what", "year"], ["in", "what", "year"]))
    if quantities(answer):
        return draw.choice((["how", "many"], ["how", "much"], ["what", "number", "of"]))
    if before and before[0].lower() in ("in", "at", "from", "near"):
        return draw.choice((["where"], ["what", "place"]))
    return draw.choice((["who"], ["what"], ["which"]))


def _thinned(words: Sequence[str], draw: random.Random) -> list[str]:
    return [
        word
        for word in words
        if draw.random() >= (DROPPED_STOP_WORDS if word.lower() in STOP_WORDS else DROPPED)
    ]
