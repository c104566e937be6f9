"""What an attack is, and how attacks are run and counted by area."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

Try = Callable[[], object]


class BrokenError(AssertionError):
    """An attack got through."""


def require(holds: bool, what: str) -> None:
    """Raises BrokenError with ``what`` unless it ``holds``."""
    if not holds:
        raise BrokenError(what)


@dataclass(frozen=True, slots=True)
class Attack:
    """One try: ``run`` raises when it gets through, and must end within ``limit_s`` seconds."""

    name: str
    run: Try
    limit_s: float = 30.0


Opened = Callable[[], AbstractContextManager[Iterable[Attack]]]


@dataclass(frozen=True, slots=True)
class Area:
    """A part of the product and the attacks on it, which ``opened`` gives while they run."""

    name: str
    opened: Opened


@dataclass(slots=True)
class Result:
    """How many attacks on an area were tried, and those that got through, with what they did."""

    area: str
    tried: int = 0
    broken: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def held(self) -> int:
        return self.tried - len(self.broken)


def tried(
    area: Area, every: int = 1, on_tried: Callable[[str, str], object] | None = None
) -> Result:
    """Tries the attacks on an area, or of each ``every`` the first.

    ``on_tried`` is told the name of each and what it did, which is nothing where it was held.
    """
    result = Result(area.name)
    started = time.monotonic()
    with area.opened() as attacks:
        for number, attack in enumerate(attacks):
            if number % every == 0:
                result.tried += 1
                told = _broken(attack)
                if told:
                    result.broken.append(f"{attack.name}: {told}")
                if on_tried:
                    on_tried(attack.name, told)
    result.seconds = time.monotonic() - started
    return result


def _broken(attack: Attack) -> str:
    """What an attack did; empty where it was held."""
    started = time.monotonic()
    try:
        attack.run()
    except Exception as error:  # noqa: BLE001  # whatever comes out is what is looked for
        return f"{type(error).__name__}: {str(error)[:300]}"
    seconds = time.monotonic() - started
    return f"took {seconds:.1f} s" if seconds > attack.limit_s else ""


def without_state(
    attacks: Callable[[], Iterator[Attack]],
) -> Callable[..., AbstractContextManager[Iterable[Attack]]]:
    """For an area that needs nothing to be opened."""

    @contextmanager
    def opened() -> Iterator[Iterable[Attack]]:
        yield attacks()

    return opened
