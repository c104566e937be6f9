"""The command line: what it prints, its exit codes, and that every error names the next step."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from rag.assistant import ABSTENTION, Assistant
from rag.cli.main import main
from rag.errors import LLMError, LLMUnavailableError
from rag.llm import LLM
from rag.settings import Settings
from rag.types import Answer
from tests.doubles import HashingEmbedder
from tests.loopback import served, unused_address
from tests.ollama_server import OllamaServer
from tests.scripted_llm import ScriptedLLM

TEXT = """\
Workers for the south

The north sends engineers to the south. It also sends 5,000 construction workers.

Shoigu met Kim in Pyongyang. TASS reported it.
"""
TITLE = "Workers for the south"
WORKERS = "It also sends 5,000 construction workers."
QUESTION = "How many construction workers does the north send?"
REPLY = ScriptedLLM.reply("The north sends 5,000 construction workers.", "S2")


class _Line:
    """Runs commands with a double of the embedder, and of the language model if one is given."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        monkeypatch.setattr(Settings, "open_embedder", lambda *_: HashingEmbedder())

    def __call__(self, *arguments: str | Path, stdin: str | bytes | None = None) -> Result:
        result = CliRunner().invoke(main, [str(each) for each in arguments], input=stdin)
        assert result.exception is None or isinstance(result.exception, SystemExit)
        assert "Traceback" not in result.output
        return result

    def speaks(self, llm: LLM | None) -> None:
        self._monkeypatch.setattr(Settings, "open_llm", lambda *_: llm)

    def fails(self, exit_code: int, *arguments: str | Path, stdin: str | bytes = "") -> str:
        """Run a command that must fail, saying so on stderr alone; returns what it says."""
        result = self(*arguments, stdin=stdin)
        assert result.exit_code == exit_code, result.output
        assert result.stdout == ""
        assert result.stderr.startswith("rag: ")
        return result.stderr


@pytest.fixture
def rag(home: Path, monkeypatch: pytest.MonkeyPatch) -> _Line:
    return _Line(monkeypatch)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "korea.txt").write_text(TEXT)
    return folder


@pytest.fixture
def indexed(rag: _Line, files: Path) -> _Line:
    assert rag("index", files).exit_code == 0
    return rag


# index


def test_index_tells_what_it_did_and_does_it_once(rag: _Line, files: Path) -> None:
    first, second = rag("index", files), rag("index", files)
    assert (first.exit_code, first.stdout) == (0, "default: 1 added\n")
    assert (second.exit_code, second.stdout) == (0, "default: 1 unchanged\n")


def test_index_as_json(rag: _Line, files: Path) -> None:
    report = json.loads(rag("index", files, "--json").stdout)
    assert report == {
        "added": 1,
        "updated": 0,
        "unchanged": 0,
        "removed": 0,
        "skipped": 0,
        "chunks": report["chunks"],
        "failed": [],
    }
    assert report["chunks"] >= 1


def test_index_prunes_what_is_gone_when_asked(indexed: _Line, files: Path) -> None:
    (files / "korea.txt").unlink()
    assert indexed("index", files).stdout == "default: nothing found to index\n"
    assert indexed("index", files, "--prune").stdout == "default: 1 removed\n"


def test_a_file_that_cannot_be_read_stops_no_other(rag: _Line, files: Path) -> None:
    (files / "picture.txt").write_bytes(bytes(range(256)) * 4)
    result = rag("index", files, "--json")
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert report["added"] == 1
    assert report["failed"][0]["path"] == str(files / "picture.txt")
    assert "picture.txt holds binary data, not text; convert it" in result.stderr


def test_what_failed_is_listed_until_it_is_mended(rag: _Line, files: Path) -> None:
    bad = files / "picture.txt"
    bad.write_bytes(bytes(range(256)) * 4)
    rag("index", files)
    assert rag("documents", "--failed").stdout.startswith(f"{bad}: picture.txt holds binary data")
    [failure] = json.loads(rag("documents", "--failed", "--json").stdout)
    assert failure["path"] == str(bad)
    bad.write_text("Words now.")
    assert rag("index", files).stdout == "default: 1 added, 1 unchanged\n"
    assert rag("documents", "--failed").stdout == "Every file could be read.\n"


def test_a_web_address_that_is_not_public_is_refused_and_files_are_indexed(
    rag: _Line, files: Path
) -> None:
    result = rag("index", "http://127.0.0.1/x", files)
    assert (result.exit_code, result.stdout) == (1, "default: 1 added, 1 failed\n")
    assert "http://127.0.0.1/x: the host 127.0.0.1 is not in the public internet" in result.stderr
    offline = rag("index", "https://example.org/", files, "--offline", "--json")
    [failure] = json.loads(offline.stdout)["failed"]
    assert failure["path"] == "https://example.org/"
    assert "RAG_OFFLINE" in failure["reason"]


def test_a_path_that_does_not_exist_is_named(rag: _Line, files: Path) -> None:
    result = rag("index", files, files / "missing.txt")
    assert (result.exit_code, result.stdout) == (1, "default: 1 added, 1 failed\n")
    assert "missing.txt does not exist; check the path" in result.stderr


def test_index_without_a_path_is_a_usage_error(rag: _Line) -> None:
    assert rag("index").exit_code == 2


# ask


def test_ask_prints_the_answer_with_its_citation(indexed: _Line, files: Path) -> None:
    indexed.speaks(ScriptedLLM(REPLY))
    result = indexed("ask", QUESTION)
    start = TEXT.index(WORKERS)
    assert result.exit_code == 0
    assert result.stdout == (
        "The north sends 5,000 construction workers. [1]\n\n"
        f"[1] {TITLE} ({files / 'korea.txt'}, characters {start}–{start + len(WORKERS)})\n"
        f"    “{WORKERS}”\n"
    )
    assert "— scripted, " in result.stderr


def test_ask_as_json_is_the_answer(indexed: _Line) -> None:
    indexed.speaks(ScriptedLLM(REPLY))
    result = indexed("ask", QUESTION, "--json")
    answer = json.loads(result.stdout)
    assert answer["status"] == "answered"
    assert answer["question"] == QUESTION
    assert answer["citations"][0]["cited_text"] == WORKERS
    assert result.stderr == ""


@pytest.mark.parametrize("arguments", [["ask"], ["ask", "-"]])
def test_ask_reads_the_question_from_standard_input(indexed: _Line, arguments: list[str]) -> None:
    indexed.speaks(ScriptedLLM(REPLY))
    result = indexed(*arguments, "--json", stdin=f"\n{QUESTION}\n")
    assert json.loads(result.stdout)["question"] == QUESTION


def test_ask_declines_with_the_closest_text_and_exit_code_3(indexed: _Line) -> None:
    indexed.speaks(ScriptedLLM(ScriptedLLM.reply("")))
    result = indexed("ask", "What is the population of Pyongyang?")
    assert result.exit_code == 3
    assert result.stdout.startswith(f"{ABSTENTION}\n\n")
    assert "but not: population" in result.stdout
    assert f"Closest text:\n[1] {TITLE} (" in result.stdout
    assert "“Shoigu met Kim in Pyongyang.”" in result.stdout


def test_ask_without_a_language_model_quotes_and_says_so(indexed: _Line) -> None:
    result = indexed("ask", QUESTION, "--llm", "none")
    assert result.exit_code == 0
    assert result.stdout.startswith(f"{WORKERS} [1]\n\n")
    assert "no language model wrote this" in result.stdout
    assert "— none, " in result.stderr


def test_ask_says_when_the_language_model_failed(indexed: _Line) -> None:
    indexed.speaks(ScriptedLLM(LLMError("it broke")))
    result = indexed("ask", QUESTION)
    assert result.exit_code == 0
    assert "Note: it broke. This answer is quoted from the documents instead." in result.stdout


def test_ask_uses_the_collection_that_is_named(rag: _Line, files: Path) -> None:
    assert rag("index", files, "--collection", "korea").stdout == "korea: 1 added\n"
    rag.speaks(None)
    assert rag("ask", QUESTION, "--collection", "korea").exit_code == 0
    assert "'rag index PATH --collection default'" in rag.fails(1, "ask", QUESTION)


def test_interrupted_it_says_so(indexed: _Line, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    indexed.speaks(None)
    monkeypatch.setattr(Assistant, "ask", interrupted)
    assert "interrupted" in indexed.fails(130, "ask", QUESTION)


# search, documents


def test_search_shows_the_closest_chunks_and_where_they_stand(indexed: _Line) -> None:
    result = indexed("search", "construction workers")
    assert result.exit_code == 0
    assert result.stdout.startswith(f"1. {TITLE} (characters 0–")
    assert WORKERS in result.stdout


def test_search_as_json_gives_as_many_hits_as_asked_for(indexed: _Line, tmp_path: Path) -> None:
    (tmp_path / "more.txt").write_text("Construction workers build a museum.")
    indexed("index", tmp_path / "more.txt")
    hits = json.loads(indexed("search", "--limit", "1", "--json", stdin="a museum").stdout)
    assert [hit["chunk"]["text"] for hit in hits] == ["Construction workers build a museum."]


def test_search_in_an_empty_collection_finds_nothing(rag: _Line, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    rag("index", tmp_path / "empty")
    result = rag("search", "anything")
    assert (result.exit_code, result.stdout) == (3, "Nothing is indexed that could be close.\n")
    assert rag("documents").stdout == "The collection is empty.\n"


def test_documents_lists_and_removes(indexed: _Line, files: Path) -> None:
    assert f"{TITLE}  ({files / 'korea.txt'})" in indexed("documents").stdout
    (listed,) = json.loads(indexed("documents", "--json").stdout)
    assert listed["title"] == TITLE
    assert listed["characters"] == len(TEXT)
    removed = indexed("documents", "--remove", os.path.relpath(files / "korea.txt"), "--json")
    assert json.loads(removed.stdout) == []


def test_removing_what_is_not_there_is_an_error(indexed: _Line) -> None:
    assert "`rag documents` lists" in indexed.fails(1, "documents", "--remove", "nothing.txt")


# models


def test_models_list_shows_what_there_is_to_get(rag: _Line, home: Path) -> None:
    rows = json.loads(rag("models", "list", "--json").stdout)
    assert {row["role"] for row in rows} == {"embedder", "llm"}
    assert {row["state"] for row in rows} == {"missing"}
    assert all(Path(row["path"]).is_relative_to(home) for row in rows)
    assert "smollm2-135m           llm       Apache-2.0       98 MB  missing" in (
        rag("models", "list").stdout
    )


def test_verify_without_a_model_says_how_to_get_one(rag: _Line) -> None:
    assert "'rag models fetch'" in rag.fails(1, "models", "verify")


def test_verify_tells_a_missing_file_and_how_to_mend_it(rag: _Line) -> None:
    result = rag("models", "verify", "smollm2-135m")
    assert (result.exit_code, result.stdout) == (
        1,
        "missing  smollm2-135m/SmolLM2-135M-Instruct.Q4_1.gguf\n",
    )
    assert "'rag models fetch NAME'" in result.stderr


def test_verify_tells_changed_bytes(rag: _Line, home: Path) -> None:
    path = home / "models/smollm2-135m/SmolLM2-135M-Instruct.Q4_1.gguf"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"other")
    result = rag("models", "verify")
    assert (result.exit_code, result.stdout) == (
        1,
        "CHANGED  smollm2-135m/SmolLM2-135M-Instruct.Q4_1.gguf\n",
    )


@pytest.mark.parametrize("command", ["fetch", "path", "verify"])
def test_a_model_that_nobody_knows_is_a_usage_error(rag: _Line, command: str) -> None:
    assert "smollm2-135m" in rag.fails(2, "models", command, "gpt-9")


@pytest.mark.parametrize("command", ["fetch", "path"])
def test_offline_no_model_is_fetched(rag: _Line, command: str) -> None:
    told = rag.fails(1, "models", command, "smollm2-135m", "--offline")
    assert "`rag models fetch smollm2-135m`" in told


# serve


class _Uvicorn:
    """Records how the server would be started."""

    def __init__(self, failure: SystemExit | None = None) -> None:
        self.started: dict[str, Any] = {}
        self._failure = failure

    def __call__(self, app: str, **options: Any) -> None:
        self.started = {"app": app, **options}
        if self._failure:
            raise self._failure


def test_serve_starts_the_application_with_these_settings(
    indexed: _Line, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uvicorn = _Uvicorn()
    monkeypatch.setattr("uvicorn.run", uvicorn)
    result = indexed("serve", "--port", "8123", "--llm", "none", "--offline")
    assert result.exit_code == 0
    assert "Serving collection 'default' at http://127.0.0.1:8123" in result.stderr
    assert uvicorn.started["app"] == "api.app:create_app"
    assert (uvicorn.started["host"], uvicorn.started["port"]) == ("127.0.0.1", 8123)
    # The application reads its settings from the environment.
    assert Settings.from_environment() == Settings(home=home, llm="none", offline=True)


def test_serve_passes_its_strictness_on(
    indexed: _Line, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("uvicorn.run", _Uvicorn())
    assert indexed("serve", "--llm", "none", "--strictness", "eager").exit_code == 0
    assert Settings.from_environment() == Settings(home=home, llm="none", strictness="eager")


def test_ask_is_as_strict_as_it_is_told(indexed: _Line, monkeypatch: pytest.MonkeyPatch) -> None:
    indexed.speaks(ScriptedLLM(REPLY, REPLY))
    asked: list[str] = []
    real = Assistant.ask

    def ask(self: Assistant, question: str) -> Answer:
        asked.append(self.strictness)
        return real(self, question)

    monkeypatch.setattr(Assistant, "ask", ask)
    for options in ([], ["--strictness", "strict"]):
        assert indexed("ask", QUESTION, *options).exit_code == 0
    assert asked == ["balanced", "strict"]
    assert indexed("ask", QUESTION, "--strictness", "lax").exit_code == 2


def test_serve_without_an_index_begins_with_an_empty_collection(
    rag: _Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    uvicorn = _Uvicorn()
    monkeypatch.setattr("uvicorn.run", uvicorn)
    assert rag("serve", "--llm", "none").exit_code == 0
    assert uvicorn.started
    assert Settings.from_environment().collections() == ["default"]


def test_a_server_that_cannot_start_is_an_error(
    indexed: _Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("uvicorn.run", _Uvicorn(SystemExit(3)))
    assert indexed("serve", "--llm", "none").exit_code == 1


# errors


@pytest.mark.parametrize("command", ["ask", "search", "documents"])
def test_without_an_index_every_command_says_how_to_make_one(rag: _Line, command: str) -> None:
    question = [] if command == "documents" else [QUESTION]
    assert "'rag index PATH --collection default'" in rag.fails(1, command, *question)


@pytest.mark.parametrize("command", ["ask", "search"])
@pytest.mark.parametrize("stdin", ["", " \n"])
def test_an_empty_question_is_a_usage_error(rag: _Line, command: str, stdin: str) -> None:
    assert "write what you want to know" in rag.fails(2, command, stdin=stdin)
    assert "write what you want to know" in rag.fails(2, command, " ")


@pytest.mark.parametrize("question", [b"\xff\xfe", "Who is caf\xe9?".encode("latin-1")])
def test_a_question_that_is_no_text_is_a_usage_error(rag: _Line, question: bytes) -> None:
    assert "not UTF-8" in rag.fails(2, "ask", stdin=question)
    assert "not UTF-8" in rag.fails(2, "ask", question.decode(errors="surrogateescape"))


def test_a_question_that_is_a_document_is_a_usage_error(indexed: _Line) -> None:
    indexed.speaks(None)
    assert "put long text into a document" in indexed.fails(2, "ask", "why " * 2000)


def test_no_question_at_a_terminal_is_a_usage_error(
    rag: _Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda _: True)
    assert "pipe it in" in rag.fails(2, "ask")


@pytest.mark.parametrize("command", [["ask", QUESTION], ["search", QUESTION], ["documents"]])
def test_without_a_collection_nothing_is_fetched(
    home: Path, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.models.ModelStore.path", _no_fetch)
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 1
    assert "'rag index PATH --collection default'" in result.stderr


def _no_fetch(*_: object) -> Path:
    raise AssertionError("a model was asked for")


def test_offline_without_the_embedder_it_says_how_to_get_it(home: Path) -> None:
    result = CliRunner().invoke(main, ["index", ".", "--offline"])
    assert result.exit_code == 1
    assert result.stderr.startswith("rag: all-MiniLM-L6-v2 is not here")
    assert "`rag models fetch all-MiniLM-L6-v2`" in result.stderr
    assert not (home / "collections").exists()


def test_offline_without_the_language_model_it_says_how_to_get_it(indexed: _Line) -> None:
    told = indexed.fails(1, "ask", QUESTION, "--offline", "--llm", "llamacpp:smollm2-135m")
    assert "`rag models fetch smollm2-135m`" in told


def test_an_ollama_that_is_down_is_told(indexed: _Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", unused_address())
    told = indexed.fails(1, "ask", QUESTION, "--llm", "ollama:qwen3:4b")
    assert "ollama serve" in told
    assert "--llm llamacpp:" in told


def test_a_model_that_is_not_pulled_is_told(
    indexed: _Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(OllamaServer({"llama3.2:latest": ["completion"]})) as host:
        monkeypatch.setenv("OLLAMA_HOST", host)
        assert "ollama pull qwen3:4b" in indexed.fails(
            1, "ask", QUESTION, "--llm", "ollama:qwen3:4b"
        )


def test_another_server_that_is_down_is_told(indexed: _Line) -> None:
    told = indexed.fails(1, "ask", QUESTION, "--llm", f"openai:tiny@{unused_address()}/v1")
    assert "start the server" in told


def test_a_language_model_that_is_gone_when_it_is_opened_is_told(
    indexed: _Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object) -> None:
        raise LLMUnavailableError("no server answers: start it")

    monkeypatch.setattr(Settings, "open_llm", down)
    assert indexed.fails(1, "ask", QUESTION) == "rag: no server answers: start it\n"


@pytest.mark.parametrize(
    ("option", "value", "step"),
    [
        ("--llm", "gpt-4", "write auto, none, llamacpp:NAME"),
        ("--llm", "vllm:qwen", "use llamacpp, ollama or openai"),
        ("--llm", "openai:qwen", "such as openai:"),
        ("--llm", "llamacpp:qwen9", "use one of"),
        ("--collection", "../other", "use letters, digits"),
    ],
)
def test_a_malformed_option_is_a_usage_error(
    indexed: _Line, option: str, value: str, step: str
) -> None:
    assert step in indexed.fails(2, "ask", QUESTION, option, value)


def test_an_unknown_variable_is_a_usage_error(rag: _Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_LMM", "none")
    assert "known are RAG_HOME" in rag.fails(2, "documents")


def test_an_index_of_another_embedder_is_refused(
    indexed: _Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Settings, "open_embedder", lambda *_: HashingEmbedder(name="other"))
    assert "rag reindex --collection default" in indexed.fails(1, "search", QUESTION)


def test_a_damaged_index_is_told(indexed: _Line, home: Path) -> None:
    path = home / "collections/default/catalogue.sqlite"
    for file in path.parent.iterdir():
        file.unlink()
    path.write_bytes(b"no database " * 1000)
    assert "rag index" in indexed.fails(1, "search", QUESTION)


def test_a_home_that_cannot_be_written_is_told(rag: _Line, files: Path, home: Path) -> None:
    home.write_text("a file where the folder should be")
    rag.fails(1, "index", files)


# help


def _commands(group: click.Group, path: str = "rag") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        yield f"{path} {name}", command
        if isinstance(command, click.Group):
            yield from _commands(command, f"{path} {name}")


@pytest.mark.parametrize(("name", "command"), list(_commands(main)))
def test_every_command_and_option_has_help(name: str, command: click.Command) -> None:
    assert command.help
    silent = [
        each.name for each in command.params if isinstance(each, click.Option) and not each.help
    ]
    assert not silent


def test_help_lists_every_command() -> None:
    told = CliRunner().invoke(main, ["--help"]).stdout
    assert all(f"\n  {name} " in told for name in main.commands)


def test_the_version_is_that_of_the_distribution() -> None:
    from importlib.metadata import version

    assert version("footnote-rag") in CliRunner().invoke(main, ["--version"]).stdout
