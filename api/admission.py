"""Turns: how many questions are answered at the same time, and in which order the others wait.

The language model writes a few answers at a time. Other questions wait, and principals take turns,
so that nobody waits for all the questions of somebody else; when too many wait, the next one is
refused. Questions that no model writes to have a queue of their own: they take a moment, and do not
wait for those that take long. A question whose client disconnects loses its turn and stops the
model. Uploads, changes and pictures of pages have queues of their own, so that they leave threads
to the questions and to each other. Which request takes a turn is declared by its route
(``api.access``). Knows no answer and no endpoint.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access import NO_ROUTE, Access, DeclaredRoutes, TurnKind
from api.principal import current_principal, within
from api.refusal import refusal
from rag.llm.deadline import Deadline
from rag.types import AnswerMode

QUICK_AT_ONCE = 4  # beyond the cores they only divide them
UPLOADS_AT_ONCE = 2  # one is parsed while the other one is written
CHANGES_AT_ONCE = 4  # a deletion waits for the batch of an ingest, in a thread
PICTURES_AT_ONCE = 2  # one process draws; the other one's file is read meanwhile
FIRST_GUESS_S = 10.0  # how long an answer takes before one was seen
_LATEST = 0.2  # weight of the newest duration in the average
MOST_RETRY_S = 60
_PATIENT_S = 86_400.0  # who waits as long as it takes waits a day


class FullError(HTTPException):
    """Too many requests wait already. ``retry_s`` is the number of seconds to wait before retrying.

    FastAPI passes an HTTPException through that is raised while it reads a body.
    """

    def __init__(self, retry_s: int, status: int = 429) -> None:
        super().__init__(status, f"too many wait for their turn: ask again in {retry_s} s")
        self.retry_s = retry_s


class Turn:
    """A place in the queue. Awaiting ``came`` waits until the turn begins."""

    def __init__(self) -> None:
        self.came: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.began = 0.0


class Turns:
    """A queue from which up to ``at_once`` turns run at the same time while up to ``places`` wait.

    The turns of one principal are taken in order, those of several principals in rotation. One
    principal may hold at most half of the places. ``full`` is the HTTP status where none is free.
    Belongs to one event loop.
    """

    def __init__(self, at_once: int, places: int, full: int = 429) -> None:
        self._at_once = at_once
        self._places = places
        self._full = full
        self._running: set[Turn] = set()
        self._queues: dict[str, deque[Turn]] = {}  # the principal whose turn is next comes first
        self._average_s = FIRST_GUESS_S

    @property
    def running(self) -> int:
        return len(self._running)

    @property
    def waiting(self) -> int:
        return sum(map(len, self._queues.values()))

    @contextmanager
    def turn(self, name: str, *, alone: bool = False) -> Iterator[Turn]:
        """Take a turn for the principal ``name``; it ends with the block. One who is ``alone`` has
        nobody to leave places to. Raises FullError."""
        taken = self._taken(name, self._places if alone else math.ceil(self._places / 2))
        try:
            yield taken
        finally:
            self._leave(name, taken)

    def _taken(self, name: str, most: int) -> Turn:
        own = self._queues.get(name, ())
        free = len(self._running) < self._at_once
        if not free and (self.waiting >= self._places or len(own) >= most):
            raise self.full()
        turn = Turn()
        self._queues.setdefault(name, deque()).append(turn)
        self._next()
        return turn

    def _leave(self, name: str, turn: Turn) -> None:
        if turn in self._running:
            self._running.discard(turn)
            took = time.monotonic() - turn.began
            self._average_s += _LATEST * (took - self._average_s)
        else:
            queue = self._queues[name]
            queue.remove(turn)
            if not queue:
                del self._queues[name]
        self._next()

    def _next(self) -> None:
        while self._queues and len(self._running) < self._at_once:
            name = next(iter(self._queues))
            queue = self._queues.pop(name)
            turn = queue.popleft()
            if queue:
                self._queues[name] = queue  # behind the others
            turn.began = time.monotonic()
            self._running.add(turn)
            turn.came.set_result(None)

    def full(self) -> FullError:
        """Return the error for a request that gets no turn."""
        return FullError(self._retry_s(), self._full)

    def _retry_s(self) -> int:
        """Return an estimate, in seconds, of when those who wait now will have had their turn."""
        rounds = (self.waiting + 1) / self._at_once
        return max(1, min(MOST_RETRY_S, math.ceil(rounds * self._average_s)))


class Admission:
    """Has each request wait for its turn in one of ``turns``, and stops the work for a client that
    disconnects."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        routes: DeclaredRoutes,
        turns: Mapping[TurnKind, Turns],
        time_budget_s: float,
        mode: AnswerMode = "written",
    ) -> None:
        """``mode`` is how a question is answered that does not say."""
        self._app = app
        self._routes = routes
        self._turns = turns
        self._time_budget_s = time_budget_s
        self._mode = mode

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self._routes.access(scope) if scope["type"] == "http" else NO_ROUTE
        if found.turn is None:
            await self._app(scope, receive, send)
        elif found.turn == "upload":
            await self._upload(scope, receive, send)
        else:
            try:
                await self._in_turn(found, scope, receive, send)
            except FullError as full:
                await _refused(scope, full)(scope, receive, send)

    def _queue(self, found: Access, body: bytes) -> Turns:
        """Where a request waits."""
        assert found.turn
        if found.turn == "question":
            mode = (found.reads_mode and found.reads_mode(body)) or self._mode
            return self._turns["quick" if mode == "quick" else "question"]
        return self._turns[found.turn]

    async def _in_turn(self, found: Access, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request when its turn has come.

        Raises FullError when the queue is full, or when the turn does not come in time.
        """
        who = current_principal()
        deadline = Deadline(_PATIENT_S if who.patient else self._time_budget_s)
        client = _Client(receive)
        if not await client.read():
            return
        turns = self._queue(found, client.body)
        with ExitStack() as stack:
            stack.enter_context(client.watched(deadline))
            turn = stack.enter_context(turns.turn(who.name, alone=who.trusted))
            if not await client.came(turn, deadline.remaining_s):
                return
            if not turn.came.done():
                raise turns.full()
            stack.enter_context(within(deadline))
            await self._app(scope, client.receive, send)

    async def _upload(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request, and take the turn once its body has arrived, so that a slow sender
        does not hold it. From then on a client that leaves ends the deadline."""
        deadline = Deadline(math.inf)
        client = _Client(receive)
        with ExitStack() as stack:

            async def received() -> Message:
                if client.arrived:
                    return await client.receive()
                message = await client.next()
                if _is_last(message):
                    stack.enter_context(client.watched(deadline))
                    turn = stack.enter_context(self._turns["upload"].turn(current_principal().name))
                    if not await client.came(turn):
                        return await client.receive()
                return message

            stack.enter_context(within(deadline))
            await self._app(scope, received, send)


async def turned_away(request: Request, error: Exception) -> Response:
    """Return the response to a FullError that was raised within an endpoint."""
    return _refused(request.scope, error)


def _refused(scope: Scope, error: Exception) -> Response:
    assert isinstance(error, FullError)
    headers = {"Retry-After": str(error.retry_s)}
    return refusal(scope, error.status_code, "busy", error.detail, headers)


def _is_last(message: Message) -> bool:
    """Whether the body ends with this part."""
    return message["type"] == "http.request" and not message.get("more_body", False)


class _Client:
    """One connection. What follows the body is awaited, so that a disconnect is noticed while the
    request waits or is worked on."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._body: deque[Message] = deque()
        self.arrived = False  # the whole body
        self.left: asyncio.Task[Message]

    async def read(self) -> bool:
        """Read the body; return False when the client disconnected before its end."""
        while not self.arrived:
            message = await self.next()
            if message["type"] == "http.disconnect":
                return False
            self._body.append(message)
        return True

    @property
    def body(self) -> bytes:
        """What has come of it and was not received yet."""
        return b"".join(message.get("body", b"") for message in self._body)

    async def next(self) -> Message:
        """Return the next part of the body as it comes."""
        message = await self._receive()
        self.arrived = _is_last(message)
        return message

    async def came(self, turn: Turn, timeout_s: float | None = None) -> bool:
        """Wait until the turn comes, but not longer than the client or ``timeout_s``; return False
        when the client has left."""
        await asyncio.wait(
            (turn.came, self.left), timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED
        )
        return not self.left.done()

    @contextmanager
    def watched(self, deadline: Deadline) -> Iterator[None]:
        """Within the block, a disconnect completes ``left`` and ends ``deadline``."""

        async def leaving() -> Message:
            message = await self._receive()  # after the body there is nothing else to be received
            deadline.leave()
            return message

        self.left = asyncio.ensure_future(leaving())
        try:
            yield
        finally:
            self.left.cancel()

    async def receive(self) -> Message:
        """Return what the application receives: the body, and then the disconnect."""
        if self._body:
            return self._body.popleft()
        return await asyncio.shield(self.left)
