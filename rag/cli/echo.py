"""How commands print: what documents, files and servers are called cannot steer the terminal."""

from __future__ import annotations

import click

from rag.printable import printable


def echo(text: str, *, nl: bool = True, err: bool = False) -> None:
    """Print ``text`` on stdout, with ``err`` on stderr, and end the line unless ``nl`` is False."""
    click.echo(printable(text), nl=nl, err=err)
