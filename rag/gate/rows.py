"""Whether a row of a table is the one that is asked for.

Rows are written with the names of their columns (``Row 3: Region: North; Month: May; Units: 5``). A
row answers for itself alone: its neighbour, which has all but one of the words of a question, is of
another month. Knows no model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set

from index.load.grid import is_figure
from index.sentences import is_row
from rag.facts import facts_of
from rag.gate.comparison import lacking, unstated_names
from rag.gate.types import Case, Objection

_FEWEST_CELLS = 4  # of fewer, most are the names of what is asked about
_FEWEST_FIGURES = 3
_LETTERS = re.compile(r"[^\W\d_]{3,}")
_LABEL = re.compile(r"[^:;]{0,67}\b\d+: (?=[^:;]+: )")


def row_is_the_one_asked_for(case: Case) -> Iterator[Objection]:
    """A name that is asked for stands in another row, where this one has another value in the same
    column: *January* where it is asked for *March*."""
    cells = _cells_of(case)
    if not cells:
        return
    for name in unstated_names(case.question.names, case.around):
        for column in _columns(name, case):
            value = cells.get(column)
            if value and not _is_asked(value, case):
                yield Objection(f"the row says '{value}' where the question says '{name}'")
                return


def column_asked_for(case: Case) -> tuple[str, str] | None:
    """The name and value of the cell that is asked for, where the claim has that of another column:
    of *FY 2017 Results* where it is asked for *FY 2016*. None where it may have the right one.

    Such columns share a word of their names and part in others, of which the question has those of
    one alone.
    """
    cells = _cells_of(case)
    asked, said = _stems(case.question.standalone, case), _stems(case.claim.text, case)
    told = [name for name, value in cells.items() if set() < _stems(value, case) <= said]
    better = [
        next((other for other in cells if _is_asked_before(other, name, asked, case)), "")
        for name in told
    ]
    if not better or not all(better) or {*better} & {*told}:
        return None
    return better[0], cells[better[0]]


def unasked_column(case: Case) -> tuple[str, str] | None:
    """The name of the one column that the claim is from and a word of the question of which the row
    says nothing, where that name is no short form of such a word: its *Chloride* does not tell what
    the *phosphate* of a lake is. None for what is no figure among others, or may be asked for."""
    cells = _cells_of(case)
    if len(cells) < _FEWEST_CELLS:
        return None
    missing = lacking(case.question.facts, case.around)
    said, asked = _stems(case.claim.text, case), _stems(case.question.standalone, case)
    stems = {name: _stems(value, case) & said for name, value in cells.items()}
    told = [name for name, each in stems.items() if len(each) == max(map(len, stems.values()))]
    if len(told) != 1 or not missing or stems[told[0]] != said:
        return None
    figures = [name for name, value in cells.items() if is_figure(value)]
    if told[0] not in figures or len(figures) < _FEWEST_FIGURES:
        return None
    kind = case.question.kind
    if kind and facts_of(cells[told[0]], case.question.language).has_kind(kind):
        return None
    names = [each.casefold() for each in _LETTERS.findall(told[0])]
    if _stems(told[0], case) & asked or any(
        _is_short_for(name, word.casefold()) for name in names for word in missing
    ):
        return None
    return told[0], max(missing, key=len)


def _is_short_for(name: str, word: str) -> bool:
    """Whether ``name`` has letters of ``word`` in their order, from the first on: *qty*, *chl*."""
    left = iter(word)
    return name[0] == word[0] and all(letter in left for letter in name)


def _is_asked_before(name: str, other: str, asked: Set[str], case: Case) -> bool:
    mine, its = _stems(name, case), _stems(other, case)
    are_beside = bool(mine & its and its - mine)
    return are_beside and bool((mine - its) & asked) and not (its - mine) & asked


def _stems(text: str, case: Case) -> Set[str]:
    return facts_of(text, case.question.language).stem_counts.keys()


def _cells_of(case: Case) -> Mapping[str, str]:
    """The values of the cited rows by the names of their columns; empty where not all are rows."""
    if not all(map(is_row, case.texts)):
        return {}
    return {name: value for text in case.texts for name, value in _cells(text).items()}


def _cells(row: str) -> Mapping[str, str]:
    """The values of a row by the names of their columns."""
    parts = (cell.partition(": ") for cell in _LABEL.sub("", row, count=1).split("; "))
    return {name.strip(): value.strip() for name, _, value in parts if value}


def _columns(name: str, case: Case) -> Iterator[str]:
    """The columns in which other rows have ``name``."""
    language, folded = case.question.language, name.casefold()
    seen: set[str] = set()
    for document in case.documents:
        for line in document.split("\n"):
            if folded in line.casefold() and is_row(line):
                for column, value in _cells(line).items():
                    if column not in seen and facts_of(value, language).states_name(name):
                        seen.add(column)
                        yield column


def _is_asked(value: str, case: Case) -> bool:
    """Whether the question names a value, as one of those that it has to choose from."""
    asked = case.question.facts
    return bool({*facts_of(value, case.question.language).content} & {*asked.content})
