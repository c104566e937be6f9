"""What the settings name is opened, or refused with what to do."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from index.errors import NoIndexError
from rag.errors import MissingModelError, SettingsError, UnknownModelError
from rag.models import ModelStore
from rag.settings import DEFAULT_EMBEDDER, Settings
from rag.wiring import Wiring, open_assistant, open_index
from tests.doubles import DoubledWiring, HashingEmbedder
from tests.scripted_llm import ScriptedLLM


@dataclass(frozen=True, slots=True)
class _WithoutModels(Wiring):
    """Declares no model, so that opening one raises UnknownModelError with its name."""

    def store(self) -> ModelStore:
        return ModelStore(self.settings.models_home, models=())


def test_the_collections_are_those_that_have_been_indexed(
    tmp_path: Path, embedder: HashingEmbedder
) -> None:
    settings = Settings(home=tmp_path)
    assert Wiring(settings).collections.names() == []
    for name in ("tax", "law"):
        Wiring(replace(settings, collection=name)).open_index(embedder, create=True).close()
    (settings.collections_folder / "empty").mkdir()
    assert Wiring(settings).collections.names() == ["law", "tax"]


def test_an_embedder_that_nobody_knows_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UnknownModelError, match="all-MiniLM-L6-v2"):
        Wiring(Settings(home=tmp_path, embedder="all-mini")).open_embedder()


def test_offline_an_embedder_that_is_not_here_is_not_fetched(tmp_path: Path) -> None:
    with pytest.raises(MissingModelError, match="rag models fetch all-MiniLM-L6-v2"):
        Wiring(Settings(home=tmp_path, offline=True)).open_embedder()


@pytest.mark.parametrize(
    "settings",
    [
        Settings(offline=True, llm="openai:m@https://models.example.org/v1"),
        Settings(offline=True, llm="ollama:m", ollama_host="models.example.org:11434"),
        Settings(offline=True, llm="ollama:m", ollama_host="localhost,http://models.example.org"),
    ],
)
def test_offline_sends_no_question_to_another_machine(settings: Settings) -> None:
    with pytest.raises(SettingsError, match=r"models\.example\.org"):
        Wiring(settings).open_llm()


def test_the_embedder_is_that_of_the_collection_unless_one_is_named(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)

    def asked_for(settings: Settings) -> str:
        with pytest.raises(UnknownModelError) as refused:
            _WithoutModels(settings).open_embedder()
        return str(refused.value).split("'")[1]

    assert asked_for(settings) == DEFAULT_EMBEDDER
    Wiring(settings).open_index(HashingEmbedder("theirs"), create=True).close()
    assert asked_for(settings) == "theirs"
    assert asked_for(replace(settings, embedder="mine")) == "mine"


def test_an_opened_assistant_answers_and_closes_its_index_afterwards(tmp_path: Path) -> None:
    reply = ScriptedLLM.reply("The ferry carries 300 people.", "S1")
    wiring = DoubledWiring(Settings(home=tmp_path), llm=ScriptedLLM(reply))
    with wiring.open_index(HashingEmbedder(), create=True) as index:
        index.add_text("ferry", "The ferry", "The ferry carries 300 people.")
    with wiring.opened_assistant() as assistant:
        answer = assistant.ask("How many people does the ferry carry?")
    assert answer.citations[0].cited_text == "The ferry carries 300 people."
    with pytest.raises(Exception, match="closed"):
        assistant.index.documents()


@pytest.mark.parametrize("strictness", ["strict", "balanced", "eager"])
def test_the_assistant_is_as_strict_as_the_settings_say(
    tmp_path: Path, embedder: HashingEmbedder, strictness: str
) -> None:
    settings = Settings.from_environment({"RAG_STRICTNESS": strictness, "RAG_HOME": str(tmp_path)})
    with Wiring(settings).open_index(embedder, create=True) as index:
        assert Wiring(settings).assistant(index, None).gate.strictness == strictness


@pytest.mark.parametrize("mode", ["auto", "quick", "written"])
def test_the_assistant_answers_as_the_settings_say(
    tmp_path: Path, embedder: HashingEmbedder, mode: str
) -> None:
    settings = Settings.from_environment({"RAG_ANSWER": mode, "RAG_HOME": str(tmp_path)})
    with Wiring(settings).open_index(embedder, create=True) as index:
        assert Wiring(settings).assistant(index, None).mode == mode


@pytest.mark.parametrize("opening", [open_assistant, open_index])
def test_without_a_collection_nothing_is_opened_or_fetched(
    tmp_path: Path, opening: Callable[[Settings], AbstractContextManager[object]]
) -> None:
    with (
        pytest.raises(NoIndexError, match="rag index PATH --collection law"),
        opening(Settings(home=tmp_path, collection="law")),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


def test_the_files_of_an_index_are_named_by_the_index_alone() -> None:
    root = Path(__file__).parents[2]
    modules = [*(root / "rag").rglob("*.py"), *(root / "api").rglob("*.py")]
    naming = [
        str(path.relative_to(root))
        for path in modules
        if any(name in path.read_text("utf-8") for name in ("catalogue.sqlite", "FILE_NAME"))
    ]
    assert modules
    assert not naming
