"""Which language a text is in: by its script where that suffices, else by a library's statistics.

Knows no documents; what is known of a language stands in ``rag.language``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from index.words import words
from rag.language import ENGLISH

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_SAMPLE = 3000  # characters: more changes no answer
_FEWEST_LETTERS = 20  # a title or a list of names tells nothing
_SURE = 0.5  # the library's probabilities are calibrated
_FUNCTION_SHARE = 0.25  # of English text; other languages have a tenth of words that look like them

# Scripts, and the language of those that one language has to itself, or nearly so.
_SCRIPTS: Mapping[str, tuple[str, str]] = {
    "han": ("\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff", "zh"),
    "kana": ("\u3041-\u30ff\u31f0-\u31ff\uff66-\uff9d", "ja"),
    "hangul": ("\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3", "ko"),
    "thai": ("\u0e01-\u0e4e", "th"),
    "lao": ("\u0e81-\u0ecd", "lo"),
    "khmer": ("\u1780-\u17d3", "km"),
    "myanmar": ("\u1000-\u109f", "my"),
    "greek": ("\u0370-\u03ff\u1f00-\u1fff", "el"),
    "hebrew": ("\u0590-\u05f4", "he"),
    "armenian": ("\u0530-\u058f", "hy"),
    "georgian": ("\u10a0-\u10ff", "ka"),
    "tamil": ("\u0b80-\u0bff", "ta"),
    "telugu": ("\u0c00-\u0c7f", "te"),
    "kannada": ("\u0c80-\u0cff", "kn"),
    "malayalam": ("\u0d00-\u0d7f", "ml"),
    "gujarati": ("\u0a80-\u0aff", "gu"),
    "gurmukhi": ("\u0a00-\u0a7f", "pa"),
    "sinhala": ("\u0d80-\u0dff", "si"),
    "ethiopic": ("\u1200-\u137f", "am"),
    "arabic": ("\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc", ""),
    "devanagari": ("\u0900-\u097f", ""),
    "bengali": ("\u0980-\u09ff", ""),
    "cyrillic": ("\u0400-\u052f", ""),
}
_KANA_SHARE = 0.1  # of Japanese; Chinese that quotes a name has less
_LETTER = re.compile(r"[^\W\d_]")
_NO_WORDS = re.compile(  # figures, addresses, markup, code
    r"(?<!\S)[^\s\d@/\\_<>{}=]*+[\d@/\\_<>{}=]\S*+"
)


def detect(text: str) -> str:
    """Return the ISO 639-1 code of the language of ``text``; empty where it is not clear."""
    sample = _NO_WORDS.sub(" ", text[:_SAMPLE])
    letters = len(_LETTER.findall(sample))
    if not letters:
        return ""
    script = _script(sample, letters)
    if script and (by_script := _SCRIPTS[script][1]):
        return by_script
    if letters < _FEWEST_LETTERS:
        return ""
    if not script and _is_plainly_english(sample):
        return ENGLISH.code
    code, probability = _identifier().classify(sample.lower())
    return code if probability >= _SURE else ""


def _is_plainly_english(sample: str) -> bool:
    """Whether it has function words as only English has: the library takes 0.8 s to load."""
    told = words(sample)
    return sum(each in ENGLISH.function_words for each in told) > _FUNCTION_SHARE * len(told)


def _script(sample: str, letters: int) -> str:
    """The script of most letters; empty for Latin and those that are not known."""
    counts = Counter({name: len(each.findall(sample)) for name, each in _patterns().items()})
    if counts["kana"] > _KANA_SHARE * (counts["kana"] + counts["han"]):
        counts["kana"] += counts["han"]
    [(name, count)] = counts.most_common(1)
    # A sign of Chinese is a word, and a sentence in it may name something in Latin letters.
    enough = 0.2 if name in ("han", "kana") else 0.5
    return name if count > enough * letters else ""


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    return {name: re.compile(f"[{letters}]") for name, (letters, _) in _SCRIPTS.items()}


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
