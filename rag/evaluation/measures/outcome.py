"""The measures that decide: what a reader takes for true and is not, and what was right and shown.

A *tentative* answer is shown and marked as uncertain: it is neither right and shown nor wrong and
unmarked. Knows nothing of how an answer was judged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from rag.evaluation.measures.spans import DocumentSpan

SHOWN = frozenset({"answered", "conflicting"})  # statuses of what is shown as an answer
UNANSWERED = "unanswered"

WRONG_AND_UNMARKED = "outcome.wrong_and_unmarked"
RIGHT_AND_SHOWN = "outcome.right_and_shown"
RIGHT_WITH_TENTATIVE = "outcome.right_with_tentative"
RIGHT_PAGE_CITED = "outcome.right_page_cited"
DECIDING = (WRONG_AND_UNMARKED, RIGHT_AND_SHOWN, RIGHT_WITH_TENTATIVE, RIGHT_PAGE_CITED)
LOWER_IS_BETTER = frozenset({WRONG_AND_UNMARKED})


def is_shown(status: str) -> bool:
    """Return whether an answer of this status is shown without a mark of doubt."""
    return status in SHOWN


def outcome_measures(
    status: str, answerable: bool | None, right: bool | None, page_cited: bool | None
) -> dict[str, float | None]:
    """Return the deciding measures of one question, each 0, 1 or None where it does not apply.

    ``right`` says whether the text is right, whether it is shown or not; None where no rule judges
    it. ``page_cited`` says whether a page that answers is cited; None without pages.

    wrong_and_unmarked    shown, and not right or not answerable: of all questions
    right_and_shown       shown and right: of the answerable ones
    right_with_tentative  shown or tentative, and right: of the answerable ones
    right_page_cited      a page that answers is cited: of the right answers, tentative ones too
    """
    shown, offered = is_shown(status), status != UNANSWERED
    judged = answerable is True and right is not None
    good = judged and bool(right)
    unknown = answerable is True and right is None
    cited = page_cited if good and offered else None
    return {
        WRONG_AND_UNMARKED: None if unknown else float(shown and not good),
        RIGHT_AND_SHOWN: float(shown and good) if judged else None,
        RIGHT_WITH_TENTATIVE: float(offered and good) if judged else None,
        RIGHT_PAGE_CITED: None if cited is None else float(cited),
    }


def cites_a_page_of(
    gold: Sequence[DocumentSpan],
    cited: Sequence[DocumentSpan],
    page_starts: Mapping[str, Sequence[int]],
) -> bool | None:
    """Return whether a citation stands on a page of a gold span.

    ``page_starts`` holds, for each document with pages, the characters where they begin. None
    where no gold span stands in such a document.
    """
    pages = _pages(gold, page_starts)
    return bool(pages & _pages(cited, page_starts)) if pages else None


def _pages(
    spans: Sequence[DocumentSpan], page_starts: Mapping[str, Sequence[int]]
) -> set[tuple[str, int]]:
    """Every page that a span touches, as its document and the page's number."""
    return {
        (span.document, number)
        for span in spans
        if (starts := page_starts.get(span.document))
        for number, (start, end) in enumerate(pairwise([*starts, max(span.end, starts[-1] + 1)]), 1)
        if span.start < end and start < span.end
    }
