"""The program under attack: a checkout of any version, run as people run it, in processes of its
own, over a home of its own."""

from __future__ import annotations

import json
import os
import shlex
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

from tests.attacks.suite import require

HERE = Path(__file__).resolve().parents[2]
_LAUNCH = Path(__file__).with_name("launch.py")
_STARTS_S = 300.0
_HEALTHY_S = 20.0  # what an attack stops is stopped for longer; a busy machine is not


@dataclass(slots=True)
class Program:
    """Commands and servers of the version in ``checkout``. Closed with its ``with`` block."""

    checkout: Path = HERE
    _stack: ExitStack = field(default_factory=ExitStack)
    _shared: Served | None = None

    def __enter__(self) -> Program:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    @contextmanager
    def home(self) -> Iterator[Path]:
        """A home of one attack, which is gone afterwards."""
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            yield Path(folder)

    def rag(
        self, home: Path, *arguments: str | Path, timeout_s: float = 240, read_only: bool = False
    ) -> subprocess.CompletedProcess[str]:
        """What a command printed, which must be no traceback and end in time."""
        try:
            done = subprocess.run(
                [*(_read_only(home) if read_only else []), *self._command(arguments)],
                env=self._environment(home),
                cwd=self.checkout,
                capture_output=True,
                timeout=timeout_s,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            require(False, f"rag {arguments[0]} ran for more than {timeout_s:.0f} s")
            raise AssertionError from error
        told = [each.decode(errors="replace") for each in (done.stdout, done.stderr)]
        require("Traceback" not in told[1], f"a traceback: {told[1].strip()[-200:]}")
        return subprocess.CompletedProcess(done.args, done.returncode, *told)

    def python(self, source: str, timeout_s: float = 120) -> str:
        """What a Python program that imports this version prints."""
        done = subprocess.run(
            [sys.executable, "-P", "-c", source],
            env=self._environment(self.checkout),
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )
        require(done.returncode == 0, done.stderr.strip()[-300:])
        return done.stdout

    def _command(self, arguments: Sequence[str | Path]) -> list[str]:
        return [sys.executable, "-P", str(_LAUNCH), *map(str, arguments)]

    def _environment(self, home: Path, **more: str) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("RAG_", "OPENAI_"))}
        settings = {"RAG_HOME": str(home), "RAG_LLM": "none", "PYTHONPATH": str(self.checkout)}
        return kept | settings | more

    @contextmanager
    def serving(self, home: Path, **environment: str) -> Iterator[Served]:
        """A server over ``home``, which has ended after the block."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        log = home / f"server-{port}.log"
        with log.open("wb") as written:
            process = subprocess.Popen(
                self._command(["serve", "--port", str(port)]),
                env=self._environment(home, **environment),
                cwd=self.checkout,
                stdout=written,
                stderr=written,
            )
            try:
                with httpx.Client(
                    base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False
                ) as client:
                    served = Served(port, home, log, client, process)
                    served.wait()
                    yield served
            finally:
                process.kill()
                process.wait()

    def served(self) -> Served:
        """A server that attacks share as long as it is well, with one document."""
        if self._shared is None or not self._shared.is_well():
            home = self._stack.enter_context(self.home())
            self._shared = self._stack.enter_context(self.serving(home))
            self._shared.upload(("leeds.txt", b"The Leeds office has 40 desks."))
        return self._shared


@dataclass(slots=True)
class Served:
    """A server, and one client of it."""

    port: int
    home: Path
    log: Path
    client: httpx.Client
    process: subprocess.Popen[bytes]

    def wait(self) -> None:
        """Wait until it answers."""
        until = time.monotonic() + _STARTS_S
        while not self.is_well():
            told = self.log.read_text(errors="replace")[-300:]
            require(self.process.poll() is None and time.monotonic() < until, f"no start: {told}")
            time.sleep(0.1)

    def is_well(self) -> bool:
        """Whether /health answers soon, on a connection of its own."""
        with suppress(httpx.HTTPError):
            url = f"http://127.0.0.1:{self.port}/health"
            return httpx.get(url, timeout=_HEALTHY_S, trust_env=False).status_code == 200
        return False

    def require_well(self) -> None:
        """Raises BrokenError unless /health answers soon."""
        require(self.is_well(), f"/health did not answer within {_HEALTHY_S:.0f} s")

    def meanwhile(self, *calls: Any, limit_s: float = 60) -> None:
        """Make each call in a thread of its own, ask /health until all have ended, in time."""
        threads = [threading.Thread(target=_quietly, args=(call,), daemon=True) for call in calls]
        for thread in threads:
            thread.start()
        until = time.monotonic() + limit_s
        while any(thread.is_alive() for thread in threads):
            self.require_well()
            require(time.monotonic() < until, f"it took more than {limit_s:.0f} s")
            time.sleep(0.05)
        self.require_well()

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """The response to a request, which must be no failure of the server."""
        reply = self.client.request(method, path, **options)
        require(reply.status_code != 500, f"status 500: {reply.text[:200]}")
        require("Traceback" not in reply.text, "a traceback was answered")
        return reply

    def upload(
        self, *files: tuple[str, bytes], collection: str | None = None
    ) -> list[dict[str, Any]]:
        """What the server tells of each file that is uploaded."""
        params = {"collection": collection} if collection else {}
        sent = [("files", file) for file in files]
        reply = self.request("POST", "/documents", params=params, files=sent)
        require(reply.is_success, f"status {reply.status_code}: {reply.text[:200]}")
        lines = [json.loads(line) for line in reply.text.splitlines()]
        return [line for line in lines if "file" in line]

    def texts(self, collection: str | None = None) -> list[str]:
        """The texts of all documents."""
        params: dict[str, Any] = {"collection": collection} if collection else {}
        listed = self.request("GET", "/documents", params=params | {"limit": 500}).json()
        return [
            self.request("GET", f"/documents/{each['id']}/text", params=params).json()["text"]
            for each in listed["documents"]
        ]

    def left(self, text: bytes) -> list[Path]:
        """The files of the home that hold ``text`` as they were sent, catalogues aside."""
        return [
            path
            for path in self.home.rglob("*")
            if path.is_file() and "sqlite" not in path.name and text in path.read_bytes()
        ]

    def connect(self, data: bytes) -> socket.socket:
        """A connection on which ``data`` was sent."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        connection.sendall(data)
        return connection

    def status_of(self, data: bytes) -> int:
        """The status that is answered to bytes as they are; 0 for none."""
        with self.connect(data) as connection:
            answer = connection.makefile("rb").readline().split()
        return int(answer[1]) if len(answer) > 1 else 0


def _quietly(call: Any) -> None:
    with suppress(httpx.HTTPError, OSError):
        call()


def _read_only(home: Path) -> list[str]:
    """What is put before a command so that it finds ``home`` read-only, also as root."""
    if os.geteuid():
        for path in (*home.rglob("*"), home):
            path.chmod(path.stat().st_mode & ~0o222)
        return []
    folder = shlex.quote(str(home))
    mount = f"mount --bind {folder} {folder} && mount -o remount,ro,bind {folder}"
    return ["unshare", "-m", "sh", "-c", f'{mount} && exec "$@"', "sh"]
