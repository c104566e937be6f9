"""Text that cannot steer where it is shown: terminals obey control characters, and characters that
turn the direction of writing have a reader see another text than there is. Knows no terminal.
"""

from __future__ import annotations

import re

_STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069"
    "\ud800-\udfff]"
)


def printable(text: str) -> str:
    """Return ``text`` with what steers a terminal, or cannot be encoded, written as an escape such
    as ``\\u001b``, which is read back where the text is JSON. Line ends and tabs stay."""
    return _STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
