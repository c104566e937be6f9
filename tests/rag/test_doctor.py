"""``rag doctor``: each thing that may be out of order is found and told with its remedy."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from index.bert import CHECK_FILE
from index.catalogue import Catalogue
from index.chunk import Chunking
from index.index import DEFAULT_CHUNKING, Index
from rag import doctor
from rag.cli.main import main
from rag.llm import DEFAULT_EMBEDDED_MODEL
from rag.models import Model, ModelFile
from rag.settings import DEFAULT_EMBEDDER
from tests.doubles import HashingEmbedder, wired
from tests.loopback import served, unused_address
from tests.ollama_server import Model as OllamaModel
from tests.ollama_server import OllamaServer
from tests.openai_server import OpenAIServer

PARTS = {DEFAULT_EMBEDDER: b"an embedder", DEFAULT_EMBEDDED_MODEL: b"a language model"}


def _pinned(name: str, content: bytes) -> Model:
    file = ModelFile("weights", len(content), hashlib.sha256(content).hexdigest())
    return Model(name, "embedder" if name == DEFAULT_EMBEDDER else "llm", "MIT", (file,), ())


@pytest.fixture(autouse=True)
def models(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Models of a few bytes, which are here; no Ollama answers."""
    for name, content in PARTS.items():
        (home / "models" / name).mkdir(parents=True)
        (home / "models" / name / "weights").write_bytes(content)
    monkeypatch.setenv("OLLAMA_HOST", unused_address())
    return home / "models"


@pytest.fixture
def zoo(home: Path) -> Path:
    folder = home / "collections" / "zoo"
    with Index.open(folder, HashingEmbedder(DEFAULT_EMBEDDER), create=True) as index:
        index.add_text("giraffe", "", "One giraffe lives here.")
        index.add_text("lion", "", "One lion lives here.")
    return folder


def _rag(*arguments: str, env: Mapping[str, str] | None = None) -> Result:
    pinned = wired(models=[_pinned(*each) for each in PARTS.items()])
    result = CliRunner().invoke(main, ["doctor", *arguments], env=env, obj=pinned)
    assert "Traceback" not in result.output
    return result


def _findings(*arguments: str, env: Mapping[str, str] | None = None) -> dict[str, dict[str, Any]]:
    """The last finding of each check."""
    printed = _rag("--json", *arguments, env=env).stdout
    return {each["check"]: each for each in json.loads(printed)}


@pytest.mark.usefixtures("zoo")
def test_where_all_is_well_nothing_is_to_be_done() -> None:
    result = _rag()
    assert result.exit_code == 0
    assert "→" not in result.stdout
    assert f"ok       embedder: {DEFAULT_EMBEDDER}: every byte is right" in result.stdout
    assert "ok       collection zoo: 2 documents, 2 chunks, " in result.stdout
    assert "exact vectors, recall@10 1.000" in result.stdout


@pytest.mark.parametrize(
    ("cosine", "told"),
    [
        (0.99997, "run by OpenVINO 1 on a CPU, cosine 0.99997 to sentence-transformers"),
        (0.98, "sentence-transformers runs it, because OpenVINO 1 on a CPU gave other vectors"),
    ],
)
def test_it_tells_what_runs_the_embedder(models: Path, cosine: float, told: str) -> None:
    known = {"runtime": "OpenVINO 1 on a CPU", "cosine": cosine}
    (models / DEFAULT_EMBEDDER / CHECK_FILE).write_text(json.dumps(known))
    finding = _findings()["embedder"]
    assert finding["state"] == "ok"
    assert finding["what"] == f"{DEFAULT_EMBEDDER}: every byte is right; {told}"


def test_before_anything_is_indexed_it_looks_at_the_rest() -> None:
    assert set(_findings()) == {"sqlite", "disk", "embedder", "ollama", "llm"}


def test_a_collection_that_is_not_there_is_an_error() -> None:
    result = _rag("--collection", "none")
    assert result.exit_code == 1
    assert "'rag index PATH --collection none'" in result.stderr


# Collections


def _harm_text(folder: Path) -> None:
    catalogue = Catalogue(folder)
    catalogue.execute("UPDATE documents SET text = upper(text) WHERE key = 'lion'")
    catalogue.close()


def _harm_file(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()
    (folder / "catalogue.sqlite").write_bytes(b"no database " * 999)


def _make_newer(folder: Path) -> None:
    catalogue = Catalogue(folder)
    catalogue.set_meta("format_version", 99)
    catalogue.close()


@pytest.mark.parametrize(
    ("harm", "remedy"),
    [
        (_harm_text, "rag documents --collection zoo --remove lion"),
        (_harm_file, "index the documents again"),
        (_make_newer, "mend it as said"),
    ],
)
def test_what_is_broken_in_a_collection_is_told_with_its_remedy(
    zoo: Path, harm: Any, remedy: str
) -> None:
    harm(zoo)
    found = _findings()["collection zoo"]
    assert found["state"] == "broken"
    assert remedy in found["remedy"]
    assert _rag("--collection", "zoo").exit_code == 1


def test_what_is_left_to_do_in_a_collection_is_a_warning(
    zoo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bad.txt").write_bytes(bytes(range(256)) * 4)
    with Index.open(zoo, HashingEmbedder(DEFAULT_EMBEDDER)) as index:
        index.ingest([tmp_path / "bad.txt"])
    catalogue = Catalogue(zoo)
    settings = {"embedder": "other", "dimension": 8, "chunking": {}}
    catalogue.set_meta("rebuilding", settings)
    catalogue.close()
    (zoo / "vectors-1.faiss.99.tmp").touch()
    monkeypatch.setattr(doctor, "_free_bytes", lambda _: 500_000_000)
    result = _rag()
    assert result.exit_code == 0
    for remedy in (
        "1 files could not be read\n         → 'rag documents --failed --collection zoo'",
        "'rag reindex --collection zoo --embedder other' finishes it",
        "500.0 MB of it are left from removed documents\n         → 'rag compact --collection zoo'",
        "1 files were left behind",
    ):
        assert remedy in result.stdout


def test_documents_that_older_loaders_read_are_told(
    zoo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_text("A lion.")
    with Index.open(zoo, HashingEmbedder(DEFAULT_EMBEDDER)) as index:
        index.ingest([tmp_path / "a.txt"])
    monkeypatch.setattr(doctor, "LOADERS_VERSION", 99)
    found = _findings()["collection zoo"]
    assert found["state"] == "warning"
    assert found["what"].startswith("1 documents were read by older loaders")
    assert "rag index PATH --collection zoo" in found["remedy"]


def test_a_collection_that_another_version_cut_is_told(
    zoo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "DEFAULT_CHUNKING", Chunking(99))
    found = _findings()["collection zoo"]
    assert found["state"] == "warning"
    old = f"at most {DEFAULT_CHUNKING.max_tokens} tokens, new ones would have 99"
    assert old in found["what"]
    assert f"rag reindex --collection zoo --embedder {DEFAULT_EMBEDDER}" in found["remedy"]


def test_vectors_that_miss_what_is_near_are_told(
    zoo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "measured_recall", lambda *_: 0.9)
    found = _findings()["collection zoo"]
    assert found["state"] == "warning"
    assert "recall@10 0.900" in found["what"]
    assert str(zoo) in found["remedy"]


def test_a_wrong_byte_in_the_file_of_vectors_is_told_with_what_mends_it(zoo: Path) -> None:
    (path,) = zoo.glob("vectors-*.faiss")
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    said = f"{path.name} is not as it was written: what is near may not be found"
    assert f"warning  collection zoo: {said}\n         → delete {path}: " in _rag().stdout
    path.unlink()
    with Index.open(zoo, HashingEmbedder(DEFAULT_EMBEDDER)) as index:
        index.search("lion")
    assert "→" not in _rag().stdout


# Models


def test_a_model_with_other_bytes_is_broken(models: Path) -> None:
    (models / DEFAULT_EMBEDDER / "weights").write_bytes(b"an embeddex")
    found = _findings()["embedder"]
    assert (found["state"], found["remedy"]) == (
        "broken",
        f"'rag models fetch {DEFAULT_EMBEDDER}'",
    )
    assert _rag().exit_code == 1


@pytest.mark.parametrize(("offline", "state"), [("0", "warning"), ("1", "broken")])
def test_a_model_that_is_not_here_is_fetched_later_unless_that_is_forbidden(
    models: Path, offline: str, state: str
) -> None:
    shutil.rmtree(models / DEFAULT_EMBEDDED_MODEL)
    assert _findings(env={"RAG_OFFLINE": offline})["llm"]["state"] == state


def test_the_embedder_of_a_collection_is_looked_at(home: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    Index.open(home / "collections/own", HashingEmbedder(str(gone)), create=True).close()
    assert _findings()["embedder"]["state"] == "broken"
    gone.mkdir()
    assert "sentence-transformers" in _findings()["embedder"]["remedy"]
    (gone / "modules.json").write_text("[]")
    (gone / "config.json").write_text('{"hidden_size": 8, "max_position_embeddings": 9}')
    (gone / "sentence_bert_config.json").write_text("{}")
    assert "a model of your own, dimension 8" in _findings()["embedder"]["what"]


# The language model


@pytest.mark.parametrize(
    ("llm", "check", "state", "told"),
    [
        ("none", "llm", "ok", "quoted"),
        (f"llamacpp:{DEFAULT_EMBEDDED_MODEL}", "llm", "ok", "every byte"),
        ("llamacpp:nobody", "llm", "broken", "rag models list"),
        ("ollama:qwen3:4b", "ollama", "broken", "ollama serve"),
        ("gpt-9", "llm", "broken", "--llm"),
        (f"openai:tiny@{unused_address()}/v1", "llm", "broken", "start the server"),
    ],
)
def test_the_language_model_that_is_named_is_looked_at(
    llm: str, check: str, state: str, told: str
) -> None:
    found = _findings("--llm", llm)[check]
    assert found["state"] == state
    assert told in f"{found['what']} {found['remedy']}"


LARGER = OllamaModel(parameters="4.0B")


@pytest.mark.parametrize(
    ("llm", "pulled", "state", "told"),
    [
        ("auto", {"qwen3:4b": LARGER}, "ok", "rag models try ollama:qwen3:4b"),
        ("auto", {"nomic-embed-text": OllamaModel(["embedding"])}, "ok", "has no model"),
        ("auto", {}, "ok", "the embedded model writes the answers"),
        ("ollama:qwen3:4b", {"qwen3:4b": LARGER}, "ok", "held to a JSON schema"),
        ("ollama:qwen3:4b", {"qwen3:4b": LARGER}, "ok", "context 32,768 tokens"),
        ("ollama:qwen3:4b", {"qwen3:4b": OllamaModel()}, "warning", "rag models recommend"),
        ("ollama:qwen3:4b", {}, "broken", "rag models pull ollama:qwen3:4b"),
    ],
)
def test_a_server_is_asked_for_its_models(
    llm: str,
    pulled: dict[str, OllamaModel],
    state: str,
    told: str,
) -> None:
    with served(OllamaServer(pulled)) as host:
        found = _findings("--llm", llm, env={"OLLAMA_HOST": host})["ollama"]
    assert found["state"] == state
    assert told in f"{found['what']} {found['remedy']}"


def test_each_server_of_several_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    with served(OllamaServer({"qwen3:4b": LARGER})) as host:
        monkeypatch.setenv("OLLAMA_HOST", f"{unused_address()},{host}")
        findings = json.loads(_rag("--json", "--llm", "ollama:qwen3:4b").stdout)
    states = [each["state"] for each in findings if each["check"] == "ollama"]
    assert states == ["broken", "ok"]


def test_another_server_that_answers_is_in_order() -> None:
    with served(OpenAIServer()) as host:
        found = _findings("--llm", f"openai:tiny@{host}/v1")["llm"]
    assert found["state"] == "ok"
    assert "held to a JSON schema" in found["what"]


# This machine


@pytest.mark.parametrize(("free", "state"), [(10**6, "broken"), (5 * 10**8, "warning")])
def test_little_room_is_told(monkeypatch: pytest.MonkeyPatch, free: int, state: str) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    found = _findings()["disk"]
    assert found["state"] == state
    assert "RAG_HOME" in found["remedy"]


def test_a_python_without_full_text_search_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    class Lacking(sqlite3.Connection):
        def execute(self, *_: object) -> sqlite3.Cursor:
            raise sqlite3.OperationalError("no such module: fts5")

    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda path, **_: connect(path, factory=Lacking))
    found = _findings()["sqlite"]
    assert found["state"] == "broken"
    assert "FTS5" in found["remedy"]
