"""Mails that Outlook saved (.msg), by [MS-OXMSG]; attachments are documents of their own."""

from __future__ import annotations

import datetime
import struct
from collections.abc import Iterator
from email.parser import HeaderParser
from pathlib import PurePath
from typing import TYPE_CHECKING

from index.errors import UnreadableError
from index.load.base import LoadedDocument, decode
from index.load.build import LINE, PARAGRAPH, TextBuilder, tidy
from index.load.html import visible_text
from index.load.mail import versions
from index.load.old_office import opened
from index.load.rtf import load_rtf

if TYPE_CHECKING:
    import olefile

_SENDER, _TO, _CC, _SUBJECT, _BODY, _HTML = "0C1A", "0E04", "0E03", "0037", "1000", "1013"
_RICH = "1009"
_SENDER_ADDRESSES = ("5D01", "0C1F")  # of the internet; of the program's own kind
_HEADERS = "007D"  # as they came through the internet, the date among them
_SENT, _DELIVERED = 0x0039, 0x0E06  # times, among the properties of a fixed length
_PROPERTIES = "__properties_version1.0"
_FILE_DATA, _LONG_NAME, _SHORT_NAME = "3701", "3707", "3704"
_WIDE, _NARROW, _BYTES = "001F", "001E", "0102"  # text in UTF-16, in an old encoding; no text
_WITHIN = f"__substg1.0_{_FILE_DATA}000D"  # a mail that is attached to another
_DEEPEST = 5  # mails in mails
_CODE_PAGE, _WHOLE_NUMBER = 0x3FFD, 0x0003  # the encoding of narrow text, and its kind
_TIME = 0x0040  # the kind of a property: tenths of a microsecond since 1601
_EPOCH = datetime.datetime(1601, 1, 1, tzinfo=datetime.UTC)


def load_msg(data: bytes, name: str) -> LoadedDocument:
    """A mail with the mails in it, without its files, titled by its subject.

    Raises UnreadableError if it is damaged.
    """
    ole = opened(data, name)
    built = TextBuilder()
    _add_mail(built, ole, "", 0)
    title = tidy(_text(ole, "", _SUBJECT))
    return built.document(title or PurePath(name).name, "application/vnd.ms-outlook")


def _add_mail(built: TextBuilder, ole: olefile.OleFileIO, folder: str, depth: int) -> None:
    gap = PARAGRAPH
    for label, stated in _stated_headers(ole, folder):
        if shown := tidy(stated):
            built.add(f"{label}: {shown}", gap=gap)
            gap = LINE
    texts = []
    if body := _text(ole, folder, _BODY):
        texts.append(LoadedDocument("", "text/plain", body))
    if page := _data(ole, f"{folder}__substg1.0_{_HTML}{_BYTES}"):
        texts.append(visible_text(page, ""))
    elif source := _text(ole, folder, _HTML):
        texts.append(visible_text(source.encode("utf-8-sig"), ""))
    if not texts and (rich := _data(ole, f"{folder}__substg1.0_{_RICH}{_BYTES}")):
        texts.append(_rich_text(rich))
    for text in versions(texts):
        built.include(text)
    for attached in _attached(ole, folder) if depth < _DEEPEST else ():
        if ole.exists(f"{attached}{_WITHIN}"):
            _add_mail(built, ole, f"{attached}{_WITHIN}/", depth + 1)


def _rich_text(compressed: bytes) -> LoadedDocument:
    """A body that was saved only as rich text; what is damaged is told by the worker."""
    from compressed_rtf import decompress

    return load_rtf(decompress(compressed), "")


def _stated_headers(ole: olefile.OleFileIO, folder: str) -> Iterator[tuple[str, str]]:
    sender = _text(ole, folder, _SENDER)
    addresses = (_text(ole, folder, kind) for kind in _SENDER_ADDRESSES)
    address = next((each for each in addresses if "@" in each), "")
    yield "From", f"{sender} <{address}>" if address and address not in sender else sender
    yield "To", _text(ole, folder, _TO)
    yield "Cc", _text(ole, folder, _CC)
    stated = HeaderParser().parsestr(_text(ole, folder, _HEADERS)).get("Date")
    yield "Date", str(stated) if stated else _time_sent(ole, folder)
    yield "Subject", _text(ole, folder, _SUBJECT)


def _time_sent(ole: olefile.OleFileIO, folder: str) -> str:
    """When a mail was sent, else delivered; empty where it does not say so."""
    times = _fixed_properties(ole, folder, _TIME)
    value = times.get(_SENT) or times.get(_DELIVERED)
    try:
        when = _EPOCH + datetime.timedelta(microseconds=value // 10) if value else None
    except OverflowError:
        return ""
    return f"{when:%Y-%m-%d %H:%M} UTC" if when else ""


def _fixed_properties(ole: olefile.OleFileIO, folder: str, kind: int) -> dict[int, int]:
    """The properties of a fixed length that are of one ``kind``, by number."""
    data = _data(ole, f"{folder}{_PROPERTIES}")
    header = 24 if folder else 32  # bytes, of a mail in a mail and of the outermost
    records = (struct.unpack_from("<HHIQ", data, at) for at in range(header, len(data) - 15, 16))
    return {number: value for found, number, _, value in records if found == kind}


def _attached(ole: olefile.OleFileIO, folder: str) -> list[str]:
    """The folders of what is attached to the mail in ``folder``."""
    outer = folder.rstrip("/").split("/") if folder else []
    inner = [path[len(outer)] for path in ole.listdir() if path[: len(outer)] == outer]
    names = dict.fromkeys(name for name in inner if name.startswith("__attach_version1.0_"))
    return [f"{folder}{name}/" for name in names]


def attachments(data: bytes, name: str) -> Iterator[tuple[str, bytes]]:
    """The files attached to a mail, each with its name. Raises UnreadableError if damaged."""
    ole = opened(data, name)
    for folder in _attached(ole, ""):
        stated = _text(ole, folder, _LONG_NAME) or _text(ole, folder, _SHORT_NAME)
        content = _data(ole, f"{folder}__substg1.0_{_FILE_DATA}{_BYTES}")
        if tidy(stated) and content:
            yield tidy(stated), content


def _text(ole: olefile.OleFileIO, folder: str, kind: str) -> str:
    """A property in characters, without the NUL at its end; empty if it is none."""
    if wide := _data(ole, f"{folder}__substg1.0_{kind}{_WIDE}"):
        return wide.decode("utf-16-le", "replace").rstrip("\0")
    narrow = _data(ole, f"{folder}__substg1.0_{kind}{_NARROW}").rstrip(b"\0")
    pages = _fixed_properties(ole, "", _WHOLE_NUMBER)
    page = pages.get(_CODE_PAGE, 0) & 0xFFFFFFFF
    try:
        return decode(narrow, "", f"cp{page}" if page else None)
    except UnreadableError:  # a property that is no text, whatever it says
        return ""


def _data(ole: olefile.OleFileIO, path: str) -> bytes:
    data: bytes = ole.openstream(path).read() if ole.exists(path) else b""
    return data
