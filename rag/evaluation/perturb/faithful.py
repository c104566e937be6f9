"""The rules that say the same in other characters. Each yields whole changed sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.evaluation.perturb.lexicon import CONTRACTIBLE, MONTHS, UNCAPITALISED
from rag.evaluation.perturb.wording import (
    DATE,
    QUOTED,
    Edit,
    Rule,
    capitalised_like,
    chanceless,
    is_label,
    stands_in,
)
from rag.evaluation.quantities import Quantity, quantities, spell


def _plain_quantities(sentence: str) -> Iterator[Quantity]:
    """The quantities that may be written otherwise: no dates, names or quoted words."""
    for quantity in quantities(sentence):
        bound = (stands_in(DATE, sentence, quantity.start), is_label(sentence, quantity.start))
        if not any(bound) and not stands_in(QUOTED, sentence, quantity.start):
            yield quantity


# "1984 voters" or the year: not told apart, so left alone.
_BARE_YEARS = frozenset(map(str, range(1000, 2100)))


def _regrouped_digits(sentence: str) -> Iterator[str]:
    for quantity in _plain_quantities(sentence):
        literal = sentence[quantity.start : quantity.end]
        if "," in literal:
            yield Edit(quantity.start, quantity.end, literal.replace(",", "")).apply(sentence)
        elif literal.isdecimal() and literal[0] != "0" and literal not in _BARE_YEARS:
            yield Edit(quantity.start, quantity.end, f"{int(literal):,}").apply(sentence)


_SPELLABLE = {*range(2, 21), *range(1_000, 100_001, 1_000)}  # what a text would spell out
_NOT_SPELLED_AFTER = re.compile(r"[-−–/:.#(\[$€£¥₹]\s?$|US\$$")
_NOT_SPELLED_BEFORE = re.compile(r"\s?[%–/:°]|-\d|[A-Za-z]|,?\s[A-Z]")


def _respelled_numbers(sentence: str) -> Iterator[str]:
    for quantity in _plain_quantities(sentence):
        literal = sentence[quantity.start : quantity.end]
        if literal[-1].isdigit():
            other = _spelled(sentence, quantity)
        else:
            other = _in_digits(literal, quantity, sentence)
        if other:
            yield Edit(quantity.start, quantity.end, other).apply(sentence)


def _spelled(sentence: str, quantity: Quantity) -> str:
    """The digits in words; empty where words would not stand, as in "$5" or "3.5"."""
    literal = sentence[quantity.start : quantity.end]
    written = literal.replace(",", "")
    alone = not _NOT_SPELLED_AFTER.search(sentence[: quantity.start])
    if not alone or _NOT_SPELLED_BEFORE.match(sentence, quantity.end) or not written.isdecimal():
        return ""
    if int(written) not in _SPELLABLE or literal in _BARE_YEARS:
        return ""
    return capitalised_like(spell(int(written)), "A" if quantity.start == 0 else "a")


def _in_digits(literal: str, quantity: Quantity, sentence: str) -> str:
    """The words in digits; empty for "one", often a pronoun, and for what looks like a title."""
    title = literal[0].isupper() and quantity.start > 0
    if quantity.value < 2 or title or re.match(r"\s[A-Z]", sentence[quantity.end :]):
        return ""
    return f"{int(quantity.value):,}"


_TYPOGRAPHIC = str.maketrans("“”‘’", "\"\"''")
_STRAIGHT_PAIR = re.compile(r'"([^"]+)"')
_STRAIGHT_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")


def _other_quotation_marks(sentence: str) -> Iterator[str]:
    yield sentence.translate(_TYPOGRAPHIC)
    yield _STRAIGHT_APOSTROPHE.sub("’", _STRAIGHT_PAIR.sub(r"“\1”", sentence))


_PERCENT = re.compile(r"(?<=\d)(?:(?P<sign>\s?%)(?!\w)|\s+(?:percent|per cent)\b)")


def _other_percent_signs(sentence: str) -> Iterator[str]:
    for found in _PERCENT.finditer(sentence):
        if not stands_in(QUOTED, sentence, found.start()):
            yield Edit(*found.span(), " percent" if found["sign"] else "%").apply(sentence)


_CONTRACTED = {
    **{f"{verb} not": f"{verb}n't" for verb in CONTRACTIBLE},
    "cannot": "can't",
    "will not": "won't",
}
_LONG = re.compile(rf"\b(?:{'|'.join(_CONTRACTED)})\b")
_FULL = {short: long for long, short in _CONTRACTED.items()}
_SHORT = re.compile(rf"\b(?:{'|'.join(_FULL)})\b".replace("'", "['’]"))


def _contracted(sentence: str) -> Iterator[str]:
    for pattern, other in ((_LONG, _CONTRACTED), (_SHORT, _FULL)):
        for found in pattern.finditer(sentence):
            if not stands_in(QUOTED, sentence, found.start()):
                text = other[found[0].replace("’", "'")]
                yield Edit(*found.span(), text).apply(sentence)


_PARENTHETICAL = re.compile(r"\s\((?P<inside>[^()]+)\)")
# What limits the words around it must stay.
_LIMITING = re.compile(
    r"\b(?:not|never|no|except|excluding|without|unless|if|only|about|around|approximately|"
    r"estimated|alleged|allegedly|in (?:thousand|million|billion)s?)\b",
    re.IGNORECASE,
)


def _without_parenthetical(sentence: str) -> Iterator[str]:
    for found in _PARENTHETICAL.finditer(sentence):
        if not _LIMITING.search(found["inside"]) and not stands_in(QUOTED, sentence, found.start()):
            yield Edit(*found.span(), "").apply(sentence)


_WHEN = (
    r"(?:in|on|since|until|during)"
    rf"(?: (?:early|mid|late|the|summer|winter|{'|'.join(MONTHS)}|\d{{1,2}},?))*(?: \d{{4}}s?)"
)
_LEADING = re.compile(rf"(?P<when>(?i:{_WHEN})),? (?P<rest>[^,;:()]+)\.")
_TRAILING = re.compile(rf"(?P<rest>[^,;:()]+) (?P<when>{_WHEN})\.")
# With a second verb or a range the date could change what it belongs to: left alone.
_SEVERAL_CLAUSES = re.compile(
    r"\b(?:who|which|that|whose|where|and|but|or|because|when|while|if|than|as|before|after|to|"
    r"between|from|\w+ing)\b"
)


def _moved_adverbial(sentence: str) -> Iterator[str]:
    leading, trailing = _LEADING.fullmatch(sentence), _TRAILING.fullmatch(sentence)
    clause = leading or trailing
    if not clause or _SEVERAL_CLAUSES.search(clause["rest"]) or QUOTED.search(sentence):
        return
    when, rest = clause["when"], clause["rest"]
    if leading:
        yield f"{rest[0].upper()}{rest[1:]} {when[0].lower()}{when[1:]}."
    elif rest.split()[0] in UNCAPITALISED:
        yield f"{when[0].upper()}{when[1:]}, {rest[0].lower()}{rest[1:]}."


FAITHFUL_RULES: dict[str, Rule] = {
    "digits": chanceless(_regrouped_digits),
    "spelling": chanceless(_respelled_numbers),
    "quotes": chanceless(_other_quotation_marks),
    "percent": chanceless(_other_percent_signs),
    "contraction": chanceless(_contracted),
    "parenthetical": chanceless(_without_parenthetical),
    "order": chanceless(_moved_adverbial),
}
