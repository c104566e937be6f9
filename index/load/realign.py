"""Text of two bytes a letter in which one byte is missing or too many: put in step again.

All behind such a byte would be read by the wrong halves. The byte at which that begins is put in
the place of nothing, or of one that no encoding has, so that one damaged letter remains. Knows no
file format.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from itertools import accumulate

# The first bytes of the letters that texts are made of: signs and full-width forms, then kana, the
# usual signs of Chinese and Japanese, the syllables of Korean.
_USUAL: Mapping[str, frozenset[int]] = {
    "gb18030": frozenset({0xA1, 0xA3, *range(0xB0, 0xD8)}),
    "euc_jp": frozenset({0xA1, 0xA3, 0xA4, 0xA5, *range(0xB0, 0xD0)}),
    "cp949": frozenset({0xA1, 0xA3, *range(0xB0, 0xC9)}),
}
# Bytes that are halves of letters, between such as are none: of an odd number one is too many.
_RUN = re.compile(rb"(?<![\x40-\xff])[\xa1-\xfe]{3,}(?![\x40-\xff])")
_MARKS = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_NO_LETTER = b"\xff"
_NULS = 0.1  # of Western text in UTF-16 nearly every second byte is a NUL, of Chinese few are
_IN_STEP = 0.9  # of the NULs, beyond which those that stand elsewhere are other damage


def in_step(data: bytes, codec: str) -> bytes:
    """``data`` in an encoding of one or two bytes a letter, each run of letters in step."""
    usual = _USUAL.get(codec)
    return _RUN.sub(lambda run: _without_one(run[0], usual), data) if usual else data


def _without_one(run: bytes, usual: frozenset[int]) -> bytes:
    """A run with an odd number of bytes without the one before and behind which most letters are
    usual ones."""
    if not len(run) % 2:
        return run
    before = [0, *accumulate(each in usual for each in run[0:-1:2])]
    behind = [0, *accumulate(each in usual for each in run[-2:0:-2])]
    places = range(len(before) - 1, -1, -1)  # of several alike the last: most texts are cut there
    at = max(places, key=lambda n: before[n] + behind[len(before) - 1 - n])
    return run[: 2 * at] + _NO_LETTER + run[2 * at + 1 :]


def wide_in_step(data: bytes) -> tuple[bytes, str] | None:
    """``data`` of UTF-16 without a mark, in step, and its codec; None where it is none.

    That shows by where its NUL bytes stand. Of an odd number of bytes one is missing or too many:
    there the NUL bytes change over, and what is between the last one that stands right and the
    first one behind it loses a byte.
    """
    odd, even = data[1::2].count(0), data[0::2].count(0)
    if max(odd, even) <= _NULS * len(data) / 2:
        return None
    if len(data) % 2 and (found := _changed_over(data)):
        return found
    is_wide = min(odd, even) < _NULS * len(data) / 2
    return (data, "utf-16-le" if odd > even else "utf-16-be") if is_wide else None


def _changed_over(data: bytes) -> tuple[bytes, str] | None:
    """`wide_in_step` of an odd number of bytes. Of letters of one script the first halves are
    alike, as the NULs of Latin ones are."""
    [(usual, _)] = Counter(data).most_common(1)
    places = [at for at, byte in enumerate(data) if byte in (0, usual)]
    marked = next((codec for mark, codec in _MARKS if data.startswith(mark)), None)
    found = []
    for side, codec in ((0, "utf-16-be"), (1, "utf-16-le")):
        # Behind how many of them the side changes, if as many as may be are to stand where they
        # must. A text is cut at its end more often than at its beginning.
        first = [0, *accumulate(at % 2 == side for at in places)]
        last = [0, *accumulate(at % 2 != side for at in reversed(places))]
        counts = range(len(places), -1, -1)
        count = max(counts, key=lambda n: first[n] + last[len(places) - n])
        right = first[count] + last[len(places) - count]
        if right >= _IN_STEP * len(places) and marked in (codec, None):
            whole = _without_byte(data, places, count, side)
            shown = sum(map(str.isprintable, whole.decode(codec, "replace")))
            found.append(((right, shown, count == len(places)), whole, codec))
    return max(found)[1:] if found else None


def _without_byte(data: bytes, places: list[int], count: int, side: int) -> bytes:
    """``data`` without a byte behind the ``count`` first of ``places``; all of it where no other
    follows."""
    if count == len(places):
        return data
    # Of BE the other half of the letter follows.
    end = places[count - 1] + 1 + (not side) if count else 0
    return data[:end] + data[end + 1 :]
