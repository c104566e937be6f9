"""English as data: word lists, number words, units, opposites and patterns of questions.

Nothing else in the project knows English but what it says to people and to language models.
"""

from __future__ import annotations

import re

from rag.language.english_assertion import ASSERTION
from rag.language.english_grades import DATED, GRADES, MONTHS
from rag.language.english_overview import OVERVIEW
from rag.language.english_several import COMPUTED, COMPUTED_STATED, OF_ALL, WHICH
from rag.language.neutral import SYMBOLS
from rag.language.types import (
    MONEY,
    Abbreviations,
    Kind,
    Language,
    Numerals,
    QuestionPatterns,
)


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


# They match everywhere (a nine-term OR with them costs FTS5 7 times as much as without) and say
# nothing about what is asked.
_FUNCTION_WORDS = _words(
    "a about above after again against all also am an and any are aren't as at be because been "
    "before being below between both but by can can't cannot could couldn't did didn't do does "
    "doesn't doing don't down during each else ever every few for from further get gets got had "
    "hadn't has hasn't have haven't having he her here hers herself him himself his how however i "
    "if in into is isn't it it's its itself just let's like many may me might more most much must "
    "my myself no nor not of off on once only or other ought our ours ourselves out over own per "
    "quite rather s same shall she should shouldn't since so some such t than that that's the "
    "their theirs them themselves then there there's these they this those though through thus to "
    "too under until up upon us very was wasn't we were weren't what what's when where whether "
    "which while who who's whom whose why will with within without won't would wouldn't yet you "
    "your yours yourself yourselves whats wheres whos hows"
)

# Words of questions that evidence seldom repeats: it says *lies in*, not *is located*.
_WEAK_WORDS = _words(
    """actually back call called came come comes did find found give given go goes going happen
    happened happens kind know known located location make makes made mean meaning name named now
    original originally put sort take takes taken tell took type use used way went work works
    today currently current different main play plays already ever yet still"""
)
# They stand for others: 5,000 spectators are people, 14 times may be 14 goals.
_ANYTHING = _words("people persons individuals humans things items objects times")
# Words that open a sentence without naming anything, besides the function words.
_OPENERS = _words(
    """according additionally also although currently eventually finally furthermore generally
    hence instead later likewise meanwhile moreover nevertheless overall previously recently
    similarly sometimes subsequently therefore today usually yes"""
)
_NEGATIONS = _words("not no never none neither nor nobody nothing without cannot")

# Pairs of which one asserts what the other denies. They are compared by stems.
_OPPOSITES = (
    ("more", "less"),
    ("more", "fewer"),
    ("most", "least"),
    ("before", "after"),
    ("increase", "decrease"),
    ("rise", "fall"),
    ("rose", "fell"),
    ("higher", "lower"),
    ("highest", "lowest"),
    ("larger", "smaller"),
    ("largest", "smallest"),
    ("longer", "shorter"),
    ("longest", "shortest"),
    ("older", "younger"),
    ("oldest", "youngest"),
    ("earlier", "later"),
    ("earliest", "latest"),
    ("early", "late"),
    ("first", "last"),
    ("tall", "short"),
    ("tallest", "shortest"),
    ("taller", "shorter"),
    ("high", "low"),
    ("large", "small"),
    ("long", "short"),
    ("old", "young"),
    ("big", "small"),
    ("bigger", "smaller"),
    ("biggest", "smallest"),
    ("wider", "narrower"),
    ("deeper", "shallower"),
    ("many", "few"),
    ("much", "little"),
    ("growth", "decline"),
    ("rise", "decline"),
    ("increase", "decline"),
    ("grow", "shrink"),
    ("up", "down"),
    ("inside", "outside"),
    ("above", "under"),
    ("top", "bottom"),
    ("success", "failure"),
    ("open", "close"),
    ("rich", "poor"),
    ("strong", "weak"),
    ("fast", "slow"),
    ("hot", "cold"),
    ("good", "bad"),
    ("north", "south"),
    ("northern", "southern"),
    ("east", "west"),
    ("eastern", "western"),
    ("above", "below"),
    ("minimum", "maximum"),
    ("win", "lose"),
    ("won", "lost"),
    ("gain", "loss"),
    ("accept", "reject"),
    ("allow", "forbid"),
    ("include", "exclude"),
    ("begin", "end"),
    ("began", "ended"),
    ("all", "some"),
    ("always", "never"),
    ("majority", "minority"),
    ("positive", "negative"),
    ("left", "right"),
    ("upper", "lower"),
    ("over", "under"),
    ("better", "worse"),
    ("best", "worst"),
    ("stronger", "weaker"),
    ("faster", "slower"),
)

# Verbs whose forms no stemmer brings together: *did they hold* is asked, *they held* is stated.
_IRREGULAR = """
    become became; begin began begun; break broke broken; bring brought; build built; buy bought;
    catch caught; choose chose chosen; deal dealt; draw drew drawn; drink drank drunk; drive drove
    driven; eat ate eaten; fall fell fallen; feel felt; fight fought; find found; flee fled; fly
    flew flown; forbid forbade forbidden; forget forgot forgotten; freeze froze frozen; give gave
    given; go went gone; grow grew grown; hang hung; hear heard; hide hid hidden; hold held; keep
    kept; know knew known; lead led; leave left; lend lent; lose lost loss; make made; mean meant;
    meet met; pay paid; ride rode ridden; ring rang rung; rise rose risen; run ran; say said; see
    saw seen; seek sought; sell sold; send sent; shoot shot; sing sang sung; sink sank sunk; sit
    sat; sleep slept; speak spoke spoken; spend spent; stand stood; steal stole stolen; strike
    struck; swear swore sworn; swim swam swum; take took taken; teach taught; tell told; think
    thought; throw threw thrown; understand understood; wear wore worn; win won; withdraw withdrew
    withdrawn; write wrote written
"""
_VERB_FORMS = {
    form: verb
    for verb in (frozenset(line.split()) for line in _IRREGULAR.split(";"))
    for form in verb
}

# The stemmer finds *buse* and *crise*.
_SINGULARS = {
    "analyses": "analysis",
    "buses": "bus",
    "children": "child",
    "crises": "crisis",
    "feet": "foot",
    "gases": "gas",
    "geese": "goose",
    "hypotheses": "hypothesis",
    "indices": "index",
    "knives": "knife",
    "lenses": "lens",
    "men": "man",
    "mice": "mouse",
    "teeth": "tooth",
    "theses": "thesis",
    "wives": "wife",
    "women": "woman",
}

_ABBREVIATIONS = Abbreviations(
    never=_words(
        """mr mrs ms mx dr prof rev hon gov gen col maj capt lt cmdr sgt cpl pvt sen rep pres st mt
        vs v cf e.g i.e eg ie viz approx op messrs mme mlle univ dept bzw z.b d.h u.a resp ph ste"""
    ),
    before_number=_words(
        """no nos nr p pp fig figs eq eqs sec ch art vol vols c ca jan feb mar apr jun jul aug sep
        sept oct nov dec"""
    ),
    sometimes=_words("inc ltd co corp plc llc jr sr bros ph.d etc al ed eds sq ave blvd hrs esq"),
    starters=_words(
        """the an this that these those he she it they we you his her its their our in on at by for
        from as after before during when while although though however if since until with but and
        so there here then thus one some many most all both each not what who why how where"""
    ),
)

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_SMALL = {word: value for value, word in enumerate(_ONES)} | {
    word: 10 * (place + 2) for place, word in enumerate(_TENS)
}
_SCALES = {
    "hundred": 10**2,
    "thousand": 10**3,
    "k": 10**3,
    "lakh": 10**5,
    "million": 10**6,
    "mn": 10**6,
    "crore": 10**7,
    "billion": 10**9,
    "bn": 10**9,
    "trillion": 10**12,
    "dozen": 12,
}
_ORDINALS = {
    word: value
    for value, word in enumerate(
        (
            "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh "
            "twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth "
            "twentieth"
        ).split()
    )
}
_UNITS = {
    unit: name
    for name, spellings in {
        "percent": "% percent pct percentage",
        "per thousand": "‰ permille perthousand",
        "per million": "permillion ppm",
        "dollar": "$ dollar dollars usd",
        "euro": "€ euro euros eur",
        "pound": "£ gbp sterling",
        "yen": "¥ yen jpy",
        "kilometre": "km kms kilometre kilometres kilometer kilometers",
        "metre": "metre metres meter meters",
        "centimetre": "cm centimetre centimetres centimeter centimeters",
        "millimetre": "mm millimetre millimetres millimeter millimeters",
        "mile": "mile miles mi",
        "foot": "ft foot feet",
        "inch": "inch inches",
        "kilogram": "kg kgs kilogram kilograms",
        "gram": "gram grams",
        "tonne": "tonne tonnes ton tons",
        "litre": "litre litres liter liters",
        "gallon": "gallon gallons",
        "hectare": "hectare hectares",
        "acre": "acre acres",
        "mass pound": "lb lbs",
        "second": "second seconds",
        "minute": "minute minutes",
        "hour": "hour hours",
        "day": "day days",
        "week": "week weeks",
        "month": "month months",
        "year": "year years",
        "century": "century centuries",
        "celsius": "°c celsius",
        "fahrenheit": "°f fahrenheit",
    }.items()
    for unit in spellings.split()
}
# Letters that scale sums of money only: 5 m are five metres, $5 m five million dollars.
_MONEY_SCALES = {"m": 10**6, "b": 10**9}
_NUMERALS = Numerals(
    small=_SMALL,
    scales=_SCALES,
    money_scales=_MONEY_SCALES,
    ordinals=_ORDINALS,
    ordinal_suffixes=("st", "nd", "rd", "th"),
    joining=_words("and"),
    articles=_words("a an"),
    pronouns=_words("one"),
    units=SYMBOLS | _UNITS,
    spaced_units=r"per\s(?:cent|mille|thousand|million)",
)

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
    ("frequency", re.compile(r"\bhow (?:often|frequently)\b", re.IGNORECASE)),
    (
        "number",
        re.compile(
            r"\b(?:how (?:many|much|old|far|long|tall|high|deep|large|big|heavy|fast|tight|wide"
            r"|thick|hot|cold|warm|loud|steep)"
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
_FREQUENCY = re.compile(
    r"\b(?:every|each|per|daily|nightly|hourly|(?:bi)?(?:weekly|monthly|annual(?:ly)?)|quarterly"
    r"|fortnightly|yearly|once|twice|times|always|never|rarely|seldom|sometimes|regularly"
    r"|occasionally|an? (?:day|week|fortnight|month|quarter|year))\b",
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
_KINDS_STATED: dict[Kind, re.Pattern[str]] = {
    MONEY: _MONEY,
    "day": _DAYS,
    "date": _DATES,
    "number": _VAGUE_NUMBER,
    "frequency": _FREQUENCY,
}
_YES_NO = re.compile(
    r"\A\W*(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|must)"
    r"(?:n?['’]t)?\b\s*",
    re.IGNORECASE,
)

_ASKS_TO_TELL = re.compile(  # politely: a yes to it would answer nothing
    r"\A\W*(?:(?:can|could|will|would)\s+(?:you|i|we|someone|anyone)\s+(?:please\s+|kindly\s+)?"
    r"(?:tell|list|give|say|explain|show|name|describe|summari[sz]e|find|provide|help|know|learn"
    r"|ask|get|have)"
    r"|(?:do|does|would)\s+(?:you|anyone|anybody|someone)\s+(?:happen\s+to\s+)?know"
    r"|may\s+(?:i|we)\s+(?:ask|know))\b",
    re.IGNORECASE,
)
_WHETHER = re.compile(r"(?:it\s+)?(?:true|right|correct|the case)\s+that\s+", re.IGNORECASE)
_EXPLANATION = re.compile(
    r"^\W*(?:(?:and|but|so|then)\W+)?(?:why|explain|describe|how come)\b"
    r"|^\W*how (?:do|does|did|is|are|was|were|can|could|should|would|will|has|have)\b"
    r"|\bwhat (?:do|does|did) .+ (?:mean|do|stand for)\b"
    r"|\b(?:meaning|definition|purpose|role|function|significance|impact|effects?|causes?|reasons?"
    r"|differences?) (?:of|for|between|in)\b"
    r"|^\W*what (?:is|are|was|were) an? ",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"\bhow many ((?:[\w'’-]+ ){0,4}[\w'’-]+)", re.IGNORECASE)
_DEPENDENT = re.compile(
    r"\b(?:he|she|it|they|him|her|them|his|hers|its|their|theirs|this|that|these|those|there|one|"
    r"ones|same|such|else|another|other)\b|^\W*(?:and|but|so|or|also|what about|how about|why|when|"
    r"where|who|how many|how much|which)\W*$|^\W*(?:and|but|so|or|what about|how about)\b",
    re.IGNORECASE,
)
_REFERRING = re.compile(
    r"^\W*(?:(?:and|but|however|also|then|in addition|as a result)\W+)?"
    r"(?:he|she|it|they|his|her|its|their|this|that|these|those|such|both|the (?:former|latter))\b",
    re.IGNORECASE,
)
# *No bond is required* is no verdict, but what the sentence says.
_VERDICT = re.compile(
    r"\A\W*(?:(?P<yes>yes)\b|(?P<no>no)\b(?=\W*\Z|\s*[,.:;–—-]|\s+(?:it|he|she|they|we|you|this|"
    r"that|there|the)\b))[\s,.:;–—-]*",
    re.IGNORECASE,
)
_CALENDAR = _words(
    "january february march april may june july august september october november december "
    "monday tuesday wednesday thursday friday saturday sunday"
)

ENGLISH = Language(
    code="en",
    stemmer="english",
    function_words=_FUNCTION_WORDS,
    singulars=_SINGULARS,
    weak_words=_WEAK_WORDS,
    anything=_ANYTHING,
    openers=_OPENERS,
    opener_endings=("ly",),
    capitalised_function_words=_words("may"),  # May is a month as well
    calendar=_CALENDAR,
    negations=_NEGATIONS,
    negative_ending="n't",
    opposites=_OPPOSITES,
    clause_end=r"[.,;:()]|\b(?:and|or|to|in|of|by|from|with|for|that|which)\b",
    negation_fillers=_words("longer more yet even ever been"),
    assertion=ASSERTION,
    directions={"to": "aim", "for": "aim", "from": "origin", "by": "origin", "of": ""}
    | dict.fromkeys(_words("against counter countering fighting opposing"), "opponent"),
    document_words=_words(
        """article articles contain contains content cover covered covers describe described
        describes detail details discuss discussed discusses document documents example
        examples explain explained explains fact facts find findings give gives include
        included includes information item items key important relevant list listed lists
        mention mentioned mentions overview page pages paragraph passage point points
        present presents provide provided provides report reported reports say says section
        sections sentence sentences show shows state stated states statement statements
        summary text texts topic topics various"""
    ),
    periods=_words("fy cy q h"),
    kinds_stated=_KINDS_STATED,
    referring=_REFERRING,
    verdict=_VERDICT,
    verb_forms=_VERB_FORMS,
    abbreviations=_ABBREVIATIONS,
    numerals=_NUMERALS,
    months=MONTHS,
    grades=GRADES,
    dated=DATED,
    question=QuestionPatterns(
        kinds=_KINDS,
        yes_no=_YES_NO,
        asks_to_tell=_ASKS_TO_TELL,
        whether=_WHETHER,
        explanation=_EXPLANATION,
        counted=_COUNTED,
        plurals=_words("people men women children feet teeth mice fish sheep deer data"),
        plural_ending="s",
        overview=OVERVIEW,
        of_all=OF_ALL,
        which=WHICH,
        computed=COMPUTED,
        computed_stated=COMPUTED_STATED,
        dependent=_DEPENDENT,
    ),
)
