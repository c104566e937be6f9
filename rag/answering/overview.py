"""The evidence of an overview: the sentences that say most of what a document says.

A question for a summary names a document and nothing in it, so that no line is nearer to it than
another: the lines are compared with the document instead. Knows no prompt and no answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from index.index import Index
from index.types import Hit
from rag.answering.evidence import within
from rag.answering.lines import lines_of
from rag.question import Question
from rag.types import Sentence

_ENDED = re.compile(r"[.!?…。！？।؟]['\"”’»)\]]*\s*$")  # signs of other scripts
TOKENS = 600  # about a page: what an overview is made of is spread


def overview(question: Question, hits: Sequence[Hit], index: Index) -> tuple[Sentence, ...]:
    """The most central sentences of the document that ``question`` is about, in its order.

    Central is what is near the mean of all sentences (after Radev et al. 2004, Centroid-based
    summarization of multiple documents). Pairs and rows count only where there is no prose.
    """
    found = lines_of(question, hits, index)
    whole = [each.sentence for each in found.lines if each.document_share == 1.0]
    prose = [each for each in whole if each.kind == "prose"] or whole
    # A line that nothing ends is a heading, a page's number or an entry of a list.
    sentences = [each for each in prose if _ENDED.search(each.text)] or prose
    if not sentences:
        return ()
    vectors = index.encode([each.text for each in sentences])
    mean = vectors.mean(axis=0)
    near = vectors @ (mean / np.linalg.norm(mean))
    scored = [
        replace(each, score=round(float(score), 4))
        for each, score in zip(sentences, near, strict=True)
    ]
    best_first = sorted(scored, key=lambda each: -each.score)
    return within(TOKENS, best_first, index, question.language)
