"""Mail (.eml, .mbox): sender, date, subject and text; attachments are documents of their own.

Knows no attachment's format.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import mimetypes
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from pathlib import PurePath

from index.errors import UnreadableError
from index.load.base import LoadedDocument, decode
from index.load.build import LINE, TextBuilder, tidy
from index.load.calendars import load_calendar, load_contacts
from index.load.html import load_html, visible_text

_TYPE = "message/rfc822"
_SHOWN = ("From", "To", "Cc", "Bcc", "Date", "Subject")
_TEXTS = ("text/plain", "text/html")
_DATA = {
    "text/calendar": load_calendar,
    "text/vcard": load_contacts,
    "text/x-vcard": load_contacts,
    "text/directory": load_contacts,
}
_REPORTS = ("message/delivery-status", "message/disposition-notification")
_FORM = 2  # times the words: of two versions with about the same, one has the tables
_DEEPEST = 50  # parts in parts; mails have five
_NEW = 0.5  # of the words of a line: it says what another version of the text does not
_WORD = re.compile(r"\w+")
_ADDRESS = re.compile(r"<?https?://[^\s>]+>?")
_SIGNATURE = "-- "
_BORDER = re.compile(rb"(?:\A|\r?\n\r?\n)From (?=[^\r\n]*\d\d:\d\d)[^\r\n]*+\r?\n")
_QUOTED_BORDER = re.compile(rb"^>(>*From )", re.MULTILINE)
_LOOKED_AT = 100  # bytes: headers in ASCII hold no NUL
_MOST_DECODED = 100_000  # characters of a header, which takes quadratic time; a thousand addresses
_MOST_PARTS = 1000  # of one mail; real ones have some dozens


def load_eml(data: bytes, name: str) -> LoadedDocument:
    """A mail without its attachments, titled by its subject."""
    message = _message(data)
    built = TextBuilder()
    for header in _SHOWN:
        if stated := _header(message, header):
            built.add(f"{header}: {stated}", gap=LINE)
    for text in _readable(message):
        built.include(text)
    return built.document(_header(message, "Subject") or PurePath(name).name, _TYPE)


def load_web_archive(data: bytes, name: str) -> LoadedDocument:
    """A web page that was saved with all it shows (.mhtml), without its pictures and frames."""
    pages = (part for part in _parts(_message(data)) if part.get_content_type() == "text/html")
    if page := _decoded(first) if (first := next(pages, None)) is not None else "":
        return load_html(page.encode("utf-8-sig"), name)
    return load_eml(data, name)


def attachments(data: bytes, _name: str) -> Iterator[tuple[str, bytes]]:
    """The files attached to a mail, each with its name; a mail in it ends with ``.eml``."""
    message = _message(data)
    for number, part in enumerate(_parts(message), 1):
        if part.get_content_type() == "message/rfc822":
            yield f"{number}.eml", _mail_within(part)
        elif not _is_text_of_mail(part) and (name := _file_name(part) or _made_name(part, number)):
            payload = part.get_payload(decode=True)
            yield name, payload if isinstance(payload, bytes) else b""


def _made_name(part: Message, number: int) -> str:
    """A name for a document that was sent without; pictures without one only adorn a mail."""
    if part.get_content_maintype() not in ("application", "text"):
        return ""
    suffix = mimetypes.guess_extension(part.get_content_type()) or ""
    return f"{number}{suffix}" if suffix else ""


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
    """Whether a part is read with its mail, and not a document of its own."""
    kind = part.get_content_type()
    if part.get_content_disposition() == "attachment" or part.get_content_maintype() != "text":
        return False
    return kind in (*_TEXTS, *_DATA) or not _file_name(part)


def _readable(message: Message, depth: int = 0) -> Iterator[LoadedDocument]:
    """What the parts of a mail say, one after the other; of alternatives what any of them says."""
    kind = message.get_content_type()
    payload = message.get_payload()
    if kind in _REPORTS:
        yield _report(message)
    elif kind == "message/rfc822" or not isinstance(payload, list) or depth > _DEEPEST:
        if _is_text_of_mail(message):
            yield _read(message)
    else:
        inner = (part for part in payload if isinstance(part, Message))
        parts = [list(_readable(part, depth + 1)) for part in inner]
        if kind == "multipart/alternative":
            yield from versions(document for part in parts for document in part)
        else:
            yield from (document for part in parts for document in part)


def versions(texts: Iterable[LoadedDocument]) -> Iterator[LoadedDocument]:
    """Of several versions of a text the one with tables and lists, then what only others say.

    A calendar or a contact is no version of a text, but stands beside it.
    """
    given = list(texts)
    ranked = [each for each in reversed(given) if each.media_type not in _DATA]
    ranked.sort(key=_richness, reverse=True)
    told: set[str] = set()
    for number, text in enumerate(ranked):
        if number == 0:
            yield text
        else:
            lines = [line for line in text.text.split("\n") if _adds(_words(line), told)]
            yield LoadedDocument("", text.media_type, "\n".join(lines))
        told |= _words(text.text)
    yield from (each for each in given if each.media_type in _DATA)


def _richness(text: LoadedDocument) -> float:
    return len(_words(text.text)) * (_FORM if text.media_type == "text/html" else 1)


def _words(text: str) -> set[str]:
    return set(_WORD.findall(_ADDRESS.sub("", text).lower()))


def _adds(words: set[str], told: set[str]) -> bool:
    return len(words - told) > _NEW * len(words)


def _read(part: Message) -> LoadedDocument:
    kind = part.get_content_type()
    text = _decoded(part)
    if kind == "text/html":
        return visible_text(text.encode("utf-8-sig"), "")
    if loader := _DATA.get(kind):
        with contextlib.suppress(UnreadableError):
            return replace(loader(text.encode("utf-8-sig"), ""), media_type=kind)
    if str(part.get_param("format", "")).lower() == "flowed":
        text = unflowed(text, joins=str(part.get_param("delsp", "")).lower() == "yes")
    return LoadedDocument("", "text/plain", text)


def _report(part: Message) -> LoadedDocument:
    """What became of a mail: the fields of a report, ``Status: 5.1.1``."""
    payload = part.get_payload()
    inner = payload if isinstance(payload, list) else []
    fields = [
        f"{name}: {tidy(str(value))}"
        for each in inner
        if isinstance(each, Message)
        for name, value in each.items()
    ]
    return LoadedDocument("", "text/plain", "\n".join(fields))


def unflowed(text: str, *, joins: bool = False) -> str:
    """Text whose lines were broken for sending (RFC 3676) with the lines that were written.

    ``joins`` drops the blank at which a line was broken, as in scripts without blanks.
    """
    lines: list[str] = []
    is_open, depth = False, 0
    for line in text.replace("\r\n", "\n").split("\n"):
        content = line.lstrip(">")
        marks = len(line) - len(content)
        content = content.removeprefix(" ")  # put there so that nothing looks like a mark
        if is_open and marks == depth and content != _SIGNATURE:
            lines[-1] = (lines[-1][:-1] if joins else lines[-1]) + content
        else:
            lines.append(f"{'>' * marks} {content}" if marks else content)
        is_open, depth = content.endswith(" ") and content != _SIGNATURE, marks
    return "\n".join(lines)


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    if part.get("Content-Transfer-Encoding", "").strip().lower() == "base64":
        payload = _mended(str(part.get_payload()), payload)
    try:
        return decode(payload, "", part.get_content_charset())
    except UnreadableError:  # a part of a kind that it does not state
        return ""


def _mended(written: str, payload: bytes) -> bytes:
    """What base64 stands for, though a sign of it is missing; else it would be read as it is."""
    if payload.strip() != written.encode("ascii", "replace").strip():
        return payload
    signs = re.sub(r"[^A-Za-z0-9+/]", "", written)
    whole = signs[: len(signs) // 4 * 4]
    return base64.b64decode(whole) or payload


def _header(message: Message, name: str) -> str:
    """All that the headers of a name say, decoded."""
    stated = [str(value) for key, value in message.raw_items() if key.lower() == name.lower()]
    return ", ".join(filter(None, map(_decoded_words, stated)))


def _decoded_words(stated: str) -> str:
    """A header with the words decoded that are not in ASCII."""
    raw = stated.encode("utf-8", "surrogateescape")
    try:
        text = raw.decode() if raw.isascii() else decode(raw, "")
        pieces = decode_header(text[:_MOST_DECODED])
        return tidy("".join(_piece(*piece) for piece in pieces) + text[_MOST_DECODED:])
    except (HeaderParseError, LookupError, UnicodeError, ValueError, UnreadableError):
        return tidy(stated)


def _piece(written: str | bytes, charset: str | None) -> str:
    if isinstance(written, str):
        return written
    return written.decode("raw-unicode-escape") if charset is None else decode(written, "", charset)


def _file_name(part: Message) -> str:
    try:
        return _decoded_words(part.get_filename() or "")
    except (LookupError, UnicodeError, ValueError):
        return ""
