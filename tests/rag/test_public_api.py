"""``from rag import …``: what is public, that it loads nothing unasked, and the example shown."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import rag
from index.errors import IndexingError
from rag.wiring import Wiring
from tests.doubles import HashingEmbedder, wired
from tests.examples import README, python_example

ROOT = Path(__file__).parents[2]


def _loaded_by(code: str) -> set[str]:
    """The modules that a new process has loaded after ``code``."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    return set(done.stdout.split())


def test_importing_the_package_loads_no_other_module() -> None:
    unasked = _loaded_by("import rag") - _loaded_by("import importlib, typing, __future__")
    assert unasked == {"rag"}


def test_a_name_loads_only_what_it_needs() -> None:
    loaded = _loaded_by("from rag import Answer, Settings, RagError")
    assert {"rag.types", "rag.settings", "rag.errors"} <= loaded
    assert not loaded & {"rag.assistant", "rag.wiring", "numpy", "torch", "onnxruntime"}


@pytest.mark.parametrize("name", rag.__all__)
def test_every_public_name_is_there_and_is_listed(name: str) -> None:
    assert getattr(rag, name) is not None
    assert name in dir(rag)


def test_type_checkers_are_told_of_every_public_name_and_no_other() -> None:
    tree = ast.parse((ROOT / "rag/__init__.py").read_text("utf-8"))
    [typing_only] = [each for each in tree.body if isinstance(each, ast.If)]
    told = {
        name.name
        for each in typing_only.body
        if isinstance(each, ast.ImportFrom)
        for name in each.names
    }
    assert told == set(rag.__all__)


def test_what_is_not_public_is_not_to_be_had() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Wiring'"):
        _ = rag.Wiring


def test_the_readme_shows_the_example_of_the_docstring() -> None:
    assert rag.__doc__
    assert python_example(rag.__doc__) == python_example(README.read_text("utf-8"))


def test_the_example_answers_with_what_the_documents_say(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = rag.Settings(home=home)
    sentence = "The north sends 5,000 construction workers to the south."
    with Wiring(settings).open_index(HashingEmbedder(), create=True) as index:
        index.add_text("korea", "Workers for the south", sentence)
    monkeypatch.setenv("RAG_LLM", "none")
    monkeypatch.setattr("rag.wiring.Wiring", wired())
    exec(python_example(README.read_text("utf-8")), {})
    text, cited = capsys.readouterr().out.splitlines()
    assert text == sentence
    assert ast.literal_eval(cited) == [sentence]


def test_documents_are_added_to_an_index_that_is_made(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.wiring.Wiring", wired())
    (tmp_path / "lease.txt").write_text("Signed by Kim.")
    settings = rag.Settings(home=home, collection="law", llm="none")
    with pytest.raises(IndexingError, match="--collection law"), rag.open_index(settings):
        pass
    with rag.open_index(settings, create=True) as index:
        assert index.ingest([tmp_path / "lease.txt"]).added == 1
    with rag.open_assistant(settings) as assistant:
        assert assistant.index.size().documents == 1
