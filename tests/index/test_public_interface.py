"""What ``import index`` offers: public names that are loaded when they are first used."""

from __future__ import annotations

import ast
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import index
from index import errors
from tests.doubles import HashingEmbedder

ROOT = Path(__file__).parents[2]


def test_every_public_name_is_what_its_module_defines() -> None:
    assert set(index.__all__) == index._MODULE_OF.keys()
    for name in index.__all__:
        assert getattr(index, name) is getattr(sys.modules[index._MODULE_OF[name]], name)
    assert set(index.__all__) <= set(dir(index))


def test_types_are_checked_for_every_public_name() -> None:
    tree = ast.parse(Path(index.__file__).read_text("utf-8"))
    (block,) = [node for node in tree.body if isinstance(node, ast.If)]
    imported = {
        alias.name: node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert imported == index._MODULE_OF


def test_every_error_is_public() -> None:
    defined = {name for name, value in vars(errors).items() if isinstance(value, type)}
    assert defined <= set(index.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'index' has no attribute 'Nothing'"):
        _ = index.Nothing


def test_importing_the_package_loads_none_of_its_modules_and_no_library() -> None:
    code = "import sys; before = set(sys.modules); import index; print(*set(sys.modules) - before)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    loaded = set(done.stdout.split())
    assert "index" in loaded
    assert not [name for name in loaded if name.startswith("index.")]
    assert {name.partition(".")[0] for name in loaded} <= sys.stdlib_module_names | {"index"}


def test_the_example_of_the_documentation_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "lease.txt").write_text("The lease has 37 clauses.", "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(index, "SentenceTransformerEmbedder", lambda *_: HashingEmbedder())
    documentation = index.__doc__ or ""
    example = documentation.partition("::\n")[2].partition("\nKnows")[0]
    exec(textwrap.dedent(example), {})
    assert "The lease has 37 clauses." in capsys.readouterr().out
