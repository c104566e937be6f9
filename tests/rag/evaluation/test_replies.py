"""Kept replies: what was asked is not asked again, and what differs is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rag.errors import EvaluationError, LLMError
from rag.evaluation.replies import KeptReplies
from rag.llm import Generation, Schema, Token
from rag.types import Message, Usage
from tests.scripted_llm import ScriptedLLM

ASKED = [Message("user", "how many?")]


def test_a_reply_is_asked_for_once_and_given_again_with_its_usage(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "replies.jsonl"
    llm = ScriptedLLM("five thousand workers")
    first = KeptReplies(llm, path).stream(ASKED)
    written, usage = "".join(first), first.usage
    again = KeptReplies(ScriptedLLM(), path).stream(ASKED)  # a call of it would fail the test
    assert "".join(again) == written == "five thousand workers"
    assert again.usage == usage != Usage()
    assert len(llm.calls) == 1


def test_log_probabilities_are_kept_with_the_tokens(tmp_path: Path) -> None:
    llm = ScriptedLLM()
    llm.stream = lambda *_, **__: Generation(iter([Token("five", -0.25), " thousand"]))  # type: ignore[method-assign]
    list(KeptReplies(llm, tmp_path / "replies.jsonl").stream(ASKED))
    again = KeptReplies(ScriptedLLM(), tmp_path / "replies.jsonl").stream(ASKED)
    pieces = [(piece, getattr(piece, "logprob", None)) for piece in again]
    assert pieces == [("five", -0.25), (" thousand", None)]


def test_replies_of_older_versions_are_given_again(tmp_path: Path) -> None:
    path = tmp_path / "replies.jsonl"
    list(KeptReplies(ScriptedLLM("five thousand"), path).stream(ASKED))
    line = json.loads(path.read_text(encoding="utf-8"))
    old = {"key": line["key"], "text": "".join(line["pieces"]), "usage": line["usage"]}
    path.write_text(json.dumps(old), encoding="utf-8")
    assert "".join(KeptReplies(ScriptedLLM(), path).stream(ASKED)) == "five thousand"


def test_another_prompt_schema_or_length_is_asked_anew(tmp_path: Path) -> None:
    llm = ScriptedLLM("one", "two", "three", "four")
    kept = KeptReplies(llm, tmp_path / "replies.jsonl")
    replies = [
        "".join(kept.stream(ASKED)),
        "".join(kept.stream([Message("user", "how few?")])),
        "".join(kept.stream(ASKED, schema=Schema({"type": "object"}))),
        "".join(kept.stream(ASKED, max_tokens=7)),
    ]
    assert replies == ["one", "two", "three", "four"]
    assert [call.max_tokens for call in llm.calls] == [256, 256, 256, 7]


def test_a_reply_that_was_stopped_or_failed_is_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "replies.jsonl"
    stopped = KeptReplies(ScriptedLLM("a long reply that nobody reads"), path).stream(ASKED)
    next(stopped)
    stopped.close()
    with pytest.raises(LLMError):
        "".join(KeptReplies(ScriptedLLM(LLMError("gone")), path).stream(ASKED))
    assert not path.exists()


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("no replies\n", encoding="utf-8")
    with pytest.raises(EvaluationError, match="--replies"):
        KeptReplies(ScriptedLLM(), path)
