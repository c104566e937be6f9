"""A running server of the same user: whose socket is used, and what must be equal."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from index.types import Span
from rag import own_server
from rag.own_server import TO_FIND, TO_WRITE, connections, difference, listening, served
from rag.plain import from_plain
from rag.settings import Settings
from rag.types import Answer, Citation, Claim, Judgement


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / ("a long name " * 10) / "run"  # longer than an address of a socket may be


@pytest.fixture
def door(folder: Path) -> Iterator[Path]:
    listens, path = listening(folder)
    with listens:
        yield path


def _reached(folder: Path) -> int:
    reached = list(connections(folder))
    for each in reached:
        each.close()
    return len(reached)


def test_the_socket_is_for_its_user_alone_and_is_reached(folder: Path, door: Path) -> None:
    assert folder.stat().st_mode & 0o777 == 0o700
    assert door.lstat().st_mode & 0o777 == 0o600
    assert _reached(folder) == 1
    assert [each.name for each in folder.iterdir()] == [door.name]


def test_a_server_that_is_gone_is_passed_over_and_cleared_away(folder: Path) -> None:
    gone, left = listening(folder)
    gone.close()
    assert left.exists()
    assert _reached(folder) == 0
    alive, path = listening(folder)
    with alive:
        assert list(folder.iterdir()) == [path]
        assert _reached(folder) == 1


def test_servers_beside_each_other_are_all_reached(folder: Path, door: Path) -> None:
    other, _ = listening(folder)
    with other:
        assert _reached(folder) == 2
        assert door.exists()


def test_without_a_folder_there_is_no_server(folder: Path) -> None:
    assert _reached(folder) == 0


def test_a_folder_that_others_may_use_is_not_used(folder: Path, door: Path) -> None:
    folder.chmod(0o750)
    with pytest.raises(PermissionError, match="chmod go="):
        _reached(folder)
    with pytest.raises(PermissionError, match="chmod go="):
        listening(folder)


def test_a_folder_of_another_user_is_not_used(
    folder: Path, door: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: mine + 1)
    with pytest.raises(PermissionError, match="another user"):
        _reached(folder)


def test_a_link_is_no_folder_and_no_socket(folder: Path, door: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(folder)
    with pytest.raises(OSError, match="link"):
        _reached(link)
    elsewhere = tmp_path / "elsewhere"
    door.rename(elsewhere)
    (folder / "linked.sock").symlink_to(elsewhere)
    assert _reached(folder) == 0


def test_a_socket_that_others_may_use_and_a_file_are_passed_over(folder: Path, door: Path) -> None:
    (folder / "file.sock").write_text("no socket")
    (folder / "file.sock").chmod(0o600)
    assert _reached(folder) == 1
    door.chmod(0o660)
    assert _reached(folder) == 0


@pytest.mark.skipif(not hasattr(socket, "SO_PEERCRED"), reason="the system does not tell it")
def test_who_listens_is_asked_of_the_system(
    folder: Path, door: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _reached(folder) == 1
    monkeypatch.setattr(own_server, "_peer", lambda _: os.geteuid() + 1)
    assert _reached(folder) == 0


def test_what_is_served_differs_where_the_answer_may(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    ours = served(settings, None)
    calibration = tmp_path / "mine.json"
    calibration.write_text("{}")
    for other, name in (
        (replace(settings, home=tmp_path / "b"), "collections"),
        (replace(settings, llm="none"), "language model"),
        (replace(settings, strictness="eager"), "strictness"),
        (replace(settings, offline=True), "offline"),
        (replace(settings, ollama_host="box"), "Ollama's address"),
        (replace(settings, calibration=calibration), "calibration"),
    ):
        assert difference(ours, served(other, None), TO_WRITE) == name
    same = replace(settings, collection="law", answer="auto", parallel=9, queue=1, server=False)
    assert difference(ours, served(same, "hashing"), TO_WRITE) is None
    assert difference(ours, {**ours, "program": "older"}, TO_FIND) == "program"
    assert difference(ours, {}, TO_FIND) == "program"


def test_a_file_that_was_exchanged_is_another(tmp_path: Path) -> None:
    calibration = tmp_path / "mine.json"
    calibration.write_text("{}")
    settings = Settings(home=tmp_path, calibration=calibration)
    before = served(settings, None)
    assert difference(before, served(settings, None), TO_WRITE) is None
    calibration.write_text('{"another": 1}')
    assert difference(before, served(settings, None), TO_WRITE) == "calibration"


def test_a_changed_program_is_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rag").mkdir()
    (tmp_path / "rag" / "own_server.py").write_text("")
    monkeypatch.setattr(own_server, "__file__", str(tmp_path / "rag" / "own_server.py"))
    before = served(Settings(), None)
    assert difference(before, served(Settings(), None), TO_FIND) is None
    (tmp_path / "rag" / "new.py").write_text("")
    assert difference(before, served(Settings(), None), TO_FIND) == "program"


def test_an_answer_comes_back_from_json_types() -> None:
    answer = Answer(
        "q",
        "q",
        "answered",
        "It rains.",
        claims=(Claim(Span(0, 9), "supported", 1.0, (1,)),),
        citations=(Citation(1, 2, "t", "s", "It rains.", 0, 9, headings=("a", "b")),),
        judgement=Judgement("It rains.", 0.5, {"fit": 0.25}),
        timings={"search": 1.5},
    )
    assert from_plain(Answer, answer.as_dict()) == answer
    with pytest.raises(TypeError):
        from_plain(Answer, {"question": "q"})
    with pytest.raises(KeyError):
        from_plain(Answer, {"nonsense": 1})
