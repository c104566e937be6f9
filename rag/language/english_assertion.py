"""English as data: by which words a sentence asserts nothing of what it says."""

from __future__ import annotations

import re

from rag.language.english_grades import MONTHS
from rag.language.types import AssertionPatterns


def _any(*alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(alternatives)})\b", re.IGNORECASE)


_MONTH = rf"(?:{'|'.join(MONTHS)})\b"
_TIME = rf"(?:\d{{1,2}}(?: ?[ap]\.?m\b|[:/.-]\d| {_MONTH})|\d{{4}}\b|noon\b|midnight\b|{_MONTH})"
_NOT = r"(?:not|n['’]t|never|cannot|nobody|no one|none|nothing|hardly|neither|yet to|few)"
_THINKS = (
    r"(?:says?|said|states?|stated|means?|meant|thinks?|thought|believes?|believed|knows?|knew|known"
    r"|confirm(?:s|ed)?|show(?:s|ed|n)?|prove[sdn]?|establish(?:es|ed)?|clear|certain|sure|convinced"
    r"|decided|agreed|proof|demonstrated?|found|find|true|right|the case|follow)"
)
_DOUBTS = (
    r"doubt(?:s|ed|ful)?|den(?:y|ies|ied|ying|ials?)|disput(?:es?|ed|ing) (?:that|whether)"
    r"|disput(?:es?|ed|ing) the (?:claim|idea|view)s?|(?:is|are|was|were|been) (?:\w+ )?disputed"
    r"|refut(?:e|es|ed|ing)"
    r"|disprove[sdn]?|question(?:s|ed) (?:whether|that)|contest(?:s|ed) that|debunk(?:s|ed)?"
    r"|(?:dismiss(?:es|ed)|reject(?:s|ed)) (?:the )?(?:claims?|idea|notion|view|reports?)"
)
_FALSE = (
    r"myths?|rumou?r(?:s|ed)?|hoax(?:es)?|legend has it|legends? that|untrue|falsely|wrongly"
    r"|mistakenly|erroneously|incorrectly|misconceptions?|made up(?! (?:of|from|for)\b)|gossip"
    r"|fake news|false (?:that|to|claims?)|fals(?:e|ehood)|a lie|contrary to"
)
_CONDITIONS = (
    r"if|unless|in (?:the )?case (?:that|of)?"
    r"|provid(?:ed|ing) (?:that )?(?:the|a|an|it|all|no)|provided that|on (?:the )?condition"
    r"|assum(?:e|es|ed|ing) that|let (?:us|me) assume|suppos(?:e|es|ing)"
    r"|as (?:long|soon) as|as though|depends? on|lest"
    r"|condition that|prerequisite|requirement that"
)
_HEARSAY = r"alleg(?:e|es|ed|edly|ations?)|purported(?:ly)?|supposed(?:ly)?|so-called"
_UNDONE = (
    r"fail(?:s|ed|ing)? to|forgot(?:ten)? to|refuse[sd]? to|declined to|neglected to|unable to"
    r"|far from (?:being|clear|certain|true|over|\w+ing)|used to be|imagin(?:e|es|ed)"
    r"|pretend(?:s|ed)?|(?:dream(?:s|ed|t)?|wonder(?:s|ed|ing)?) (?:that|of|if|whether|how|why)"
    r"|want(?:s|ed)? to know|(?:often )?ask(?:s|ed|ing)? (?:if|whether)"
    r"|to be (?:clarified|decided|checked|confirmed|discussed|done|agreed)"
    r"|open (?:point|question|issue)s?|to[- ]do|motion (?:that|to)"
    r"|mov(?:e[sd]?|ing) that (?:the|a|an|all|no|we|it)"
)

ASSERTION = AssertionPatterns(
    part_end=re.compile(
        r"(?<![;.!?])[;.!?]+(?=\s|$)|\s[–—-]\s|[()]|,\s+(?=(?:and|but|so|yet|please|which|who|although|though"
        r"|because|since|even|while|whereas)\b)"
        r"|\s(?=(?:but|although|though|because|since|whereas|so that)\b)"
        r"|\s(?=and\s+(?:must|should|may|might|could|would|please|if)\b)",
        re.IGNORECASE,
    ),
    fresh_start=re.compile(r"[\s,]*(?:but|so|yet|however|although|though)\b", re.IGNORECASE),
    suspending=_any(
        _CONDITIONS,
        _FALSE,
        _DOUBTS,
        _HEARSAY,
        _UNDONE,
        rf"{_NOT}(?: \w+){{0,3}} {_THINKS} (?:that|to|whether|if|the|a|an)",
        rf"{_NOT}(?: \w+)? (?:sure|certain|convinced|clear|true|right|the case)",
        r"(?:isn|wasn|aren)['’]t (?:true|the case)",
        r"(?:no|without|little|lack of) (?:\w+ )?(?:evidence|proof|signs?|indications?|guarantee)",
        r"(?:no|little) reason to",
        r"(?:had|were) (?:the|an?|it|he|she|they|we|you|i|mrs?|ms|any|all|no)(?! \w+ing\b)"
        r"(?=.{0,300}\bwould\b)",
        r"(?-i:Had) the \w+ \w+ed",
        r"have (?:not|yet) (?:been |to )?(?:proven|shown|confirmed)",
    ),
    opening=_any(
        r"please(?! (?:note|be (?:aware|advised|informed)|remember|find)\b)",
        # Before a date or an hour they say when: *submitted before September 30*.
        rf"(?:until|before)(?! {_TIME})",
        r"once",
        r"when(?:ever)?",
        r"instead of|rather than",
        r"whether|otherwise|in the event (?:that|of)?|subject to|depending on",
        r"(?:make|be) (?:sure|certain)",
        r"ensure",
        r"see (?:to it )?that",
        r"(?:check|verify|find out|learn|see|ask|clarify|examine|test)s? (?:that|if|whether|how)",
        r"wait",
        # Not behind what it tells of: *the town where the treaty was signed*.
        r"(?<![\w,] )where (?:the|a|an)",
        r"tell (?:me|us|your \w+)",
    ),
    inquiring=_any(
        r"to (?:verify|check|clarify|find out|confirm|decide|determine|investigate|evaluate|assess"
        r"|examine|explore|study|understand|establish|test|compare|measure|identify|analy[sz]e)",
        r"(?:aim|purpose|objective|goal|question|hypothesis|hypothesi[sz]ed?)s?",
    ),
    weakening=_any(
        r"(?-i:may)",
        r"might|could|would|should|must|ought|perhaps|maybe|possibl[ey]|probably|presumably",
        r"likely|unlikely|reportedly|apparently|seem(?:s|ed|ingly)?|appears? to|looks (?:as|like)",
        r"claim(?:s|ed|ing)?|believ(?:e|es|ed)|hop(?:e|es|ed|ing)|fear(?:s|ed|ing)?|wish(?:es|ed)?",
        r"plan(?:s|ned|ning)?|propos(?:e|es|ed|als?)|consider(?:s|ed|ing)?|expect(?:s|ed|ing)?",
        r"intend(?:s|ed|ing)?|aim(?:s|ed|ing)? to|want(?:s|ed)? (?:to|that)|suggest(?:s|ed|ing)?",
        r"demand(?:s|ed|ing)?|request(?:s|ed|ing)?|recommend(?:s|ed|ing)?|urge[sd]?",
        r"call(?:s|ed) for",
        r"ask(?:s|ed|ing)? (?:that|for)|discuss(?:es|ed|ing)?|debat(?:e|es|ed|ing)",
        r"thought|guess(?:es|ed)?|suspect(?:s|ed)?|bet|some (?:people )?say|ideally",
        r"almost|nearly|unclear|unknown|unconfirmed|undecided|unproven|uncertain|tried to|tries to",
        r"(?:is|was|were|are) to be",
        r"it is (?:often |sometimes |commonly |widely )?(?:said|claimed|believed|thought|rumoured)",
        r"(?:is|are|was|were) (?:\w+ly )?(?:said|thought|believed|rumoured|held|claimed) to",
    ),
    future=_any(r"will|shall|going to|scheduled|due to be"),
    asks_of_past=re.compile(r"\W*(?:did|was|were|has|have|had)\b", re.IGNORECASE),
    temporal=_any(r"when|once|until"),
    narrated=_any(
        r"was|were|had|did",
        # A past tense, and no participle: *when needed*, *when it is closed*.
        r"(?!(?:is|are|be|been|being|am|has|have|get|gets|when|once)\b)\w+ (?!need)\w{2,}ed",
    ),
    harmless=_any(
        r"even (?:if|though)",
        r"no doubts?|undoubtedly|without (?:a )?doubt",
        r"as (?:long|far|soon) as possible",
    ),
    alike=(
        frozenset("can could may allowed permitted".split()),
        frozenset("will would shall going".split()),
        frozenset("should must ought need required".split()),
    ),
)
