"""The store finds, verifies and fetches; sources only deliver. All models here are a few bytes."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
from collections import namedtuple
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rag.errors import CorruptModelError, MissingModelError, UnknownModelError
from rag.models import (
    FetchProgress,
    Model,
    ModelFile,
    ModelStore,
    Progress,
    Source,
    declared,
    get,
    verification,
)
from rag.models.sources import Wheels

CONTENT = {"config.json": b"{}", "1_Pooling/config.json": b'{"mean": true}', "weights": b"\x00\x01"}
OTHER = {**CONTENT, "weights": b"\x00\x02"}  # same sizes, other bytes


class Shelf:
    """A source that delivers what it was given, and remembers how often it was asked."""

    def __init__(self, name: str, content: Mapping[str, bytes]) -> None:
        self.name = name
        self.content = content
        self.calls = 0

    def fetch(self, model: Model, into: Path, progress: Progress) -> None:
        self.calls += 1
        for path, content in self.content.items():
            target = into / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            progress(len(content))


class Unreachable:
    """A source that fails halfway, after it has written something."""

    name = "unreachable"

    def fetch(self, model: Model, into: Path, progress: Progress) -> None:
        (into / "half").write_bytes(b"half a file")
        raise MissingModelError("no route to host")


class Forbidden:
    """A source that must not be asked."""

    name = "forbidden"

    def fetch(self, model: Model, into: Path, progress: Progress) -> None:
        raise AssertionError("a source was asked although it was forbidden")


def pins(content: Mapping[str, bytes]) -> tuple[ModelFile, ...]:
    return tuple(
        ModelFile(path, len(data), hashlib.sha256(data).hexdigest())
        for path, data in content.items()
    )


def embedder(*sources: Source) -> Model:
    return Model("tiny", "embedder", "MIT", pins(CONTENT), sources)


def llm(*sources: Source) -> Model:
    return Model("talker", "llm", "MIT", pins({"talker.gguf": b"GGUF"}), sources)


def store(home: Path, *models: Model, offline: bool = False) -> ModelStore:
    return ModelStore(home, offline=offline, models=models)


def visible(home: Path) -> set[str]:
    """What a user sees in the folder of models: everything but dot files."""
    return {path.name for path in (home / "models").iterdir() if not path.name.startswith(".")}


# --- Declared models ---


@pytest.mark.parametrize("model", declared(), ids=lambda model: model.name)
def test_a_declared_model_says_all_that_is_needed_to_trust_and_get_it(model: Model) -> None:
    assert model.licence in ("Apache-2.0", "MIT")
    assert len(model.sources) >= (2 if model.default else 1)
    for file in model.files:
        assert file.size_bytes > 0
        assert len(bytes.fromhex(file.sha256)) == 32


@pytest.mark.parametrize("model", declared(), ids=lambda model: model.name)
def test_the_pieces_of_its_wheels_cover_every_file_once(model: Model) -> None:
    for source in model.sources:
        if isinstance(source, Wheels):
            pieces = [piece for wheel in source.wheels for piece in wheel.pieces]
            for file in model.files:
                end = 0
                for piece in (piece for piece in pieces if piece.file == file.path):
                    assert piece.offset == end
                    end += piece.size_bytes
                assert end == file.size_bytes
            assert {piece.file for piece in pieces} == {file.path for file in model.files}


def test_one_embedder_and_one_llm_are_the_default() -> None:
    assert [(model.name, model.role) for model in declared() if model.default] == [
        ("all-MiniLM-L6-v2", "embedder"),
        ("qwen2.5-coder-1.5b", "llm"),
    ]


def test_names_are_unique_and_get_finds_each() -> None:
    assert [get(model.name) for model in declared()] == list(declared())
    assert len({model.name for model in declared()}) == len(declared())


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UnknownModelError, match=r"qwen2\.5-coder-1\.5b.*smollm2-135m"):
        get("gpt-0")


# --- Finding ---


def test_an_embedder_is_a_folder_and_an_llm_is_a_file(tmp_path: Path) -> None:
    models = store(
        tmp_path,
        embedder(Shelf("shelf", CONTENT)),
        llm(Shelf("shelf", {"talker.gguf": b"GGUF"})),
    )
    folder, file = models.path("tiny"), models.path("talker")
    assert {path: (folder / path).read_bytes() for path in CONTENT} == CONTENT
    assert (file.name, file.read_bytes()) == ("talker.gguf", b"GGUF")


def test_what_is_in_the_cache_is_not_fetched_again(tmp_path: Path) -> None:
    shelf = Shelf("shelf", CONTENT)
    models = store(tmp_path, embedder(shelf))
    first = models.path("tiny")
    assert models.path("tiny") == models.fetch("tiny") == first
    assert shelf.calls == 1


def test_a_path_of_the_users_own_is_returned_as_it_is(tmp_path: Path) -> None:
    mine = tmp_path / "mine.gguf"
    mine.write_bytes(b"mine")
    assert store(tmp_path / "home", llm(Forbidden())).path(str(mine)) == mine


def test_a_folder_named_like_a_declared_model_does_not_stand_in_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tiny").mkdir()
    monkeypatch.chdir(tmp_path)
    models = store(tmp_path / "home", embedder(Shelf("shelf", CONTENT)))
    assert models.path("tiny") == tmp_path / "home" / "models" / "tiny"


def test_neither_a_name_nor_a_path_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnknownModelError, match="tiny"):
        store(tmp_path, embedder(Forbidden())).path(str(tmp_path / "absent.gguf"))


def test_files_put_there_by_hand_are_verified_and_used(tmp_path: Path) -> None:
    models = store(tmp_path, llm(Forbidden()), offline=True)
    by_hand = tmp_path / "models" / "talker" / "talker.gguf"
    by_hand.parent.mkdir(parents=True)
    by_hand.write_bytes(b"GGUF")
    assert models.status()[0].state == "unverified"
    assert models.path("talker") == by_hand
    assert models.status()[0].state == "verified"


# --- Fetching ---


def test_sources_are_tried_in_order_until_one_is_good(tmp_path: Path) -> None:
    wrong, right, spare = Shelf("a", OTHER), Shelf("b", CONTENT), Shelf("c", CONTENT)
    folder = store(tmp_path, embedder(Unreachable(), wrong, right, spare)).path("tiny")
    assert (wrong.calls, right.calls, spare.calls) == (1, 1, 0)
    assert (folder / "weights").read_bytes() == CONTENT["weights"]
    assert not (folder / "half").exists()


def test_when_no_source_is_reachable_each_reason_and_the_next_step_are_told(
    tmp_path: Path,
) -> None:
    with pytest.raises(MissingModelError) as caught:
        store(tmp_path, embedder(Unreachable())).path("tiny")
    message = str(caught.value)
    assert "unreachable: no route to host" in message
    assert "rag models fetch tiny" in message
    assert str(tmp_path / "models" / "tiny") in message


def test_of_wrong_bytes_nothing_is_kept(tmp_path: Path) -> None:
    models = store(tmp_path, embedder(Shelf("mirror", OTHER)))
    with pytest.raises(CorruptModelError, match="mirror: weights did not have the bytes"):
        models.path("tiny")
    assert visible(tmp_path) == set()
    assert [path for path in tmp_path.rglob("*") if path.name == "weights"] == []


def test_a_file_that_a_source_left_out_is_no_model(tmp_path: Path) -> None:
    some = {"config.json": CONTENT["config.json"]}
    with pytest.raises(CorruptModelError, match="weights"):
        store(tmp_path, embedder(Shelf("mirror", some))).path("tiny")
    assert visible(tmp_path) == set()


def test_what_a_killed_fetch_left_behind_is_swept_away(tmp_path: Path) -> None:
    left = tmp_path / "models" / ".tiny.partial" / "stale"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"left over")
    folder = store(tmp_path, embedder(Shelf("shelf", CONTENT))).path("tiny")
    assert not left.parent.exists()
    assert not (folder / "stale").exists()


def test_offline_uses_the_cache_and_asks_no_source(tmp_path: Path) -> None:
    online = store(tmp_path, embedder(Shelf("shelf", CONTENT)))
    folder = online.path("tiny")
    offline = store(tmp_path, embedder(Forbidden()), llm(Forbidden()), offline=True)
    assert offline.path("tiny") == offline.fetch("tiny") == folder
    for attempt in (offline.path, offline.fetch):
        with pytest.raises(MissingModelError, match=r"offline.*rag models fetch talker"):
            attempt("talker")


def test_a_full_disk_is_told_before_anything_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(2 << 30, 2 << 30, 100 << 20))
    with pytest.raises(MissingModelError, match="100 MiB are free"):
        store(tmp_path, embedder(Forbidden())).path("tiny")


def test_a_cache_folder_that_cannot_be_made_names_the_setting(tmp_path: Path) -> None:
    (tmp_path / "home").write_bytes(b"a file where the folder should be")
    with pytest.raises(MissingModelError, match="RAG_HOME"):
        store(tmp_path / "home", embedder(Forbidden())).path("tiny")


def test_a_disk_error_of_a_source_is_a_reason_and_not_a_crash(tmp_path: Path) -> None:
    class DiskFull(Shelf):
        def fetch(self, model: Model, into: Path, progress: Progress) -> None:
            raise OSError(28, "No space left on device")

    with pytest.raises(MissingModelError, match="disk: No space left on device"):
        store(tmp_path, embedder(DiskFull("disk", {}))).path("tiny")


def test_progress_names_the_source_and_ends_at_the_total(tmp_path: Path) -> None:
    seen: list[FetchProgress] = []
    model = embedder(Unreachable(), Shelf("shelf", CONTENT))
    ModelStore(tmp_path, models=[model], on_progress=seen.append).path("tiny")
    total = sum(map(len, CONTENT.values()))
    assert seen == [
        FetchProgress("tiny", "unreachable", 0, total),
        FetchProgress("tiny", "shelf", 0, total),
        FetchProgress("tiny", "shelf", 2, total),
        FetchProgress("tiny", "shelf", 16, total),
        FetchProgress("tiny", "shelf", 18, total),
    ]


def test_of_two_that_fetch_at_once_one_waits_and_finds_it_done(tmp_path: Path) -> None:
    class Slow(Shelf):
        def __init__(self) -> None:
            super().__init__("slow", CONTENT)
            self.begun, self.go = threading.Event(), threading.Event()

        def fetch(self, model: Model, into: Path, progress: Progress) -> None:
            self.begun.set()
            assert self.go.wait(30)
            super().fetch(model, into, progress)

    slow, waits = Slow(), threading.Event()

    def told(progress: FetchProgress) -> None:
        if progress.source == "another process":
            waits.set()

    first = store(tmp_path, embedder(slow))
    second = ModelStore(tmp_path, models=[embedder(Forbidden())], on_progress=told)
    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(first.path, "tiny")
        assert slow.begun.wait(30)
        two = pool.submit(second.path, "tiny")
        assert waits.wait(30)
        slow.go.set()
        assert one.result(30) == two.result(30)
    assert slow.calls == 1


def test_two_processes_do_not_harm_each_other(tmp_path: Path) -> None:
    """Each would assert if the other's half-written files were in its way or were visible."""
    program = (
        "import sys; from pathlib import Path; from rag.models import *\n"
        "import hashlib, time\n"
        "class Slow:\n"
        "    name = 'slow'\n"
        "    def fetch(self, model, into, progress):\n"
        "        (into / 'f').write_bytes(b'a'); time.sleep(0.2)\n"
        "        assert list(into.iterdir()) == [into / 'f']\n"
        "        (into / 'f').write_bytes(b'ab')\n"
        "pin = ModelFile('f', 2, hashlib.sha256(b'ab').hexdigest())\n"
        "model = Model('m', 'llm', 'MIT', (pin,), (Slow(),))\n"
        "print(ModelStore(Path(sys.argv[1]), models=[model]).path('m').read_text())\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [process.communicate(timeout=60)[0] for process in both] == ["ab\n", "ab\n"]


# --- Verifying ---


def test_a_second_start_hashes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = embedder(Shelf("shelf", CONTENT))
    folder = store(tmp_path, model).path("tiny")
    monkeypatch.delattr(hashlib, "file_digest")
    assert store(tmp_path, model).path("tiny") == folder


def test_a_changed_file_is_refused_and_gone_and_the_next_call_mends_it(tmp_path: Path) -> None:
    shelf = Shelf("shelf", CONTENT)
    models = store(tmp_path, embedder(shelf))
    weights = models.path("tiny") / "weights"
    weights.write_bytes(b"tampered with")
    assert models.status()[0].state == "unverified"
    with pytest.raises(CorruptModelError, match=r"weights.*rag models fetch tiny"):
        models.path("tiny")
    assert not weights.exists()
    assert models.status()[0].state == "missing"
    assert (models.path("tiny") / "weights").read_bytes() == CONTENT["weights"]
    assert shelf.calls == 2


def test_fetch_replaces_a_changed_file_without_complaint(tmp_path: Path) -> None:
    models = store(tmp_path, embedder(Shelf("shelf", CONTENT)))
    weights = models.path("tiny") / "weights"
    weights.write_bytes(b"tampered with")
    models.fetch("tiny")
    assert weights.read_bytes() == CONTENT["weights"]


def test_a_touched_but_equal_file_passes_after_one_hash(tmp_path: Path) -> None:
    models = store(tmp_path, embedder(Shelf("shelf", CONTENT)))
    folder = models.path("tiny")
    (folder / "weights").touch()
    assert models.status()[0].state == "unverified"
    assert models.path("tiny") == folder
    assert models.status()[0].state == "verified"


def test_a_new_pin_is_held_against_old_bytes(tmp_path: Path) -> None:
    store(tmp_path, embedder(Shelf("shelf", CONTENT))).path("tiny")
    renewed = Model("tiny", "embedder", "MIT", pins(OTHER), (Forbidden(),))
    with pytest.raises(CorruptModelError, match="weights"):
        store(tmp_path, renewed).path("tiny")


def test_bytes_that_were_changed_with_their_size_and_time_kept_are_not_used(
    tmp_path: Path,
) -> None:
    models = store(tmp_path, embedder(Shelf("shelf", CONTENT)))
    weights = models.path("tiny") / "weights"
    before = weights.stat()
    weights.write_bytes(bytes(len(CONTENT["weights"])))
    os.utime(weights, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(CorruptModelError, match="weights"):
        models.path("tiny")


def test_verify_finds_rot_that_size_and_time_do_not_show(tmp_path: Path) -> None:
    models = store(tmp_path, embedder(Shelf("shelf", CONTENT)))
    folder = models.path("tiny")
    weights = folder / "weights"
    weights.write_bytes(OTHER["weights"])
    ledger = json.loads((folder / verification.LEDGER).read_text())
    ledger["weights"][1:3] = weights.stat().st_mtime_ns, weights.stat().st_ctime_ns
    (folder / verification.LEDGER).write_text(json.dumps(ledger))
    assert models.path("tiny") == folder  # nothing to be seen from outside

    checks = {check.path: check for check in models.verify("tiny")}
    assert [path for path, check in checks.items() if not check.ok] == ["weights"]
    assert checks["weights"].actual_sha256 == hashlib.sha256(OTHER["weights"]).hexdigest()
    assert weights.exists()
    with pytest.raises(CorruptModelError):
        models.path("tiny")


def test_verify_of_an_absent_model_says_that_every_file_is_absent(tmp_path: Path) -> None:
    checks = store(tmp_path, embedder(Forbidden())).verify("tiny")
    assert [check.path for check in checks] == list(CONTENT)
    assert not any(check.present or check.ok for check in checks)


def test_a_damaged_ledger_costs_a_hash_and_no_more(tmp_path: Path) -> None:
    models = store(tmp_path, embedder(Shelf("shelf", CONTENT)))
    folder = models.path("tiny")
    (folder / verification.LEDGER).write_text("not json")
    assert models.path("tiny") == folder
    assert models.status()[0].state == "verified"
