"""Requests that once broke the program: what they left, held, passed and sent out again."""

from __future__ import annotations

import io
import re
import socket
import sqlite3
import stat
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
from platformdirs import user_cache_path
from reportlab.pdfgen.canvas import Canvas

from tests.attacks.doors_documents import GOOD, picture
from tests.attacks.program import Program, Served
from tests.attacks.suite import require

LEEDS = b"The Leeds office has 40 desks."
_PART = b'--x\r\nContent-Disposition: form-data; name="files"; filename="%s"\r\n\r\n'
_LONG = b"".join(b"Sentence number %d tells of another giraffe.\n\n" % n for n in range(20_000))


# 1. The embedded language model

_LOADED = """
import os
from pathlib import Path
from platformdirs import user_cache_path
from rag.llm.llamacpp import LlamaCppLLM

found = sorted(user_cache_path("footnote-rag").glob("models/smollm2-135m/*.gguf"))
held = LlamaCppLLM(found[0], "llamacpp:smollm2-135m").load()
links = [os.readlink(each) for each in Path("/proc/self/fd").iterdir() if os.path.exists(each)]
own = {each[8:-1] for each in links if each.startswith("socket:")}
for table in ("tcp", "tcp6"):
    for line in Path("/proc/self/net", table).read_text().splitlines()[1:]:
        row = line.split()
        if row[3] == "0A" and row[9] in own:
            print(row[1])
"""


def has_the_model() -> bool:
    """Whether the smallest declared model is in the cache of models."""
    return any(user_cache_path("footnote-rag").glob("models/smollm2-135m/*.gguf"))


def a_listener_of_the_model(program: Program) -> None:
    """The process listens nowhere once the embedded model is loaded."""
    ports = program.python(_LOADED)
    require(not ports.strip(), f"it listens on {ports.split()}")


# 5. What uploads leave


def a_failed_upload(program: Program) -> None:
    """A file that cannot be read is gone."""
    with program.home() as home, program.serving(home) as served:
        served.upload(("good.txt", LEEDS), ("bad.pdf", b"%PDF-1.7 left behind"))
        require(not served.left(b"left behind"), "a file that failed was kept")


def a_refused_upload(program: Program) -> None:
    """A good file in a request that is malformed is told as added, or gone."""
    with program.home() as home, program.serving(home) as served:
        served.upload(("good.txt", LEEDS))
        body = _PART % b"a.txt" + GOOD + b"\r\n--x\r\nthis is no header"
        head = {"Content-Type": "multipart/form-data; boundary=x"}
        reply = served.request("POST", "/documents", content=body, headers=head)
        told = b"added" in reply.content
        require(told == bool(served.left(GOOD)), "it was kept and not told, or told and not kept")
        for name in ("...", "\u6f22" * 120 + ".txt"):
            text = f"Beside {name[:1]} there are 7 desks.".encode()
            sent = [("files", ("b.txt", text)), ("files", (name, b"More."))]
            reply = served.client.post("/documents", files=sent)
            told = re.search(r'"b.txt", "status": "(added|replaced)', reply.text) is not None
            require(told == bool(served.left(text)), f"beside {name[:3]!r}: {reply.text[:99]!r}")


def half_an_upload(program: Program) -> None:
    """Requests that break off leave nothing."""
    with program.home() as home, program.serving(home) as served:
        served.upload(("good.txt", LEEDS))
        for _ in range(20):
            served.connect(_head(200_000) + _PART % b"half.txt" + b"half of it" * 1000).close()
        time.sleep(2)
        require(not served.left(b"half of it"), "halves of files were left")
        served.require_well()


def a_client_that_leaves(program: Program) -> None:
    """Whoever leaves while a file is indexed stops the work, and nothing of it stays."""
    body = _PART % b"long.txt" + _LONG + b"\r\n--x--\r\n"
    with program.home() as home, program.serving(home, ATTACK_BATCH_S="0.5") as served:
        served.upload(("good.txt", LEEDS))
        with served.connect(_head(len(body)) + body):
            _until(lambda: bool(served.left(b"number 19999 tells")), 60)
            time.sleep(2)
        _until(lambda: not served.left(b"number 19999 tells"), 30)
        listed = served.request("GET", "/documents").json()
        require(listed["total"] == 1, "the work went on")


def permissions(program: Program) -> None:
    """What was uploaded can be read by its owner alone, and so can keys."""
    with program.home() as home, program.serving(home) as served:
        served.upload(("a/b.txt", GOOD), collection="law")
        program.rag(home, "keys", "create", "ann")
        (file,) = served.left(GOOD)
        folder = next(each for each in file.parents if each.name == "law")
        for path in (file, folder, *home.glob("*keys*"), *folder.glob("*.sqlite")):
            mode = stat.S_IMODE(path.stat().st_mode)
            require(not mode & 0o077, f"{path.name} has {mode:o}")


def _head(length: int) -> bytes:
    return (
        b"POST /documents HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n"
        b"Content-Type: multipart/form-data; boundary=x\r\n\r\n" % length
    )


def _until(holds: Any, limit_s: float) -> None:
    until = time.monotonic() + limit_s
    while not holds():
        require(time.monotonic() < until, f"it did not come about in {limit_s:.0f} s")
        time.sleep(0.2)


# 7. What one request holds


def deleted_during_its_ingest(program: Program) -> None:
    """A collection is deleted while a long file goes into it."""
    with program.home() as home, program.serving(home, ATTACK_BATCH_S="15") as served:
        served.upload(("good.txt", b""))
        with ThreadPoolExecutor(1) as pool:
            files = [("files", ("long.txt", _LONG))]
            params = {"collection": "away"}
            sent = pool.submit(served.client.post, "/documents", params=params, files=files)
            _until(lambda: bool(served.left(b"number 19999 tells")), 60)
            time.sleep(3)
            deletes = [
                lambda: served.client.delete("/collections/away"),
                lambda: served.client.get("/collections"),
                lambda: served.client.get("/documents", params=params),
            ]
            try:
                served.meanwhile(*deletes, limit_s=100)
            finally:
                served.process.kill()
                with suppress(httpx.HTTPError):
                    sent.result()


def pages_drawn_at_once(program: Program) -> None:
    """One page that is slow to draw is asked for 45 times at once."""
    with program.home() as home, program.serving(home) as served:
        told = served.upload(("page.pdf", _slow_page()))
        url = f"/documents/{told[0]['document_id']}/pages/1.png"
        calls = [
            lambda n=n: httpx.get(
                f"http://127.0.0.1:{served.port}{url}",
                params={"start": n, "end": n + 5},
                timeout=120,
                trust_env=False,
            )
            for n in range(45)
        ]
        with ThreadPoolExecutor(45) as pool:
            drawn = [pool.submit(call) for call in calls]
            try:
                for _ in range(20):
                    served.require_well()
                    began = time.monotonic()
                    served.request("GET", "/documents")
                    require(time.monotonic() - began < 15, "a list of documents had to wait")
                    time.sleep(0.2)
            finally:
                served.process.kill()
                for each in drawn:
                    with suppress(httpx.HTTPError):
                        each.result()


def _slow_page() -> bytes:
    """A page of words under very many curves."""
    written = io.BytesIO()
    page = Canvas(written, pageCompression=1)
    page.drawString(100, 700, "The York office has 12 desks and more words to be marked.")
    for n in range(60_000):
        page.bezier(n % 500, 0, 600 - n % 300, 300, n % 77, 500, 500, n % 800)
    page.save()
    return written.getvalue()


@contextmanager
def _two_on_one_folder(program: Program) -> Iterator[tuple[Served, Served]]:
    with (
        program.home() as home,
        program.serving(home) as first,
        program.serving(home) as second,
    ):
        yield first, second


def two_servers(program: Program) -> None:
    """What one server deletes is gone for another, which accepts nothing into what is gone."""
    with _two_on_one_folder(program) as (first, second):
        first.upload(("a.txt", LEEDS), collection="law")
        search = {"json": {"question": "How many desks?", "collection": "law"}}
        require("40 desks" in second.request("POST", "/search", **search).text, "not found at all")
        first.request("DELETE", "/collections/law")
        require("40 desks" not in second.request("POST", "/search", **search).text, "it answers")
        told = second.upload(("b.txt", GOOD), collection="law")
        if told[0]["status"] == "added":
            require("12 desks" in " ".join(first.texts("law")), "it was added to what is gone")


def made_anew_elsewhere(program: Program) -> None:
    """A collection that another server deletes and makes anew is the new one."""
    with _two_on_one_folder(program) as (first, second):
        first.upload(("a.txt", LEEDS), collection="law")
        second.texts("law")
        first.request("DELETE", "/collections/law")
        first.upload(("b.txt", GOOD), collection="law")
        texts = " ".join(second.texts("law"))
        require("12 desks" in texts and "40 desks" not in texts, "the older one is shown")


# 8. Connections


def half_sent_requests(program: Program) -> None:
    """1,100 requests of which half is sent take no service from others, and fill no log."""
    with program.home() as home, program.serving(home) as served, ExitStack() as held:
        before = served.log.stat().st_size
        for _ in range(1_100):
            with suppress(OSError):
                half = b"POST /ask HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n{"
                held.enter_context(served.connect(half))
        for _ in range(10):
            served.require_well()
            time.sleep(1)
        grown = served.log.stat().st_size - before
        require(grown < 1_000_000, f"the log grew by {grown:,} bytes")


def heads_that_never_end(program: Program) -> None:
    """Whoever sends no whole head, or a body without end, is let go."""
    with program.home() as home, program.serving(home) as served:
        body = b"POST /ask HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n{"
        for half in (b"GET /health HTTP/1.1\r\nHost: a", body, b""):
            with served.connect(half) as connection:
                connection.settimeout(60)
                try:
                    connection.recv(1000)
                except TimeoutError:
                    require(False, "half a request was held for more than a minute")
                except OSError:
                    pass


def lines_of_the_log(program: Program) -> None:
    """Requests that are no HTTP fill no log, and write nothing into it that steers a terminal."""
    with program.home() as home, program.serving(home) as served:
        before = served.log.stat().st_size
        for _ in range(500):
            line = b"\x1b[2J\x1b]0;owned\x07 / HTTP/9.9\r\n\r\n"
            with served.connect(line) as connection, suppress(OSError):
                connection.recv(100)
        told = served.log.read_bytes()
        require(len(told) - before < 20_000, f"the log grew by {len(told) - before:,} bytes")
        require(b"\x1b" not in told, "control characters in the log")


# 9. What leaves


def a_planted_picture(program: Program) -> None:
    """A picture link of a document is none in what other front ends show."""
    with program.home() as home, program.serving(home) as served:
        served.upload(("desks.txt", picture().encode()))
        turns = [{"role": "user", "content": "How many desks does the office have?"}]
        asked = {"model": "default", "messages": turns, "stream": False}
        name = served.request("GET", "/v1/models").json()["data"][0]["id"]
        for path in ("/api/chat", "/v1/chat/completions"):
            more = {"model": name, "footnotes": True} if path.startswith("/v1") else {"model": name}
            reply = served.request("POST", path, json=asked | more)
            if reply.status_code in (400, 422):
                reply = served.request("POST", path, json=asked | {"model": name})
            told = reply.json()
            message = told["message"] if "message" in told else told["choices"][0]["message"]
            text = message["content"]
            require("desks" in text, f"no answer to look at: {text[:100]}")
            require(re.search(r"(?<!\\)!?\[x\]\(", text) is None, f"{path}: {text[:80]}")


def what_is_printed(program: Program) -> None:
    """What a document says, and what it is called, steers no terminal."""
    with program.home() as home:
        files = home / "files"
        files.mkdir()
        steering = "\x1b]0;owned\x07\x9b31m\u202e"
        text = f"The office has 40 desks {steering}."
        (files / "desks.txt").write_text(text)
        (files / f"a{steering}.txt").write_text("It rains.")
        (files / f"b{steering}.pdf").write_bytes(b"%PDF-1.7")
        told = [program.rag(home, "index", files)]
        told += [program.rag(home, each) for each in ("documents", "doctor")]
        told += [program.rag(home, "documents", "--failed")]
        told += [program.rag(home, each, "How many desks?") for each in ("search", "ask")]
        for done in told:
            for sign in "\x1b\x07\x9b\u202e":
                require(sign not in done.stdout + done.stderr, f"{sign!r} of rag {done.args[4:]}")


# 10. The small ones


def origins(program: Program) -> None:
    """An Origin that is no address is refused, and so is any other site."""
    served = program.served()
    for origin in (
        *("http://[", "null", "http://evil.example", "http://127.0.0.1.evil.example", "\x80"),
        *("http://127.0.0.1:1", f"https://x@127.0.0.1:{served.port}", "http://[::1", ""),
    ):
        reply = served.request("GET", "/documents", headers={"Origin": origin.encode("latin-1")})
        require(reply.status_code in (400, 403), f"{origin!r}: status {reply.status_code}")


def hosts(program: Program) -> None:
    """A Host that is not this machine's is refused, whatever it looks like."""
    served = program.served()
    for host in (
        *("[127.0.0.1].evil.com", "evil.example", "127.0.0.1.evil.com", "[::1].evil.com", "["),
        *("localhost.evil.com", "127.0.0.1@evil.com", "evil.com#127.0.0.1", "evil.com:127.0.0.1"),
        *("0x7f.1.evil.com", "[::1]evil.com", "localhost:80:evil.com", "a\tlocalhost", ""),
    ):
        head = f"GET /documents HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        status = served.status_of(head.encode())
        require(status in (400, 403, 421), f"{host!r}: status {status}")
    twice = b"GET /documents HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.com\r\n\r\n"
    require(served.status_of(twice) in (400, 403, 421), "two hosts")


def what_ready_tells(program: Program) -> None:
    """Without a key /ready tells no path, also where the catalogue is damaged."""
    with program.home() as home:
        with program.serving(home) as served:
            served.upload(("a.txt", LEEDS))
        program.rag(home, "keys", "create", "ann")
        with program.serving(home) as served:
            for file in home.rglob("*.sqlite*"):
                file.write_bytes(b"damaged" * 1000)
            told = served.client.get("/ready").text
            require(str(home) not in told, f"it tells {told[:200]}")


def keys_that_are_guessed(program: Program) -> None:
    """Guessing keys is limited, whatever address a header claims."""
    with program.home() as home:
        program.rag(home, "keys", "create", "ann")
        with program.serving(home, RAG_RATE="30") as served:
            statuses = [_guess(served, number) for number in range(100)]
        require(429 in statuses, "100 guesses were not limited")


def _guess(served: Served, number: int) -> int:
    headers = {
        "Authorization": f"Bearer fnr_{number:043}",
        "X-Forwarded-For": f"10.0.{number // 250}.{number % 250}",
    }
    return served.client.get("/documents", headers=headers).status_code


def rows_that_do_not_fit(program: Program) -> None:
    """Catalogues whose rows do not fit together end in words, with every command."""
    for change in (
        "UPDATE documents SET headings = '[1]'",
        "UPDATE documents SET text = x'ff'",
        "UPDATE vectors SET vector = x'00'",
        "DELETE FROM documents",
    ):
        with program.home() as home:
            file = home / "a.txt"
            file.write_bytes(LEEDS)
            program.rag(home, "index", file)
            for catalogue in home.rglob("*.sqlite"):
                with suppress(sqlite3.Error), closing(sqlite3.connect(catalogue)) as opened, opened:
                    opened.execute("PRAGMA foreign_keys = OFF")
                    opened.execute(change)
            for command in (["search", "desks"], ["documents"], ["doctor"], ["ask", "Desks?"]):
                program.rag(home, *command)


def a_home_that_cannot_be_written(program: Program) -> None:
    """A home in which nothing can be made, or changed, ends in words, with every command."""
    with program.home() as folder:
        file = folder / "a.txt"
        file.write_bytes(LEEDS)
        filled = folder / "filled"
        program.rag(filled, "index", file)
        for home in (Path("/proc/footnote"), file / "home", filled):
            for command in (
                *(["index", file], ["keys", "create", "a"], ["documents"], ["doctor"]),
                *(["search", "desks"], ["ask", "How many desks?"], ["reindex"]),
            ):
                done = program.rag(home, *command, read_only=home == filled)
                require(bool(done.stdout + done.stderr), f"rag {command[0]} says nothing")


def addresses_set_apart(program: Program) -> None:
    """Addresses that are set apart are not asked."""
    with program.home() as home:
        for address in ("192.88.99.1", "[64:ff9b:1::a00:1]", "192.0.0.9", "[2001:10::1]"):
            done = program.rag(home, "index", f"http://{address}/a.txt", timeout_s=100)
            told = done.stdout + done.stderr
            require("public" in told, f"{address} was asked: {told.strip()[:120]}")


def no_smuggling(program: Program) -> None:
    """Requests whose length can be read in two ways are refused, and nothing comes behind them."""
    served = program.served()
    inner = b"DELETE /documents/1 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    for head in (
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"Content-Length: 5\r\nContent-Length: 6\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Transfer-Encoding : chunked\r\n",
        b"Content-Length: +5\r\n",
    ):
        request = b"POST /search HTTP/1.1\r\nHost: 127.0.0.1\r\n" + head + b"\r\n"
        with served.connect(request + b"0\r\n\r\n" + inner) as connection:
            connection.settimeout(2)
            with suppress(OSError):
                while connection.recv(4096):
                    pass
        with suppress(socket.timeout):
            found = served.request("GET", "/documents/1").status_code
            require(found == 200, f"{head!r} let a second request pass")
