"""``python -m tests.attacks.doors``: what once broke the program, by what was promised then.

Every attack runs the program as people do, so that any version can be attacked: ``--program``
names the folder of another checkout. The numbers are those of the promises in docs/security.md.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import click

from tests.attacks import doors_documents as documents
from tests.attacks import doors_requests as requests
from tests.attacks.program import HERE, Program
from tests.attacks.suite import Area, Attack, tried

Door = Callable[[Program], object]
_LIMIT_S = 600.0  # of one attack; most name shorter ones themselves


def doors() -> Iterator[tuple[str, Door]]:
    """Every attack with its name, which begins with the number of what it tries to break."""
    if requests.has_the_model():
        yield "1 a listener of the embedded model", requests.a_listener_of_the_model
    for name, (suffix, text) in documents.TEXTS.items():
        yield f"2 {name}", partial(documents.costs_little, suffix, text)
    yield "2 a search of marks", documents.a_search_of_marks
    yield "2 a history of marks and blanks", documents.a_long_history
    yield "2 a tar header of digits", documents.a_header_of_digits
    for name, file, make in (
        ("a book that becomes a library", "a.epub", documents.a_library),
        ("a zip whose names share their bytes", "a.zip", documents.shared_bytes),
        ("a tar of holes", "a.tgz", documents.holes),
        ("JSON with long names", "a.json", documents.long_names),
    ):
        yield f"3 {name}", partial(documents.becomes_too_much, file, make)
    yield "3 a word of 1.5 MB in a prompt", documents.a_word_without_end
    for name, files in documents.NAMES.items():
        yield f"4 two names: {name}", partial(documents.two_files, *files)
    yield "4 long names", documents.a_long_name
    yield "4 a name that is no text", documents.a_name_that_is_no_text
    for name, file_and_data in documents.raising().items():
        yield f"4 {name}", partial(documents.beside, *file_and_data)
    yield from _of_requests()


def _of_requests() -> Iterator[tuple[str, Door]]:
    yield "5 a file that fails", requests.a_failed_upload
    yield "5 a good file in a bad request", requests.a_refused_upload
    yield "5 half-sent uploads", requests.half_an_upload
    yield "5 a client that leaves", requests.a_client_that_leaves
    yield "5 permissions", requests.permissions
    yield "6 pipes and sockets", documents.special_files
    yield "6 a device", documents.a_device
    yield "6 a link that leads out", documents.a_link_that_leads_out
    yield "6 an original that was exchanged", documents.an_original_that_was_exchanged
    yield "7 a collection deleted during its ingest", requests.deleted_during_its_ingest
    yield "7 one page drawn 45 times", requests.pages_drawn_at_once
    yield "7 two servers, one deletes", requests.two_servers
    yield "7 two servers, one makes anew", requests.made_anew_elsewhere
    yield "8 1,100 half-sent requests", requests.half_sent_requests
    yield "8 heads and bodies that never end", requests.heads_that_never_end
    yield "8 lines of the log", requests.lines_of_the_log
    yield "8 requests in requests", requests.no_smuggling
    yield "9 a planted picture", requests.a_planted_picture
    yield "9 control characters in the terminal", requests.what_is_printed
    yield "10 Origin", requests.origins
    yield "10 Host", requests.hosts
    yield "10 what /ready tells", requests.what_ready_tells
    yield "10 guessed keys and X-Forwarded-For", requests.keys_that_are_guessed
    yield "10 rows that do not fit together", requests.rows_that_do_not_fit
    yield "10 a home that cannot be written", requests.a_home_that_cannot_be_written
    yield "10 addresses that are set apart", requests.addresses_set_apart


def area(checkout: Path = HERE, wanted: Sequence[str] = ()) -> Area:
    """The attacks, on the version in ``checkout``; only those whose names begin as ``wanted``."""

    @contextmanager
    def opened() -> Iterator[Iterable[Attack]]:
        with Program(checkout) as program:
            yield [
                Attack(name, partial(door, program), _LIMIT_S)
                for name, door in doors()
                if not wanted or name.startswith(tuple(wanted))
            ]

    return Area("doors", opened)


@click.command()
@click.option(
    "--program",
    default=HERE,
    type=click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path),
    help="The folder of the version to attack; this one by default.",
)
@click.option("--only", multiple=True, help="Attacks whose names begin so, as '5 '.")
def main(program: Path, only: Sequence[str]) -> None:
    """Try each attack, and say what came of it."""
    click.echo("| attack | held |\n| --- | --- |")

    def told(name: str, what: str) -> None:
        click.echo(f"| {name} | {what.replace(chr(10), ' ').replace('|', '/') or 'yes'} |")

    result = tried(area(program, only), on_tried=told)
    click.echo(f"{result.held} of {result.tried} held, in {result.seconds:.0f} s")
    sys.exit(1 if result.broken else 0)


if __name__ == "__main__":
    main()
