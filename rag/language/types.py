"""What is to be known of a language to read questions and facts in it. Knows no language."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

Kind = Literal["sum of money", "year", "day", "date", "frequency", "number", "name"]
MONEY: Kind = "sum of money"
NUMBER: Kind = "number"
NEVER = re.compile(r"(?!)")  # the pattern of what a language has no words for

_stemmers = threading.local()


@dataclass(frozen=True, slots=True)
class Abbreviations:
    """Words before a full stop that need not end a sentence, all in lower case.

    ``never`` ones never end it, ``before_number`` ones do not where a digit follows, and
    ``sometimes`` ones do only before one of the ``starters``: words that often begin a sentence.
    """

    never: frozenset[str] = frozenset()
    before_number: frozenset[str] = frozenset()
    sometimes: frozenset[str] = frozenset()
    starters: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Cutting:
    """Where sentences end. With ``ordinals`` a number with a full stop is one: *am 14. Juni*."""

    abbreviations: Abbreviations = field(default_factory=Abbreviations)
    ordinals: bool = False


@dataclass(frozen=True, slots=True)
class Numerals:
    """How numbers are written in words, in lower case, and the units beside them.

    ``scales`` multiply what stands before them. ``money_scales`` do so only in sums of money:
    *$5 m* is five million and *5 m* five metres. ``joining`` words may stand within a number,
    ``articles`` may open it, ``pronouns`` are more often no numbers. ``units`` maps every spelling
    to the name of its unit, and ``spaced_units`` is a pattern of spellings with a blank.
    ``ordinal_suffixes`` stand behind the digits of numbers that end with 1, 2 and so on, the last
    one behind all others and behind the teens.
    """

    small: Mapping[str, int] = field(default_factory=dict)
    scales: Mapping[str, int] = field(default_factory=dict)
    money_scales: Mapping[str, int] = field(default_factory=dict)
    ordinals: Mapping[str, int] = field(default_factory=dict)
    ordinal_suffixes: tuple[str, ...] = ()
    joining: frozenset[str] = frozenset()
    articles: frozenset[str] = frozenset()
    pronouns: frozenset[str] = frozenset()
    units: Mapping[str, str] = field(default_factory=dict)
    spaced_units: str = r"(?!)"

    def ordinal_ending(self, number: int) -> str:
        """What stands behind the digits of an ordinal: ``rd``; a full stop without suffixes."""
        *of_last_digits, other = self.ordinal_suffixes or (".",)
        last = number % 10
        is_other = number // 10 % 10 == 1 or not 0 < last <= len(of_last_digits)
        return other if is_other else of_last_digits[last - 1]


@dataclass(frozen=True, slots=True)
class QuestionPatterns:
    """Patterns of questions; of two ``kinds`` that begin at the same word the first one counts.

    ``yes_no`` matches the opening of a question that a yes or no answers, ``asks_to_tell`` a polite
    opening that is none, ``whether`` a phrase before the statement in question. ``counted`` has the
    words behind *how many* as its group. ``plurals`` are nouns without a plural ending, which ends
    with ``plural_ending``. ``overview`` matches the wish for a summary, ``of_all`` words that ask
    about all documents of a collection. ``which`` has the words behind *which* as its group, up to
    the verb or further. ``computed`` matches questions whose answer is worked out from several
    figures (*added up*, *how much more*), ``computed_stated`` texts that tell such a result.
    """

    kinds: tuple[tuple[Kind, re.Pattern[str]], ...] = ()
    yes_no: re.Pattern[str] = NEVER
    asks_to_tell: re.Pattern[str] = NEVER
    whether: re.Pattern[str] = NEVER
    explanation: re.Pattern[str] = NEVER
    counted: re.Pattern[str] = NEVER
    plurals: frozenset[str] = frozenset()
    plural_ending: str = ""
    overview: re.Pattern[str] = NEVER
    of_all: re.Pattern[str] = NEVER
    which: re.Pattern[str] = NEVER
    computed: re.Pattern[str] = NEVER
    computed_stated: re.Pattern[str] = NEVER
    dependent: re.Pattern[str] = NEVER


@dataclass(frozen=True, slots=True)
class Grade:
    """What a word such as *oldest* or *older* picks: the ``highest`` or the lowest of what stands
    under a label that has one of the words ``of``."""

    highest: bool
    of: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class AssertionPatterns:
    """Marks by which a sentence does not assert what it says.

    ``part_end`` ends a part of a sentence. A ``suspending`` mark (*if*, *denied*) takes its whole
    part out of assertion, and all that follows up to a ``fresh_start``; an ``opening`` one
    (*until*, *please*) only what follows it in its part. To a yes or a no, ``inquiring`` ones (*to
    determine*) do so as well. ``weakening`` words assert as possible or due only, ``future`` ones
    as still to come, which proves nothing to a question that ``asks_of_past``. A ``temporal`` mark
    (*when*) supposes nothing where what follows is ``narrated``. ``harmless`` phrases hold the
    words of a mark and are none. Of ``alike`` words each answers a question that is asked with
    another one.
    """

    part_end: re.Pattern[str] = NEVER
    fresh_start: re.Pattern[str] = NEVER
    suspending: re.Pattern[str] = NEVER
    opening: re.Pattern[str] = NEVER
    inquiring: re.Pattern[str] = NEVER
    weakening: re.Pattern[str] = NEVER
    future: re.Pattern[str] = NEVER
    asks_of_past: re.Pattern[str] = NEVER
    temporal: re.Pattern[str] = NEVER
    narrated: re.Pattern[str] = NEVER
    harmless: re.Pattern[str] = NEVER
    alike: tuple[frozenset[str], ...] = ()


@dataclass(frozen=True, slots=True)
class Language:
    """One language as data. Words are in lower case; patterns ignore case.

    ``function_words`` say nothing of what a text is about. ``weak_words`` are words of questions
    that evidence seldom repeats, ``anything`` nouns that may stand for any other, ``openers`` words
    that open a sentence without naming anything, ``opener_endings`` endings of more of them.
    ``negations`` deny the next content word, as do words with a ``negative_ending``. Of
    ``opposites`` one asserts what the other denies. ``clause_end`` ends what a number counts.
    ``negation_fillers`` may stand between a negation and what it denies. ``assertion`` tells
    whether a sentence asserts what it says. ``directions`` maps words that say which part a name
    has in what happens to that part, or to nothing where they may say any. ``document_words`` speak
    of a document itself. ``periods`` are letters that make a year or part of one a reporting
    period, such as *FY*. ``kinds_stated`` match a thing of a kind that is told without a number.
    ``referring`` matches the opening of a sentence that leans on the one before. ``verdict`` has a
    yes (group ``yes``) or a no. ``verb_forms`` are the forms of irregular verbs.
    ``months`` are their names in order. ``grades`` are words that order things by a figure,
    ``dated`` by a date.
    """

    code: str
    stemmer: str | None = None  # of the Snowball family
    capitals_name: bool = True  # whether a capital letter within a sentence is a sign of a name
    singulars: Mapping[str, str] = field(default_factory=dict)  # of plurals that it does not know
    function_words: frozenset[str] = frozenset()
    weak_words: frozenset[str] = frozenset()
    anything: frozenset[str] = frozenset()
    openers: frozenset[str] = frozenset()
    opener_endings: tuple[str, ...] = ()
    capitalised_function_words: frozenset[str] = frozenset()
    calendar: frozenset[str] = frozenset()
    negations: frozenset[str] = frozenset()
    negative_ending: str | None = None
    opposites: tuple[tuple[str, str], ...] = ()
    clause_end: str = r"[.,;:()]"
    negation_fillers: frozenset[str] = frozenset()
    assertion: AssertionPatterns = field(default_factory=AssertionPatterns)
    directions: Mapping[str, str] = field(default_factory=dict)
    document_words: frozenset[str] = frozenset()
    periods: frozenset[str] = frozenset()
    kinds_stated: Mapping[Kind, re.Pattern[str]] = field(default_factory=dict)
    referring: re.Pattern[str] = NEVER
    verdict: re.Pattern[str] = NEVER
    verb_forms: Mapping[str, frozenset[str]] = field(default_factory=dict)
    abbreviations: Abbreviations = field(default_factory=Abbreviations)
    numerals: Numerals = field(default_factory=Numerals)
    months: tuple[str, ...] = ()
    grades: Mapping[str, Grade] = field(default_factory=dict)
    dated: Mapping[str, Grade] = field(default_factory=dict)
    question: QuestionPatterns = field(default_factory=QuestionPatterns)

    def __hash__(self) -> int:
        return hash(self.code)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Language) and self.code == other.code

    def stem(self, word: str) -> str:
        """The stem of a word in lower case, without a possessive ending."""
        return stem(self.stemmer, self.singulars.get(word, word))

    def stems(self, words: Iterable[str]) -> frozenset[str]:
        """The stems of several words."""
        return frozenset(map(self.stem, words))

    def is_negation(self, word: str) -> bool:
        """Whether ``word`` denies the content word behind it."""
        ending = self.negative_ending
        return word in self.negations or (ending is not None and word.endswith(ending))


@lru_cache(maxsize=65536)  # about the vocabulary of a large collection
def stem(algorithm: str | None, word: str) -> str:
    """The stem of a word in lower case by a Snowball algorithm, without a possessive ending."""
    plain = word.removesuffix("'s")
    if algorithm is None:
        return plain
    stemmed: str = _stemmer(algorithm).stemWord(plain)
    return stemmed


def _stemmer(algorithm: str) -> Any:
    import snowballstemmer

    # A stemmer keeps the word it works on, so each thread has its own.
    if not hasattr(_stemmers, algorithm):
        setattr(_stemmers, algorithm, snowballstemmer.stemmer(algorithm))
    return getattr(_stemmers, algorithm)
