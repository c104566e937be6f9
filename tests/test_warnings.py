"""Which warnings fail a test: those of this project's code, and nothing that others deprecate."""

from __future__ import annotations

import warnings

import pytest

OURS = ("rag", "rag.gate.facts", "index.index", "api.app", "tests.test_warnings")
THEIRS = ("ragtime", "apiary.index", "schemathesis.core", "torch.jit._script")


def _warn(module: str, category: type[Warning] = DeprecationWarning) -> None:
    warnings.warn_explicit("this will go", category, f"{module}.py", 1, module)


@pytest.mark.parametrize("module", OURS)
def test_a_warning_of_ours_is_an_error(module: str) -> None:
    with pytest.raises(DeprecationWarning):
        _warn(module)


def test_a_warning_of_this_file_is_an_error() -> None:
    with pytest.raises(UserWarning, match="said here"):
        warnings.warn("said here", stacklevel=1)


@pytest.mark.parametrize("module", THEIRS)
def test_a_warning_inside_another_library_is_none(module: str) -> None:
    with warnings.catch_warnings(record=True) as seen:
        _warn(module)
    assert len(seen) == 1


def test_what_is_left_open_is_an_error_wherever_it_shows() -> None:
    with pytest.raises(ResourceWarning):
        _warn("sqlite3.dbapi2", ResourceWarning)
