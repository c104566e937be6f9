"""The command line: parses, calls and renders. Knows no HTTP beyond starting the server.

Importing this loads no model library, so that ``rag --help`` answers at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from index.errors import IndexingError
from rag.cli.evaluation import evaluation
from rag.cli.indexing import index
from rag.cli.keys import keys
from rag.cli.maintenance import compact, doctor, reindex
from rag.cli.options import (
    Command,
    building_lines,
    collection_options,
    json_option,
    llm_option,
    megabytes,
    model_store,
    opened_index,
    print_json,
    strictness_option,
    waiting,
)
from rag.cli.reader import reader
from rag.errors import (
    EXIT_ANSWERED,
    EXIT_ERROR,
    EXIT_TENTATIVE,
    EXIT_UNANSWERED,
    MissingModelError,
    QuestionError,
    RagError,
    outcome,
)
from rag.types import Status

if TYPE_CHECKING:
    from index.index import Index
    from rag.assistant import Assistant
    from rag.models import ModelStore
    from rag.settings import Settings

EXIT_INTERRUPTED = 130  # what a shell gives a command that Ctrl-C ended
LOOPBACK = "127.0.0.1"
_EXIT_CODES: Mapping[Status, int] = {
    "answered": EXIT_ANSWERED,
    "conflicting": EXIT_ANSWERED,
    "tentative": EXIT_TENTATIVE,
    "unanswered": EXIT_UNANSWERED,
}


class _Commands(click.Group):
    """Turns the errors of this project into one line on stderr and their exit code."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except (RagError, IndexingError) as error:
            click.echo(f"rag: {error}", err=True)
            context.exit(outcome(error)[0])
        except KeyboardInterrupt:
            click.echo("rag: interrupted; what was finished is kept", err=True)
            context.exit(EXIT_INTERRUPTED)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="footnote-rag", prog_name="rag")
def main() -> None:
    """Answers questions from your own documents and proves every sentence it says."""


main.add_command(evaluation)
main.add_command(keys)
main.add_command(reader)
for command in (index, reindex, compact, doctor):
    main.add_command(command)


@main.command()
@click.argument("question", required=False)
@llm_option
@strictness_option
@json_option
@collection_options
def ask(question: str | None, settings: Settings, as_json: bool) -> None:
    """Answer QUESTION (or standard input) with citations.

    Exit code 0: answered; 4: uncertain, and shown with the reason; 3: the documents do not answer,
    and the closest text is shown.
    """
    from rag.cli.render import answer_text

    question = _question(question)
    with _opened_assistant(settings) as assistant:
        answer = assistant.ask(question)
    if as_json:
        print_json(answer.as_dict())
    else:
        click.echo(answer_text(answer))
        click.echo(f"\n— {answer.llm}, {sum(answer.timings.values()) / 1000:.1f} s", err=True)
    sys.exit(_EXIT_CODES[answer.status])


@main.command()
@click.argument("question", required=False)
@click.option(
    "--limit", default=5, show_default=True, type=click.IntRange(1, 100), help="How many chunks."
)
@json_option
@collection_options
def search(question: str | None, limit: int, settings: Settings, as_json: bool) -> None:
    """Show the chunks closest to QUESTION (or standard input); needs no language model."""
    from rag.cli.render import hits_text

    question = _question(question)
    with opened_index(settings) as opened, waiting("Searching"):
        hits = opened.search(question, limit=limit)
        titles = {
            hit.chunk.document_id: opened.document(hit.chunk.document_id).title for hit in hits
        }
    if as_json:
        print_json([asdict(hit) for hit in hits])
    else:
        click.echo(hits_text(hits, titles) if hits else "Nothing is indexed that could be close.")
    sys.exit(EXIT_ANSWERED if hits else EXIT_UNANSWERED)


@main.command()
@click.option("--remove", metavar="KEY", multiple=True, help="Remove the document of this path.")
@click.option("--failed", is_flag=True, help="List what could not be read instead, and why.")
@json_option
@collection_options
def documents(remove: tuple[str, ...], failed: bool, settings: Settings, as_json: bool) -> None:
    """List the documents of the collection, or remove some."""
    from rag.cli.render import documents_text

    with opened_index(settings) as opened:
        for key in remove:
            opened.remove(_document_key(opened, key))
        listed, failures = opened.documents(), opened.failures()
    if failed:
        _print_failures(failures, as_json)
        return
    if as_json:
        print_json([asdict(each) for each in listed])
    else:
        click.echo(documents_text(listed) if listed else "The collection is empty.")


@main.command()
@click.option("--host", default=LOOPBACK, show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(1, 65535),
    help="The port to listen on.",
)
@llm_option
@strictness_option
@collection_options
def serve(host: str, port: int, settings: Settings) -> None:
    """Serve the page and the HTTP endpoints until interrupted."""
    import uvicorn

    from rag.keys.store import KeyStore, require_keys_beyond_loopback

    require_keys_beyond_loopback(host, KeyStore(settings.keys_file))
    with opened_index(settings, create=True):  # a new user adds documents on the page
        settings.open_llm(model_store(settings))  # what is missing is fetched, or said, beforehand
    os.environ.update(settings.as_environment())
    click.echo(f"Serving collection '{settings.collection}' at http://{host}:{port}", err=True)
    # Named, not imported: this package knows nothing of the HTTP one.
    app = "api.app:create_app"
    try:
        uvicorn.run(
            app, factory=True, host=host, port=port, log_level="warning", server_header=False
        )
    except SystemExit:  # uvicorn has said why; its exit code has another meaning here
        sys.exit(EXIT_ERROR)


@main.group()
def models() -> None:
    """The models this project can get: where they come from, and that they are the right bytes."""


def _models_options(command: Command) -> Command:
    @click.option("--offline", is_flag=True, default=None, help="Never touch a network.")
    @wraps(command)
    def wrapped(offline: bool | None, **rest: Any) -> Any:
        from rag.settings import Settings

        return command(store=model_store(Settings.from_environment(offline=offline)), **rest)

    return wrapped  # type: ignore[return-value]  # click's decorators keep no types


@models.command("list")
@json_option
@_models_options
def list_models(store: ModelStore, as_json: bool) -> None:
    """List the declared models, their role, licence and size, and whether they are here."""
    rows: list[dict[str, Any]] = [
        {
            "name": each.model.name,
            "role": each.model.role,
            "licence": each.model.licence,
            "size_bytes": each.model.size_bytes,
            "state": each.state,
            "path": str(each.path),
        }
        for each in store.status()
    ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo(
            f"{row['name']:<22} {row['role']:<9} {row['licence']:<12} "
            f"{megabytes(row['size_bytes']):>9}  {row['state']}"
        )


@models.command()
@click.argument("names", nargs=-1)
@_models_options
def fetch(names: tuple[str, ...], store: ModelStore) -> None:
    """Fetch the named models, or the default ones, and verify every byte."""
    from rag.models import declared

    for name in names or [model.name for model in declared() if model.default]:
        click.echo(f"{name}: {store.fetch(name)}")


@models.command()
@click.argument("names", nargs=-1)
@_models_options
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
            click.echo(f"{state:<8} {name}/{file.path}")
    if failed:
        click.echo("rag: mend what is changed or absent with 'rag models fetch NAME'", err=True)
        sys.exit(EXIT_ERROR)


@models.command()
@click.argument("name")
@_models_options
def path(name: str, store: ModelStore) -> None:
    """Print where the model NAME is, fetching it when it is not here."""
    click.echo(str(store.path(name)))


def _question(argument: str | None) -> str:
    """The question of the argument, or of standard input when it is ``-`` or left out."""
    if argument is None or argument == "-":
        if sys.stdin.isatty():
            raise QuestionError("no question: write it behind the command, or pipe it in")
        argument = sys.stdin.buffer.read().decode(errors="surrogateescape")
    if not argument.strip():
        raise QuestionError("the question is empty: write what you want to know")
    try:
        argument.encode()
    except UnicodeEncodeError as error:
        raise QuestionError("the question is not UTF-8 text: write it in that encoding") from error
    return argument.strip()


def _document_key(opened: Index, given: str) -> str:
    """The key that ``given`` means: itself, or the absolute path of a file."""
    keys = {each.key for each in opened.documents()}
    absolute = str(Path(given).resolve())
    return absolute if absolute in keys else given


@contextmanager
def _opened_assistant(settings: Settings) -> Iterator[Assistant]:
    settings.require_collection()
    store = model_store(settings)
    embedder = settings.open_embedder(store)
    with settings.open_index(embedder, on_building=building_lines()) as opened:
        llm = settings.open_llm(store)
        with waiting("Loading the models and reading"):
            yield settings.open_assistant(opened, llm).warm()


def _print_failures(failures: list[tuple[str, str]], as_json: bool) -> None:
    if as_json:
        print_json([{"path": path, "reason": reason} for path, reason in failures])
        return
    for path, reason in failures:
        click.echo(f"{path}: {reason}")
    if not failures:
        click.echo("Every file could be read.")
