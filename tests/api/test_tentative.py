"""A tentative answer is marked as uncertain for every client, and is no fact of the history."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import Assistants, create_app
from api.footnotes import UNCERTAIN
from rag.assistant import Assistant
from rag.settings import Settings
from rag.wiring import Wiring
from tests.api.workers import ANSWER, QUESTION, TASS, TWO
from tests.doubles import HashingEmbedder
from tests.scripted_llm import ScriptedLLM
from tests.tentative import REASON, answer_tentatively

MARK = f"{UNCERTAIN} ({REASON}): "
FOLLOW_UP = "And how many of them?"
REWRITTEN = json.dumps({"question": QUESTION})


@pytest.fixture(autouse=True)
def _tentative(monkeypatch: pytest.MonkeyPatch) -> None:
    answer_tentatively(monkeypatch)


def _client(workers: Settings, llm: ScriptedLLM) -> TestClient:
    return TestClient(create_app(workers, Assistants(workers, HashingEmbedder(), llm)))


def _user(content: str) -> dict[str, str]:
    return {"role": "user", "content": content}


def test_ask_and_its_stream_give_the_answer_of_the_assistant(
    workers: Settings,
) -> None:
    with Wiring(workers).open_index(HashingEmbedder()) as index:
        direct = Assistant(index, ScriptedLLM(TWO)).ask(QUESTION).as_dict()
    client = _client(workers, ScriptedLLM(TWO, TWO))
    asked = client.post("/ask", json={"question": QUESTION}).json()
    assert asked | {"timings": {}} == json.loads(json.dumps(direct | {"timings": {}}))
    events = client.post("/ask/stream", json={"question": QUESTION}).text.strip().split("\n\n")
    assert [each.partition("\n")[0] for each in events] == [
        "event: rewrite",
        "event: hits",
        "event: answer",
    ]
    last = json.loads(events[-1].partition("data: ")[2])
    assert last | {"timings": {}} == asked | {"timings": {}}


@pytest.mark.parametrize("footnotes", [False, True])
def test_openais_clients_read_the_mark_first(
    workers: Settings,
    footnotes: bool,
) -> None:
    body = {"model": "default", "messages": [_user(QUESTION)], "footnotes": footnotes}
    client = _client(workers, ScriptedLLM(TWO, TWO))
    message = client.post("/v1/chat/completions", json=body).json()["choices"][0]["message"]
    assert message["content"].startswith(f"{MARK}{ANSWER}")
    assert (message["status"], message["uncertainty"]) == ("tentative", REASON)
    assert message["refusal"] is None
    spans = [each["url_citation"] for each in message["annotations"]]
    marked = [message["content"][each["start_index"] : each["end_index"]] for each in spans]
    assert marked == [ANSWER, TASS]
    streamed = client.post("/v1/chat/completions", json={**body, "stream": True}).text
    chunks = [json.loads(each[6:]) for each in streamed.strip().split("\n\n")[:-1]]
    deltas = [each["choices"][0]["delta"] for each in chunks]
    assert "".join(each.get("content", "") for each in deltas) == message["content"]
    assert deltas[1]["content"].startswith(MARK)
    assert (deltas[-1]["status"], deltas[-1]["uncertainty"]) == ("tentative", REASON)


def test_ollamas_clients_read_the_mark_first(workers: Settings) -> None:
    body = {"model": "default", "messages": [_user(QUESTION)]}
    client = _client(workers, ScriptedLLM(TWO, TWO))
    whole = client.post("/api/chat", json={**body, "stream": False}).json()["message"]
    assert whole["content"].startswith(f"{MARK}{ANSWER} [1]")
    assert (whole["status"], whole["uncertainty"]) == ("tentative", REASON)
    lines = [json.loads(each) for each in client.post("/api/chat", json=body).text.splitlines()]
    assert "".join(each["message"]["content"] for each in lines) == whole["content"]
    assert lines[-1]["message"]["status"] == "tentative"


def test_tentative_answers_are_counted_apart(workers: Settings) -> None:
    client = _client(workers, ScriptedLLM(TWO))
    client.post("/ask", json={"question": QUESTION})
    counted = 'footnote_answers_total{extractive="false",status="tentative"} 1.0'
    assert counted in client.get("/metrics").text


# History


def _history(path: str, answer: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """A follow-up question as a request of ``path``, after the question and its ``answer``."""
    said = [_user("Does the north send workers?"), {"role": "assistant", **answer}]
    if path == "/ask":
        return path, {"question": FOLLOW_UP, "history": said}
    return path, {"model": "default", "messages": [*said, _user(FOLLOW_UP)], "stream": False}


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/ask", {"content": "It sends sappers.", "status": "tentative"}),
        ("/v1/chat/completions", {"content": "It sends sappers.", "status": "tentative"}),
        ("/v1/chat/completions", {"content": f"{MARK}It sends sappers. [1]"}),
        (
            "/v1/chat/completions",
            {"content": [{"type": "text", "text": f"{MARK}It sends sappers."}]},
        ),
        ("/api/chat", {"content": "It sends sappers.", "status": "tentative"}),
        ("/api/chat", {"content": f"{MARK}It sends sappers. [1]"}),
    ],
)
def test_a_tentative_answer_that_comes_back_is_no_fact(
    workers: Settings,
    path: str,
    answer: dict[str, Any],
) -> None:
    asked, body = _history(path, answer)
    llm = ScriptedLLM(REWRITTEN, TWO)
    assert _client(workers, llm).post(asked, json=body).status_code == 200
    prompt = llm.calls[0].messages[-1].content
    assert "Does the north send workers?" in prompt
    assert "sappers" not in prompt


@pytest.mark.parametrize("path", ["/ask", "/v1/chat/completions", "/api/chat"])
def test_an_answer_without_reservation_stays_in_the_history(
    workers: Settings,
    path: str,
) -> None:
    asked, body = _history(path, {"content": "It sends sappers. [1]", "status": "answered"})
    llm = ScriptedLLM(REWRITTEN, TWO)
    assert _client(workers, llm).post(asked, json=body).status_code == 200
    assert "assistant: It sends sappers." in llm.calls[0].messages[-1].content
