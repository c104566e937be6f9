"""In which form a served model is asked, and how a wrong guess corrects itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rag.errors import LLMError
from rag.llm import LLM, Schema, wire
from rag.llm.manners import THOUGHT_TOKENS, Manner, Manners
from rag.llm.ollama import OllamaLLM, first_manner
from rag.llm.ollama_server import Described
from rag.llm.openai import OpenAILLM
from rag.types import Message
from tests.loopback import served
from tests.ollama_server import Model, OllamaServer
from tests.openai_server import OpenAIServer

NAME = "m:1b"
ASKED = [Message("system", "Be brief."), Message("user", "How many?")]
SCHEMA = Schema({"type": "object"}, in_words="As JSON, please.", as_text="As text, please.")
JSON = '{"answer": "Five."}'
THINKER = Model(["completion", "thinking"])
PARSED = Model(["completion", "thinking"], parser="qwen3.5")


def _said(llm: LLM, schema: Schema | None = SCHEMA, max_tokens: int = 9) -> str:
    return "".join(llm.stream(ASKED, schema=schema, max_tokens=max_tokens))


def _obedient(body: dict[str, Any]) -> Iterator[str]:
    """JSON where it is enforced or asked for in words; else prose, as a model that nothing holds"""
    held = body.get("format") or body.get("response_format")
    asked = "JSON" in body["messages"][-1]["content"]
    yield from (JSON[:4], JSON[4:]) if held or asked else ("Five", " [S1].")


def _stubborn(body: dict[str, Any]) -> Iterator[str]:
    yield from ("Five", " [S1].")


def _forms(server: OllamaServer) -> list[str]:
    """In which form each chat was asked."""
    return [
        "schema"
        if body.get("format")
        else {"JSON": "words", "text": "text"}.get(
            body["messages"][-1]["content"].removesuffix(", please.").split()[-1], "none"
        )
        for body in server.chats()
    ]


def test_a_model_that_keeps_to_the_schema_is_asked_once() -> None:
    server = OllamaServer({NAME: Model()}, chat=_obedient)
    with served(server) as host:
        llm = OllamaLLM.connect(NAME, host=host)
        assert not llm.manner.proved
        assert _said(llm) == JSON
        assert llm.manner == Manner("schema", proved=True)
    assert _forms(server) == ["schema"]


@pytest.mark.parametrize("version", ["0.24.0", "0.31.1", "0.0.0"])
def test_a_model_of_a_parser_is_asked_in_words_where_the_server_drops_its_schema(
    version: str,
) -> None:
    server = OllamaServer({NAME: PARSED}, chat=_obedient, version=version)
    with served(server) as host:
        assert _said(OllamaLLM.connect(NAME, host=host)) == JSON
    assert _forms(server) == ["words"]
    assert server.chats()[0]["think"] is False


def test_a_server_that_holds_the_models_of_a_parser_is_given_the_schema() -> None:
    server = OllamaServer({NAME: PARSED}, chat=_obedient, version="0.31.2")
    with served(server) as host:
        assert _said(OllamaLLM.connect(NAME, host=host)) == JSON
    assert _forms(server) == ["schema"]


def test_a_schema_that_is_dropped_without_a_word_is_noticed_and_the_form_said_in_words() -> None:
    class Dropping(OllamaServer):
        """Says nothing of a parser, and drops the schema as if there were one."""

        def _tokens(self, model: Model, body: dict[str, Any]) -> Iterator[dict[str, str]]:
            return super()._tokens(model, {**body, "format": None})

    server = Dropping({NAME: Model()}, chat=_obedient)
    with served(server) as host:
        llm = OllamaLLM.connect(NAME, host=host)
        assert [_said(llm), _said(llm)] == [JSON, JSON]
        assert llm.manner == Manner("words", proved=True)
    assert _forms(server) == ["schema", "words", "words"]


def test_a_model_that_writes_no_json_is_read_and_then_asked_for_text() -> None:
    server = OllamaServer({NAME: PARSED}, chat=_stubborn)
    with served(server) as host:
        llm = OllamaLLM.connect(NAME, host=host)
        assert [_said(llm), _said(llm)] == ["Five [S1].", "Five [S1]."]
        assert llm.manner.form == "text"
    assert _forms(server) == ["words", "text"]


def test_without_a_schema_no_form_is_asked_for() -> None:
    server = OllamaServer({NAME: PARSED}, chat=_stubborn)
    with served(server) as host:
        llm = OllamaLLM.connect(NAME, host=host)
        assert _said(llm, schema=None) == "Five [S1]."
        assert llm.manner == Manner("words")
    assert _forms(server) == ["none"]


def test_what_was_found_out_is_kept_for_the_next_process(tmp_path: Path) -> None:
    file = tmp_path / "models" / "served.json"
    server = OllamaServer({NAME: PARSED}, chat=_stubborn)
    with served(server) as host:
        for _ in range(2):
            _said(OllamaLLM.connect(NAME, host=host, manners=Manners(file)))
        again = OllamaLLM.connect(NAME, host=host, manners=Manners(file))
        assert again.manner == Manner("text", proved=True)
        server.models[NAME] = Model(["completion", "thinking"], parser="qwen3.5", digest="1" * 64)
        pulled_anew = OllamaLLM.connect(NAME, host=host, manners=Manners(file))
        assert pulled_anew.manner == Manner("words")
    assert _forms(server) == ["words", "text"]


@pytest.mark.parametrize("text", ["", "[]", '{"a": {"form": "verse"}}', '{"a": 1}', "no JSON"])
def test_a_memory_that_cannot_be_read_is_made_anew(tmp_path: Path, text: str) -> None:
    file = tmp_path / "served.json"
    file.write_text(text, encoding="utf-8")
    Manners(file).keep("b", Manner("text", proved=True))
    assert Manners(file).of("b", Manner()) == Manner("text", proved=True)
    assert Manners(file).of("a", Manner()) == Manner()


def test_what_two_processes_find_out_is_kept_together(tmp_path: Path) -> None:
    file = tmp_path / "served.json"
    one, two = Manners(file), Manners(file)
    one.keep("a", Manner("words"))
    two.keep("b", Manner("text"))
    assert [Manners(file).of(key, Manner()).form for key in "ab"] == ["words", "text"]


def test_a_schema_that_the_server_refuses_is_said_in_words() -> None:
    nonsense = Schema({"type": "nonsense"}, in_words="As JSON, please.")
    server = OllamaServer({NAME: Model()}, chat=_obedient)
    with served(server) as host:
        assert _said(OllamaLLM.connect(NAME, host=host), schema=nonsense) == JSON
    assert _forms(server) == ["schema", "words"]


# thoughts


def _thinking(thoughts: int, **options: Any) -> OllamaServer:
    model = Model(
        ["completion", "thinking"], thoughts=("hm ",) * thoughts, family=options.pop("family", "q")
    )
    return OllamaServer({NAME: model}, chat=_obedient, **options)


def test_thoughts_that_the_server_tells_apart_are_no_part_of_the_reply() -> None:
    with served(_thinking(3)) as host:
        assert _said(OllamaLLM.connect(NAME, host=host)) == JSON


def test_thoughts_that_use_up_the_reply_are_given_room_from_then_on() -> None:
    server = _thinking(20)
    with served(server) as host:
        llm = OllamaLLM.connect(NAME, host=host)
        assert [_said(llm), _said(llm)] == [JSON, JSON]
        assert llm.manner.thinks
    given = [body["options"]["num_predict"] for body in server.chats()]
    assert given == [9, 9 + THOUGHT_TOKENS, 9 + THOUGHT_TOKENS]


def test_a_model_that_never_stops_thinking_is_told_from_one_that_has_no_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wire, "THOUGHT_TOKENS", 30)
    with served(_thinking(100)) as host:
        llm = OllamaLLM.connect(NAME, host=host)
        with pytest.raises(LLMError, match="all of its tokens for thoughts"):
            _said(llm)


def test_gpt_oss_is_given_a_level_of_thought_and_room_for_it() -> None:
    server = _thinking(20, family="gptoss")
    with served(server) as host:
        assert _said(OllamaLLM.connect(NAME, host=host)) == JSON
    (body,) = server.chats()
    assert body["think"] == "low"
    assert body["options"]["num_predict"] == 9 + THOUGHT_TOKENS


def test_a_reply_that_lands_among_the_thoughts_is_no_answer_and_no_empty_one() -> None:
    class Swallowing(OllamaServer):
        """Puts all that is written among the thoughts, whatever it is told."""

        def _tokens(self, model: Model, body: dict[str, Any]) -> Iterator[dict[str, str]]:
            for message in super()._tokens(model, body):
                yield {**message, "content": "", "thinking": message["content"]}

    server = Swallowing({NAME: Model()}, chat=_obedient)
    with served(server) as host:
        llm = OllamaLLM.connect(NAME, host=host)
        with pytest.raises(LLMError, match="no reply beside its thoughts"):
            _said(llm)
    assert _forms(server) == ["schema", "words", "text"]


def test_a_model_that_writes_nothing_is_an_error_that_names_the_next_step() -> None:
    with (
        served(OllamaServer({NAME: Model()}, chat=lambda _: [])) as host,
        pytest.raises(LLMError, match=r"wrote no reply: use another model"),
    ):
        _said(OllamaLLM.connect(NAME, host=host))


def test_a_reply_that_is_cut_says_so() -> None:
    with served(OllamaServer({NAME: Model()}, chat=lambda _: ["{", '"answer": ', '"Fi'])) as host:
        generation = OllamaLLM.connect(NAME, host=host).stream(ASKED, schema=SCHEMA, max_tokens=2)
        assert "".join(generation) == '{"answer": '
        assert generation.cut


# OpenAI-compatible servers


@pytest.mark.parametrize(
    ("ignoring", "said", "form"),
    [
        (_obedient, JSON, "schema"),
        (lambda body: _obedient({**body, "response_format": None}), JSON, "words"),
        (lambda body: [f"```json\n{JSON}\n```"], f"```json\n{JSON}\n```", "words"),
        (_stubborn, "Five [S1].", "text"),
    ],
)
def test_other_servers_are_asked_in_the_form_that_they_keep(
    ignoring: Any, said: str, form: str
) -> None:
    with served(OpenAIServer(chat=ignoring)) as host:
        llm = OpenAILLM.connect("tiny", f"{host}/v1")
        assert _said(llm) == said
        assert llm.manner.form == form


def test_a_server_that_refuses_response_format_is_asked_in_words() -> None:
    server = OpenAIServer(chat=_obedient, refuses_schemas=True)
    with served(server) as host:
        assert _said(OpenAILLM.connect("tiny", f"{host}/v1")) == JSON
    assert "response_format" not in server.requests[-1].body


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content"])
def test_other_servers_thoughts_are_no_part_of_the_reply(field: str) -> None:
    server = OpenAIServer(chat=_obedient, thoughts=("hm", "hm"), thoughts_field=field)
    with served(server) as host:
        assert _said(OpenAILLM.connect("tiny", f"{host}/v1")) == JSON


def test_other_servers_thoughts_that_use_up_the_reply_are_given_room() -> None:
    server = OpenAIServer(chat=_obedient, thoughts=("hm",) * 20)
    with served(server) as host:
        assert _said(OpenAILLM.connect("tiny", f"{host}/v1")) == JSON
    given = [each.body["max_tokens"] for each in server.requests if each.body]
    assert given == [9, 9 + THOUGHT_TOKENS]


@pytest.mark.parametrize(
    ("described", "version", "manner"),
    [
        (Described(("completion",)), (0, 24, 0), Manner()),
        (Described(None), (), Manner()),
        (Described(("completion", "thinking")), (0, 24, 0), Manner()),
        (Described(("completion", "thinking"), parser="qwen3.5"), (0, 24, 0), Manner("words")),
        (Described(("completion", "thinking"), parser="qwen3.5"), (0, 32), Manner()),
        (Described(("completion",), parser="qwen3-coder"), (0, 24, 0), Manner()),
        (Described(("completion", "thinking"), family="gptoss"), (0, 32), Manner("words", True)),
    ],
)
def test_the_first_manner_follows_what_the_server_says(
    described: Described, version: tuple[int, ...], manner: Manner
) -> None:
    assert first_manner(described, version) == manner


@pytest.mark.parametrize("form", ["schema", "words", "text"])
@pytest.mark.parametrize("proved", [False, True])
def test_a_manner_is_told_in_words(form: Any, proved: bool) -> None:
    said = str(Manner(form, thinks=True, proved=proved))
    assert "room for thoughts" in said
    assert ("as it seems" in said) is not proved
