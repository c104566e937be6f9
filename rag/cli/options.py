"""What the commands share: their common options, what they open, and how they print.

Importing this loads no model library.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, get_args

import click

from rag.cli.echo import echo
from rag.types import AnswerMode, Strictness

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from index.embed import Embedder
    from index.index import Index
    from rag.cli.terminal import DownloadBar
    from rag.models import FetchProgress
    from rag.settings import Settings
    from rag.wiring import OnFetch, Wiring

Command = TypeVar("Command", bound=Callable[..., Any])
Decorator: TypeAlias = Callable[[Any], Any]
MakeWiring: TypeAlias = "Callable[[Settings, OnFetch | None], Wiring]"


def one_of(make: type[DataclassInstance], name: str, *decorators: Decorator) -> Decorator:
    """Options and arguments that a command takes as one object of the dataclass ``make``.

    ``decorators`` are click's, in the order in which the help shows them; each gives a field of
    ``make``. The command gets the object as its argument ``name``.
    """
    given = [field.name for field in fields(make)]

    def decorate(command: Command) -> Command:
        @wraps(command)
        def wrapped(**rest: Any) -> Any:
            values = {each: rest.pop(each) for each in given if each in rest}
            return command(**{name: make(**values)}, **rest)

        for each in reversed(decorators):
            each(wrapped)
        return wrapped  # type: ignore[return-value]  # click's decorators keep no types

    return decorate


def wiring_of(settings: Settings) -> Wiring:
    """What opens the things that ``settings`` name, with a bar for each download.

    The tests give the command line a maker of doubles as its ``obj``.
    """
    from rag.wiring import Wiring

    make: MakeWiring = click.get_current_context().obj or Wiring
    return make(settings, _FetchBar())


def collection_options(command: Command) -> Command:
    """Options that every command on a collection has; they arrive as one ``wiring``."""

    @click.option("--collection", metavar="NAME", help="The collection [RAG_COLLECTION; default].")
    @click.option(
        "--embedder", metavar="NAME", help="The embedder [RAG_EMBEDDER; the collection's]."
    )
    @click.option(
        "--offline", is_flag=True, default=None, help="Never touch a network [RAG_OFFLINE]."
    )
    @wraps(command)
    def wrapped(
        collection: str | None, embedder: str | None, offline: bool | None, **rest: Any
    ) -> Any:
        from rag.settings import Settings

        settings = Settings.from_environment(
            collection=collection,
            embedder=embedder,
            offline=offline,
            llm=rest.pop("llm", None),
            strictness=rest.pop("strictness", None),
            answer=rest.pop("answer", None),
            server=rest.pop("server", None),
        )
        return command(wiring=wiring_of(settings), **rest)

    return wrapped  # type: ignore[return-value]  # click's decorators keep no types


llm_option = click.option(
    "--llm",
    metavar="NAME",
    help="auto, none, llamacpp:NAME, ollama:MODEL or openai:MODEL@URL [RAG_LLM; auto].",
)
strictness_option = click.option(
    "--strictness",
    type=click.Choice(get_args(Strictness)),
    help="How sure an answer must be to be shown [RAG_STRICTNESS; balanced].",
)
answer_option = click.option(
    "--answer",
    type=click.Choice(get_args(AnswerMode)),
    help="Quote at once and write where that may say more, only quote, or always write "
    "[RAG_ANSWER; written].",
)
server_option = click.option(
    "--server/--no-server",
    default=None,
    help="Ask a running 'rag serve' of yours where it answers the same [RAG_SERVER; 1].",
)
verbose_option = click.option(
    "--verbose", is_flag=True, help="Say whether a running server was asked, and if not, why."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@contextmanager
def opened_index(
    wiring: Wiring,
    *,
    create: bool = False,
    through: Callable[[Embedder], Embedder] = lambda embedder: embedder,
) -> Iterator[Index]:
    """The index of the collection, which encodes ``through`` what is made of its embedder.

    Raises NoIndexError before anything is fetched.
    """
    if not create:
        wiring.require_collection()
    embedder = through(wiring.open_embedder())
    with wiring.open_index(embedder, create=create, on_building=building_lines()) as opened:
        yield opened


class _FetchBar:
    """A progress bar for downloads, made when the first one begins."""

    def __init__(self) -> None:
        self._bars: dict[str, DownloadBar] = {}

    def __call__(self, progress: FetchProgress) -> None:
        from rag.cli.terminal import DownloadBar
        from rag.models import get

        bar = self._bars.get(progress.model)
        if bar is None:
            model = get(progress.model)
            echo(
                f"Fetching {model.name} ({megabytes(model.size_bytes)}, {model.licence})", err=True
            )
            bar = self._bars[progress.model] = DownloadBar(model.name, model.size_bytes)
            click.get_current_context().call_on_close(bar.close)
        bar(progress.done_bytes, progress.source)


@contextmanager
def waiting(text: str) -> Iterator[None]:
    from rag.cli.terminal import status

    with status(text):
        yield


@contextmanager
def ingest_progress() -> Iterator[Callable[[Any], None]]:
    from rag.cli.terminal import ingest_bar

    with ingest_bar() as bar:
        yield bar


def building_lines() -> Callable[[int, int], None]:
    from rag.progress import BuildingLines

    return BuildingLines()


def megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:,.0f} MB"


def print_json(value: Any) -> None:
    echo(json.dumps(value, ensure_ascii=False, indent=2, default=os.fspath))
