"""What ``make`` installs and runs, with an index of small wheels and stand-ins for the tools."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
import tomllib
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.loopback import Reply, Request, served

ROOT = Path(__file__).parents[1]
MARKERS = (".torch", ".installed", ".dev", ".models", ".test-models", ".llama-index")
linux = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the default index is asked")


def _wheel(name: str, version: str, requires: str = "", holds: Sequence[str] = ()) -> bytes:
    """Return a wheel of empty files, and its metadata."""
    folder = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    files = {
        f"{folder}/METADATA": metadata + (f"Requires-Dist: {requires}\n" if requires else ""),
        f"{folder}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{folder}/RECORD": "",
    }
    files |= dict.fromkeys(holds, "")
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return content.getvalue()


TORCH_FILES = [
    "torch/__init__.py",
    "torch/bin/torch_shm_manager",
    "torch/bin/TCPStoreTest",
    "torch/bin/protoc",
    "torch/bin/test_api",
    "torch/include/ATen/ATen.h",
    "torch/test/basic",
]
CPU_TORCH = _wheel("torch", "2.13.0+cpu", holds=TORCH_FILES)
CPU = {"torch": ("torch-2.13.0+cpu-py3-none-any.whl", CPU_TORCH)}
DEFAULT = {
    "torch": ("torch-2.13.0-py3-none-any.whl", _wheel("torch", "2.13.0", "nvidia-cublas")),
    "nvidia-cublas": ("nvidia_cublas-1-py3-none-any.whl", _wheel("nvidia_cublas", "1")),
}


@dataclass
class PackageIndexes:
    """Serves ``/cpu/`` and ``/default/``; ``silent_s`` is how long the first one says nothing."""

    silent_s: float = 0
    indexes: Mapping[str, Mapping[str, tuple[str, bytes]]] = field(
        default_factory=lambda: {"cpu": CPU, "default": DEFAULT}
    )

    def handle(self, request: Request) -> Reply:
        _, index, project, file = request.path.split("/")
        if index == "cpu":
            time.sleep(self.silent_s)
        if project not in self.indexes.get(index, {}):
            return Reply([b"unknown"], 404, "text/plain")
        name, content = self.indexes[index][project]
        if file:
            return Reply([content], content_type="application/octet-stream")
        return Reply([f'<a href="{name}">{name}</a>'.encode()], content_type="text/html")


def _environment(**more: str) -> dict[str, str]:
    """Return this process's environment without what configures pip or make, and with ``more``."""
    configured = ("PIP_", "MAKE", "MFLAGS", "TORCH")
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(configured) and not name.lower().endswith("_proxy")
    }
    return kept | more


def _make(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=ROOT,
        env=_environment(**environment),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that makes environments by copying one: to make one takes seconds."""
    folder = tmp_path_factory.mktemp("python")
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    copies = f'test "$2" = venv && exec cp -r {folder}/venv "$3"\nexec {sys.executable} "$@"'
    _executable(folder / "python3", copies)
    return folder / "python3"


@pytest.fixture
def install(tmp_path: Path, python: Path) -> Callable[..., tuple[set[str], str]]:
    """Has make install torch; returns what is installed then, as NAME-VERSION, and what it says."""

    def installed(address: str, *arguments: str) -> tuple[set[str], str]:
        venv = tmp_path / "venv"
        done = _make(
            f"{venv}/.torch",
            f"VENV={venv}",
            f"PYTHON={python}",
            f"TORCH_INDEX={address}/cpu",
            *arguments,
            PIP_CONFIG_FILE=os.devnull,
            PIP_INDEX_URL=f"{address}/default",
            PIP_NO_CACHE_DIR="1",
        )
        assert done.returncode == 0, done.stderr
        found = {path.stem for path in venv.glob("lib/python*/site-packages/*.dist-info")}
        return {each for each in found if not each.startswith(("pip-", "setuptools-"))}, done.stderr

    return installed


Install = Callable[..., tuple[set[str], str]]
WITH_CUDA = {"torch-2.13.0", "nvidia_cublas-1"}


@linux
def test_torch_without_cuda_is_installed_where_there_is_one(install: Install) -> None:
    with served(PackageIndexes()) as address:
        installed, said = install(address)
    assert installed == {"torch-2.13.0+cpu"}
    assert "GB" not in said


@linux
def test_of_torch_only_what_a_model_needs_is_kept(install: Install, tmp_path: Path) -> None:
    with served(PackageIndexes()) as address:
        install(address)
    (torch,) = tmp_path.glob("venv/lib/python*/site-packages/torch")
    kept = {str(path.relative_to(torch)) for path in torch.rglob("*") if path.is_file()}
    assert kept == {"__init__.py", "bin/torch_shm_manager"}  # and nothing is compiled yet


def test_python_keeps_what_it_compiles_even_where_it_is_told_not_to(installed: Installed) -> None:
    installed.tool("rag", 'echo "[$PYTHONDONTWRITEBYTECODE]"')
    assert "[]" in _make(f"VENV={installed.venv}", "ask", PYTHONDONTWRITEBYTECODE="1").stdout


@linux
def test_the_size_is_said_before_the_default_index_is_taken(install: Install) -> None:
    with served(PackageIndexes(indexes={"default": DEFAULT})) as address:
        installed, said = install(address)
    assert installed == WITH_CUDA
    assert f"No torch from {address}/cpu" in said
    assert "2.7 GB to download, 5 GB in" in said


@linux
def test_an_index_that_is_silent_is_left_after_its_limit(install: Install) -> None:
    with served(PackageIndexes(silent_s=15)) as address:
        installed, said = install(address, "TORCH_INDEX_LIMIT_S=2")
    assert installed == WITH_CUDA
    assert "No torch from" in said


def test_an_empty_index_takes_the_default_one(install: Install) -> None:
    with served(PackageIndexes()) as address:
        installed, said = install(address, "TORCH_INDEX=")
    assert installed == WITH_CUDA
    assert "No torch from" not in said


@linux
def test_uv_takes_torch_from_the_same_index_as_make() -> None:
    uv = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["uv"]
    (source,) = uv["sources"]["torch"]
    (index,) = uv["index"]
    assert source == {"index": index["name"], "marker": "sys_platform == 'linux'"}
    assert index["explicit"] is True  # nothing but torch comes from there
    shown = _make("--eval", "show: ; @echo $(TORCH_INDEX) $(TORCH_INDEX_LIMIT_S)", "show")
    assert shown.stdout.split() == [index["url"], "10"]


@dataclass(frozen=True)
class Installed:
    """A ``.venv`` in which make finds everything done, with scripts in the place of its tools."""

    venv: Path
    path: Path  # a folder of commands that come before those of the system

    def make(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        path = f"{self.path}{os.pathsep}{os.environ['PATH']}"
        return _make(f"VENV={self.venv}", *arguments, PATH=path)

    def tool(self, name: str, script: str) -> None:
        _executable(self.venv / "bin" / name, script)

    def command(self, name: str, script: str) -> None:
        _executable(self.path / name, script)


def _executable(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)


@pytest.fixture
def installed(tmp_path: Path) -> Installed:
    venv = tmp_path / "venv"
    for tool in ("ruff", "mypy"):
        _executable(venv / "bin" / tool, "exit 0")
    for marker in MARKERS:
        (venv / marker).touch()
    (tmp_path / "bin").mkdir()
    return Installed(venv, tmp_path / "bin")


ASKS = 'test "$1" = ask || exit 0; cat; exit '


@pytest.mark.parametrize("given", [[], ["Q="]])
def test_without_a_question_the_example_is_asked(installed: Installed, given: list[str]) -> None:
    installed.tool("rag", ASKS + "0")
    assert installed.make("ask", *given).stdout == "how many construction workers?"


def test_a_question_is_asked_as_it_was_typed(installed: Installed) -> None:
    installed.tool("rag", ASKS + "0")
    question = """what does "$HOME" cost, in $(dollars) or 'euros'?"""
    assert installed.make("ask", f"Q={question}").stdout == question


@pytest.mark.parametrize(("code", "accepted"), [(0, 1), (3, 1), (4, 1), (1, 0), (2, 0)])
def test_make_ask_fails_where_asking_is_an_error(
    installed: Installed, code: int, accepted: int
) -> None:
    installed.tool("rag", ASKS + str(code))
    assert (installed.make("ask").returncode == 0) == bool(accepted)


# In the place of Python: says how pytest was called, and finds Chromium where a file says so.
PYTHON = """
test "$2" = pytest && shift 2 && echo "pytest $*" && exit 0
test -e "$0.chromium" && echo /usr/bin/chromium
"""


def test_without_chromium_the_browser_tests_are_left_out_loudly(installed: Installed) -> None:
    installed.tool("python", PYTHON)
    installed.command("apt-get", "echo no network >&2; exit 100")
    installed.command("id", "echo 0")
    done = installed.make("test")
    assert done.returncode == 0
    assert "pytest -m not ollama and not browser" in done.stdout
    assert done.stderr.splitlines()[-1].startswith("!!! THE BROWSER TESTS WERE LEFT OUT")
    assert installed.make("chromium").returncode != 0


def test_root_gets_chromium_where_apt_get_has_one(installed: Installed) -> None:
    installed.tool("python", PYTHON)
    installed.command("id", "echo 0")
    installed.command(
        "apt-get", f'test "$1" = update || touch {installed.venv}/bin/python.chromium'
    )
    done = installed.make("test")
    assert done.returncode == 0
    assert "pytest -m not ollama\n" in done.stdout
    assert "LEFT OUT" not in done.stderr


def test_who_is_not_root_installs_nothing(installed: Installed) -> None:
    installed.tool("python", PYTHON)
    installed.command("id", "echo 1000")
    installed.command("apt-get", f"touch {installed.venv}/called")
    assert "LEFT OUT" in installed.make("test").stderr
    assert not (installed.venv / "called").exists()


def test_make_test_fails_where_a_test_fails(installed: Installed) -> None:
    for chromium in ("exit 1", "exit 0"):
        installed.tool("python", f'test "$2" = pytest && exit 1; {chromium}')
        installed.command("id", "echo 1000")
        done = installed.make("test")
        assert done.returncode != 0
        assert "LEFT OUT" not in done.stderr
