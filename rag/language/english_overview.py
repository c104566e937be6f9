"""English as data: the wish for a summary of a document."""

from __future__ import annotations

import re

# A summary is wanted, not what stands in one: *the total on the 2025 summary*.
_NO_WISH = r"(?!(?:in|on|from|of|at|by|per|to|into|wh\w+|how|do|does|did|is|are|was|were|ha[sd])\b)"
# Words and what parts them share no sign, so that a text can be read in one way alone.
_WORD, _GAP = r"[\w'’-]++", r"[^\w'’-]"
_SUMMARY = rf"(?:{_NO_WISH}{_WORD}{_GAP}++){{0,4}}(?:summary|overview|recap)"
OVERVIEW = re.compile(
    r"\b(?:summari[sz](?:e[sd]?|ing)|gist|key points|main points"
    r"|in (?:a few|two|three|four|five|several) (?:words|sentences)"
    r"|tell me (?:all |more )?about)\b"
    rf"|^{_GAP}*+{_SUMMARY}\b|\b(?:what(?: i|['’]?)s|what was) (?:the|your) {_SUMMARY}\b"
    r"|\b(?:give|write|provide|make|show|get|need|want|have|like|send|draft|create|do)\b"
    rf"{_GAP}++{_SUMMARY}\b",
    re.IGNORECASE,
)
