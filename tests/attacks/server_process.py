"""A real ``rag serve`` in a process of its own, and what it and its workers hold (Linux)."""

from __future__ import annotations

import os
import socket
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from rag.keys.store import KeyStore
from rag.settings import Settings

PROC = Path("/proc")
_RAG = str(Path(sysconfig.get_path("scripts")) / "rag")
_START_S = 600.0  # the models are opened first, on a machine that may do other work


@dataclass(frozen=True, slots=True)
class Served:
    """A running server: its address, a key that may do everything, its process and its home."""

    address: str
    key: str
    process_id: int
    home: Path


@contextmanager
def rag_served(**variables: str) -> Iterator[Served]:
    """``rag serve`` without a language model, with the default embedder, until the block ends."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder))
        (settings.models_home / "models").symlink_to(Settings().models_home / "models")
        key, _ = KeyStore(settings.keys_file).create("attacker", "admin")
        port = _free_port()
        command = [_RAG, "serve", "--port", str(port), "--llm", "none"]
        server = subprocess.Popen(command, env=_environment(settings.as_environment() | variables))
        served = Served(f"http://127.0.0.1:{port}/", key, server.pid, Path(folder))
        try:
            _wait_for(served, server)
            yield served
        finally:
            server.terminate()
            server.wait(60)


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RAG_")}
    return kept | {name: value for name, value in settings.items() if value}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port


def _wait_for(served: Served, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _START_S
    while time.monotonic() < end:
        if server.poll() is not None:
            raise RuntimeError(f"rag serve ended with {server.returncode}")
        with suppress(httpx.HTTPError):
            if httpx.get(f"{served.address}health", trust_env=False).status_code == 200:
                return
        time.sleep(0.2)
    raise RuntimeError(f"rag serve did not answer within {_START_S:g} s")


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process and those that it started hold together."""

    memory_mb: float  # resident
    descriptors: int
    threads: int

    @classmethod
    def of(cls, process_id: int) -> Usage:
        pages = descriptors = threads = 0
        for folder in _with_children(process_id):
            with suppress(OSError):  # one that has just ended
                held = int((folder / "statm").read_text().split()[1])
                opened = len(list((folder / "fd").iterdir()))
                running = len(list((folder / "task").iterdir()))
                pages, descriptors, threads = pages + held, descriptors + opened, threads + running
        return cls(pages * os.sysconf("SC_PAGE_SIZE") / 2**20, descriptors, threads)


def _with_children(process_id: int) -> Iterator[Path]:
    yield PROC / str(process_id)
    with suppress(OSError):
        for task in (PROC / str(process_id) / "task").iterdir():
            for child in (task / "children").read_text().split():
                yield from _with_children(int(child))
