"""``rag search`` and ``rag documents``."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.command_line import TEXT, TITLE, WORKERS, CommandLine


def test_search_shows_the_closest_chunks_and_where_they_stand(indexed: CommandLine) -> None:
    result = indexed("search", "construction workers")
    assert result.exit_code == 0
    assert result.stdout.startswith(f"1. {TITLE} (characters 0–")
    assert WORKERS in result.stdout


def test_search_as_json_gives_as_many_hits_as_asked_for(
    indexed: CommandLine, tmp_path: Path
) -> None:
    (tmp_path / "more.txt").write_text("Construction workers build a museum.")
    indexed("index", tmp_path / "more.txt")
    hits = json.loads(indexed("search", "--limit", "1", "--json", stdin="a museum").stdout)
    assert [hit["chunk"]["text"] for hit in hits] == ["Construction workers build a museum."]


def test_search_in_an_empty_collection_finds_nothing(rag: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    rag("index", tmp_path / "empty")
    result = rag("search", "anything")
    assert (result.exit_code, result.stdout) == (3, "Nothing is indexed that could be close.\n")
    assert rag("documents").stdout == "The collection is empty.\n"


def test_documents_lists_and_removes(indexed: CommandLine, files: Path) -> None:
    assert f"{TITLE}  ({files / 'korea.txt'})" in indexed("documents").stdout
    (listed,) = json.loads(indexed("documents", "--json").stdout)
    assert listed["title"] == TITLE
    assert listed["characters"] == len(TEXT)
    removed = indexed("documents", "--remove", os.path.relpath(files / "korea.txt"), "--json")
    assert json.loads(removed.stdout) == []


def test_documents_that_are_found_by_their_words_alone_are_told(
    rag: CommandLine, tmp_path: Path
) -> None:
    papers = tmp_path / "papers"
    papers.mkdir()
    (papers / "zh.txt").write_text("停车场位于地下二层的最里面晚上十点关闭。", encoding="utf-8")
    (papers / "en.txt").write_text("The car park closes at ten in the evening.", "utf-8")
    indexed = rag("index", papers, "--json")
    assert json.loads(indexed.stdout)["unread_languages"] == ["zh"]
    assert "rag: The embedder does not know the language of some documents (zh)" in indexed.stderr
    assert json.loads(rag("index", papers, "--json").stdout)["unread_languages"] == []
    assert "(zh)" in rag("documents").stdout
    assert "multilingual-e5-small-q4" in rag("documents").stdout
    listed = json.loads(rag("documents", "--json").stdout)
    assert {each["language"]: each["words_alone"] for each in listed} == {"en": False, "zh": True}
    searched = rag("search", "停车场几点关闭停车场几点关闭")
    assert "rag: The embedder does not know the language of the question" in searched.stderr
    assert "multilingual-e5-small-q4" in searched.stderr
    assert "embedder" not in rag("search", "when does the car park close?").stderr


def test_what_is_left_out_is_listed_by_document(
    indexed: CommandLine, files: Path, home: Path
) -> None:
    assert indexed("documents", "--left-out").stdout == "Nothing was left out of any document.\n"
    with closing(sqlite3.connect(home / "collections/default/catalogue.sqlite")) as db, db:
        db.execute("UPDATE documents SET left_out = ?", ('["3 comments", "1 chart"]',))
    path = files / "korea.txt"
    assert indexed("documents", "--left-out").stdout == f"{path}: 3 comments, 1 chart\n"
    assert json.loads(indexed("documents", "--left-out", "--json").stdout) == [
        {"path": str(path), "left_out": ["3 comments", "1 chart"]}
    ]


def test_removing_what_is_not_there_is_an_error(indexed: CommandLine) -> None:
    assert "`rag documents` lists" in indexed.fails(1, "documents", "--remove", "nothing.txt")
