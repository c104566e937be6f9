"""The checkable facts of a text: its words, quantities, names, quotations, negations and opposites.

Everything that is read from a text to be compared is read here, once for each text. What follows
from a fact that is missing is for ``rag.gate`` to say. Knows no documents, questions or models.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache
from itertools import islice

from index.load.script import EXPONENT, exponent_value, plain_letters, standing
from index.words import LETTERS, SIGNS, content_words, spaced_part, words
from rag.language import FUNCTION_WORDS, MONEY, NUMBER, Kind, Language
from rag.language.types import Numerals

DECADE = "decade"
CURRENCIES = frozenset({"dollar", "euro", "pound", "yen"})
SHARES = frozenset({"percent", "per thousand", "per million"})
_LONGEST_CLAUSE = 300  # characters behind a number, in which the words stand that it counts
_CURRENCY_SIGN = re.compile(r"[$€£¥₹]")
_FIRST_YEAR, _LAST_YEAR = 1, 2999  # as documents of history and of plans name them
_LARGEST_BASE = 12  # of a power that is written as one; what is raised on more is a note's mark
_MOST_PLACES = 400  # of an exponent: physics needs a hundred, and a huge one takes hours to compute
_COUNTED_WORDS = 4  # words behind a number that may be what it counts
_NEGATED_WITHIN = 4  # words behind a negation in which the denied one stands
_CACHED_TEXTS = 4096  # the evidence of some dozens of questions
_LONG_TEXT = 20_000  # characters: a whole document, whose words take megabytes
_CACHED_LONG_TEXTS = 16  # the documents of a few questions


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number that is stated: its value with the scale applied, and its unit where one is known.

    ``nouns`` are the stems of the words that follow: what is counted. ``text`` is the number as it
    is written, with its unit.
    """

    value: Decimal
    unit: str | None
    nouns: tuple[str, ...]
    text: str

    @property
    def is_year(self) -> bool:
        """Whether it is written like a year: four digits without a unit."""
        return bool(re.fullmatch(r"[12]\d{3}", self.text)) and not self.unit

    @property
    def in_digits(self) -> bool:
        return any(each.isdigit() for each in self.text)

    def may_be(self, told: Quantity) -> bool:
        """Whether ``told`` may be the same quantity: of the same value, and no share where this
        counts something. *50 pounds* are no *50 %*."""
        counts = self.unit is None and bool(self.nouns)
        is_share = told.unit in SHARES and not {*self.nouns} & {*told.nouns}
        return self.value == told.value and not (counts and is_share)


class Facts:
    """What can be checked in ``text``, read in ``language`` when it is first asked for.

    What is struck out in it, or only marks a note, is no fact: `text` has blanks there.

    Get it from `facts_of`, which keeps the facts of recent texts.
    """

    def __init__(self, text: str, language: Language) -> None:
        self.text = plain_letters(standing(text))
        self.language = language

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Every word in lower case, in order."""
        return tuple(words(self.text))

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Its different words in lower case."""
        return frozenset(self.words)

    @cached_property
    def stem_counts(self) -> Counter[str]:
        """How often each stem occurs, function words included."""
        return Counter(self.language.stem(each) for each in self.words)

    @cached_property
    def content(self) -> tuple[str, ...]:
        """The stems of the content words, in order."""
        return tuple(self.language.stem(each) for each in content_words(self.text))

    @cached_property
    def quantities(self) -> tuple[Quantity, ...]:
        """The numbers, in digits or in words, in order."""
        return tuple(_quantities(self.text, self.language))

    @cached_property
    def values(self) -> frozenset[Decimal]:
        return frozenset(each.value for each in self.quantities)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The capitalised words, acronyms included, without function words.

        The word that opens the text counts too, unless it is a function word, a connective or an
        adverb: a wrong name there must not pass, and a common word is found in the evidence.
        """
        return tuple(_names(self.text, self.language))

    @cached_property
    def quotations(self) -> tuple[str, ...]:
        """What stands between quotation marks."""
        return tuple(match.group(1).strip(" ,.") for match in _QUOTATION.finditer(self.text))

    @cached_property
    def denied(self) -> Counter[str]:
        """Stems of the content words that a negation stands before, with their counts."""
        found: Counter[str] = Counter()
        passed_over = FUNCTION_WORDS | self.language.negation_fillers
        for place, word in enumerate(self.words):
            if self.language.is_negation(word):
                behind = self.words[place + 1 : place + 1 + _NEGATED_WITHIN]
                content = (each for each in behind if each not in passed_over)
                found.update(self.language.stem(each) for each in islice(content, 1))
        return found

    @cached_property
    def refers_back(self) -> bool:
        """Whether it opens with a word that points to the sentence before, such as a pronoun."""
        return bool(self.language.referring.match(self.text)) and bool(self.words)

    def states_name(self, name: str) -> bool:
        """Whether this name stands here: the word itself, an inflected form, its acronym, or the
        year of a reporting period (*FY2022*)."""
        lower = re.sub(r"['’]s?$", "", name.lower())
        if self._has_form_of(lower.replace(".", "")):
            return True
        if "-" in lower or "'" in lower or "’" in lower:
            return all(map(self._has_form_of, words(lower)))
        if "." in lower and len(words(lower)[0]) > 1 and all(map(self._has_form_of, words(lower))):
            return True  # *Fig.3*, but no initials
        if years := _years_of(lower, self.language):
            return years <= self.values
        plain = name.replace(".", "")
        return plain.isupper() and len(plain) > 1 and plain in self._initials

    def states_quotation(self, quotation: str) -> bool:
        """Whether the words of ``quotation`` stand here in the same order, without a gap."""
        return f" {' '.join(words(quotation))} " in self._running

    def has_kind(self, kind: Kind) -> bool:
        """Whether a thing of this kind is stated here."""
        worded = self.language.kinds_stated.get(kind)
        if worded is not None and worded.search(self.text):
            return True
        if kind == MONEY:
            return any(each.unit in CURRENCIES for each in self.quantities) or bool(
                _CURRENCY_SIGN.search(self.text)
            )
        if kind == "year":
            return any(_FIRST_YEAR <= each.value <= _LAST_YEAR for each in self.quantities)
        return bool(self.names if kind == "name" else self.quantities)

    @cached_property
    def has_figure(self) -> bool:
        """Whether a number is stated that is no part of a date: *June 4* counts nothing."""
        rest = _dates(self.language).sub(" ", self.text)
        return facts_of(rest, self.language).has_kind(NUMBER)

    def opposites_of(self, other: Facts) -> list[tuple[str, str]]:
        """Pairs (word of this text, its opposite in ``other``) that were exchanged.

        This text has the word more often than ``other``, and the opposite less often.
        """
        mine, theirs, stem = self.stem_counts, other.stem_counts, self.language.stem
        pairs = self.language.opposites
        return [
            (word, opposite)
            for word, opposite in (*pairs, *((right, left) for left, right in pairs))
            if mine[stem(word)] > theirs[stem(word)]
            and mine[stem(opposite)] < theirs[stem(opposite)]
        ]

    @cached_property
    def directions(self) -> dict[str, frozenset[str]]:
        """Of each name that stands behind words such as *to* and *by*, which these are."""
        found: dict[str, set[str]] = {}
        for match in _directed(self.language).finditer(self.text):
            found.setdefault(match["name"].lower(), set()).add(match["word"])
        return {name: frozenset(each) for name, each in found.items()}

    def _has_form_of(self, name: str) -> bool:
        return name in self.vocabulary or any(
            self._same_name(name, each) for each in self.vocabulary
        )

    def _same_name(self, one: str, other: str) -> bool:
        other = re.sub(r"'s?$", "", other)
        if one == other or self.language.stem(one) == self.language.stem(other):
            return True
        if any(each.isdigit() for each in one):  # *N2151K* is no form of *N2151J*
            return False
        # Russia/Russian, Ukraine/Ukrainian: a shared beginning of all but the ending.
        shorter = min(len(one), len(other))
        return (
            shorter >= 5
            and abs(len(one) - len(other)) <= 3
            and one[: shorter - 1] == other[: shorter - 1]
        )

    @cached_property
    def _running(self) -> str:
        return f" {' '.join(self.words)} "

    @cached_property
    def _initials(self) -> str:
        """Initials of the capitalised words, in order, with a blank between names."""
        found = re.findall(r"[^\W\d_]+", self.text)
        initials = (word[0] if word[0].isupper() else " " for word in found)
        dotted = re.findall(r"\b(?:[A-Z]\.){2,}", self.text)
        return "".join(initials) + " " + " ".join(each.replace(".", "") for each in dotted)


def facts_of(text: str, language: Language) -> Facts:
    """The facts of ``text`` read in ``language``."""
    kept = _facts_of_long if len(text) > _LONG_TEXT else _facts_of_short
    return kept(text, language)


def forget_facts() -> None:
    """Read every text anew from now on, as a benchmark must that reads the same ones again."""
    _facts_of_short.cache_clear()
    _facts_of_long.cache_clear()


_facts_of_short = lru_cache(_CACHED_TEXTS)(Facts)
_facts_of_long = lru_cache(_CACHED_LONG_TEXTS)(Facts)


def counted(quantity: Quantity, noun: str, facts: Facts) -> str | None:
    """``quantity`` with what it counts, as the text writes it: *5,000 military workers*.

    ``noun`` is the stem at which the phrase ends. None when it does not follow the number.
    """
    text = facts.text
    for match in re.finditer(rf"(?<![\w.,]){re.escape(quantity.text)}(?![\w.,]*\d)", text):
        phrase = re.match(
            r"(?:[\s-]+[\w'’]+){0,4}", text[match.end() : match.end() + _LONGEST_CLAUSE]
        )
        end = match.end()
        for word in re.finditer(r"[\w'’]+", phrase.group() if phrase else ""):
            if facts.language.stem(word.group().lower()) == noun:
                return text[match.start() : end + word.end()]
    return None


# A figure begins behind any letter of a script that parts words by no blanks: 在1964年.
_BEFORE_DIGITS = rf"[^\W{SIGNS}{LETTERS}]|\."
_PERIOD = re.compile(r"(?:([a-z]+)\d?|\d([a-z]+))['’]?((?:\d\d)?\d\d)$")
_THIS_CENTURY = 2000
_NAME = re.compile(r"\b[^\W\d_][\w.’'-]*")
_QUOTATION = re.compile(r"[“«„\"]([^“”«»„\"]{2,}?)[”»“\"]")


def _names(text: str, language: Language) -> Iterator[str]:
    numerals = language.numerals
    for match in _NAME.finditer(text):
        word = spaced_part(match.group()).rstrip(".'’-")
        lower = word.lower()
        if not word[:1].isupper() or lower in numerals.small or lower in numerals.ordinals:
            continue
        opens = not text[: match.start()].strip("\"'“«‘( ")
        if lower in FUNCTION_WORDS:
            title = word == word.title() and lower in language.capitalised_function_words
            if opens or not title:
                continue
        if opens and (lower in language.openers or lower.endswith(language.opener_endings)):
            continue
        yield word


def _years_of(name: str, language: Language) -> set[Decimal]:
    """The year of a reporting period (*fy2022*, *2q24*, *q3fy22*); empty where it is none."""
    match = _PERIOD.fullmatch(name)
    letters = (match[1] or match[2]) if match else None
    if not match or letters not in language.periods:
        return set()
    year = int(match[3])
    return {Decimal(year if year > 99 else _THIS_CENTURY + year)}


def _quantities(text: str, language: Language) -> Iterator[Quantity]:
    numerals = language.numerals
    for match in _quantity_pattern(language).finditer(text):
        value = _value(match, numerals)
        if value is None:
            continue
        unit = _unit(match, numerals)
        # A word behind the number that is no unit is what it counts.
        end = match.end("unit") if unit and match["unit"] else match.end()
        written = text[match.start() : end].strip(" -")
        yield Quantity(value, unit, _nouns(text[end : end + _LONGEST_CLAUSE], language), written)


@lru_cache(maxsize=64)  # one for each language
def _directed(language: Language) -> re.Pattern[str]:
    """A direction and the name behind it, with an article and an adjective between at most."""
    words_of = _any_of(language.directions)
    return re.compile(rf"\b(?P<word>{words_of})\s+(?:[a-z]+\s+){{0,2}}(?P<name>[A-Z][\w-]*)")


@lru_cache(maxsize=64)  # one for each language
def _dates(language: Language) -> re.Pattern[str]:
    """A day beside its month, with the year behind it."""
    month, day = rf"(?:{_any_of(language.calendar)})", r"\d{1,2}(?:[a-z]{2})?"
    year = r"(?:,?\s+\d{4})?"
    return re.compile(
        rf"\b(?:{month}\.?\s+{day}|{day}\.?\s+(?:of\s+)?{month}|{month})\b{year}", re.IGNORECASE
    )


@lru_cache(maxsize=64)  # one for each language
def _quantity_pattern(language: Language) -> re.Pattern[str]:
    numerals = language.numerals
    small, scales = _any_of(numerals.small), _any_of(numerals.scales)
    joining, articles = _any_of(numerals.joining), _any_of(numerals.articles)
    more = rf"(?:[\s-]+(?:(?:{joining})\s+)?(?:{small}|{scales})\b)*"
    money_scales = _any_of(numerals.money_scales)
    suffixes = _any_of((*numerals.ordinal_suffixes, "s"))
    return re.compile(
        rf"""
        (?P<currency>[$€£¥])?\s?
        (?:
          (?<!{_BEFORE_DIGITS})(?P<digits>\d{{1,3}}(?:[,\u00a0\u202f]\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?)
          (?:\s?[×x·*]\s?(?P<base>10)(?P<shift>{EXPONENT})|(?P<power>{EXPONENT}))?
          (?:\s?(?P<scale>{scales})\b|(?(currency)\s?(?P<money>{money_scales})\b|(?!))
            |(?P<suffix>{suffixes})\b)?
        |
          \b(?P<words>(?:{small}){more}|(?:(?:{articles})\s+)(?:{scales})\b{more})\b
        |
          \b(?P<ordinal>{_any_of(numerals.ordinals)})\b
        )
        (?=(?:[\s-]?(?P<unit>%|‰|°[CcFf]|{numerals.spaced_units}(?!\w)|[A-Za-z]++(?![\d²³])))?)
        """,
        re.VERBOSE | re.IGNORECASE,
    )


def _any_of(alternatives: Iterable[str]) -> str:
    """A pattern of the words, the longest first; one that never matches where there are none."""
    listed = sorted(alternatives, key=len, reverse=True)
    return "|".join(map(re.escape, listed)) or r"(?!)"


def _value(match: re.Match[str], numerals: Numerals) -> Decimal | None:
    if match["digits"]:
        digits = Decimal(re.sub(r"[,\u00a0\u202f]", "", match["digits"]))
        if match["shift"]:
            digits *= _power(Decimal(match["base"]), match["shift"])
        elif match["power"]:
            digits = _power(digits, match["power"])
        scale = numerals.scales.get((match["scale"] or "").lower(), 1)
        return digits * scale * numerals.money_scales.get((match["money"] or "").lower(), 1)
    if match["ordinal"]:
        return Decimal(numerals.ordinals[match["ordinal"].lower()])
    spelled = re.split(r"[\s-]+", match["words"].lower())
    if len(spelled) == 1 and spelled[0] in numerals.pronouns:
        return None
    return Decimal(_spelled_value(spelled, numerals))


def _power(base: Decimal, written: str) -> Decimal:
    """``base`` raised, or as it is where the raised figure is the mark of a note: *in 1990³*."""
    exponent = exponent_value(written)
    return base**exponent if base <= _LARGEST_BASE and abs(exponent) <= _MOST_PLACES else base


def _spelled_value(spelled: list[str], numerals: Numerals) -> int:
    total = current = 0
    for word in spelled:
        if word in numerals.joining or word in numerals.articles:
            current = current or int(word in numerals.articles)
        elif word in numerals.small:
            current += numerals.small[word]
        elif numerals.scales[word] <= 100:
            current *= numerals.scales[word]
        else:
            total += current * numerals.scales[word]
            current = 0
    return total + current


def _unit(match: re.Match[str], numerals: Numerals) -> str | None:
    if match["currency"]:
        return numerals.units[match["currency"]]
    if match["suffix"] == "s":  # the 1990s are not the year 1990
        return DECADE
    return numerals.units.get(re.sub(r"\s", "", (match["unit"] or "").lower()))


def _nouns(rest: str, language: Language) -> tuple[str, ...]:
    """Stems of the first content words that follow a number within its clause."""
    clause = re.split(language.clause_end, rest, maxsplit=1)[0]
    following = words(clause)[:_COUNTED_WORDS]
    return tuple(language.stem(each) for each in following if each not in FUNCTION_WORDS)
