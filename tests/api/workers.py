"""One small document, what is asked of it, and what a language model says."""

from __future__ import annotations

from collections.abc import Callable

from rag.llm import LLM
from tests.scripted_llm import ScriptedLLM

TEXT = """\
Workers for the south

The north sends engineers to the south. It also sends 5,000 construction workers.

Shoigu met Kim in Pyongyang. TASS told of workers from the north.
"""
QUESTION = "How many construction workers does the north send?"
ANSWER = "The north sends 5,000 construction workers."
CITED = "It also sends 5,000 construction workers."
TASS = "TASS told of workers from the north."
TWO = ScriptedLLM.reply(f"{ANSWER} Putin paid. {TASS}", "S2")
FOOTNOTED = (
    f"{ANSWER} [1] {TASS} [2]\n\nSources:\n\n- [1] Workers: “{CITED}”\n- [2] Workers: “{TASS}”"
)

Serve = Callable[[LLM | None], str]
