"""The areas that are attacked, by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from tests.attacks import doubling, files, own_server, patterns, service
from tests.attacks.suite import Area, Attack, require, without_state


def _pattern_attacks() -> Iterator[Attack]:
    for found in patterns.all_patterns():
        yield Attack(found.place, partial(_linear, found), limit_s=120)


def _linear(found: patterns.Found) -> None:
    slow = patterns.slowest(found)
    require(slow is None, f"{found.pattern.pattern!r} is slow over {slow}")


AREAS: Mapping[str, Area] = {
    area.name: area
    for area in (
        Area("loaders", without_state(files.loader_attacks)),
        Area("doubling", without_state(doubling.doubling_attacks)),
        Area("archives", without_state(files.archive_attacks)),
        Area("patterns", without_state(_pattern_attacks)),
        Area("questions", service.asking),
        Area("requests", service.requests),
        Area("uploads", service.uploads),
        Area("connections", service.connections),
        Area("own server", own_server.commands),
    )
}
