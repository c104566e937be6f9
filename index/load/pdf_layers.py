"""The layers of a PDF that are not shown, and the characters in them.

PDFium reads the text of every layer and does not tell which are off: pypdf does, where a page has
layers at all.
"""

from __future__ import annotations

import ctypes
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pypdfium2

_LAYER = "OC"  # by which a content stream marks what belongs to a layer


class HiddenLayers:
    """The names of those layers of the PDF in ``data`` that are off when it is opened."""

    def __init__(self, data: bytes, passwords: Sequence[str] = ()) -> None:
        self._data = data
        self._passwords = passwords

    @cached_property
    def names(self) -> frozenset[str]:
        """Empty where the file cannot be read: then all is shown."""
        from pypdf import PdfReader

        try:
            reader = PdfReader(BytesIO(self._data))
            if reader.is_encrypted:
                any(reader.decrypt(password) for password in ("", *self._passwords))
            return frozenset(_off(reader.root_object))
        except Exception:  # noqa: BLE001  # a parser may raise anything over a broken file
            return frozenset()

    def take_out(self, text: pypdfium2.PdfTextPage, characters: list[str]) -> int:
        """Takes the characters of hidden layers out of a page; returns how many they are."""
        import pypdfium2.raw as pdfium

        hidden: dict[int, bool] = {}
        taken = 0
        for index, character in enumerate(characters):
            if not character.strip():
                continue
            drawn = pdfium.FPDFText_GetTextObject(text, index)
            if not drawn:
                continue
            key = ctypes.cast(drawn, ctypes.c_void_p).value or 0
            if key not in hidden:
                layers = list(_layers_of(drawn))
                hidden[key] = bool(layers) and not self.names.isdisjoint(layers)
            if hidden[key]:
                characters[index] = ""
                taken += 1
        return taken


def _off(root: Any) -> Iterator[str]:
    """The names that only layers have that are off."""
    properties = root.get("/OCProperties", {}).get_object()
    chosen = properties.get("/D", {}).get_object()
    off = {each.idnum for each in chosen.get("/OFF", ())}
    on = {each.idnum for each in chosen.get("/ON", ())}
    all_off = chosen.get("/BaseState") == "/OFF"
    shown: Counter[str] = Counter()
    hidden: Counter[str] = Counter()
    for each in properties.get("/OCGs", ()):
        is_off = each.idnum in off or (all_off and each.idnum not in on)
        (hidden if is_off else shown)[str(each.get_object().get("/Name", ""))] += 1
    yield from hidden.keys() - shown.keys()


def _layers_of(drawn: Any) -> Iterator[str]:
    """The names of the layers that an object of a page is marked as belonging to."""
    import pypdfium2.raw as pdfium

    for number in range(pdfium.FPDFPageObj_CountMarks(drawn)):
        mark = pdfium.FPDFPageObj_GetMark(drawn, number)
        if _name(pdfium.FPDFPageObjMark_GetName, mark) == _LAYER:
            yield _name(pdfium.FPDFPageObjMark_GetParamStringValue, mark, b"Name")


def _name(function: Any, *arguments: Any) -> str:
    buffer = (ctypes.c_ushort * 256)()
    length = ctypes.c_ulong()
    if not function(*arguments, buffer, ctypes.sizeof(buffer), ctypes.byref(length)):
        return ""
    return bytes(buffer)[: max(0, length.value - 2)].decode("utf-16-le", "replace")
