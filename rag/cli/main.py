"""The command line: its commands, and how an error ends one.

Importing this loads no model library, so that ``rag --help`` answers at once.
"""

from __future__ import annotations

from typing import Any

import click

from index.errors import IndexingError
from rag.cli.ask import ask
from rag.cli.documents import documents
from rag.cli.echo import echo
from rag.cli.evaluation.bench import bench
from rag.cli.evaluation.group import evaluation
from rag.cli.index import index
from rag.cli.keys import keys
from rag.cli.maintenance import compact, doctor, reindex
from rag.cli.models import models
from rag.cli.reader import reader
from rag.cli.search import search
from rag.cli.serve import serve
from rag.errors import RagError, outcome

EXIT_INTERRUPTED = 130  # what a shell gives a command that Ctrl-C ended
COMMANDS = (
    index,
    ask,
    search,
    documents,
    serve,
    reindex,
    compact,
    doctor,
    models,
    keys,
    evaluation,
    bench,
    reader,
)


class _Commands(click.Group):
    """Turns the errors of this project into one line on stderr and their exit code."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except (RagError, IndexingError) as error:
            echo(f"rag: {error}", err=True)
            context.exit(outcome(error)[0])
        except KeyboardInterrupt:
            echo("rag: interrupted; what was finished is kept", err=True)
            context.exit(EXIT_INTERRUPTED)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="footnote-rag", prog_name="rag")
def main() -> None:
    """Answers questions from your own documents and proves every sentence it says."""


for command in COMMANDS:
    main.add_command(command)
