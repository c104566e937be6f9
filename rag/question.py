"""What a question asks for, as far as its words tell. Knows no documents, evidence or models."""

from __future__ import annotations

import re
from operator import itemgetter
from typing import Literal

from index.words import STOP_WORDS, words
from rag.gate.facts import CURRENCIES, names, quantities
from rag.language.stems import stem

Kind = Literal["sum of money", "year", "day", "date", "number", "name"]
MONEY: Kind = "sum of money"

# Of two that begin at the same word, the more telling one stands first.
_KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (
        MONEY,
        re.compile(
            r"\bhow much\b.*\b(?:cost|costs|pay|pays|paid|spend|spent|earn|earns|price|worth)\b"
            r"|\bhow much money\b|\b(?:what|which) (?:price|salary|cost)\b",
            re.IGNORECASE,
        ),
    ),
    ("year", re.compile(r"\b(?:what|which) year\b", re.IGNORECASE)),
    ("day", re.compile(r"\b(?:what|which) (?:date|day)\b(?! of the week)", re.IGNORECASE)),
    (
        "date",
        re.compile(
            r"\b(?:when|(?:what|which) (?:day of the week|month|decade|century))\b", re.IGNORECASE
        ),
    ),
    (
        "number",
        re.compile(
            r"\b(?:how (?:many|much|old|far|long|tall|high|deep|large|big|heavy|fast|often)"
            r"|what (?:number|percentage|percent|proportion|share|fraction)"
            r"|(?:number|percentage|population|amount) of)\b",
            re.IGNORECASE,
        ),
    ),
    ("name", re.compile(r"^\W*(?:who|whom|whose)\b|\b(?:by|with|to|from) whom\b", re.IGNORECASE)),
)
_VAGUE_NUMBER = re.compile(
    r"\b(?:one|several|few|none|no|half|third|quarter|most|majority|all|double|twice|once)\b",
    re.IGNORECASE,
)
_FIRST_YEAR, _LAST_YEAR = 1, 2999  # as documents of history and of plans name them
_MONEY = re.compile(
    r"[$€£¥₹]|\b(?:francs?|yuan|won|rupees?|pesos?|roubles?|rubles?|crowns?|kron[ae]r?|cents?|pence"
    r"|sek|nok|dkk|chf|aud|cad|inr|free|nothing)\b",
    re.IGNORECASE,
)
_DAYS = re.compile(
    r"\b(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|yesterday|today|eve|christmas"
    r"|easter)\b",
    re.IGNORECASE,
)
_DATES = re.compile(
    r"\b(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday|century|centuries|yesterday|today"
    r"|spring|summer|autumn|winter|ago|era|since|until|when|after|before|during)\b",
    re.IGNORECASE,
)


YES_OR_NO = re.compile(  # as such a question opens
    r"\W*(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|must)"
    r"(?:n?['’]t)?\b\s*",
    re.IGNORECASE,
)


_ASKS_TO_TELL = re.compile(  # politely: a yes to it would answer nothing
    r"\W*(?:(?:can|could|will|would)\s+(?:you|i|we|someone|anyone)\s+(?:please\s+|kindly\s+)?"
    r"(?:tell|list|give|say|explain|show|name|describe|summari[sz]e|find|provide|help|know|learn"
    r"|ask|get|have)"
    r"|(?:do|does|would)\s+(?:you|anyone|anybody|someone)\s+(?:happen\s+to\s+)?know"
    r"|may\s+(?:i|we)\s+(?:ask|know))\b",
    re.IGNORECASE,
)


def asks_yes_or_no(question: str) -> bool:
    """Whether ``question`` opens as one that a yes or a no answers.

    *Can you tell me how many …?* asks to be told.
    """
    return bool(YES_OR_NO.match(question)) and not _ASKS_TO_TELL.match(question)


def asks_for(question: str) -> Kind | None:
    """The kind of thing that answers ``question``; None where its words do not tell.

    The question word that comes first decides: *who was it when the service began?* asks who.
    """
    found = [(match.start(), kind) for kind, each in _KINDS if (match := each.search(question))]
    return min(found, key=itemgetter(0))[1] if found else None


def has_kind(kind: Kind, text: str) -> bool:
    """Whether ``text`` has a thing of this kind."""
    stated = quantities(text)
    match kind:
        case "sum of money":
            return any(each.unit in CURRENCIES for each in stated) or bool(_MONEY.search(text))
        case "year":
            return any(_FIRST_YEAR <= each.value <= _LAST_YEAR for each in stated)
        case "day":
            return bool(stated) or bool(_DAYS.search(text))
        case "date":
            return bool(stated) or bool(_DATES.search(text))
        case "number":
            return bool(stated) or bool(_VAGUE_NUMBER.search(text))
        case "name":
            return bool(names(text))


_EXPLANATION = re.compile(
    r"^\W*(?:(?:and|but|so|then)\W+)?(?:why|explain|describe|how come)\b"
    r"|^\W*how (?:do|does|did|is|are|was|were|can|could|should|would|will|has|have)\b"
    r"|\bwhat (?:do|does|did) .+ (?:mean|do|stand for)\b"
    r"|\b(?:meaning|definition|purpose|role|function|significance|impact|effects?|causes?|reasons?"
    r"|differences?) (?:of|for|between|in)\b"
    r"|^\W*what (?:is|are|was|were) an? ",
    re.IGNORECASE,
)


def asks_to_explain(question: str) -> bool:
    """Whether ``question`` wants more than a name, figure or date: a reason, meaning or process."""
    return asks_for(question) is None and bool(_EXPLANATION.search(question))


_PLURALS = frozenset("people men women children feet teeth mice fish sheep deer data".split())
_COUNTED = re.compile(r"\bhow many ((?:[\w'’-]+ ){0,4}[\w'’-]+)", re.IGNORECASE)


def counted_noun(question: str) -> str | None:
    """The stem of the thing that a "how many" counts; None for other questions.

    It is the last content word before the first function word or verb-like word that follows.
    """
    match = _COUNTED.search(question)
    if match is None:
        return None
    noun = None
    for word in words(match.group(1)):
        if word in STOP_WORDS:
            break
        noun = word
        if word.endswith("s") or word in _PLURALS:  # it ends the noun phrase; the verb follows
            break
    return stem(noun) if noun else None
