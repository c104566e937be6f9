"""Thoughts that a server left in the text of a reply. Knows no model and no form of a reply."""

from __future__ import annotations

import re

# (opening, closing) as models write them: Qwen and DeepSeek, others, and Magistral.
_MARKS = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("[THINK]", "[/THINK]"),
)
_CHANNEL = ("<|channel|>analysis<|message|>", "<|end|>")  # gpt-oss, whose replies end so as well
_FINAL = re.compile(r"(?:<\|start\|>assistant)?<\|channel\|>final(?:[^<]*)<\|message\|>")


def without_thoughts(written: str) -> str:
    """Return what of ``written``, a reply so far, is meant to be read.

    Empty while the model still thinks. A closing mark without an opening one ends thoughts that
    the template of the model began.
    """
    rest = written.lstrip()
    if rest.startswith("{"):  # JSON from its first letter: a mark in it is quoted
        return rest
    for opening, closing in (*_MARKS, _CHANNEL):
        if rest and opening.startswith(rest[: len(opening)]):
            _, closed, after = rest.partition(closing)
            return without_thoughts(after) if closed else ""
    for opening, closing in _MARKS:
        before, closed, after = rest.rpartition(closing)
        if closed and opening not in before:
            return without_thoughts(after)
    return _FINAL.sub("", rest)
