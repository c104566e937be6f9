"""The names of files that lie within an Office document, which are not read."""

from __future__ import annotations

import posixpath
import struct
from io import BytesIO

from index.errors import UnreadableError
from index.load.build import tidy
from index.load.chains import MAGIC, is_endless
from index.load.package import Package

_NATIVE = "\x01Ole10Native"  # the stream of a compound file that holds a file of any kind
_LONGEST = 260  # characters of a file's name and path on Windows


def embedded_name(package: Package, path: str) -> str:
    """The name that an embedded file was put in with; that of its part where it has none."""
    try:
        data = package.data(path) or b""
    except UnreadableError:  # what is too large to be looked at has a name all the same
        data = b""
    return _packed_name(data) or posixpath.basename(path)


def _packed_name(data: bytes) -> str:
    import olefile

    if not data.startswith(MAGIC) or is_endless(data):
        return ""
    try:
        with olefile.OleFileIO(BytesIO(data)) as ole:
            if not ole.exists(_NATIVE):
                return ""
            head = ole.openstream(_NATIVE).read(6 + 2 * _LONGEST)
            struct.unpack_from("<IH", head)  # its size, and a mark
    except (
        OSError,
        ValueError,
        struct.error,
    ):  # a broken object has no name
        return ""
    return tidy(head[6:].split(b"\0", 1)[0].decode("cp1252", "replace"))
