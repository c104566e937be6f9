"""How a server holds when many ask at once: questions over HTTP, one client first and then many.

Every request ends as one of `OUTCOMES`; what is lost is an error. Asks only servers of this
machine. Knows no model, index or gold answer.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

import numpy as np

from rag.errors import EvaluationError
from rag.evaluation.markdown import markdown_table
from rag.keys.store import is_loopback

Outcome = Literal["answered", "quoted", "tentative", "unanswered", "refused", "lost"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
REPLY_SECONDS = 4_000.0  # beyond the longest time budget: what is not answered by then is lost


@dataclass(frozen=True, slots=True)
class Asked:
    """One request and what became of it. ``why`` says why it was refused or lost."""

    outcome: Outcome
    seconds: float
    why: str = ""


@dataclass(frozen=True, slots=True)
class Load:
    """What ``clients`` got that asked at the same time. Seconds are of the questions answered."""

    clients: int
    requests: int
    held: int  # the most that were open at one time
    outcomes: dict[str, int]
    p50_s: float | None
    p95_s: float | None
    answers_per_minute: float
    why: dict[str, int]

    @property
    def lost(self) -> int:
        return self.outcomes["lost"]


class Clients:
    """Threads that ask one question after another, each over a connection of its own."""

    def __init__(self, url: str, collection: str | None, key: str | None) -> None:
        """Raises EvaluationError when ``url`` is not of this machine."""
        if not is_loopback(urlsplit(url).hostname or ""):
            raise EvaluationError(
                f"{url} is not on this machine: a load test of another's server is an attack; "
                "start 'rag serve' here"
            )
        self._url = url
        self._collection = collection
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._lock = threading.Lock()
        self._open = self._held = 0

    def ask(
        self,
        questions: Sequence[str],
        *,
        clients: int,
        requests: int,
        seconds: float,
        on_asked: Callable[[Asked], None] = lambda _: None,
    ) -> Load:
        """``requests`` questions in turn, or as many as were begun when ``seconds`` are over."""
        self._open = self._held = 0
        turn = itertools.count()
        end = time.monotonic() + seconds

        def work() -> list[Asked]:
            import httpx

            done: list[Asked] = []
            with httpx.Client(
                base_url=self._url, headers=self._headers, timeout=REPLY_SECONDS, trust_env=False
            ) as client:
                while (number := next(turn)) < requests and time.monotonic() < end:
                    done.append(self._one(client, questions[number % len(questions)]))
                    on_asked(done[-1])
            return done

        began = time.monotonic()
        with ThreadPoolExecutor(clients) as pool:
            working = [pool.submit(work) for _ in range(clients)]
            asked = [each for one in working for each in one.result()]
        return _summed(clients, self._held, asked, time.monotonic() - began)

    def _one(self, client: Any, question: str) -> Asked:
        import httpx

        body = {"question": question, "collection": self._collection}
        with self._lock:
            self._open += 1
            self._held = max(self._held, self._open)
        began = time.monotonic()
        try:
            reply = client.post("/ask", json=body)
            outcome, why = _outcome(reply.status_code, reply)
        except (httpx.HTTPError, ValueError) as error:  # no reply, or one that is no JSON
            outcome, why = "lost", type(error).__name__
        finally:
            with self._lock:
                self._open -= 1
        return Asked(outcome, time.monotonic() - began, why)


def _outcome(status: int, reply: Any) -> tuple[Outcome, str]:
    body = reply.json()
    if status == 200:
        if body["status"] in ("unanswered", "tentative"):
            return body["status"], ""
        return ("quoted" if body["extractive"] else "answered"), ""
    if status == 429 and "retry-after" in reply.headers:
        return "refused", str(body["error"]["code"])
    return "lost", f"status {status}"


def _summed(clients: int, held: int, asked: Sequence[Asked], seconds: float) -> Load:
    counts = Counter(each.outcome for each in asked)
    served = [each.seconds for each in asked if each.outcome not in ("refused", "lost")]
    p50, p95 = (
        (round(float(each), 3) for each in np.quantile(served, [0.5, 0.95]))
        if served
        else (None, None)
    )
    return Load(
        clients=clients,
        requests=len(asked),
        held=held,
        outcomes={outcome: counts[outcome] for outcome in OUTCOMES},
        p50_s=p50,
        p95_s=p95,
        answers_per_minute=round(60 * len(served) / seconds, 1),
        why=dict(Counter(each.why for each in asked if each.why)),
    )


def text(loads: Sequence[Load]) -> str:
    """The loads as a table in Markdown."""
    header = ["clients", "requests", "held", *OUTCOMES, "p50 s", "p95 s", "answers a minute"]
    lines = []
    for load in loads:
        counts = [str(load.outcomes[outcome]) for outcome in OUTCOMES]
        times = ["–" if each is None else f"{each:.2f}" for each in (load.p50_s, load.p95_s)]
        sizes = [str(each) for each in (load.clients, load.requests, load.held)]
        lines.append([*sizes, *counts, *times, f"{load.answers_per_minute:.1f}"])
    return markdown_table(header, lines).rstrip("\n")
