"""The whole path with the real embedder and the real default language model, on the seed document.

The models are fetched when they are not here, and loaded once for the module.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import Assistants, create_app
from api.principal import OWNER, acting_as
from index.load.loading import load
from rag.assistant import ABSTENTION
from rag.llm import DEFAULT_EMBEDDED_MODEL
from rag.settings import DEFAULT_EMBEDDER, Settings
from rag.wiring import Wiring
from tests.examples import README, python_example

pytestmark = pytest.mark.real

SEEDS = Path(__file__).parent.parent / "seeds"
DOCUMENT = SEEDS / "000_196512e60cdd686e.txt"
EXAMPLE = "how many construction workers?"

# question: what the answer says, and what the sentence that it cites says.
ANSWERED = {
    EXAMPLE: ("5,000", "an additional 5,000 military construction workers"),
    "how many sappers?": ("1,000", "would be sending 1,000 sappers"),
    "who met Kim Jong Un in Pyongyang?": ("Sergei Shoigu", "held discussions with North Korean"),
    "what will be built in Pyongyang?": (
        "memorial complex and museum",
        "the creation of a memorial complex and museum in Pyongyang",
    ),
    "which news agency reported Shoigu's comments?": ("TASS", "the state-run TASS news agency"),
    "what does the agreement include?": (
        "mutual defense clause",
        "includes a mutual defense clause",
    ),
}
DECLINED = (
    "what is the population of Pyongyang?",
    "how many soldiers died in Kursk?",
    "what is the capital of France?",
)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home of its own for the collections, with the models of this machine."""
    store = Wiring(Settings.from_environment()).store()
    store.path(DEFAULT_EMBEDDED_MODEL)
    home = tmp_path_factory.mktemp("home")
    (home / "models").symlink_to(store.path(DEFAULT_EMBEDDER).parent)
    # The embedded model is named, because `auto` takes an Ollama where one runs.
    # With time enough: on a busy machine the answer would be quoted when the usual budget is over.
    return Settings(
        home=home,
        llm=f"llamacpp:{DEFAULT_EMBEDDED_MODEL}",
        offline=True,
        time_budget_s=3600,
    )


@pytest.fixture(scope="module")
def assistants(settings: Settings) -> Iterator[Assistants]:
    """The seeds indexed, and both models loaded."""
    embedder = Wiring(settings).open_embedder()
    with Wiring(settings).open_index(embedder, create=True) as index:
        report = index.ingest([SEEDS])
    assert (report.added, report.failed) == (1, ())
    opened = Assistants(settings, embedder, Wiring(settings).open_llm())
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def client(settings: Settings, assistants: Assistants) -> TestClient:
    return TestClient(create_app(settings, assistants))


def _run(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the installed command in a process of its own."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("RAG_")}
    return subprocess.run(
        [Path(sysconfig.get_path("scripts"), "rag"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**others, **settings.as_environment()},
    )


def _assert_exact(citation: dict[str, Any]) -> None:
    """The characters of the citation, read again from the file, are the text it shows."""
    assert citation["source"] == str(DOCUMENT)
    span = slice(citation["start_char_index"], citation["end_char_index"])
    assert load(DOCUMENT).text[span] == citation["cited_text"]


def _assert_answered(answer: dict[str, Any], says: str, cites: str) -> None:
    assert answer["status"] == "answered", answer["withheld"]
    assert says in answer["text"]
    assert not answer["extractive"]
    for citation in answer["citations"]:
        _assert_exact(citation)
    assert any(cites in each["cited_text"] for each in answer["citations"])


def _assert_declined(answer: dict[str, Any]) -> None:
    assert (answer["status"], answer["text"]) == ("unanswered", ABSTENTION)
    assert answer["citations"] == []
    assert answer["closest"]
    for citation in answer["closest"]:
        _assert_exact(citation)


def _asked_twice(assistants: Assistants, client: TestClient, question: str) -> dict[str, Any]:
    """The answer of the assistant, which HTTP must show as well.

    llama.cpp's prompt cache is not exact to the bit: asked again, the model may write another id
    or a word more, or be a little more certain. So it is asked once before, and both find the
    same in the cache; what is shown must be equal. That the surfaces themselves change nothing is
    tested to the last byte with a scripted model in ``test_surfaces.py``.
    """
    with acting_as(OWNER):
        assistants.get().ask(question)
        answer = assistants.get().ask(question)
    direct: dict[str, Any] = json.loads(json.dumps(answer.as_dict()))
    served: dict[str, Any] = client.post("/ask", json={"question": question}).json()
    assert _shown(served) == _shown(direct)
    assert served["answerability"] == pytest.approx(direct["answerability"], abs=0.05)
    return direct


def _shown(answer: dict[str, Any]) -> dict[str, Any]:
    left_out = ("timings", "usage", "withheld", "judgement", "answerability")
    return {name: value for name, value in answer.items() if name not in left_out}


@pytest.mark.parametrize("question", ANSWERED)
def test_what_the_document_says_is_answered_with_its_sentence(
    assistants: Assistants, client: TestClient, question: str
) -> None:
    _assert_answered(_asked_twice(assistants, client, question), *ANSWERED[question])


@pytest.mark.parametrize("question", DECLINED)
def test_what_the_document_does_not_say_is_declined_with_the_closest_text(
    assistants: Assistants, client: TestClient, question: str
) -> None:
    _assert_declined(_asked_twice(assistants, client, question))


@pytest.mark.usefixtures("assistants")
def test_the_example_for_python_quotes_the_document(settings: Settings) -> None:
    code = python_example(README.read_text("utf-8"))
    environment = {**os.environ, **replace(settings, llm="none").as_environment()}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    text, *cited = done.stdout.splitlines()
    assert "5,000 military construction workers" in text
    assert "5,000 military construction workers" in " ".join(cited)


def test_the_command_line_answers_the_example_question(settings: Settings) -> None:
    commanded = Settings(home=settings.home, llm=settings.llm, offline=True, collection="commanded")
    indexed = _run(commanded, "index", str(SEEDS))
    assert (indexed.returncode, indexed.stdout) == (0, "commanded: 1 added, 1 skipped\n")
    assert _run(commanded, "index", str(SEEDS)).stdout == "commanded: 1 unchanged, 1 skipped\n"

    asked = _run(commanded, "ask", EXAMPLE, "--json")
    assert asked.returncode == 0, asked.stderr
    _assert_answered(json.loads(asked.stdout), *ANSWERED[EXAMPLE])

    declined = _run(commanded, "ask", DECLINED[0], "--json")
    assert declined.returncode == 3, declined.stderr
    _assert_declined(json.loads(declined.stdout))
