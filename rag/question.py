"""A question, parsed once: what it asks for and of what. No other module parses a question.

Knows no documents, evidence or models.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from operator import itemgetter

from index.words import combining_marks, content_words, unspaced, words
from rag.errors import QuestionError
from rag.facts import Facts, Quantity, facts_of
from rag.language import (
    FUNCTION_WORDS,
    Kind,
    Language,
    is_known,
    is_plainly_known,
    language_of,
    unread,
)
from rag.language.types import Grade

MAX_QUESTION_CHARACTERS = 4000  # a question, not a document
# A word with a digit behind a letter: *DS1307*, *ds1307*, *N-2151J*.
_IDENTIFIER = re.compile(r"(?<![\w-])[^\W\d_][\w-]{0,40}\d[\w-]{0,40}(?![\w-])")
CLAUSE = re.compile(r"(?<!\d)\d+(?:\.\d+)+", re.ASCII)  # the number of a clause: 2.2
MIN_CONTENT_WORDS = 2  # a question of fewer leans on what was said before
# A number with its points and commas is one word: 5,000.
_LETTER = rf"[\w{combining_marks()}]"
_ASKED = re.compile(rf"\d[\d.,]*\d(?!\w)|{_LETTER}+(?:['’]{_LETTER}+)?")


@dataclass(frozen=True)
class Question:
    """What is asked, read in the language in which it is asked.

    ``text`` is what was typed, ``standalone`` the same understood without the conversation before
    it; everything else is read from ``standalone``.
    """

    text: str
    standalone: str
    language: Language

    @classmethod
    def of(cls, text: str, standalone: str | None = None) -> Question:
        """``text`` as a question; ``standalone`` where a conversation makes it another one."""
        alone = text if standalone is None else standalone
        return cls(text, alone, language_of(alone))

    def beside(self, codes: Iterable[str]) -> Question:
        """The question as it is read beside texts whose languages have these ``codes``.

        Words of other languages look like English ones (*Was war die Art …?*), and a few words tell
        nothing: unless it is plainly in a language that is known, the language of most of what was
        found for it is its own.
        """
        [(code, _)] = Counter(codes).most_common(1) or [("", 0)]
        if is_known(code) or is_plainly_known(self.standalone):
            return self
        return replace(self, language=unread(code))

    @property
    def is_unread(self) -> bool:
        """Whether it is in a language that what judges answers does not know."""
        return not is_known(self.language.code)

    @cached_property
    def facts(self) -> Facts:
        """Its words, numbers, negations and opposites."""
        return facts_of(self.standalone, self.language)

    @cached_property
    def clauses(self) -> frozenset[str]:
        """The numbers of the clauses that it names."""
        return frozenset(CLAUSE.findall(self.standalone))

    @cached_property
    def identifiers(self) -> frozenset[str]:
        """The numbers of parts, cases and models that it names, in capitals or not."""
        return frozenset(_IDENTIFIER.findall(self.standalone))

    @cached_property
    def kind(self) -> Kind | None:
        """The kind of thing that answers it; None where its words do not tell.

        The question word that comes first decides: *who was it when the service began?* asks who.
        """
        found = [
            (match.start(), kind)
            for kind, pattern in self.language.question.kinds
            if (match := pattern.search(self.standalone))
        ]
        return min(found, key=itemgetter(0))[1] if found else None

    @cached_property
    def asks_yes_or_no(self) -> bool:
        """Whether a yes or a no answers it. *Can you tell me how many …?* asks to be told."""
        patterns = self.language.question
        return bool(patterns.yes_no.match(self.standalone)) and not patterns.asks_to_tell.match(
            self.standalone
        )

    @cached_property
    def asks_to_explain(self) -> bool:
        """Whether it wants more than a name, figure or date: a reason, meaning or process."""
        pattern = self.language.question.explanation
        return self.kind is None and bool(pattern.search(self.standalone))

    @cached_property
    def asks_for_overview(self) -> bool:
        """Whether it wants the main points of a document."""
        return bool(self.language.question.overview.search(self.standalone))

    @cached_property
    def overview_of(self) -> frozenset[str]:
        """The stems that say what an overview is wanted of; empty where any document is meant."""
        language = self.language
        rest = language.question.overview.sub(" ", self.standalone)
        return frozenset(facts_of(rest, language).content) - language.stems(language.document_words)

    @cached_property
    def asks_to_compute(self) -> bool:
        """Whether its answer is worked out from several figures: a sum, a difference, a ratio."""
        return bool(self.language.question.computed.search(self.standalone))

    @cached_property
    def asks_of_all(self) -> bool:
        """Whether all documents must be read for it: *which reports …*, *… in this folder*."""
        return bool(self.language.question.of_all.search(self.standalone))

    @cached_property
    def without_all(self) -> str:
        """The question without the words that say that all documents are asked about."""
        return self.language.question.of_all.sub(" ", self.standalone)

    @cached_property
    def counts(self) -> bool:
        """Whether it asks how many there are."""
        return self.counted_noun is not None

    @cached_property
    def asks_which(self) -> str | None:
        """The stem of the thing of which those are asked for that something is true of; None for
        other questions."""
        match = self.language.question.which.search(self.standalone)
        thing = (match["thing"] or match["things"]) if match else None
        return self.language.stem(thing.lower()) if thing else None

    @cached_property
    def grade(self) -> tuple[str, ...]:
        """The word that orders things, such as *oldest*; empty without one."""
        return (self._graded[0].lower(),) if self._graded else ()

    @cached_property
    def _graded(self) -> re.Match[str] | None:
        return _graded(self.language).search(self.standalone)

    @cached_property
    def graded_noun(self) -> str | None:
        """The stem of the content word behind the word of `grade`: what is ordered."""
        behind = content_words(self.standalone[self._graded.end() :]) if self._graded else []
        return self.language.stem(behind[0]) if behind else None

    @cached_property
    def grades(self) -> tuple[tuple[Grade, bool], ...]:
        """What the word of `grade` picks, each with whether it picks among dates."""
        known = ((self.language.grades, False), (self.language.dated, True))
        return tuple((of[word], dated) for word in self.grade for of, dated in known if word in of)

    @cached_property
    def statement(self) -> Facts:
        """What a yes affirms, without the auxiliary that opens the question.

        *Did the north send sappers?* states *the north send sappers*.
        """
        patterns = self.language.question
        rest = patterns.yes_no.sub("", self.standalone, count=1)
        stated = patterns.whether.sub("", rest, count=1).rstrip(" ?!.")
        return facts_of(stated, self.language)

    @cached_property
    def counted_noun(self) -> str | None:
        """The stem of the thing that a "how many" counts; None for other questions.

        It is the last content word before the first function word or verb-like word that follows.
        """
        patterns = self.language.question
        match = patterns.counted.search(self.standalone)
        noun = None
        for word in words(match.group(1)) if match else ():
            if word in FUNCTION_WORDS:
                if noun is None:
                    continue  # how many of the workers
                break
            noun = word
            if word.endswith(patterns.plural_ending) or word in patterns.plurals:
                break  # it ends the noun phrase; the verb follows
        return self.language.stem(noun) if noun else None

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Its capitalised words but for the one that opens it. Where every noun has a capital,
        those with more than one, or with a figure (*NATO*, *A4*)."""
        first = next(iter(self.facts.words), "")
        told = (name for name in self.facts.names if name.lower() != first)
        return tuple(n for n in told if self.language.capitals_name or not n[1:].islower())

    @cached_property
    def numbers(self) -> tuple[Quantity, ...]:
        """The quantities that it states in digits: *which two* states none."""
        return tuple(each for each in self.facts.quantities if each.in_digits)

    @cached_property
    def content(self) -> tuple[str, ...]:
        """Its content words as they are written, each once."""
        return asked_words(self.standalone)

    @cached_property
    def weight(self) -> int:
        """How many different content stems evidence would repeat if it told what is asked."""
        weak, stem = self.language.weak_words, self.language.stem
        return len({stem(each) for each in content_words(self.standalone) if each not in weak})


@lru_cache(maxsize=64)  # one for each language
def _graded(language: Language) -> re.Pattern[str]:
    words_of = sorted({*language.grades, *language.dated}, key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, words_of)) or '(?!)'})\b", re.IGNORECASE)


def asked_words(text: str) -> tuple[str, ...]:
    """The content words of a question or statement, as written, each once; *5,000* is one word."""
    found = (piece for match in _ASKED.finditer(text) for piece in unspaced(match.group()))
    return tuple(word for word in dict.fromkeys(found) if content_words(word))


def checked(text: str) -> str:
    """``text`` without blanks around it. Raises QuestionError when it cannot be a question."""
    text = text.strip()
    if not text.isprintable() and any("\ud800" <= each <= "\udfff" for each in text):
        raise QuestionError("the question is not valid Unicode text: write it again")
    if not text:
        raise QuestionError("the question is empty: write what you want to know")
    if len(text) > MAX_QUESTION_CHARACTERS:
        raise QuestionError(
            f"the question has {len(text):,} characters, more than the "
            f"{MAX_QUESTION_CHARACTERS:,} allowed: put long text into a document and index it"
        )
    return text


def depends_on_history(text: str) -> bool:
    """Whether a question has a word that points back, or is too short to stand alone."""
    pattern = language_of(text).question.dependent
    return bool(pattern.search(text)) or len(content_words(text)) < MIN_CONTENT_WORDS
