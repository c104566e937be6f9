"""``rag keys``: make, list and revoke the API keys of a server."""

from __future__ import annotations

from typing import Any

import click

from rag.cli.echo import echo
from rag.cli.options import json_option, print_json
from rag.keys.store import SCOPES, Key, KeyStore, Scope


@click.group()
def keys() -> None:
    """The API keys of 'rag serve': who may ask, add documents, or do everything."""


@keys.command()
@click.argument("name")
@click.option(
    "--scope",
    type=click.Choice(SCOPES),
    default="read",
    show_default=True,
    help="read: ask and look; write: also add and remove documents; admin: also collections.",
)
@click.option(
    "--collection", "collections", metavar="NAME", multiple=True, help="Only these collections."
)
@json_option
def create(name: str, scope: Scope, collections: tuple[str, ...], as_json: bool) -> None:
    """Make a key for NAME (whose it is) and show it, this once."""
    store = _store()
    _require_names(collections)
    secret, key = store.create(name, scope, collections)
    if as_json:
        print_json({"key": secret, **_shown(key)})
        return
    echo(secret)
    echo(
        f"This is the key {key.id} of {key.name} ({key.scope}). It is shown this once and not "
        "stored: keep it. From now on every request needs a key.",
        err=True,
    )


@keys.command("list")
@json_option
def list_keys(as_json: bool) -> None:
    """List the keys: their ids, names, scopes and collections."""
    found = _store().keys()
    if as_json:
        print_json([_shown(key) for key in found])
        return
    for key in found:
        opened = "all collections" if key.collections is None else ", ".join(key.collections)
        echo(f"{key.id}  {key.scope:<5}  {key.created[:10]}  {key.name}  ({opened})")
    if not found:
        echo("There are no keys.")


@keys.command()
@click.argument("id")
def revoke(id: str) -> None:
    """Revoke the key ID: it opens nothing from the next request on."""
    store = _store()
    key = store.revoke(id)
    echo(f"Revoked the key {key.id} of {key.name}.")
    if not store.keys():
        echo(
            "No key is left, so that nobody is served. Make one with 'rag keys create NAME', or "
            f"delete {store.path} to serve this machine without keys.",
            err=True,
        )


def _require_names(collections: tuple[str, ...]) -> None:
    from rag.settings import Settings

    for name in collections:
        Settings(collection=name).require_name()


def _store() -> KeyStore:
    from rag.settings import Settings

    return KeyStore(Settings.from_environment().keys_file)


def _shown(key: Key) -> dict[str, Any]:
    """All but the hash."""
    return {
        "id": key.id,
        "name": key.name,
        "scope": key.scope,
        "collections": key.collections,
        "created": key.created,
    }
