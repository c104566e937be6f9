"""Quotes of a page are found whatever the loader put between their words."""

from __future__ import annotations

import pytest

from index.types import Span
from rag.evaluation.quotes import located

PAGE = """Speed
Measure: Days to answer; 2015 Results: 4.62; 2016 Results: 5.09; Target: ≥4.5; Met or not: Met
Measure: Calls; 2015 Results: 4.62; 2016 Results: 4.33; Target: ≥4.9; Met or not: Met
The fleet grew
by three ships."""


@pytest.mark.parametrize(
    ("quote", "expected"),
    [
        ("The fleet grew by three", ["The fleet grew\nby three"]),
        ("by three ships. The fleet grew", ["by three ships.", "The fleet grew"]),
        ("4.62\t4.33\t≥4.9", ["4.62; 2016 Results: 4.33; Target: ≥4.9"]),
        ("4.62\t5.10\t≥4.5", []),
        ("Speed ships", []),
    ],
)
def test_a_quote_is_found_whole_in_parts_or_apart(quote: str, expected: list[str]) -> None:
    found = located(quote, PAGE, Span(0, len(PAGE)))
    assert [span.of(PAGE) for span in found] == expected
