"""From JSON types back to frozen dataclasses: the inverse of ``dataclasses.asdict``."""

from __future__ import annotations

from dataclasses import is_dataclass
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints


def from_plain(kind: Any, value: Any) -> Any:
    """Return ``value`` as the dataclass, tuple of them, or plain type that ``kind`` is.

    Raises KeyError, TypeError or ValueError where it is none.
    """
    if get_origin(kind) is UnionType:  # of a class and None
        (inner,) = (each for each in get_args(kind) if each is not NoneType)
        return None if value is None else from_plain(inner, value)
    if get_origin(kind) is tuple:
        return tuple(from_plain(get_args(kind)[0], each) for each in value)
    if is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        return kind(**{name: from_plain(hints[name], each) for name, each in value.items()})
    return value
