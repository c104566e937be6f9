"""Questions that the documents of one kind answer together: how many, which, the older of two.

Filled-in forms are read as one table, a row for each document, and what is asked is looked up in
it: no model is asked, nothing is estimated, and every row that counts is cited. Where a word of the
question is left that the table does not account for, nothing is told. Knows no prompt and no gate.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from index.fields import Field, fields
from index.identity import Identity
from index.index import Index
from index.lines import text_lines
from rag.answering.quoting import quoted
from rag.dates import Date, dates
from rag.facts import facts_of
from rag.language import Language
from rag.question import Question
from rag.types import Sentence

MOST_DOCUMENTS = 200  # a folder; each has to be read
_LONGEST = 200_000  # characters of a form: what is longer is a book with some pairs in it
_BEGINNING = 300  # characters, in which a document says of which kind it is
_OF_A_KIND = 0.9  # of the documents say so
_KNOWN = 0.75  # of the forms have a label; an answer says how many do not
_FEWEST_FIELDS = 5  # of a form
_VALUE_CHARACTERS = 120
_FIGURE = re.compile(r"(?<![\w.,])[-−]?\d+(?:,\d{3})*(?:\.\d+)?")
COUNTED = "{count} of {all} documents."
UNSTATED = "{count} of {all} documents do not state “{label}”."


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence of an answer, and the lines that it rests on."""

    text: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True)
class Row:
    """One document of the table, read when something of it is asked for: most folders are prose,
    and are known for it by a few of their documents."""

    document_id: int
    index: Index
    language: Language

    @cached_property
    def identity(self) -> Identity:
        return self.index.identity(self.document_id)

    @cached_property
    def text(self) -> str:
        return self.index.document(self.document_id).text

    @property
    def name(self) -> str:
        """What tells it from the others, which often share their title."""
        return ", ".join(self.identity.facts) or self.identity.title

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        return fields(self.text) if len(self.text) <= _LONGEST else ()

    @cached_property
    def by_label(self) -> Mapping[str, Field]:
        """The first field of each label, in order."""
        first: dict[str, Field] = {}
        for each in self.fields:
            first.setdefault(each.label, each)
        return first

    @cached_property
    def is_form(self) -> bool:
        return len(self.fields) >= _FEWEST_FIELDS

    @cached_property
    def beginning(self) -> frozenset[str]:
        """The stems of its beginning."""
        return frozenset(facts_of(self.text[:_BEGINNING], self.language).content)

    @cached_property
    def heading(self) -> frozenset[str]:
        """Those of what stands above its first field, where it says what it is."""
        end = self.fields[0].span.start if self.fields else 0
        return frozenset(facts_of(self.text[: min(end, _BEGINNING)], self.language).content)

    @cached_property
    def identity_stems(self) -> frozenset[str]:
        return frozenset(facts_of(self.identity.telling, self.language).content)

    def told(self, field: Field) -> Told:
        """Which document it is, with what its field states."""
        text = field.span.of(self.text)
        shown = text if len(text) <= _VALUE_CHARACTERS else f"{text.split(chr(10))[0]} …"
        headings = (field.part,) if field.part else ()
        line = Sentence(self.document_id, field.span, text, headings, kind="pair")
        return Told(f"{self.name}: {quoted(shown)}", (line,))

    def named(self) -> Told:
        """Which document it is, with its first line."""
        first = text_lines(self.text[: 4 * _BEGINNING])[0].span
        return Told(self.name, (Sentence(self.document_id, first, first.of(self.text)),))


@dataclass(frozen=True, slots=True)
class Across:
    """What documents tell together: an answer's sentences, and what of it they do not tell."""

    told: Sequence[Told] = ()
    notice: str | None = None


def across(question: Question, index: Index) -> Across:
    """What the documents of ``index`` tell together.

    Empty where ``question`` asks for no such thing, or where they do not tell it for certain.
    """
    if not (question.counts or question.asks_which or question.grade):
        return Across()
    documents = index.documents(limit=MOST_DOCUMENTS + 1)
    if not 1 < len(documents) <= MOST_DOCUMENTS:
        return Across()
    rows = [Row(each.id, index, question.language) for each in documents]
    return _Table(question, rows).answer()


class _Table:
    """The documents as rows, and what ``question`` asks of them."""

    def __init__(self, question: Question, rows: Sequence[Row]) -> None:
        self._question = question
        self._language = question.language
        self._rows = rows

    def answer(self) -> Across:
        if self._question.grade:
            pair = self._two_that_are_named
            return self._compared(pair) if pair else self._extreme()
        return self._chosen()

    # How many, which

    def _chosen(self) -> Across:
        question = self._question
        head = question.counted_noun if question.counts else question.asks_which
        if not self._may_be_of_documents(head):
            return Across()
        asked = self._left(())
        when = dates(question.standalone, self._language)
        if head in self._document_words or (head in self._kinds and question.asks_of_all):
            if not asked and not when:
                return Across(self._counted([row.named() for row in self._rows]))
        elif head not in self._kinds and not (head in self._weak and self._of_a_kind):
            return Across()
        found = self._matching(asked, when[0] if when else None)
        told = [row.told(field) for row, field in found]
        stated = self._counted(told) if question.counts and told else told
        return Across(stated, self._unstated(found[0][1].label) if found else None)

    def _may_be_of_documents(self, head: str | None) -> bool:
        """Whether ``head`` may say what the documents are, as far as their beginnings tell: reading
        the fields of all of them takes longer than the rest of a quick answer."""
        if head in self._document_words or head in self._weak:
            return True
        begun = sum(head in row.beginning for row in self._rows)
        return begun >= _OF_A_KIND * _OF_A_KIND * len(self._rows)  # of those that are forms

    def _counted(self, told: Sequence[Told]) -> list[Told]:
        """How many there are, and each of them."""
        text = COUNTED.format(count=len(told), all=len(self._rows))
        return [Told(text, tuple(line for each in told for line in each.sentences)), *told]

    def _matching(self, asked: frozenset[str], when: Date | None) -> list[tuple[Row, Field]]:
        """The rows with a field that states all that is asked, under one label."""
        found: dict[str, dict[int, tuple[Row, Field]]] = {}
        for row in self._forms:
            for field in row.fields:
                if self._states(field, asked, when):
                    found.setdefault(field.label, {}).setdefault(row.document_id, (row, field))
        if when is not None and not asked:
            found = {each: found[each] for each in found if each == self._dated_label}
        if not found:
            return []
        named = {each: len(self._stems(each) & self._content) for each in found}
        label = max(found, key=lambda each: (named[each], len(found[each])))
        rivals = (found[each] for each in found if named[each] == named[label])
        if not self._is_known(label) or any(set(each) - set(found[label]) for each in rivals):
            return []
        return list(found[label].values())

    def _states(self, field: Field, asked: frozenset[str], when: Date | None) -> bool:
        value = facts_of(field.value, self._language)
        stated = asked & set(value.content)
        if when is None and not stated:
            return False
        if when is not None and not any(map(when.holds, dates(field.value, self._language))):
            return False
        denied = any(map(self._language.is_negation, value.words)) or 0 in value.values
        around = stated | self._stems(f"{field.label}\n{field.part}")
        return asked <= around and not (denied and stated)

    # The most, the latest, the older of two

    def _extreme(self) -> Across:
        question = self._question
        if not self._of_a_kind or not (question.asks_of_all or self._content & self._kinds):
            return Across()
        ranked = self._graded(self._forms)
        if len({row.document_id for _, row, _ in ranked}) < _KNOWN * len(self._forms):
            return Across()
        best, _, stated = ranked[0]
        told = [row.told(field) for value, row, field in ranked if value == best]
        return Across(told, self._unstated(stated.label))

    def _compared(self, pair: Sequence[Row]) -> Across:
        ranked = self._graded(pair)
        of_both = {row.document_id for _, row, _ in ranked} == {row.document_id for row in pair}
        # Where a document has several, it is not known which of them is meant.
        if not of_both or len(ranked) > len(pair) or ranked[0][0] == ranked[-1][0]:
            return Across()
        return Across([row.told(field) for _, row, field in ranked])

    def _graded(self, rows: Sequence[Row]) -> list[tuple[float | Date, Row, Field]]:
        """The rows with a value of what is compared, what is asked for first."""
        of_documents = self._question.graded_noun in self._kinds | self._document_words
        for grade, dated in self._question.grades:
            if of_documents and not dated and len(self._question.grades) > 1:
                continue  # the oldest report has no age
            label = self._label_of(grade.of, dated)
            if label is None:
                continue
            read = self._date_of if dated else self._figure_of
            found = [
                (value, row, field)
                for row in rows
                for field in row.fields
                if field.label == label and (value := read(field)) is not None
            ]
            return sorted(found, key=lambda each: each[0], reverse=grade.highest)
        return []

    def _label_of(self, graded: frozenset[str], dated: bool) -> str | None:
        """The label of what is compared, if the question asks nothing that it does not tell."""
        wanted = self._language.stems(graded)
        left = self._left(self._question.grade)
        if dated:
            return self._dated_label if not left else None
        named = {
            label: len((wanted or self._content) & self._stems(label))
            for label in self._labels
            if self._is_known(label) and left <= self._around[label]
        }
        best = max(named, key=lambda each: named[each], default=None)
        return best if best is not None and named[best] else None

    @cached_property
    def _two_that_are_named(self) -> list[Row]:
        """The two documents that the question names, each with words of its own."""
        named: dict[int, Row] = {}
        for stem in self._content:
            having = [row for row in self._rows if stem in row.identity_stems and row.is_form]
            if len(having) == 1:
                named[having[0].document_id] = having[0]
        return list(named.values()) if len(named) == 2 else []

    # Labels and words

    @cached_property
    def _forms(self) -> list[Row]:
        return [row for row in self._rows if row.is_form]

    @cached_property
    def _labels(self) -> Mapping[str, int]:
        """How many forms have each label, in the order in which the first ones have them."""
        return Counter(label for row in self._forms for label in row.by_label)

    def _is_known(self, label: str) -> bool:
        """Whether nearly all forms have this label, so that none is left out by its absence."""
        return self._labels[label] >= _KNOWN * len(self._forms)

    def _unstated(self, label: str) -> str | None:
        missing = len(self._rows) - self._labels[label]
        if not missing:
            return None
        return UNSTATED.format(count=missing, all=len(self._rows), label=label)

    @cached_property
    def _dated_label(self) -> str | None:
        """The first label of the forms under which all of them state a date: when it was."""
        for label in self._labels:
            dated = [
                row
                for row in self._forms
                if any(f.label == label and self._date_of(f) for f in row.fields)
            ]
            if len(dated) == len(self._forms):
                return label
        return None

    def _date_of(self, field: Field) -> Date | None:
        return next(iter(dates(field.value, self._language)), None)

    def _figure_of(self, field: Field) -> float | None:
        """The figure behind which most of the question's words stand; of several, the first."""
        found = list(_FIGURE.finditer(field.value))
        ends = [*(each.start() for each in found[1:]), len(field.value)]
        asked = self._question.facts.vocabulary  # "all" against "this" may be all the difference
        told = [
            len(asked & facts_of(field.value[each.end() : end], self._language).vocabulary)
            for each, end in zip(found, ends, strict=False)
        ]
        if not found:
            return None
        figure = found[told.index(max(told))][0]
        return float(figure.replace(",", "").replace("−", "-"))

    @cached_property
    def _around(self) -> Mapping[str, frozenset[str]]:
        """The stems that stand in nearly all fields of a label: in label, part and value."""
        told: dict[str, Counter[str]] = {}
        for row in self._forms:
            for label, field in row.by_label.items():
                whole = "\n".join((field.label, field.part, field.value))
                told.setdefault(label, Counter()).update(self._stems(whole))
        return {
            label: frozenset(s for s, n in each.items() if n >= _OF_A_KIND * self._labels[label])
            for label, each in told.items()
        }

    @cached_property
    def _of_a_kind(self) -> bool:
        """Whether nearly all documents are forms: of a mixed folder the forms tell only a part."""
        fewest = _OF_A_KIND * len(self._rows)
        most = len(self._rows)
        for row in self._rows:
            most -= not row.is_form
            if most < fewest:
                return False
        return True

    @cached_property
    def _kinds(self) -> frozenset[str]:
        """The stems by which nearly all documents say what they are."""
        return self._shared(row.heading for row in self._forms)

    @cached_property
    def _common(self) -> frozenset[str]:
        """The stems with which nearly all documents begin: they tell none from the others."""
        return self._shared(row.beginning for row in self._forms)

    def _shared(self, stems: Iterable[frozenset[str]]) -> frozenset[str]:
        if not self._of_a_kind:
            return frozenset()
        counts = Counter(stem for each in stems for stem in each)
        return frozenset(s for s, n in counts.items() if n >= _OF_A_KIND * len(self._forms))

    @cached_property
    def _content(self) -> frozenset[str]:
        return frozenset(self._question.facts.content)

    @cached_property
    def _document_words(self) -> frozenset[str]:
        return self._language.stems(self._language.document_words)

    @cached_property
    def _weak(self) -> frozenset[str]:
        return self._language.stems(self._language.weak_words)

    def _left(self, grade: Iterable[str]) -> frozenset[str]:
        """The stems of the question that say more than of which documents something is asked."""
        language = self._language
        rest = self._question.without_all
        for word in grade:
            rest = re.sub(rf"\b{re.escape(word)}\b", " ", rest, flags=re.IGNORECASE)
        for date in dates(rest, language):
            rest = rest.replace(date.text, " ")
        named = set()
        if self._question.grade and (pair := self._two_that_are_named):
            named = {stem for row in pair for stem in row.identity_stems}
        empty = language.stems((*language.numerals.pronouns, *language.anything)) | self._weak
        return self._stems(rest) - self._common - self._document_words - empty - named

    def _stems(self, text: str) -> frozenset[str]:
        return frozenset(facts_of(text, self._language).content)
