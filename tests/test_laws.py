"""Laws of the whole: who may import whom, what may be loaded when, and that nothing is left out."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.errors import IndexingError
from rag.errors import RagError, outcome

ROOT = Path(__file__).parent.parent
PACKAGES = ("index", "rag", "api")
# Each takes from a tenth of a second to seconds to import; `rag --help` must not wait for them.
HEAVY = {
    "PIL",
    "faiss",
    "fastapi",
    "httpx",
    "jinja2",
    "olefile",
    "ollama",
    "onnxruntime",
    "openai",
    "opentelemetry",
    "openvino",
    "prometheus_client",
    "pypdfium2",
    "python_calamine",
    "safetensors",
    "scipy",
    "sklearn",
    "sentence_transformers",
    "tokenizers",
    "torch",
    "trafilatura",
    "transformers",
    "uvicorn",
    "watchfiles",
    "xllamacpp",
}
# What only the evaluation needs, the extra [eval], and the commands that may reach it.
EVALUATION_ONLY = {"jinja2", "scipy", "sklearn", "rag.evaluation"}
EVALUATES = (
    "rag/evaluation/",
    "rag/cli/evaluation",
    "rag/cli/reader.py",
    "rag/cli/served_models.py",
)
# What makes the reader's weights: "rag reader train" alone imports it.
RECIPE = {"rag/evaluation/training/train.py", "rag/evaluation/training/export.py"}
# What is imported only when its back end is chosen, or by such a module.
ADAPTERS = {"rag/llm/ollama.py", "rag/llm/ollama_server.py", "rag/llm/openai.py"}


def _modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def _imports(nodes: list[ast.stmt], *, everywhere: bool) -> Iterator[str]:
    """Top packages imported by ``nodes``: everywhere, or only where importing the module runs."""
    for node in nodes:
        for each in ast.walk(node) if everywhere else _run_on_import(node):
            if isinstance(each, ast.Import):
                yield from (name.name.partition(".")[0] for name in each.names)
            elif isinstance(each, ast.ImportFrom) and each.module and not each.level:
                yield each.module.partition(".")[0]


def _run_on_import(node: ast.AST) -> Iterator[ast.AST]:
    """``node`` and what is in it, without the bodies of functions and of ``if TYPE_CHECKING``."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        return
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _run_on_import(child)


def _imported(path: Path, *, everywhere: bool) -> set[str]:
    return set(_imports(ast.parse(path.read_text("utf-8")).body, everywhere=everywhere))


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize(
    ("package", "forbidden"), [("index", {"rag", "api"}), ("rag", {"api"}), ("api", set[str]())]
)
def test_layers_know_only_those_below(package: str, forbidden: set[str]) -> None:
    modules = _modules(package)
    assert modules
    broken = {
        _name(path): found
        for path in modules
        if (found := _imported(path, everywhere=True) & (forbidden | {"tests"}))
        if found - {"rag"} or not _only_languages(path)
    }
    assert not broken


def _only_languages(path: Path) -> bool:
    """Whether a module imports of ``rag`` languages alone: finding needs their words, too."""
    names = _imported_modules(path)
    return all(each.startswith("rag.language") for each in names if each.startswith("rag"))


def _imported_modules(path: Path) -> set[str]:
    """Every module that ``path`` imports, also within functions and for types, by its full name.

    Of ``from package import name`` both the package and *package.name*, which may be a module.
    """
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.update((node.module, *(f"{node.module}.{each.name}" for each in node.names)))
    return found


def test_languages_are_data_that_knows_nothing_of_the_project() -> None:
    modules = _modules("rag/language")
    assert modules
    for path in modules:
        ours = {each for each in _imported_modules(path) if each.split(".")[0] in PACKAGES}
        assert all(each.startswith("rag.language") for each in ours), _name(path)


def test_nothing_that_answers_imports_the_evaluation_or_its_libraries() -> None:
    answering = [
        path
        for package in PACKAGES
        for path in _modules(package)
        if not _name(path).startswith(EVALUATES)
    ]
    broken = {
        _name(path): found
        for path in answering
        if (found := [name for name in _imported_modules(path) if _is_for_evaluation(name)])
    }
    assert not broken
    assert any(map(_is_for_evaluation, _imported_modules(ROOT / "rag/evaluation/calibrate.py")))


def _is_for_evaluation(name: str) -> bool:
    return any(name == each or name.startswith(f"{each}.") for each in EVALUATION_ONLY)


def _dependencies() -> dict[str, set[str]]:
    """Of every module of ours, the modules of ours that it imports, lazily and for types too."""
    paths = [path for package in PACKAGES for path in _modules(package)]
    modules = {_module(path): path for path in paths}
    found: dict[str, set[str]] = {}
    for module, path in modules.items():
        found[module] = set()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found[module] |= {name.name for name in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                within = {f"{node.module}.{name.name}" for name in node.names} & modules.keys()
                found[module] |= within or {node.module}
        found[module] &= modules.keys()
    return found


def _module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_no_import_circle_stands() -> None:
    remaining = _dependencies()
    while free := [each for each, needs in remaining.items() if not needs & remaining.keys()]:
        for each in free:
            del remaining[each]
    assert not remaining, sorted(remaining)


MAX_LINES, MAX_FUNCTION_LINES = 450, 50


def test_files_and_functions_are_short_enough_to_read() -> None:
    long = []
    for path in (each for package in PACKAGES for each in _modules(package)):
        source = path.read_text("utf-8")
        if (lines := source.count("\n")) > MAX_LINES:
            long.append(f"{_name(path)}: {lines} lines")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                if length > MAX_FUNCTION_LINES:
                    long.append(f"{_name(path)}:{node.lineno} {node.name}: {length} lines")
    assert not long


def test_no_module_of_index_or_rag_loads_a_heavy_library_when_imported() -> None:
    broken = {
        _name(path): found
        for path in (*_modules("index"), *_modules("rag"))
        if _name(path) not in RECIPE | ADAPTERS
        and (found := _imported(path, everywhere=False) & HEAVY)
    }
    assert not broken


def test_the_walk_tells_what_runs_on_import_from_what_does_not() -> None:
    source = (
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    import torch\n"
        "def lazy():\n    import faiss\n"
        "class Eager:\n    import openai\n"
        "try:\n    import xllamacpp.server\nexcept ImportError:\n    pass\n"
    )
    body = ast.parse(source).body
    assert set(_imports(body, everywhere=False)) == {"typing", "openai", "xllamacpp"}
    assert set(_imports(body, everywhere=True)) >= {"torch", "faiss"}


@pytest.mark.parametrize("arguments", ["--help", "ask --help", "index --help", "models list"])
def test_the_command_line_starts_without_a_heavy_library(arguments: str, tmp_path: Path) -> None:
    # Through the interpreter itself: what is loaded depends on what the tests loaded before.
    code = (
        "import sys; from rag.cli.main import main\n"
        f"try: main({arguments.split()!r})\n"
        "finally: print('LOADED', *sorted(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={"RAG_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)},
    )
    loaded = done.stderr.partition("LOADED ")[2].split()
    assert "rag.cli" in loaded
    assert not HEAVY & set(loaded)


def test_every_module_says_what_it_is() -> None:
    silent = [
        _name(path)
        for package in PACKAGES
        for path in _modules(package)
        if not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert not silent


def _tree(error: type[Exception]) -> Iterator[type[Exception]]:
    yield error
    for child in error.__subclasses__():
        yield from _tree(child)


ERRORS = [*_tree(RagError), *_tree(IndexingError)]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: str(error.__name__))
def test_the_table_has_every_error(error: type[Exception]) -> None:
    exit_code, status = outcome(error("why"))
    assert exit_code in (1, 2)
    assert 400 <= status < 600


@pytest.mark.parametrize("module", ["rag/errors.py", "index/errors.py"])
def test_the_docstring_draws_every_error(module: str) -> None:
    tree = ast.parse((ROOT / module).read_text("utf-8"))
    drawn = ast.get_docstring(tree) or ""
    defined = [node.name for node in tree.body if isinstance(node, ast.ClassDef)]
    assert defined
    assert [name for name in defined if f"{name}" not in drawn] == []


def test_an_error_of_others_has_no_place_in_the_table() -> None:
    with pytest.raises(TypeError, match="ValueError"):
        outcome(ValueError("why"))
