"""``rag models``: lists, fetches and verifies the models."""

from __future__ import annotations

import sys
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from rag.cli.echo import echo
from rag.cli.evaluation.trial import try_model
from rag.cli.options import Command, json_option, megabytes, print_json, wiring_of
from rag.cli.served_models import pull, recommend
from rag.errors import EXIT_ERROR, MissingModelError

if TYPE_CHECKING:
    from rag.models import ModelStatus, ModelStore


@click.group()
def models() -> None:
    """The models this project can get: where they come from, and that they are the right bytes."""


for command in (recommend, try_model, pull):
    models.add_command(command)


def _store_options(command: Command) -> Command:
    """Options on the store of models; they arrive as one ``store``."""

    @click.option("--offline", is_flag=True, default=None, help="Never touch a network.")
    @wraps(command)
    def wrapped(offline: bool | None, **rest: Any) -> Any:
        from rag.settings import Settings

        settings = Settings.from_environment(offline=offline)
        return command(store=wiring_of(settings).store(), **rest)

    return wrapped  # type: ignore[return-value]  # click's decorators keep no types


@models.command("list")
@json_option
@_store_options
def list_models(store: ModelStore, as_json: bool) -> None:
    """List the declared models, their role, licence and size, and whether they are here."""
    rows = [_row(each) for each in store.status()]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        echo(
            f"{row['name']:<22} {row['role']:<9} {row['licence']:<12} "
            f"{megabytes(row['size_bytes']):>9}  {row['state']}"
        )


def _row(status: ModelStatus) -> dict[str, Any]:
    model = status.model
    return {
        "name": model.name,
        "role": model.role,
        "licence": model.licence,
        "size_bytes": model.size_bytes,
        "state": status.state,
        "path": str(status.path),
    }


@models.command()
@click.argument("names", nargs=-1)
@_store_options
def fetch(names: tuple[str, ...], store: ModelStore) -> None:
    """Fetch the named models, or the default ones, and verify every byte."""
    from rag.models import declared

    for name in names or [model.name for model in declared() if model.default]:
        echo(f"{name}: {store.fetch(name)}")


@models.command()
@click.argument("names", nargs=-1)
@_store_options
def verify(names: tuple[str, ...], store: ModelStore) -> None:
    """Hash every file of the named models, or of all that are here, and compare with the pins."""
    present = [each.model.name for each in store.status() if each.state != "missing"]
    if not (names or present):
        raise MissingModelError(
            "no model is here yet: fetch the default ones with 'rag models fetch'"
        )
    failed = False
    for name in names or present:
        for file in store.verify(name):
            failed |= not file.ok
            state = "ok" if file.ok else "CHANGED" if file.present else "missing"
            echo(f"{state:<8} {name}/{file.path}")
    if failed:
        echo("rag: mend what is changed or absent with 'rag models fetch NAME'", err=True)
        sys.exit(EXIT_ERROR)


@models.command()
@click.argument("name")
@_store_options
def path(name: str, store: ModelStore) -> None:
    """Print where the model NAME is, fetching it when it is not here."""
    echo(str(store.path(name)))
