"""The question of a command: its argument, or what is piped in."""

from __future__ import annotations

import sys

import click

from rag.errors import QuestionError

_BYTES_OF_CHARACTER = 4  # in UTF-8, at most
question_argument = click.argument("question", required=False)


def question_text(argument: str | None) -> str:
    """Return the question of the argument, or of standard input for ``-`` and where there is none.

    Raises QuestionError when it is empty, too long or no UTF-8 text.
    """
    from rag.question import MAX_QUESTION_CHARACTERS, checked

    if argument is None or argument == "-":
        if sys.stdin.isatty():
            raise QuestionError("no question: write it behind the command, or pipe it in")
        argument = sys.stdin.buffer.read(
            _BYTES_OF_CHARACTER * (MAX_QUESTION_CHARACTERS + 1)
        ).decode(errors="surrogateescape")
    if not argument.strip():
        raise QuestionError("the question is empty: write what you want to know")
    try:
        argument.encode()
    except UnicodeEncodeError as error:
        raise QuestionError("the question is not UTF-8 text: write it in that encoding") from error
    return checked(argument)
