"""Each of our own inputs gives the text that it must, whatever its kind and format."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.inputs.kinds import INPUTS, Input
from tests.inputs.tables import MERGING, Cell

_WORD = st.sampled_from("Oslo Lima Bergen Quito Turku Arica Kiel Leeds York Bath Hull".split())
_FIGURE = st.integers(0, 10**6).map(str)


@pytest.mark.parametrize("each", INPUTS, ids=lambda each: f"{each.kind}, {each.name}")
def test_the_text_says_what_the_file_says(each: Input) -> None:
    assert not each.faults()


def test_there_are_inputs_enough_and_none_is_there_twice() -> None:
    assert len({(each.kind, each.name) for each in INPUTS}) == len(INPUTS) >= 60


@pytest.mark.parametrize("suffix", MERGING)
@settings(max_examples=5, deadline=None)
@given(st.lists(st.tuples(_WORD, _FIGURE, _FIGURE, st.integers(1, 3)), min_size=1, max_size=4))
def test_a_cell_merged_over_rows_stands_in_each(
    suffix: str, groups: list[tuple[str, str, str, int]]
) -> None:
    rows: list[list[Cell]] = [["Town", "People", "Price"]]
    says: list[str] = []
    for number, (town, people, price, height) in enumerate(groups):
        for row in range(height):
            first: Cell = (f"{town} {number}", height, 1) if row == 0 else None
            rows.append([first, f"{people}{row}", price])
            says.append(f"Town: {town} {number}; People: {people}{row}; Price: {price}")
    merged = Input("merged", f"a{suffix}", lambda: MERGING[suffix](rows), tuple(says))
    assert not merged.faults()
