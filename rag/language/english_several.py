"""English questions that several documents or figures answer."""

from __future__ import annotations

import re

_GRADED = (
    "more|less|fewer|longer|shorter|higher|lower|larger|smaller|bigger|older|younger|earlier"
    "|later|faster|slower|heavier|lighter"
)
COMPUTED = re.compile(
    r"\b(?:if (?:you|we|i) (?:add|sum|combine|subtract)"
    r"|add(?:ed|ing)?(?: (?:them|these|those|all|both|everything))? (?:up|together)"
    r"|(?:put|taken) together|combined|sum of|difference (?:between|in)|ratio of"
    r"|percent(?:age)? (?:change|increase|decrease|growth)"
    rf"|(?:by )?how (?:much|many|far)(?: \w+){{0,5}} (?:{_GRADED})|how long (?:between|from))\b",
    re.IGNORECASE,
)
# *More than 5,000* is a figure, not what is more than another one.
COMPUTED_STATED = re.compile(
    rf"\b(?:(?:{_GRADED})\b(?!\s+than\s+\W?\d)|total(?:s|l?ed|l?ing)?\b|sum\b|combined\b|together\b"
    r"|altogether\b|in all\b|differ(?:s|ed|ence)?\b|increas\w+|decreas\w+|chang\w+|grew\b|rose\b"
    r"|fell\b|drop\w*|up\b|down\b|ratio\b|times\b|between\b)",
    re.IGNORECASE,
)
OF_ALL = re.compile(
    r"\b(?:(?:in|of|across|among|from|between|through) (?:all |any |each )?(?:of )?(?:the|this) "
    r"(?:\w+ )?(?:folder|collection|archive|documents|files|reports)"
    r"|(?:all|these|those|my|our) (?:\w+ )?"
    r"(?:documents|files|folders|reports|papers|letters|contracts|records)"
    r"|(?:which|what|how many) (?:documents|files|reports))\b",
    re.IGNORECASE,
)
WHICH = re.compile(
    r"\b(?:which|what)\s+(?:(?:of|among)\s+)?(?:(?:all|the|these|those)\s+)*(?P<thing>\w+)"
    r"|\A\W*(?:list\s+)?(?:(?:all|the)\s+)*(?P<things>\w+s)\s+(?:on|in)\b",
    re.IGNORECASE,
)
