"""The kept state of a model after its instructions, with the smallest real model."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from rag.llm.kept_prefix import KeptPrefix, SlotServer
from rag.llm.llamacpp import LlamaCppLLM
from rag.types import Message

INSTRUCTIONS = Message("system", "You tell short stories about the sea, and nothing else. " * 8)
STORY = [INSTRUCTIONS, Message("user", "Tell me one.")]


@pytest.fixture
def prefix(tmp_path: Path) -> KeptPrefix:
    return KeptPrefix(tmp_path / "prefixes", (INSTRUCTIONS, Message("user", "")))


def _read_of(llm: LlamaCppLLM) -> int:
    """How many tokens of STORY the model reads, of about a hundred."""
    asked = {"messages": [{"role": each.role, "content": each.content} for each in STORY]}
    told = llm.load().handle_chat_completions({**asked, "max_tokens": 1, "temperature": 0})
    return int(told["timings"]["prompt_n"])


@pytest.mark.real
def test_a_new_process_does_not_read_the_instructions_again(
    smollm: LlamaCppLLM, prefix: KeptPrefix, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = LlamaCppLLM(smollm._path, smollm.name, prefix=prefix)
    first.load()
    (kept,) = prefix.folder.iterdir()
    monkeypatch.setattr(KeptPrefix, "keep", _never)  # it is restored, not made anew
    again = LlamaCppLLM(smollm._path, smollm.name, prefix=prefix)
    whole = _read_of(LlamaCppLLM(smollm._path, smollm.name))
    assert _read_of(again) < whole - 80
    assert list(prefix.folder.iterdir()) == [kept]
    assert "".join(again.stream(STORY, max_tokens=8)) == "".join(first.stream(STORY, max_tokens=8))


@pytest.mark.real
def test_a_damaged_file_is_made_anew(smollm: LlamaCppLLM, prefix: KeptPrefix) -> None:
    LlamaCppLLM(smollm._path, smollm.name, prefix=prefix).load()
    (kept,) = prefix.folder.iterdir()
    content = bytearray(kept.read_bytes())
    content[len(content) // 2] ^= 1
    kept.write_bytes(content)
    LlamaCppLLM(smollm._path, smollm.name, prefix=prefix).load()
    (anew,) = prefix.folder.iterdir()
    assert anew.read_bytes() != content


@pytest.mark.real
def test_other_instructions_take_the_place_of_the_old_ones(
    smollm: LlamaCppLLM, prefix: KeptPrefix
) -> None:
    LlamaCppLLM(smollm._path, smollm.name, prefix=prefix).load()
    (old,) = prefix.folder.iterdir()
    other = KeptPrefix(prefix.folder, (Message("system", "Sing."), Message("user", "")))
    llm = LlamaCppLLM(smollm._path, smollm.name, prefix=other)
    llm.load()
    (new,) = prefix.folder.iterdir()
    assert new.name != old.name


@pytest.mark.real
def test_where_it_cannot_be_kept_the_model_answers_all_the_same(
    smollm: LlamaCppLLM, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder")
    nowhere = KeptPrefix(tmp_path / "file" / "prefixes", (INSTRUCTIONS, Message("user", "")))
    llm = LlamaCppLLM(smollm._path, smollm.name, prefix=nowhere)
    assert "".join(llm.stream(STORY, max_tokens=2))


@pytest.mark.real
def test_without_sockets_of_files_it_is_kept_too(
    smollm: LlamaCppLLM, prefix: KeptPrefix, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(socket, "AF_UNIX")
    LlamaCppLLM(smollm._path, smollm.name, prefix=prefix).load()
    assert len(list(prefix.folder.iterdir())) == 1


@pytest.mark.real
def test_a_server_of_several_replies_keeps_nothing(smollm: LlamaCppLLM, prefix: KeptPrefix) -> None:
    LlamaCppLLM(smollm._path, smollm.name, parallel=2, prefix=prefix).load()
    assert not prefix.folder.exists()


def test_a_server_that_is_not_there_restores_and_saves_nothing(tmp_path: Path) -> None:
    away = SlotServer(f"unix://{tmp_path / 'nobody.sock'}", "key")
    assert not away.slot("save", "x")
    prefix = KeptPrefix(tmp_path, (INSTRUCTIONS,))
    prefix.keep(away, "name")
    assert not prefix.restore(away, "name")
    assert not list(tmp_path.iterdir())


def _never(*_: object) -> None:
    raise AssertionError("it kept what was kept already")
