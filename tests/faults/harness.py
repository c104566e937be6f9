"""Kills a child at random moments and checks, after each kill, that the index keeps its laws.

- Every document that was committed answers, by meaning and by words, with its exact text.
- No removed or replaced text answers, and nothing that was not committed shows.
- An interrupted ingest or reindex goes on where it stopped.
- SQLite, the chunks, vectors and words agree with each other.
"""

from __future__ import annotations

import math
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from index.catalogue import Catalogue
from index.index import Index
from index.index_database import embedder_of
from index.integrity import problems
from index.load.loading import from_string
from index.rebuild import unfinished
from index.reindex import reindex
from tests.faults.child import BETWEEN, COMMITTING, SAVING, Orders, Step, embedder, work

WORK = ("add", "update", "remove", "ingest", "reindex", "compact")
EMBEDDERS = ("hash-64", "hash-96")
PLACES = {BETWEEN: "between", COMMITTING: "in a transaction", SAVING: "writing vectors"}
_DOCUMENTS = 24  # as many as answer in a moment, so that most time goes into kills
_STEPS = 8
_FIRST_GUESS_S = 0.3  # how long a piece of work takes, until that has been seen
_AFRESH = 0.06  # the share of rounds that begin with no index: creation is killed too

_forks = get_context("forkserver")
_forks.set_forkserver_preload(["tests.faults.child"])

Texts = Mapping[str, str]


def finished(orders: Sequence[Orders]) -> list[int | None]:
    """The exit codes of children that carry out their orders at once, each to its end."""
    pipes = [_forks.Pipe(duplex=False) for _ in orders]
    places = [_forks.Value("i", BETWEEN, lock=False) for _ in orders]
    children = [
        _forks.Process(target=work, args=(each, tells, place))
        for each, (_, tells), place in zip(orders, pipes, places, strict=True)
    ]
    for child in children:
        child.start()
    for child in children:
        child.join()
    for pipe in pipes:
        for end in pipe:
            end.close()
    return [child.exitcode for child in children]


class ViolationError(AssertionError):
    """A law was broken."""


@dataclass(slots=True)
class Report:
    """How many kills there were, by work and by where they struck, and how the work ended."""

    kills: Counter[tuple[str, str]] = field(default_factory=Counter)
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    finished: int = 0  # pieces of work that were done before the kill came
    violations: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.kills.total()


class Harness:
    """One index below ``folder`` that lives through kill after kill."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._random = random.Random(seed)  # for the order of things, not for secrets
        self._folder = folder / "index"
        self._files = folder / "files"
        self._files.mkdir(parents=True)
        self._texts: dict[str, str] = {}  # what answers, by key
        self._retired: list[str] = []  # words of texts that must answer no more
        self._numbers = iter(range(10**9))
        self._seconds = dict.fromkeys(WORK, _FIRST_GUESS_S)
        self.report = Report()

    def run(
        self, kills: int, works: tuple[str, ...] = WORK, *, seconds: float = math.inf
    ) -> Report:
        """Works and kills until there were ``kills``, or ``seconds`` are over; goes on after a
        violation."""
        end = time.monotonic() + seconds
        while self.report.total < kills and time.monotonic() < end:
            name = works[self.report.total % len(works)]
            if self._random.random() < _AFRESH or self.report.violations:
                self._begin_afresh()
            elif len(self._texts) < _DOCUMENTS:
                self._fill()
            try:
                self._round(name)
            except Exception as error:  # noqa: BLE001 # whatever goes wrong is what is looked for
                self.report.violations.append(f"{name}: {type(error).__name__}: {error}")
                if len(self.report.violations) > 20:
                    break
        return self.report

    # One round

    def _round(self, name: str) -> None:
        if name in ("remove", "update", "reindex", "compact") and not self._texts:
            self._fill()
        orders, after = self._orders(name)
        done, place, killed = self._carry_out(orders)
        before = dict(self._texts)
        if not killed:
            self.report.finished += 1
        else:
            self.report.kills[name, PLACES[place]] += 1
        if not self._exists():
            self._require(done == 0 and not before, "a committed index is gone")
            return
        now = self._read()
        self._check_state(orders, before, after, now, done)
        self._retire(before, after, now)
        self._texts = now
        if killed:
            self.report.outcomes[name, _outcome(before, after, now)] += 1
        self._check_answers()
        self._go_on(orders, after)

    def _orders(self, name: str) -> tuple[Orders, dict[str, str]]:
        """What the child is to do, and what answers when all of it is done."""
        current = embedder_of(self._folder) or EMBEDDERS[0]
        after = dict(self._texts)
        if name == "reindex":
            chosen = self._random.choice(EMBEDDERS)
            return Orders(name, self._folder, self._files, chosen), after
        if name == "compact":
            return Orders(name, self._folder, self._files, current), after
        if name == "ingest":
            self._change_files()
            in_files = {key: text for key, text in after.items() if not key.startswith("/")}
            after = in_files | dict(self._on_disk())
            return Orders(name, self._folder, self._files, current), after
        steps = []
        for _ in range(_STEPS):
            step = self._step(name, after)
            if step:
                steps.append(step)
                _apply(after, step)
        return Orders(name, self._folder, self._files, current, tuple(steps)), after

    def _step(self, name: str, texts: Texts) -> Step | None:
        if name == "add":
            return Step(f"k{next(self._numbers)}", self._text())
        keys = sorted(texts)
        if not keys:
            return None
        key = self._random.choice(keys)
        return Step(key, self._text() if name == "update" else None)

    def _text(self) -> str:
        """A text of one to some chunks, with a word that no other has."""
        word = f"zq{next(self._numbers)}x"
        return f"The {word} lives here. " * self._random.randint(1, 90)

    def _change_files(self) -> None:
        """Adds, changes and removes files."""
        present = sorted(self._files.iterdir())
        for path in present:
            luck = self._random.random()
            if luck < 0.2:
                path.unlink()
            elif luck < 0.4:
                path.write_text(self._text())
        for _ in range(self._random.randint(4, 10)):
            if len(present) < _DOCUMENTS:
                (self._files / f"f{next(self._numbers)}.txt").write_text(self._text())

    def _on_disk(self) -> Iterator[tuple[str, str]]:
        for path in self._files.iterdir():
            yield str(path), path.read_text()

    def _carry_out(self, orders: Orders) -> tuple[int, int, bool]:
        """How many steps were told as done, where the child was, and whether it was killed."""
        told, tells = _forks.Pipe(duplex=False)
        # Without a lock: a child that is killed while it holds one would never give it back.
        where = _forks.Value("i", BETWEEN, lock=False)
        child = _forks.Process(target=work, args=(orders, tells, where))
        child.start()
        tells.close()
        begun = _received(told)
        started = time.monotonic()
        # Up to a little more than it takes, so that the end is struck as well as the beginning.
        child.join(self._random.uniform(0, 1.1 * self._seconds[orders.work]))
        child.kill()
        child.join()
        done = 0
        while _received(told) is not None:
            done += 1
        told.close()
        killed = child.exitcode == -signal.SIGKILL
        if not killed:
            self._require(child.exitcode == 0, f"the child failed with {child.exitcode}")
            self._require(done == len(orders.steps), "the child ended without an error, undone")
            self._seconds[orders.work] = time.monotonic() - started
        else:
            self._seconds[orders.work] *= 1.02  # until it is seen again how long it takes
        self._require(begun == "begun", "the child did not begin")
        child.close()
        return done, where.value, killed

    # What must hold

    def _exists(self) -> bool:
        if not (self._folder / "catalogue.sqlite").exists():
            return False
        with closing(Catalogue(self._folder)) as catalogue:
            return catalogue.is_created()

    def _read(self) -> dict[str, str]:
        with self._open() as index:
            return {each.key: index.document(each.id).text for each in index.documents()}

    def _open(self) -> Index:
        return Index.open(self._folder, embedder(embedder_of(self._folder) or EMBEDDERS[0]))

    def _check_state(
        self, orders: Orders, before: Texts, after: Texts, now: Texts, done: int
    ) -> None:
        """What stands is what was told as done, and of the step in work all or nothing."""
        if orders.work == "ingest":
            for key in {*before, *after, *now}:
                allowed = (after.get(key),) if done else (before.get(key), after.get(key))
                self._require(now.get(key) in allowed, f"{key} is neither old nor new")
            return
        states = [dict(before)]
        for step in orders.steps:
            states.append(_applied(states[-1], step))
        self._require(now in states[done : done + 2], f"not the state after {done} steps, or one")

    def _check_answers(self) -> None:
        """Every document answers, in an index opened now; no retired text does; all is whole."""
        with closing(Catalogue(self._folder)) as catalogue:
            found = problems(catalogue)
            self._require(not found, f"{found}")
        with self._open() as index:
            for key, text in self._texts.items():
                self._check_answer(index, key, text)
            standing = {_word(text) for text in self._texts.values()}
            for word in set(self._retired[-_DOCUMENTS:]) - standing:
                hits = index.search(word, limit=50)
                self._require(
                    not any("words" in hit.ranks or word in hit.chunk.text for hit in hits),
                    f"{word} answers and was removed",
                )

    def _check_answer(self, index: Index, key: str, text: str) -> None:
        hits = index.search(text[:400], limit=50)
        own = [hit for hit in hits if index.document(hit.chunk.document_id).key == key]
        self._require(bool(own), f"{key} does not answer")
        self._require(
            {"words", "dense"} <= {ranking for hit in own for ranking in hit.ranks},
            f"{key} does not answer in both rankings",
        )
        for hit in hits:
            document = index.document(hit.chunk.document_id)
            self._require(document.key in self._texts, f"{document.key} answers")
            exact = document.text[hit.chunk.span.start : hit.chunk.span.end]
            self._require(exact == hit.chunk.text, f"a hit in {key} is not exact")

    def _go_on(self, orders: Orders, after: Texts) -> None:
        """Runs interrupted work to its end, and checks that it does no more than is left."""
        if orders.work == "ingest":
            left = {key for key, text in after.items() if self._texts.get(key) != text}
            with self._open() as index:
                report = index.ingest([self._files], prune=True)
            self._require(
                report.added + report.updated == len(left), f"{report} for {len(left)} left"
            )
            self._texts = self._read()
            self._require(self._texts == after, "the ingest did not reach its end")
        elif orders.work == "reindex" and self._random.random() < 0.5:
            with closing(Catalogue(self._folder)) as catalogue:
                begun = unfinished(catalogue)
                made = (
                    catalogue.rows("SELECT count(*) FROM next_documents")[0][0]
                    if begun and begun.embedder == orders.embedder
                    else 0
                )
            report_of = reindex(self._folder, embedder(orders.embedder))
            self._require(report_of.resumed == made, f"{report_of} though {made} were made")
            self._check_answers()

    def _require(self, holds: bool, otherwise: str) -> None:
        if not holds:
            raise ViolationError(otherwise)

    # What goes on in between

    def _fill(self) -> None:
        with Index.open(
            self._folder,
            embedder(embedder_of(self._folder) or EMBEDDERS[0]),
            create=True,
        ) as index:
            count = range(_DOCUMENTS - len(self._texts))
            made = {f"k{next(self._numbers)}": self._text() for _ in count}
            index.add([(key, from_string("", text)) for key, text in made.items()])
            self._texts |= made

    def _begin_afresh(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        for path in self._files.iterdir():
            path.unlink()
        self._texts.clear()
        self._retired.clear()

    def _retire(self, before: Texts, after: Texts, now: Texts) -> None:
        """Remembers the words of all texts that do not stand, so that none may answer."""
        for texts in (before, after):
            for key, text in texts.items():
                if now.get(key) != text:
                    self._retired.append(_word(text))


def _word(text: str) -> str:
    """The word that no other text has."""
    return text.split()[1]


def _apply(texts: dict[str, str], step: Step) -> None:
    if step.text is None:
        del texts[step.key]
    else:
        texts[step.key] = step.text


def _applied(texts: Texts, step: Step) -> dict[str, str]:
    changed = dict(texts)
    if step.key:
        _apply(changed, step)
    return changed


def _outcome(before: Texts, after: Texts, now: Texts) -> str:
    if before == after:
        return "as before"
    return "nothing done" if now == before else "all done" if now == after else "a part done"


def _received(told: Connection) -> object:
    with suppress(EOFError):
        return told.recv()
    return None
