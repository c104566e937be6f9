"""The few settings, each from one place: an option of the command line, else the environment.

    RAG_HOME        folder for models and collections (default: the user's cache and data folders)
    RAG_COLLECTION  the collection to use (default: default)
    RAG_LLM         auto | none | llamacpp:NAME | ollama:MODEL | openai:MODEL@URL
    RAG_EMBEDDER    name of a declared embedder, or a sentence-transformers folder (default: the
                    one that the collection was made with; all-MiniLM-L6-v2 for a new one)
    RAG_RERANKER    folder of a cross-encoder that orders the best hits anew (default: none)
    RAG_CALIBRATION file of 'rag eval calibrate' that says when to abstain (default: ours)
    RAG_STRICTNESS  strict | balanced | eager: how sure an answer must be to be shown (default:
                    balanced)
    RAG_ANSWER      auto | quick | written: quote at once and have the language model write where it
                    may say more, only quote, or always write (default: written)
    RAG_OFFLINE     1: never touch a network
    RAG_SERVER      0: commands ask no running server of this user, and 'rag serve' listens to none
                    (default: 1)
    RAG_PARALLEL    questions that a server answers at the same time (default: 4)
    RAG_QUEUE       questions that wait for their turn at most; more are refused (default: 64)
    RAG_TIME_BUDGET seconds for an answer; what is not done then is quoted (default: 120)
    RAG_RATE        requests a minute of each API key (default: 300)
    RAG_ORIGINS     web pages of other sites that may ask, as https://one.org,https://two.org
    RAG_EVAL_DATA   folder of evaluation sets, for the tests that measure
    OLLAMA_HOST     where Ollama listens (Ollama's own variable)

Values only: parsed, checked, and written back as variables. :mod:`rag.wiring` opens what they name.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlsplit

from platformdirs import user_cache_path, user_data_path

from index.errors import CollectionNameError
from rag.errors import SettingsError
from rag.types import AnswerMode, Strictness

APP = "footnote-rag"
DEFAULT_EMBEDDER = "all-MiniLM-L6-v2"  # small, permissive, and to be had without a model hub

_VARIABLES = {
    "RAG_HOME": "home",
    "RAG_COLLECTION": "collection",
    "RAG_LLM": "llm",
    "RAG_EMBEDDER": "embedder",
    "RAG_RERANKER": "reranker",
    "RAG_CALIBRATION": "calibration",
    "RAG_STRICTNESS": "strictness",
    "RAG_ANSWER": "answer",
    "RAG_OFFLINE": "offline",
    "RAG_SERVER": "server",
    "RAG_PARALLEL": "parallel",
    "RAG_QUEUE": "queue",
    "RAG_TIME_BUDGET": "time_budget_s",
    "RAG_RATE": "rate_per_minute",
    "RAG_ORIGINS": "origins",
    "RAG_EVAL_DATA": "evaluation_data",
    "OLLAMA_HOST": "ollama_host",
}
_READ_BY_TESTS = ("RAG_OLLAMA_RECORDINGS",)  # no setting, and no mistake where they run
_LIMITS = {  # the largest sensible value: beyond it a digit was typed twice
    "RAG_PARALLEL": 64,
    "RAG_QUEUE": 10_000,
    "RAG_TIME_BUDGET": 3600,
    "RAG_RATE": 1_000_000,
}
_CHOICES: dict[str, tuple[str, ...]] = {
    "RAG_STRICTNESS": get_args(Strictness),
    "RAG_ANSWER": get_args(AnswerMode),
}
_BOOLEANS = {
    "1": True,
    "true": True,
    "yes": True,
    "0": False,
    "false": False,
    "no": False,
    "": False,
}


@dataclass(frozen=True, slots=True)
class Settings:
    """Immutable; :meth:`from_environment` reads and checks them."""

    home: Path | None = None
    collection: str = "default"
    llm: str = "auto"
    embedder: str | None = None  # None: the one that the collection was made with
    reranker: str | None = None
    calibration: Path | None = None
    strictness: Strictness = "balanced"
    answer: AnswerMode = "written"
    offline: bool = False
    server: bool = True
    parallel: int = 4
    queue: int = 64
    time_budget_s: int = 120
    rate_per_minute: int = 300
    origins: tuple[str, ...] = ()
    evaluation_data: Path | None = None
    ollama_host: str | None = None

    @classmethod
    def from_environment(
        cls, environment: Mapping[str, str] | None = None, **overrides: Any
    ) -> Settings:
        """Settings from ``environment`` (default: the process's), then ``overrides`` not None.

        Raises SettingsError for an unknown ``RAG_`` variable or a malformed value.
        """
        environment = os.environ if environment is None else environment
        unknown = sorted(
            name
            for name in environment
            if name.startswith("RAG_") and name not in (*_VARIABLES, *_READ_BY_TESTS)
        )
        if unknown:
            raise SettingsError(
                f"unknown setting {', '.join(unknown)}: known are {', '.join(_VARIABLES)}"
            )
        given = {
            setting: _parse(name, environment[name])
            for name, setting in _VARIABLES.items()
            if environment.get(name)
        }
        chosen = {name: value for name, value in overrides.items() if value is not None}
        settings = replace(cls(**given), **chosen)
        settings.require_name()
        return settings

    def require_name(self) -> None:
        """Raise SettingsError when no collection can have this name."""
        from index.collections import require_valid_name  # not above: values load no index

        try:
            require_valid_name(self.collection)
        except CollectionNameError as error:
            raise SettingsError(str(error)) from error

    def as_environment(self) -> dict[str, str]:
        """The variables from which :meth:`from_environment` reads these settings again."""
        values = {name: getattr(self, setting) for name, setting in _VARIABLES.items()}
        return {name: _written(value) for name, value in values.items() if value is not None}

    @property
    def models_home(self) -> Path:
        """The folder that holds ``models``: a cache, because every model can be fetched again."""
        return self.home or user_cache_path(APP)

    @property
    def collections_folder(self) -> Path:
        """Indexes are kept with the user's data: a cache may be emptied at any time."""
        return (self.home or user_data_path(APP)) / "collections"

    @property
    def keys_file(self) -> Path:
        """The hashes of the API keys."""
        return (self.home or user_data_path(APP)) / "keys.json"

    @property
    def run_folder(self) -> Path:
        """Where running servers listen to the commands of their user."""
        return (self.home or user_data_path(APP)) / "run"

    @property
    def index_folder(self) -> Path:
        """The folder of the index of ``collection``."""
        return self.collections_folder / self.collection


def _written(value: Any) -> str:
    """``value`` as :func:`_parse` reads it."""
    if isinstance(value, tuple):
        return ",".join(value)
    return str(int(value)) if isinstance(value, bool) else str(value)


def _parse(name: str, value: str) -> Any:
    if name in _LIMITS:
        return _number(name, value)
    if name == "RAG_ORIGINS":
        return tuple(_origin(each.strip()) for each in value.split(",") if each.strip())
    if name in ("RAG_HOME", "RAG_EVAL_DATA", "RAG_CALIBRATION"):
        return Path(value).expanduser()
    if name in _CHOICES:
        return _choice(name, value)
    if name in ("RAG_OFFLINE", "RAG_SERVER"):
        if value.lower() not in _BOOLEANS:
            raise SettingsError(f"{name} is '{value}': use 1 or 0")
        return _BOOLEANS[value.lower()]
    return value


def _number(name: str, value: str) -> int:
    most = _LIMITS[name]
    if not value.isdecimal() or not 1 <= int(value) <= most:
        raise SettingsError(f"{name} is '{value}': use a whole number from 1 to {most:,}")
    return int(value)


def _choice(name: str, value: str) -> str:
    known = _CHOICES[name]
    if value not in known:
        raise SettingsError(f"{name} is '{value}': use {', '.join(known)}")
    return value


def _origin(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or value != f"{parts.scheme}://{parts.netloc}":
        raise SettingsError(
            f"RAG_ORIGINS has '{value}': write the origins of pages, such as https://example.org"
        )
    return value


assert set(_VARIABLES.values()) == {field.name for field in fields(Settings)}
