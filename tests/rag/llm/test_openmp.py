"""Where the embedded model's OpenMP library comes from, and what is said where there is none."""

from __future__ import annotations

import ctypes
import sys
from types import ModuleType
from typing import Any

import pytest

from rag.errors import LLMError
from rag.llm import openmp

NO_OPENMP = "libgomp.so.1: cannot open shared object file: No such file or directory"


class _System:
    """Imports xllamacpp as a system does that lacks libgomp until ``copies`` of it are loaded."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, lacks: str, copies: bool) -> None:
        self.module = ModuleType("xllamacpp")
        self.did: list[str] = []
        self._lacks = lacks
        self._copies = copies
        monkeypatch.setattr(openmp, "_imported", self._import)
        monkeypatch.setattr(ctypes, "CDLL", self._load)

    def _import(self) -> Any:
        self.did.append("import")
        if self._lacks:
            raise ImportError(self._lacks)
        return self.module

    def _load(self, path: str) -> None:
        self.did.append(f"load {path}")
        if not self._copies:
            raise OSError(f"{path}: cannot open shared object file")
        self._lacks = ""


def test_the_library_of_the_system_is_taken_first(monkeypatch: pytest.MonkeyPatch) -> None:
    system = _System(monkeypatch, lacks="", copies=True)
    assert openmp.import_llamacpp() is system.module
    assert system.did == ["import"]


def test_the_copy_of_torch_is_taken_where_the_system_has_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    system = _System(monkeypatch, lacks=NO_OPENMP, copies=True)
    assert openmp.import_llamacpp() is system.module
    assert system.did == ["import", f"load {openmp._copy_of_torch()}", "import"]


def test_the_package_to_install_is_named_where_there_is_no_copy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _System(monkeypatch, lacks=NO_OPENMP, copies=False)
    with pytest.raises(LLMError, match="apt-get install libgomp1"):
        openmp.import_llamacpp()


def test_a_broken_installation_is_told_from_a_missing_library(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    system = _System(monkeypatch, lacks="No module named 'xllamacpp'", copies=True)
    with pytest.raises(LLMError, match="--force-reinstall --no-deps xllamacpp"):
        openmp.import_llamacpp()
    assert system.did == ["import"]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere xllamacpp needs no libgomp")
def test_torch_brings_the_library_under_the_name_that_is_asked_for() -> None:
    assert openmp.LIBRARY.encode() in openmp._copy_of_torch().read_bytes()
