"""Mail (.eml, .mbox): sender, date, subject and text; attachments are documents of their own.

Knows no attachment's format.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from pathlib import PurePath

from index.errors import UnreadableError
from index.load.base import LoadedDocument, decode
from index.load.build import LINE, TextBuilder, tidy
from index.load.html import visible_text

_TYPE = "message/rfc822"
_SHOWN = ("From", "To", "Cc", "Date", "Subject")
_BORDER = re.compile(rb"(?:\A|\r?\n\r?\n)From (?=[^\r\n]*\d\d:\d\d)[^\r\n]*+\r?\n")
_QUOTED_BORDER = re.compile(rb"^>(>*From )", re.MULTILINE)
_LOOKED_AT = 100  # bytes: headers in ASCII hold no NUL
_MOST_PARTS = 1000  # of one mail; real ones have some dozens


def load_eml(data: bytes, name: str) -> LoadedDocument:
    """A mail without its attachments, titled by its subject."""
    message = _message(data)
    built = TextBuilder()
    for header in _SHOWN:
        if stated := _header(message, header):
            built.add(f"{header}: {stated}", gap=LINE)
    for part in _texts(message):
        _add_text(built, part, name)
    return built.document(_header(message, "Subject") or PurePath(name).name, _TYPE)


def attachments(data: bytes, _name: str) -> Iterator[tuple[str, bytes]]:
    """The files attached to a mail, each with its name; a mail in it ends with ``.eml``."""
    message = _message(data)
    for number, part in enumerate(_parts(message), 1):
        if part.get_content_type() == "message/rfc822":
            yield f"{number}.eml", _mail_within(part)
        elif not _is_text_of_mail(part) and (name := _file_name(part)):
            payload = part.get_payload(decode=True)
            yield name, payload if isinstance(payload, bytes) else b""


def _mail_within(part: Message) -> bytes:
    """The bytes of a mail that is part of another; some programs encode it, which is forbidden."""
    inner = part.get_payload()
    if not (isinstance(inner, list) and inner and isinstance(inner[0], Message)):
        return b""
    if part.get("Content-Transfer-Encoding", "").strip().lower() == "base64":
        with contextlib.suppress(binascii.Error, ValueError):
            return base64.b64decode(str(inner[0].get_payload()))
    return inner[0].as_bytes()


def messages(data: bytes) -> Iterator[bytes]:
    """The mails of a mailbox, one after the other, as they were before they were put into it."""
    borders = list(_BORDER.finditer(data))
    for position, border in enumerate(borders):
        end = borders[position + 1].start() if position + 1 < len(borders) else len(data)
        yield _QUOTED_BORDER.sub(rb"\1", data[border.end() : end])


def _message(data: bytes) -> Message:
    if b"\0" in data[:_LOOKED_AT]:  # some programs save a mail in UTF-16
        with contextlib.suppress(UnreadableError):
            data = decode(data, "").encode()
    return message_from_bytes(data, policy=policy.compat32)


def _parts(message: Message) -> Iterator[Message]:
    """The parts that hold no others; a mail within the mail is one."""
    stack = [message]
    count = 0
    while stack and count < _MOST_PARTS:
        part = stack.pop()
        count += 1
        payload = part.get_payload()
        if isinstance(payload, list) and part.get_content_type() != "message/rfc822":
            stack += reversed([each for each in payload if isinstance(each, Message)])
        else:
            yield part


def _is_text_of_mail(part: Message) -> bool:
    return (
        part.get_content_type() in ("text/plain", "text/html")
        and part.get_content_disposition() != "attachment"
    )


def _texts(message: Message) -> list[Message]:
    """The parts to be read: what is said twice, plainly and as a web page, only plainly."""
    parts = [part for part in _parts(message) if _is_text_of_mail(part)]
    plain = [part for part in parts if part.get_content_type() == "text/plain"]
    if any(tidy(_decoded(part)) for part in plain):
        return plain
    return [part for part in parts if part.get_content_type() == "text/html"]


def _add_text(built: TextBuilder, part: Message, name: str) -> None:
    if part.get_content_type() == "text/html":
        built.include(visible_text(_decoded(part).encode("utf-8-sig"), name))
    else:
        built.add(_decoded(part))


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    try:
        return decode(payload, "", part.get_content_charset())
    except UnreadableError:  # a part of a kind that it does not state
        return ""


def _header(message: Message, name: str) -> str:
    stated = message.get(name)
    if stated is None:
        return ""
    try:
        return tidy(str(make_header(decode_header(str(stated)))))
    except (HeaderParseError, LookupError, UnicodeError, ValueError):
        return tidy(str(stated))


def _file_name(part: Message) -> str:
    try:
        name = part.get_filename() or ""
        return tidy(str(make_header(decode_header(name))))
    except (HeaderParseError, LookupError, UnicodeError, ValueError):
        return ""
