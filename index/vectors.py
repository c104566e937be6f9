"""Dense search: a FAISS index derived from the catalogue, which may be lost at any time.

Knows no text and no embedder. Flat, hence exact: up to about 50,000 chunks nothing measured was
faster at the same recall, and ids can be removed from it.

FAISS writes in place and loads a flipped byte without a word, so a file here is written aside,
named by its commit, and only trusted with the sha256 that the small file beside it records.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from index.catalogue import Catalogue, Commit

if TYPE_CHECKING:
    import faiss

_log = logging.getLogger(__name__)
_FILE = re.compile(r"vectors-(\d+)\.faiss$")
_SAMPLE = 50  # questions of stored vectors
_BEST = 10  # of which one must be the chunk itself, or as near
_RESAVE_SHARE = 0.1  # of the vectors changed: until then catching up costs less than writing all


class Vectors:
    """The vectors of all chunks as of ``commit``, searched exactly by inner product."""

    def __init__(self, index: faiss.IndexIDMap2, commit: Commit, unsaved: int) -> None:
        self._index = index
        self.commit = commit
        self._unsaved = unsaved

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def is_exact(self) -> bool:
        """Whether every chunk is compared with the question."""
        return True

    def search(self, vector: NDArray[np.float32], limit: int) -> tuple[list[int], list[float]]:
        """The ids of the nearest chunks and their inner products, best first, ties by id.

        ``vector`` has the shape ``(dimension,)``.
        """
        scores, ids = self._index.search(vector.reshape(1, -1), max(1, min(limit, len(self))))
        found = [(int(i), float(s)) for i, s in zip(ids[0], scores[0], strict=True) if i != -1]
        found.sort(key=lambda pair: (-pair[1], pair[0]))
        return [i for i, _ in found], [s for _, s in found]

    def catch_up(self, catalogue: Catalogue) -> bool:
        """Applies what was committed since; False when the log does not reach back that far."""
        import faiss

        commit = catalogue.commit()
        if commit == self.commit:
            return True
        if not catalogue.knows(self.commit):
            return False
        added, removed = catalogue.changes_since(self.commit)
        if removed:
            self._index.remove_ids(faiss.IDSelectorBatch(np.array(removed, dtype=np.int64)))
        if added:
            ids, vectors = catalogue.vectors(added)
            self._index.add_with_ids(vectors, ids)
        self.commit = commit
        self._unsaved += len(added) + len(removed)
        return True

    def save(self, folder: Path) -> None:
        """Writes the file for this commit if enough has changed, and removes older ones.

        Losing it only costs time, so a folder that cannot be written is no error.
        """
        if self._unsaved == 0 or self._unsaved < _RESAVE_SHARE * len(self):
            return
        try:
            _write(folder, self._index, self.commit)
        except OSError as error:
            _log.info("vectors are kept in memory only: %s", error)
            return
        self._unsaved = 0


def load_vectors(folder: Path, catalogue: Catalogue, dimension: int) -> Vectors:
    """The vectors of the catalogue's newest commit: from the newest sound file, brought up to date,
    or built from the catalogue. To be called inside ``catalogue.reading()``."""
    for path in _files(folder):
        vectors = _read(path)
        if vectors is not None and vectors.catch_up(catalogue):
            return vectors
    return build_vectors(catalogue, dimension)


def build_vectors(catalogue: Catalogue, dimension: int) -> Vectors:
    """The vectors of the catalogue's newest commit, from the catalogue alone."""
    import faiss

    index = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))
    ids, vectors = catalogue.vectors()
    if len(ids):
        index.add_with_ids(vectors, ids)
    return Vectors(index, catalogue.commit(), unsaved=len(ids))


def measured_recall(catalogue: Catalogue, vectors: Vectors) -> float:
    """The share of chunks whose own vector finds them, or one as near, over a sample.

    To be called inside ``catalogue.reading()`` with ``vectors`` of the same commit.
    """
    ids, all_vectors = catalogue.vectors()
    step = max(1, len(ids) // _SAMPLE)
    sample = list(zip(ids[::step].tolist(), all_vectors[::step], strict=True))
    found = 0
    for chunk_id, vector in sample:
        near, scores = vectors.search(vector, _BEST)
        found += chunk_id in near or scores[-1] >= float(vector @ vector)
    return found / len(sample) if sample else 1.0


def _files(folder: Path) -> list[Path]:
    """The files of vectors, that of the newest commit first."""
    paths = [path for path in folder.iterdir() if _FILE.match(path.name)]
    return sorted(paths, key=_number, reverse=True)


def _number(path: Path) -> int:
    """The number of the commit that a file of vectors is of."""
    match = _FILE.match(path.name)
    return int(match[1]) if match else -1


def _read(path: Path) -> Vectors | None:
    """The vectors in a file, or None when it is not exactly what was once written."""
    import faiss

    try:
        record = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != record["sha256"]:
            return None
        commit = Commit(record["commit"], record["token"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    index = faiss.deserialize_index(np.frombuffer(data, dtype=np.uint8))
    return Vectors(index, commit, unsaved=0) if isinstance(index, faiss.IndexIDMap2) else None


def _write(folder: Path, index: faiss.IndexIDMap2, commit: Commit) -> None:
    import faiss

    data = faiss.serialize_index(index).tobytes()
    record = {
        "commit": commit.number,
        "token": commit.token,
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    path = folder / f"vectors-{commit.number}.faiss"
    _replace(path, data)
    _replace(path.with_suffix(".json"), json.dumps(record).encode())
    for old in _files(folder):
        if _number(old) < commit.number:  # another process may have written a newer one meanwhile
            old.unlink(missing_ok=True)
            old.with_suffix(".json").unlink(missing_ok=True)


def _replace(path: Path, data: bytes) -> None:
    aside = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with aside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
