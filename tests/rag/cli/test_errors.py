"""Every error of the command line names the next step, on stderr, with its exit code."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from rag.cli.main import main
from tests.command_line import QUESTION, CommandLine
from tests.loopback import served, unused_address
from tests.ollama_server import OllamaServer


@pytest.mark.parametrize("command", ["ask", "search", "documents"])
def test_without_an_index_every_command_says_how_to_make_one(
    rag: CommandLine, command: str
) -> None:
    question = [] if command == "documents" else [QUESTION]
    assert "'rag index PATH --collection default'" in rag.fails(1, command, *question)


@pytest.mark.parametrize("command", ["ask", "search"])
@pytest.mark.parametrize("stdin", ["", " \n"])
def test_an_empty_question_is_a_usage_error(rag: CommandLine, command: str, stdin: str) -> None:
    assert "write what you want to know" in rag.fails(2, command, stdin=stdin)
    assert "write what you want to know" in rag.fails(2, command, " ")


@pytest.mark.parametrize("question", [b"\xff\xfe", "Who is caf\xe9?".encode("latin-1")])
def test_a_question_that_is_no_text_is_a_usage_error(rag: CommandLine, question: bytes) -> None:
    assert "not UTF-8" in rag.fails(2, "ask", stdin=question)
    assert "not UTF-8" in rag.fails(2, "ask", question.decode(errors="surrogateescape"))


def test_a_question_that_is_a_document_is_a_usage_error(indexed: CommandLine) -> None:
    told = indexed.fails(2, "ask", "why " * 2000, "--llm", "none")
    assert "put long text into a document" in told


def test_no_question_at_a_terminal_is_a_usage_error(
    rag: CommandLine, monkeypatch: pytest.MonkeyPatch
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


def test_offline_without_the_language_model_it_says_how_to_get_it(indexed: CommandLine) -> None:
    told = indexed.fails(1, "ask", QUESTION, "--offline", "--llm", "llamacpp:smollm2-135m")
    assert "`rag models fetch smollm2-135m`" in told


def test_an_ollama_that_is_down_is_told(indexed: CommandLine) -> None:
    arguments = ("ask", QUESTION, "--llm", "ollama:qwen3:4b")
    told = indexed.fails(1, *arguments, env={"OLLAMA_HOST": unused_address()})
    assert "ollama serve" in told
    assert "--llm llamacpp:" in told


def test_a_model_that_is_not_pulled_is_told(indexed: CommandLine) -> None:
    arguments = ("ask", QUESTION, "--llm", "ollama:qwen3:4b")
    with served(OllamaServer({"llama3.2:latest": ["completion"]})) as host:
        told = indexed.fails(1, *arguments, env={"OLLAMA_HOST": host})
    assert "rag models pull ollama:qwen3:4b" in told


def test_another_server_that_is_down_is_told(indexed: CommandLine) -> None:
    told = indexed.fails(1, "ask", QUESTION, "--llm", f"openai:tiny@{unused_address()}/v1")
    assert "start the server" in told


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
    indexed: CommandLine, option: str, value: str, step: str
) -> None:
    assert step in indexed.fails(2, "ask", QUESTION, option, value)


def test_an_unknown_variable_is_a_usage_error(rag: CommandLine) -> None:
    assert "known are RAG_HOME" in rag.fails(2, "documents", env={"RAG_LMM": "none"})


def test_an_index_of_another_embedder_is_refused(indexed: CommandLine) -> None:
    told = indexed.fails(1, "search", QUESTION, "--embedder", "other")
    assert "rag reindex --collection default" in told


def test_a_damaged_index_is_told(indexed: CommandLine, home: Path) -> None:
    path = home / "collections/default/catalogue.sqlite"
    for file in path.parent.iterdir():
        file.unlink()
    path.write_bytes(b"no database " * 1000)
    assert "rag index" in indexed.fails(1, "search", QUESTION)


def test_a_home_that_cannot_be_written_is_told(rag: CommandLine, files: Path, home: Path) -> None:
    home.write_text("a file where the folder should be")
    rag.fails(1, "index", files)


@pytest.mark.parametrize("command", ["ask", "search"])
def test_a_question_that_is_too_long_names_the_limit(rag: CommandLine, command: str) -> None:
    for result in (rag(command, "x" * 4001), rag(command, stdin="x" * 1_000_000)):
        assert result.exit_code == 2
        assert "more than the 4,000 allowed" in result.stderr
