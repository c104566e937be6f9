"""The lines among which evidence is chosen. Documents first, lines second.

A question is matched against documents as wholes; of those chosen, many chunks are read, of the
others the chunks that the search found. Knows no scores of lines and no budget.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from index.document_search import DocumentMatch
from index.identity import BEGINNING, FEW
from index.index import Index
from index.lines import TextKind, TextLine, text_lines
from index.types import Document, Hit, Span
from index.words import content_words, words
from rag.answering.boilerplate import Boilerplate, boilerplate
from rag.facts import facts_of
from rag.question import Question
from rag.types import Sentence

COMPARED = 8  # documents, whose common lines are boilerplate
CHOSEN = 3  # documents at most: a comparison is of two or three
CHUNKS_WITHIN = 16  # of a chosen document: all of a form of six pages
# A document whose score is below this share of the best one's is about something else.
CLOSE = 0.75
FITS_ALIKE = 0.9  # a document whose score is above this share of it fits as well
FORM = 0.2  # of its lines: a document with more pairs is a form
_LOOKING_BACK = 1500  # characters before a chunk, in which the heading of its form may stand
_LOOKING_AHEAD = 400  # characters behind it, in which a value may end
_PLACES = 10.0  # the share of a chunk falls to a half at this place, however scores are fused


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of the documents that a question is about, and of the next best hits.

    ``asked_within`` is the question without the words that only say which document is meant;
    ``in_forms`` whether the document that fits best is a form.
    """

    lines: Sequence[Line]
    asked_within: str
    in_forms: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A line with what its score depends on beside its text.

    ``identity`` says what document it is of. ``hit_share`` in (0, 1] is 1 for the first hit and
    falls with its place; ``document_share`` in [0, 1] is its document's score as a share of the
    best one's.
    """

    sentence: Sentence
    identity: str
    chunk_id: int
    hit_share: float
    document_share: float


def lines_of(question: Question, hits: Sequence[Hit], index: Index) -> Lines:
    """The lines of ``hits`` and of the best chunks of the documents that ``question`` is about."""
    found_first = index.search_documents(question.standalone, limit=max(COMPARED, len(hits)))
    matches = _by_name(question, found_first, index)
    shares = _shares(matches)
    chosen = [each.document_id for each in matches[:CHOSEN] if shares[each.document_id] >= CLOSE]
    within = index.search_within(chosen, question.standalone, limit=CHUNKS_WITHIN)
    others = [hit for hit in hits if hit.chunk.document_id not in chosen]
    compared = [index.document(each.document_id) for each in matches[:COMPARED]]
    places = {hit.chunk.id: place for place, hit in enumerate(hits)}
    found: dict[tuple[int, int], Line] = {}
    for ranked in (*within, others):
        for each in _of_hits(ranked, places, index, shares):
            found.setdefault((each.sentence.document_id, each.sentence.span.start), each)
    asked = _asked_within(question, [index.identity(each).telling for each in chosen])
    kept = _without(boilerplate(compared), question, list(found.values()), index)
    best = [each.sentence for each in found.values() if each.sentence.document_id in chosen[:1]]
    if not _are_of_form([each.kind for each in sorted(best, key=lambda each: each.span)]):
        return Lines(kept, asked)
    telling = _telling(matches, compared)
    told = [_with_telling(each, telling.get(each.sentence.document_id, ())) for each in kept]
    return Lines(told, asked, in_forms=True)


def _are_of_form(kinds: Sequence[TextKind]) -> bool:
    """Whether the lines of a document, of these kinds in their order, are those of a form. The
    pairs above a text that is longer than they are do not count: a mail is no form."""
    head = sum(1 for _ in takewhile(lambda each: each == "pair", kinds))
    counted = kinds[head:] if 2 * head < len(kinds) else kinds
    return counted.count("pair") > FORM * len(counted)


def _telling(
    matches: Sequence[DocumentMatch], compared: Sequence[Document]
) -> dict[int, tuple[str, ...]]:
    """For each of several forms among the documents that are ``compared`` the words of the question
    that few of these forms hold: they say which is meant, and all hold those of its fields."""
    forms = {each.id for each in compared if _is_form(each)}
    held = {each.document_id: each.words for each in matches if each.document_id in forms}
    frequency = Counter(word for words in held.values() for word in words)
    few = len(held) // FEW
    return {
        id: tuple(each for each in words if frequency[each] <= few) for id, words in held.items()
    }


def _is_form(document: Document) -> bool:
    beginning = Span(0, min(BEGINNING, len(document.text)))
    lines = text_lines(document.text, beginning, document.language)
    return _are_of_form([line.kind for line in lines])


def _with_telling(line: Line, telling: tuple[str, ...]) -> Line:
    return replace(line, sentence=replace(line.sentence, telling=telling))


def _by_name(
    question: Question, matches: Sequence[DocumentMatch], index: Index
) -> list[DocumentMatch]:
    """``matches`` best first, and among those that fit alike the ones first whose identity has the
    names and figures of the question that few of theirs have: of reports that are alike but for the
    year, all of which mention it, the one of that year is meant."""
    language = question.language
    named = facts_of(" ".join(question.names), language).content
    asked = {each for each in question.facts.content if each in named or each.isdigit()}
    alike = [each for each in matches if each.score >= FITS_ALIKE * matches[0].score]
    known = {
        each: asked & {*facts_of(index.identity(each.document_id).telling, language).content}
        for each in alike
    }
    frequency = Counter(stem for stems in known.values() for stem in stems)
    weights = {stem: math.log(len(alike) / count) for stem, count in frequency.items()}
    total = sum(weights.values())
    if total <= 0:
        return list(matches)
    told = [
        replace(each, named=sum(weights[stem] for stem in stems) / total)
        for each, stems in known.items()
    ]
    return [*sorted(told, key=lambda each: -each.score), *matches[len(alike) :]]


def _asked_within(question: Question, identities: Sequence[str]) -> str:
    """The question without the words of ``identities``; as it is where nothing would be left."""
    stem = question.language.stem
    known = {stem(word) for identity in identities for word in words(identity)}

    def names_document(word: str) -> bool:
        told = content_words(word)
        return bool(told) and all(stem(each) in known for each in told)

    left = " ".join(word for word in question.standalone.split() if not names_document(word))
    return left if content_words(left) else question.standalone


def _shares(matches: Sequence[DocumentMatch]) -> dict[int, float]:
    best = max((each.score for each in matches), default=0.0) or 1.0
    return {each.document_id: each.score / best for each in matches}


def _of_hits(
    hits: Sequence[Hit],
    places: Mapping[int, int],
    index: Index,
    shares: Mapping[int, float],
) -> Iterator[Line]:
    leads = _leads(shares)
    for further, hit in enumerate(hits):
        document = index.document(hit.chunk.document_id)
        identity = index.identity(document.id).telling
        place = places.get(hit.chunk.id, len(places) + further)
        lead = leads.get(document.id, -1.0)
        for sentence in _sentences(document, hit, lead):
            yield Line(
                sentence,
                identity,
                hit.chunk.id,
                _PLACES / (_PLACES + place),
                shares.get(document.id, 0.0),
            )


def _leads(shares: Mapping[int, float]) -> dict[int, float]:
    """How much each document's share is above the best of the others."""
    first, second = (*sorted(shares.values(), reverse=True), 0.0, 0.0)[:2]
    return {id: share - (second if share == first else first) for id, share in shares.items()}


def _sentences(document: Document, hit: Hit, lead: float) -> Iterator[Sentence]:
    headings = {heading.span.start for heading in document.headings}
    lines = _lines(document, hit.chunk.span)
    above = {heading for line in lines for heading in line.headings}
    for line in lines:
        text = line.span.of(document.text)
        is_heading = line.span.start in headings or (line.kind == "prose" and text in above)
        if hit.chunk.span.start <= line.span.start < hit.chunk.span.end and not is_heading:
            path = (*document.heading_path(line.span.start), *line.headings)
            yield Sentence(document.id, line.span, text, path, kind=line.kind, lead=lead)


def _lines(document: Document, chunk: Span) -> list[TextLine]:
    """The lines of a chunk; of one with a form or table also those around it, as the heading above
    or the end of a value may stand in the next chunk."""
    text, language = document.text, document.language
    own = text_lines(text, chunk, language)
    if all(line.kind == "prose" for line in own):
        return own
    start = text.rfind("\n", 0, max(0, chunk.start - _LOOKING_BACK)) + 1
    end = text.find("\n", min(len(text), chunk.end + _LOOKING_AHEAD))
    return text_lines(text, Span(start, end if end >= 0 else len(text)), language)


def _without(
    recurring: Boilerplate, question: Question, found: list[Line], index: Index
) -> list[Line]:
    """Those that are no boilerplate, and the first that says what of the question nothing else
    says, the identities of the documents included."""
    plain = [each for each in found if not _is_boilerplate(recurring, each.sentence, index)]
    identities = {each.identity for each in found}
    told = {stem for each in plain for stem in _content(each, question)}
    told.update(*(facts_of(each, question.language).content for each in identities))
    missing = set(question.facts.content) - told
    kept = {id(each) for each in plain}
    for each in found:
        if id(each) not in kept and (said := missing & _content(each, question)):
            kept.add(id(each))
            missing -= said
    return [each for each in found if id(each) in kept] or found


def _content(each: Line, question: Question) -> frozenset[str]:
    return frozenset(facts_of(each.sentence.text, question.language).content)


def _is_boilerplate(recurring: Boilerplate, sentence: Sentence, index: Index) -> bool:
    line = TextLine(sentence.span, sentence.kind)
    return recurring.holds(index.document(sentence.document_id), line)
