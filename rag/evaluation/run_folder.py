"""The folder of a run: what was asked for, the rows as they come, and the summary.

    run.json      what the run depends on; another run may not continue it
    rows.jsonl    one line per question, appended and flushed
    summary.json  written at the end

Knows nothing of systems or measures.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rag.errors import EvaluationError

RUN_FILE, ROWS_FILE, SUMMARY_FILE = "run.json", "rows.jsonl", "summary.json"

Row = dict[str, Any]


class RunFolder:
    """A run on disk that can be stopped at any instant and continued."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def start(self, identity: Mapping[str, Any], resume: bool) -> list[Row]:
        """Begin the run, or continue it, and return the rows that it already has.

        Raises `EvaluationError` when there is a run already and ``resume`` is not set, or when that
        run was made with other settings.
        """
        wanted = json.loads(json.dumps(identity))  # tuples become lists, as they are read back
        if not (self.path / RUN_FILE).exists():
            self.path.mkdir(parents=True, exist_ok=True)
            (self.path / ROWS_FILE).unlink(missing_ok=True)
            _write_json(self.path / RUN_FILE, wanted)
            return []
        if not resume:
            raise EvaluationError(
                f"{self.path} holds a run already: continue it with --resume, or name another "
                "folder with --out"
            )
        self._check_same(wanted)
        self._drop_torn_line()
        return self.rows()

    def append(self, row: Row) -> None:
        with (self.path / ROWS_FILE).open("a", encoding="utf-8") as rows:
            rows.write(json.dumps(row, ensure_ascii=False) + "\n")  # closing flushes it

    def rows(self) -> list[Row]:
        """The newest complete row of each id, in the order in which the ids were first written."""
        path = self.path / ROWS_FILE
        lines = path.read_text(encoding="utf-8").split("\n") if path.exists() else []
        rows = (_parse(line, f"{path}:{n}") for n, line in enumerate(lines, start=1) if line)
        return list({row["id"]: row for row in rows}.values())

    def identity(self) -> dict[str, Any]:
        """What the run depends on. Raises `EvaluationError` when this is no run's folder."""
        return read_json(self.path / RUN_FILE)

    def finish(self, summary: Mapping[str, Any]) -> None:
        _write_json(self.path / SUMMARY_FILE, summary)

    def _check_same(self, wanted: Mapping[str, Any]) -> None:
        had = self.identity()
        changed = sorted(k for k in wanted.keys() | had.keys() if wanted.get(k) != had.get(k))
        if changed:
            name = changed[0]
            raise EvaluationError(
                f"{self.path} was made with {name} = {had.get(name)!r}, now it is "
                f"{wanted.get(name)!r}: name another folder with --out"
            )

    def _drop_torn_line(self) -> None:
        """A run that was killed while it wrote leaves half a line: cut it off, ask again."""
        path = self.path / ROWS_FILE
        if not path.exists():
            return
        content = path.read_bytes()
        complete = content.rfind(b"\n") + 1
        if complete < len(content):
            with path.open("r+b") as file:
                file.truncate(complete)


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file; `EvaluationError` when it is missing or is not one."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise EvaluationError(f"{path} does not exist: make it with `rag eval run`") from error
    return _parse(text, str(path))


def _parse(text: str, where: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise EvaluationError(f"{where} is damaged ({error.msg}): run again without it") from error
    if not isinstance(value, dict):
        raise EvaluationError(f"{where} must hold a JSON object: run again without it")
    return value


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Aside, then renamed: a reader never sees half a file."""
    aside = path.with_suffix(".tmp")
    aside.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    aside.replace(path)
