"""Proves a yes or a no: the statement that was asked about is looked up, and what denies it.

A bare *yes* has no words that could stand in a document, and small language models say it to almost
everything. What it says is the question's own statement, so that is what the evidence must carry.
Silence is no denial: a no needs evidence that says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from index.words import content_words
from rag.facts import Facts, facts_of
from rag.gate.alignment import MAX_CITATIONS, aligned
from rag.gate.assertion import unasserted
from rag.gate.comparison import asserted_against, lacking
from rag.gate.fields import answering_fields
from rag.gate.reading import carried_by
from rag.gate.support import Support, is_contradicted, support
from rag.gate.types import Candidate, Case, Decision, Shown, Tentative, Verdict, Withheld
from rag.question import Question
from rag.reader.reader import Reader
from rag.types import Evidence

IT_IS_SO = "the evidence says that it is so"
NOT_OTHERWISE = "the evidence does not say otherwise"
DENIED_ELSEWHERE = "the evidence says otherwise in another place"
# Of what a statement says: one word that is missing may be what it is all about. Of 229 claims that
# people judged (scifact, calibration and test part; 43 % of them supported), asked as questions,
# those that the gate lets pass are supported in .60 with half of their words in the evidence, in
# .67 with .8 and in .83 with .9.
MOST_MISSING = 0.1
MOST_MISSING_OF_UNCERTAIN = 0.5  # of a verdict that nothing proves, to be shown as uncertain


@dataclass(frozen=True, slots=True)
class Told:
    """A candidate read as a verdict on the question's statement, and what it says besides.

    ``verdict`` is None where it tells neither: a field of a form may answer all the same.
    """

    verdict: Verdict | None
    besides: str


def recognise(question: Question, candidate: Candidate) -> Told | None:
    """The verdict with which a candidate opens; None where the question asks for none."""
    if not question.asks_yes_or_no:
        return None
    found = question.language.verdict.match(candidate.text)
    if not found:
        return Told(None, candidate.text)
    return Told("yes" if found["yes"] else "no", candidate.text[found.end() :])


def prove(
    question: Question,
    candidate: Candidate,
    told: Told,
    evidence: Sequence[Evidence],
    reader: Reader,
) -> Decision | None:
    """Show the verdict with the first evidence that proves it; withhold it where none does.

    None where the candidate tells no verdict and no field of a form does.
    """
    asserting = _asserting(question, evidence)
    for answered, field in answering_fields(question, asserting):
        if told.verdict not in (answered, None):
            return Withheld(candidate, (f"the evidence says '{field.text}'",), (field,))
        if told.verdict is None or not told.besides:
            return Shown(candidate, (field,), 1.0, verdict=answered)
    if told.verdict is None:
        return None
    if told.verdict == "no" and any(_states(question, each) for each in asserting):
        return Withheld(candidate, (IT_IS_SO,))
    first: Withheld | None = None
    for cited in _proofs(question, _choosing(candidate, evidence, asserting), told, asserting):
        found, reasons = _proved(question, told, cited, reader)
        if not reasons:
            if told.verdict == "yes" and (denying := _denying(question, cited, asserting)):
                return _denied(question, candidate, denying)
            score = found.stated if told.verdict == "no" else found.score
            return Shown(candidate, cited, score, verdict=told.verdict, besides=told.besides)
        first = first or Withheld(candidate, reasons, cited)
    withheld = first or Withheld(candidate, (NOT_OTHERWISE,))
    named = [evidence[place] for place in candidate.chosen]
    return _uncertain(question, candidate, told, withheld, asserting, named)


def _denying(
    question: Question, proof: Sequence[Evidence], asserting: Sequence[Evidence]
) -> Evidence | None:
    """A sentence that denies what was asked, of the documents of a yes's proof, and tells as much
    of it as each sentence of the proof: several together have all words of almost anything."""
    documents = {each.sentence.document_id for each in proof}
    for each in asserting:
        if each.sentence.document_id not in documents:
            continue
        told, share = facts_of(each.text, question.language), _share(question, each)
        rival = max((_share(question, other) for other in proof if other != each), default=0.0)
        denies = bool(asserted_against(question.statement, told))
        # *He never received a panel* has all but the verb of *CEVA gave him a panel*.
        denies_more = bool(told.denied - question.statement.denied) and share < 1
        if (denies and share >= rival) or (denies_more and share > rival):
            return each
    return None


def _share(question: Question, each: Evidence) -> float:
    """Of the statement's content words, how many a sentence has."""
    said = {*question.statement.content}
    return len(said & {*facts_of(each.text, question.language).content}) / max(1, len(said))


def _denied(question: Question, candidate: Candidate, denying: Evidence) -> Tentative:
    """A no in place of a yes, uncertain: one sentence says it, others seem to say otherwise."""
    bare, share = replace(candidate, text="No"), _share(question, denying)
    return Tentative(bare, (DENIED_ELSEWHERE,), (denying,), share, verdict="no")


def _uncertain(
    question: Question,
    candidate: Candidate,
    told: Told,
    withheld: Withheld,
    asserting: Sequence[Evidence],
    named: Sequence[Evidence],
) -> Decision:
    """What a language model's verdict comes to that nothing proves, beside the line that it named
    or that says most of what is asked: a no where that says otherwise, a yes where it is silent of
    a part. A no to which the evidence is silent is none."""

    def nearness(each: Evidence) -> tuple[bool, float, float]:
        return each in named, _share(question, each), each.sentence.score

    nearest = max(asserting, key=nearness, default=None)
    if nearest is None or not (candidate.writer and nearness(nearest)[1]):
        return withheld
    case = Case.citing(question, question.statement, (nearest,))
    missing = lacking(question.statement, case.around)
    share = 1 - len(missing) / len(content_words(question.statement.text))
    found = support(case)
    is_denied = bool(asserted_against(question.statement, case.told))
    is_otherwise = is_denied or is_contradicted(case, found)
    # Another name or figure is no yes, and silence is no denial.
    is_silent = told.verdict == "no" or bool(found.objections)
    if share < 1 - MOST_MISSING_OF_UNCERTAIN or (is_silent and not is_otherwise):
        return withheld
    verdict: Verdict = "no" if is_otherwise else "yes"
    bare = replace(candidate, text=verdict.title())  # what was said besides is not proved either
    unsaid = () if is_otherwise else _unsaid(missing)
    return Tentative(bare, unsaid or withheld.reasons, (nearest,), share, verdict=verdict)


def _choosing(
    candidate: Candidate, evidence: Sequence[Evidence], kept: Sequence[Evidence]
) -> Candidate:
    """``candidate`` with the places of what it chose among those of the evidence that are kept."""
    places = {each.sentence: place for place, each in enumerate(kept)}
    chosen = (evidence[place].sentence for place in candidate.chosen)
    return replace(candidate, chosen=tuple(places[each] for each in chosen if each in places))


def _asserting(question: Question, evidence: Sequence[Evidence]) -> list[Evidence]:
    """The evidence that asserts what it says: what asks, supposes, orders or denies it, or calls it
    possible, proves neither a yes nor a no."""
    language, asked = question.language, (question.statement, question.facts)
    return [
        each
        for each in evidence
        if unasserted(facts_of(each.text, language), *asked, weakly=True) is None
    ]


def _states(question: Question, sentence: Evidence) -> bool:
    """Whether a sentence, with its title, has all words of the statement and carries it."""
    titled = (f"{sentence.title}\n{sentence.text}",)
    told = facts_of(titled[0], question.language)
    if lacking(question.statement, told):
        return False
    return not support(Case(question, question.statement, (sentence.text,), titled)).objections


def _proofs(
    question: Question, candidate: Candidate, told: Told, evidence: Sequence[Evidence]
) -> Iterator[tuple[Evidence, ...]]:
    """What may prove the verdict, the likeliest first."""
    claim = facts_of(f"{question.statement.text} {told.besides}", question.language)
    first = aligned(claim, evidence, candidate.chosen)
    chosen = [evidence[place] for place in candidate.chosen]
    more = [each for each in chosen if each not in first][: MAX_CITATIONS - len(first)]
    yield first
    if more:  # what answers often has few words of the question: *Its paint is red.*
        yield (*first, *more)
    if told.verdict == "no":  # one sentence denies: among others that mention the same it is lost
        yield from ((each,) for each in dict.fromkeys((*chosen, *evidence)))


def _proved(
    question: Question, told: Told, cited: Sequence[Evidence], reader: Reader
) -> tuple[Support, tuple[str, ...]]:
    """How far ``cited`` carries the statement, and what objects to the verdict."""

    # What is denied is not carried: the reader has nothing to tell of it.
    read = told.verdict == "yes"
    carried = carried_by(reader, question.statement.text, cited) if read else 0.0
    case = Case.citing(question, question.statement, cited, carried)
    found = support(case)
    if told.besides:
        claim = facts_of(told.besides, question.language)
        carried = carried_by(reader, told.besides, cited)
        besides = support(Case.citing(question, claim, cited, carried))
        if besides.objections:
            return found, besides.reasons
    if told.verdict == "no":
        return found, () if is_contradicted(case, found) else (NOT_OTHERWISE,)
    return found, found.reasons or _unsaid(much_missing(question.statement, case.around))


def _unsaid(missing: Sequence[str]) -> tuple[str, ...]:
    return (f"the evidence says nothing of {', '.join(missing)}",) if missing else ()


def much_missing(statement: Facts, around: Facts) -> tuple[str, ...]:
    """The words of a statement that ``around`` lacks; none where few of many do."""
    stem, forms = statement.language.stem, statement.language.verb_forms
    missing = tuple(
        word
        for word in lacking(statement, around)
        if not any(stem(form) in around.stem_counts for form in forms.get(word.lower(), ()))
    )
    return missing if len(missing) > MOST_MISSING * len(content_words(statement.text)) else ()
