"""Mails that Outlook saved (.msg), by [MS-OXMSG]; attachments are documents of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath
from typing import TYPE_CHECKING

from index.errors import UnreadableError
from index.load.base import LoadedDocument, decode
from index.load.build import LINE, TextBuilder, tidy
from index.load.html import visible_text

if TYPE_CHECKING:
    import olefile

_SENDER, _TO, _SUBJECT, _BODY, _HTML = "0C1A", "0E04", "0037", "1000", "1013"
_FILE_DATA, _LONG_NAME, _SHORT_NAME = "3701", "3707", "3704"
_WIDE, _NARROW, _BYTES = "001F", "001E", "0102"  # text in UTF-16, in an old encoding; no text


def load_msg(data: bytes, name: str) -> LoadedDocument:
    """A mail without its attachments, titled by its subject. Raises UnreadableError if damaged."""
    ole = _opened(data, name)
    built = TextBuilder()
    for label, kind in (("From", _SENDER), ("To", _TO), ("Subject", _SUBJECT)):
        if stated := tidy(_text(ole, "", kind).rstrip("\0")):
            built.add(f"{label}: {stated}", gap=LINE)
    if body := _text(ole, "", _BODY):
        built.add(body)
    elif page := _data(ole, f"__substg1.0_{_HTML}{_BYTES}"):
        built.include(visible_text(page, name))
    title = tidy(_text(ole, "", _SUBJECT).rstrip("\0"))
    return built.document(title or PurePath(name).name, "application/vnd.ms-outlook")


def attachments(data: bytes, name: str) -> Iterator[tuple[str, bytes]]:
    """The files attached to a mail, each with its name. Raises UnreadableError if damaged."""
    ole = _opened(data, name)
    folders = dict.fromkeys(
        path[0] for path in ole.listdir() if path[0].startswith("__attach_version1.0_")
    )
    for folder in folders:
        stated = _text(ole, f"{folder}/", _LONG_NAME) or _text(ole, f"{folder}/", _SHORT_NAME)
        content = _data(ole, f"{folder}/__substg1.0_{_FILE_DATA}{_BYTES}")
        if tidy(stated) and content:
            yield tidy(stated), content


def _opened(data: bytes, name: str) -> olefile.OleFileIO:
    import olefile

    try:
        return olefile.OleFileIO(data)
    except OSError as error:
        raise UnreadableError(f"{name} is damaged ({error}); save it again") from error


def _text(ole: olefile.OleFileIO, folder: str, kind: str) -> str:
    wide = _data(ole, f"{folder}__substg1.0_{kind}{_WIDE}")
    if wide:
        return wide.decode("utf-16-le", "replace")
    narrow = _data(ole, f"{folder}__substg1.0_{kind}{_NARROW}")
    return decode(narrow, "a mail") if narrow else ""


def _data(ole: olefile.OleFileIO, path: str) -> bytes:
    data: bytes = ole.openstream(path).read() if ole.exists(path) else b""
    return data
