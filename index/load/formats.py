"""Which loader reads a file: by its first bytes where they tell, else by its suffix.

Knows no format itself.
"""

from __future__ import annotations

import mimetypes
import zipfile
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import PurePath

from index.errors import UnreadableError, UnsupportedFormatError
from index.load import ocr
from index.load.base import LoadedDocument, decode
from index.load.calendars import load_calendar, load_contacts
from index.load.delimited import load_csv
from index.load.epub import load_epub
from index.load.html import load_html
from index.load.image import SUFFIXES, load_image
from index.load.mail import load_eml, load_web_archive
from index.load.markdown import load_markdown
from index.load.markup import load_code, load_markup
from index.load.old_office import load_ppt
from index.load.old_word import load_doc
from index.load.opendocument import load_opendocument
from index.load.outlook import load_msg
from index.load.pdf import load_pdf
from index.load.records import load_json, load_json_lines, load_notebook
from index.load.rtf import load_rtf
from index.load.sheets import load_workbook
from index.load.slides import load_pptx
from index.load.subtitles import load_subtitles
from index.load.text import load_text
from index.load.word import load_docx
from index.load.xml_records import load_xml

Loader = Callable[[bytes, str], LoadedDocument]

# Of text as it is written: what its first bytes seem to be does not count against its suffix.
_PLAIN: frozenset[Loader] = frozenset(
    (load_text, load_markdown, load_markup, load_code, load_subtitles)
)
# Read from bytes of an encoding that may be damaged.
DECODED: frozenset[Loader] = _PLAIN | {
    load_html,
    load_web_archive,
    load_eml,
    load_calendar,
    load_contacts,
    load_json,
    load_json_lines,
    load_notebook,
    load_xml,
}

_CODE = (
    ".bash .bat .c .cc .cfg .clj .cmake .conf .cpp .cs .css .cxx .d .dart .diff .el .erl .ex .exs "
    ".f90 .fs .go .gradle .groovy .h .hpp .hs .ini .java .jl .js .jsx .kt .kts .less .lisp .lua .m "
    ".mk .ml .nim .patch .php .pl .pm .properties .proto .ps1 .py .pyi .r .rb .rs .sass .scala "
    ".scm .scss .sh .sql .svelte .swift .tcl .tf .toml .ts .tsx .vb .vim .vue .yaml .yml "
    ".zig .zsh"
).split()
LOADERS: Mapping[str, Loader] = {
    ".txt": load_text,
    ".text": load_text,
    ".log": load_text,
    ".md": load_markdown,
    ".markdown": load_markdown,
    ".html": load_html,
    ".htm": load_html,
    ".xhtml": load_html,
    ".mhtml": load_web_archive,
    ".mht": load_web_archive,
    ".pdf": load_pdf,
    ".docx": load_docx,
    ".docm": load_docx,
    ".dotx": load_docx,
    ".dotm": load_docx,
    ".pptx": load_pptx,
    ".pptm": load_pptx,
    ".ppsx": load_pptx,
    ".ppsm": load_pptx,
    ".potx": load_pptx,
    ".potm": load_pptx,
    ".xlsx": load_workbook,
    ".xlsm": load_workbook,
    ".xlsb": load_workbook,
    ".xls": load_workbook,
    ".ods": load_workbook,
    ".csv": load_csv,
    ".tsv": load_csv,
    ".odt": load_opendocument,
    ".odp": load_opendocument,
    ".ott": load_opendocument,
    ".otp": load_opendocument,
    ".rtf": load_rtf,
    ".epub": load_epub,
    ".eml": load_eml,
    ".ics": load_calendar,
    ".ical": load_calendar,
    ".ifb": load_calendar,
    ".vcs": load_calendar,
    ".vcf": load_contacts,
    ".vcard": load_contacts,
    ".msg": load_msg,
    ".doc": load_doc,
    ".dot": load_doc,
    ".ppt": load_ppt,
    ".pps": load_ppt,
    ".json": load_json,
    ".jsonl": load_json_lines,
    ".ndjson": load_json_lines,
    ".ipynb": load_notebook,
    ".xml": load_xml,
    ".rss": load_xml,
    ".atom": load_xml,
    ".opml": load_xml,
    ".kml": load_xml,
    ".srt": load_subtitles,
    ".vtt": load_subtitles,
    ".adoc": load_markup,
    ".asciidoc": load_markup,
    ".org": load_markup,
    ".rst": load_markup,
    ".tex": load_markup,
    **dict.fromkeys(SUFFIXES, load_image),
    **dict.fromkeys(_CODE, load_code),
}
ZIP, TAR, MAILBOX = ".zip", ".tar", ".mbox"
_CONTAINERS = {
    ".zip": ZIP,
    ".tar": TAR,
    ".tgz": TAR,
    ".gz": TAR,
    ".bz2": TAR,
    ".tbz2": TAR,
    ".xz": TAR,
    ".txz": TAR,
    ".mbox": MAILBOX,
}
_WITHOUT_SUFFIX = frozenset(
    "authors changelog changes contributing copying dockerfile install license licence makefile "
    "news notice readme todo".split()
)

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # of Office before 2007, and of encrypted files since
_ZIP = b"PK\x03\x04"
_SNIFFED = 1024  # bytes: a PDF may begin after some others
_SNIFFED_TEXT = 1 << 16  # bytes; binary files show in the first few already
_OLE_SUFFIXES = (".xls", ".doc", ".ppt", ".msg", ".dot", ".pps")
_OLE_STREAMS = {"WordDocument": ".doc", "PowerPoint Document": ".ppt", "Workbook": ".xls"}
_OFFICE_FOLDERS = {"word/": ".docx", "ppt/": ".pptx", "xl/": ".xlsx"}
_OPEN_DOCUMENTS = {
    b"application/epub+zip": ".epub",
    b"application/vnd.oasis.opendocument.text": ".odt",
    b"application/vnd.oasis.opendocument.presentation": ".odp",
    b"application/vnd.oasis.opendocument.spreadsheet": ".ods",
}
_TEXT_SUFFIXES = frozenset(suffix for suffix, loader in LOADERS.items() if loader in _PLAIN)


def supported_suffixes() -> tuple[str, ...]:
    """The suffixes of files that hold one document, in lower case and with their dot."""
    return tuple(LOADERS)


def is_loadable(name: str) -> bool:
    """Whether a file of a folder is taken for a document, or for an archive of some.

    Pictures are where their text can be recognised. Not the questions of an evaluation,
    ``questions*.jsonl``, which stand beside documents with their answers in them.
    """
    path = PurePath(name)
    if path.match("questions*.jsonl"):
        return False
    suffix = path.suffix.lower()
    if suffix in SUFFIXES:
        return ocr.is_available()
    return suffix in LOADERS or suffix in _CONTAINERS or path.name.lower() in _WITHOUT_SUFFIX


def kind_of(data: bytes, name: str) -> str:
    """The suffix that the bytes, or else the name, give a file: one of ``LOADERS``, or a container.

    Raises UnsupportedFormatError for a format that cannot be read, and UnreadableError for an
    encrypted file.
    """
    suffix = PurePath(name).suffix.lower()
    told = _by_content(data, name, suffix)
    kind = told or _CONTAINERS.get(suffix, suffix)
    if kind in LOADERS or kind in (ZIP, TAR, MAILBOX):
        return kind
    media_type = mimetypes.guess_type(name)[0] or "text/plain"
    if not told and media_type.startswith("text/") and _looks_like_text(data[:_SNIFFED_TEXT]):
        return ".txt"
    raise unsupported(name)


def needs_reading(data: bytes, name: str) -> bool:
    """Whether ``kind_of`` looks at more than the suffix and the first bytes."""
    suffix = PurePath(name).suffix.lower()
    return data.startswith(_ZIP) or not (suffix in LOADERS or suffix in _CONTAINERS)


def kind_stated(data: bytes, name: str) -> bytes:
    """``kind_of`` for the worker, which returns bytes. Raises as ``kind_of``."""
    return kind_of(data, name).encode()


def unsupported(name: str) -> UnsupportedFormatError:
    """The error for a file that no loader reads."""
    known = ", ".join(suffix for suffix in (*LOADERS, *_CONTAINERS) if suffix not in _CODE)
    return UnsupportedFormatError(
        f"{name} has no supported format; convert it to one of {known}, or source code"
    )


def _looks_like_text(head: bytes) -> bool:
    """Whether a file begins like text in one of the usual encodings."""
    try:
        decode(head[: len(head) & ~3], "")  # no half characters of UTF-16 and UTF-32
    except UnreadableError:
        return False
    return True


def _by_content(data: bytes, name: str, suffix: str) -> str:
    """What the first bytes tell; empty where they do not."""
    head = data[:_SNIFFED]
    if head.lstrip().startswith(b"{\\rtf"):
        return ".rtf"
    if head.startswith(_ZIP):
        return _by_members(data, suffix)
    if head.startswith(_OLE):
        return _of_old_office(data, name, suffix)
    if head.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00")) or head[257:262] == b"ustar":
        return TAR
    if b"%PDF-" in head and suffix not in _TEXT_SUFFIXES:
        return ".pdf"
    if suffix in (".xls", ".doc") and b"<html" in head.lower():  # what web programs call a workbook
        return ".html"
    return ""


def _by_members(data: bytes, suffix: str) -> str:
    """Which document a ZIP archive is, or that it is one of files."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            names = archive.namelist()
            if "mimetype" in names:
                with archive.open("mimetype") as stated:
                    kind = stated.read(100).strip()
                for media_type, found in _OPEN_DOCUMENTS.items():
                    if kind.startswith(media_type):
                        return found
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        return suffix if suffix in LOADERS else ZIP  # whose loader says what is wrong
    if "[Content_Types].xml" in names:
        for folder, found in _OFFICE_FOLDERS.items():
            if any(each.startswith(folder) for each in names):
                return suffix if LOADERS.get(suffix) == LOADERS[found] else found
    return suffix if suffix in LOADERS and suffix not in _TEXT_SUFFIXES else ZIP


def _of_old_office(data: bytes, name: str, suffix: str) -> str:
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise UnreadableError(f"{name} is encrypted; save it without its password")
    if suffix in _OLE_SUFFIXES:
        return suffix
    for stream, found in _OLE_STREAMS.items():
        if stream.encode("utf-16-le") in data:
            return found
    raise unsupported(name)
