"""Settings: one place for each, unknown and malformed ones refused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag import settings as module
from rag.errors import SettingsError
from rag.settings import Settings

ROOT = Path(__file__).parents[2]


def test_without_an_environment_the_defaults_hold() -> None:
    settings = Settings.from_environment({})
    assert settings == Settings()
    assert settings.collection == "default"
    assert settings.llm == "auto"
    assert not settings.offline


def test_the_environment_is_read() -> None:
    settings = Settings.from_environment(
        {
            "RAG_HOME": "/models",
            "RAG_COLLECTION": "law",
            "RAG_LLM": "none",
            "RAG_EMBEDDER": "./mine",
            "RAG_OFFLINE": "1",
            "RAG_SERVER": "0",
            "RAG_RERANKER": "./cross-encoder",
            "RAG_CALIBRATION": "/tmp/calibration.json",
            "RAG_PARALLEL": "2",
            "RAG_QUEUE": "8",
            "RAG_TIME_BUDGET": "30",
            "RAG_RATE": "60",
            "RAG_ORIGINS": "https://one.example, http://localhost:3000",
            "RAG_EVAL_DATA": "/sets",
            "OLLAMA_HOST": "box:11434",
            "PATH": "/bin",
        }
    )
    assert settings == Settings(
        home=Path("/models"),
        collection="law",
        llm="none",
        embedder="./mine",
        offline=True,
        server=False,
        reranker="./cross-encoder",
        calibration=Path("/tmp/calibration.json"),
        parallel=2,
        queue=8,
        time_budget_s=30,
        rate_per_minute=60,
        origins=("https://one.example", "http://localhost:3000"),
        evaluation_data=Path("/sets"),
        ollama_host="box:11434",
    )


def test_an_option_wins_over_the_environment_and_one_not_given_does_not() -> None:
    environment = {"RAG_COLLECTION": "law", "RAG_LLM": "none", "RAG_OFFLINE": "1"}
    settings = Settings.from_environment(environment, collection="tax", llm=None, offline=None)
    assert (settings.collection, settings.llm, settings.offline) == ("tax", "none", True)


def test_an_empty_variable_is_one_that_is_not_set() -> None:
    assert Settings.from_environment({"RAG_LLM": "", "RAG_HOME": "", "RAG_OFFLINE": ""}) == (
        Settings()
    )


def test_the_home_folder_may_begin_with_a_tilde(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ann")
    assert Settings.from_environment({"RAG_HOME": "~/rag"}).home == Path("/home/ann/rag")


def test_an_unknown_variable_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SettingsError, match=r"RAG_LMM.*RAG_LLM"):
        Settings.from_environment({"RAG_LMM": "none"})


@pytest.mark.parametrize(
    ("value", "offline"),
    [("1", True), ("true", True), ("YES", True), ("0", False), ("False", False), ("no", False)],
)
def test_offline_can_be_said_in_several_ways(value: str, offline: bool) -> None:
    assert Settings.from_environment({"RAG_OFFLINE": value}).offline is offline


def test_offline_that_says_neither_is_refused() -> None:
    with pytest.raises(SettingsError, match="use 1 or 0"):
        Settings.from_environment({"RAG_OFFLINE": "maybe"})
    with pytest.raises(SettingsError, match="RAG_SERVER is 'maybe'"):
        Settings.from_environment({"RAG_SERVER": "maybe"})


@pytest.mark.parametrize(
    "name", ["../other", "a/b", ".hidden", "-x", "with blank", "x" * 65, "ü", "a\n"]
)
def test_a_collection_whose_name_is_no_plain_folder_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match="is not a collection name"):
        Settings.from_environment({}, collection=name)


@given(
    st.builds(
        Settings,
        home=st.none() | st.just(Path("/models")),
        collection=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True),
        llm=st.sampled_from(["auto", "none", "ollama:qwen3:4b"]),
        embedder=st.sampled_from(["all-MiniLM-L6-v2", "./mine"]),
        strictness=st.sampled_from(["strict", "balanced", "eager"]),
        answer=st.sampled_from(["auto", "quick", "written"]),
        offline=st.booleans(),
        parallel=st.integers(1, 64),
        origins=st.sampled_from([(), ("https://one.example",), ("https://a.b", "http://c:1")]),
        evaluation_data=st.none() | st.just(Path("/sets")),
        ollama_host=st.none() | st.just("box:11434"),
    )
)
def test_settings_survive_the_way_through_the_environment(settings: Settings) -> None:
    assert Settings.from_environment(settings.as_environment()) == settings


@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5", "65", "1e3"])
def test_a_number_that_makes_no_sense_is_refused(value: str) -> None:
    with pytest.raises(SettingsError, match="use a whole number from 1 to 64"):
        Settings.from_environment({"RAG_PARALLEL": value})


@pytest.mark.parametrize(
    "value", ["*", "example.org", "https://example.org/page", "ftp://a.b", "https://a.b,null"]
)
def test_an_origin_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(SettingsError, match="write the origins of pages"):
        Settings.from_environment({"RAG_ORIGINS": value})


def test_a_choice_that_is_none_is_refused_with_those_there_are() -> None:
    assert Settings.from_environment({}).strictness == "balanced"
    with pytest.raises(SettingsError, match="'lax': use strict, balanced, eager"):
        Settings.from_environment({"RAG_STRICTNESS": "lax"})
    assert Settings.from_environment({"RAG_ANSWER": "quick"}).answer == "quick"
    with pytest.raises(SettingsError, match="'slow': use auto, quick, written"):
        Settings.from_environment({"RAG_ANSWER": "slow"})


def test_every_variable_is_documented() -> None:
    assert module.__doc__ is not None
    missing = [name for name in module._VARIABLES if f"    {name} " not in module.__doc__]
    assert not missing


def test_settings_are_values_and_load_nothing_that_opens_them() -> None:
    code = "import sys, rag.settings; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    loaded = set(done.stdout.split())
    assert "rag.settings" in loaded
    assert not loaded & {"numpy", "index.index", "rag.models", "rag.llm", "rag.wiring"}
