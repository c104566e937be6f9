"""Loading: a table from suffix to a small function that turns bytes into text with headings.

Knows nothing of chunks, keys or storage. The text is normalised here, once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path, PurePath

from index.errors import UnreadableError, UnsupportedFormatError
from index.load.base import LoadedDocument, normalise
from index.load.html import load_html
from index.load.markdown import load_markdown
from index.load.text import load_text

__all__ = [
    "LoadedDocument",
    "from_string",
    "load",
    "load_bytes",
    "normalise",
    "read",
    "supported_suffixes",
]

_LOADERS: Mapping[str, Callable[[bytes, str], LoadedDocument]] = {
    ".txt": load_text,
    ".text": load_text,
    ".log": load_text,
    ".md": load_markdown,
    ".markdown": load_markdown,
    ".html": load_html,
    ".htm": load_html,
}


def supported_suffixes() -> tuple[str, ...]:
    """The suffixes of files that can be loaded, in lower case and with their dot."""
    return tuple(_LOADERS)


def load(path: Path) -> LoadedDocument:
    """The document in the file at ``path``.

    Raises UnsupportedFormatError for a suffix without a loader, and UnreadableError when the file
    is missing, may not be read, is binary or holds no text.
    """
    _loader(path.name)  # so that a huge film is refused before it is read
    return load_bytes(read(path), path.name)


def load_bytes(data: bytes, name: str) -> LoadedDocument:
    """The document in ``data``, whose format the suffix of ``name`` tells. Raises as ``load``."""
    document = _loader(name)(data, name)
    if not document.text.strip():
        raise UnreadableError(f"{name} holds no text")
    return document


def from_string(title: str, text: str, media_type: str = "text/plain") -> LoadedDocument:
    """A document of characters that are in memory. Raises UnreadableError if they are blank."""
    text = normalise(text)
    if not text.strip():
        raise UnreadableError(f"{title or 'the text'} holds no text")
    return LoadedDocument(" ".join(normalise(title).split()), media_type, text)


def read(path: Path) -> bytes:
    """The bytes of a file. Raises UnreadableError."""
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise UnreadableError(f"{path} does not exist; check the path") from error
    except PermissionError as error:
        raise UnreadableError(f"{path} may not be read; check its permissions") from error
    except OSError as error:
        raise UnreadableError(f"{path} cannot be read: {error.strerror or error}") from error


def _loader(name: str) -> Callable[[bytes, str], LoadedDocument]:
    suffix = PurePath(name).suffix.lower()
    if suffix not in _LOADERS:
        supported = ", ".join(supported_suffixes())
        raise UnsupportedFormatError(
            f"{name} has no supported format; convert it to one of {supported}"
        )
    return _LOADERS[suffix]
