"""``rag reindex`` and ``rag compact``: what they print, and what stands afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from index import reindex as reindex_module
from index.errors import IndexLockedError
from rag.cli.main import main
from tests.doubles import wired

TEXT = "The north sends 5,000 construction workers. TASS reported it."


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "korea.txt").write_text(TEXT)
    return folder


@pytest.fixture(autouse=True)
def indexed(home: Path, files: Path) -> None:
    """Embedders are doubles of the name that is asked for; one collection is there."""
    assert _rag("index", files).exit_code == 0


def _rag(*arguments: str | Path) -> Result:
    result = CliRunner().invoke(main, [str(each) for each in arguments], obj=wired())
    assert "Traceback" not in result.output
    return result


def test_reindex_embeds_anew_though_the_files_are_gone(files: Path) -> None:
    (files / "korea.txt").unlink()
    done = _rag("reindex", "--embedder", "other")
    assert (done.exit_code, done.stdout) == (0, "default: embedded with other: 1 documents\n")
    assert "workers" in _rag("search", "workers", "--embedder", "other").stdout
    refused = _rag("search", "workers")
    assert refused.exit_code == 1
    assert "`rag reindex --collection default --embedder hashing`" in refused.stderr


def test_reindex_as_json() -> None:
    assert json.loads(_rag("reindex", "--json").stdout) == {
        "embedder": "hashing",
        "documents": 1,
        "resumed": 0,
        "chunks": 1,
        "compacted": True,
    }


def test_reindex_tells_what_was_resumed_and_what_is_left_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def locked(*_: object) -> None:
        raise IndexLockedError("another process is writing")

    monkeypatch.setattr(reindex_module, "compact_catalogue", locked)
    with monkeypatch.context() as patch:
        patch.setattr("index.rebuild.Rebuild.switch", _interrupted)
        assert _rag("reindex").exit_code == 130
    done = _rag("reindex")
    assert done.stdout == (
        "default: embedded with hashing: 1 documents (1 of them before the interruption)\n"
    )
    assert "'rag compact --collection default'" in done.stderr


def _interrupted(_: object) -> bool:
    raise KeyboardInterrupt


def test_compact_tells_the_space_given_back(files: Path) -> None:
    assert _rag("compact").stdout == "default: 0 MB, 0 MB before\n"
    (files / "korea.txt").write_text(TEXT * 2000)
    _rag("index", files)
    (files / "korea.txt").write_text(TEXT)
    _rag("index", files)
    sizes = json.loads(_rag("compact", "--json").stdout)
    assert sizes["bytes_after"] < sizes["bytes_before"] / 4


@pytest.mark.parametrize("command", ["reindex", "compact"])
def test_without_a_collection_it_is_said_how_to_make_one(command: str) -> None:
    result = _rag(command, "--collection", "none")
    assert result.exit_code == 1
    assert "'rag index PATH --collection none'" in result.stderr
