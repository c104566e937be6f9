"""What a file holds that holds others: archives, mailboxes, mails with attachments.

Runs in the worker process: a header that was made to harm may keep it busy, but no one else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from index.errors import DocumentError
from index.load import mail, outlook
from index.load.archive import Budget, untarred, unzipped
from index.load.formats import MAILBOX, TAR, ZIP
from index.load.isolated import Member

_ATTACHMENTS = {".eml": mail.attachments, ".msg": outlook.attachments}
HOLD_SEVERAL = frozenset((ZIP, TAR, MAILBOX, *_ATTACHMENTS))


def unpacked(data: bytes, name: str, kind: str, allowed: Mapping[str, int]) -> Iterator[Member]:
    """The files in a file of ``kind``, one of HOLD_SEVERAL.

    ``allowed`` are the fields of a Budget. Raises UnreadableError for a damaged archive and where
    the budget ends.
    """
    budget = Budget(**allowed)
    told = 0
    for stored, content in _files(data, name, kind, budget):
        yield Member(stored, content, budget.taken - told)
        told = budget.taken


def _files(
    data: bytes, name: str, kind: str, budget: Budget
) -> Iterator[tuple[str, bytes | DocumentError]]:
    if kind == ZIP:
        yield from unzipped(data, name, budget)
    elif kind == TAR:
        yield from untarred(data, name, budget)
    elif kind == MAILBOX:
        for number, message in enumerate(mail.messages(data), 1):
            budget.count(name)
            yield f"{number}.eml", message
    else:
        for stored, content in _ATTACHMENTS[kind](data, name):
            budget.count(name)
            budget.take(len(content), name)
            yield stored, content
