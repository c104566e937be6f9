"""What is filled into the form of a PDF page, written on it, or struck out, each with its place.

Knows PDFium's annotations, not the text of the page.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from index.load.base import normalise

if TYPE_CHECKING:
    import pypdfium2

TICKED, UNTICKED = "☒", "☐"

_HIDDEN = 1 << 1 | 1 << 5  # flags of an annotation: hidden, or not to be viewed
_PASSWORD = 1 << 13  # flag of a field of text
_MOST = 20_000  # annotations of a page; more are an attack, or dust of a drawing program


class Box(NamedTuple):
    """A rectangle of a page, in points from its lower left."""

    left: float
    bottom: float
    right: float
    top: float


class Placed(NamedTuple):
    """A text that is no part of a page's own, and where it stands.

    ``label`` is how the form calls a field, for a page that does not.
    """

    text: str
    box: Box
    label: str = ""


@dataclass(slots=True)
class Annotations:
    """What a page's annotations say. ``comments`` and ``signatures`` are how many there are."""

    placed: list[Placed] = field(default_factory=list)
    struck: list[Box] = field(default_factory=list)
    comments: int = 0
    signatures: int = 0
    has_stamps: bool = False


def annotations_of(pdf: pypdfium2.PdfDocument, page: pypdfium2.PdfPage) -> Annotations:
    """What the annotations of a page say; its form must be open for values to be told."""
    import pypdfium2.raw as pdfium

    found = Annotations()
    for number in range(min(pdfium.FPDFPage_GetAnnotCount(page), _MOST)):
        with _annotation(page, number) as annotation:
            if not annotation or pdfium.FPDFAnnot_GetFlags(annotation) & _HIDDEN:
                continue
            kind = pdfium.FPDFAnnot_GetSubtype(annotation)
            if kind == pdfium.FPDF_ANNOT_WIDGET:
                _add_field(found, pdf, annotation)
            elif kind == pdfium.FPDF_ANNOT_FREETEXT:
                if text := _entry(annotation, b"Contents"):
                    found.placed.append(Placed(text, _box(annotation)))
            elif kind == pdfium.FPDF_ANNOT_STRIKEOUT:
                found.struck += _quads(annotation)
            elif kind == pdfium.FPDF_ANNOT_STAMP:
                found.has_stamps = True
            if kind not in _without_comment() and _entry(annotation, b"Contents"):
                found.comments += 1
    return found


def remove_all_but_stamps(page: pypdfium2.PdfPage) -> None:
    """Takes annotations away whose text is read otherwise, so that what is left can be drawn."""
    import pypdfium2.raw as pdfium

    for number in reversed(range(pdfium.FPDFPage_GetAnnotCount(page))):
        with _annotation(page, number) as annotation:
            kind = pdfium.FPDFAnnot_GetSubtype(annotation) if annotation else None
        if kind != pdfium.FPDF_ANNOT_STAMP:
            pdfium.FPDFPage_RemoveAnnot(page, number)


def _without_comment() -> tuple[int, ...]:
    import pypdfium2.raw as pdfium

    return (
        pdfium.FPDF_ANNOT_WIDGET,
        pdfium.FPDF_ANNOT_LINK,
        pdfium.FPDF_ANNOT_POPUP,
        pdfium.FPDF_ANNOT_FREETEXT,
        pdfium.FPDF_ANNOT_FILEATTACHMENT,
    )


@contextmanager
def _annotation(page: pypdfium2.PdfPage, number: int) -> Iterator[Any]:
    import pypdfium2.raw as pdfium

    annotation = pdfium.FPDFPage_GetAnnot(page, number)
    try:
        yield annotation
    finally:
        if annotation:
            pdfium.FPDFPage_CloseAnnot(annotation)


def _add_field(found: Annotations, pdf: pypdfium2.PdfDocument, annotation: Any) -> None:
    import pypdfium2.raw as pdfium

    form = pdf.formenv
    if form is None:  # a page's fields may be left over from a form that is gone
        if text := _entry(annotation, b"V"):
            found.placed.append(Placed(text, _box(annotation), _entry(annotation, b"T")))
        return
    kind = pdfium.FPDFAnnot_GetFormFieldType(form, annotation)
    if kind in (pdfium.FPDF_FORMFIELD_CHECKBOX, pdfium.FPDF_FORMFIELD_RADIOBUTTON):
        is_ticked = pdfium.FPDFAnnot_IsChecked(form, annotation) == 1
        is_ticked = is_ticked or _entry(annotation, b"AS") not in ("", "Off")
        text = TICKED if is_ticked else UNTICKED
    elif kind == pdfium.FPDF_FORMFIELD_TEXTFIELD:
        is_password = pdfium.FPDFAnnot_GetFormFieldFlags(form, annotation) & _PASSWORD
        text = "" if is_password else _told(pdfium.FPDFAnnot_GetFormFieldValue, form, annotation)
    elif kind in (pdfium.FPDF_FORMFIELD_COMBOBOX, pdfium.FPDF_FORMFIELD_LISTBOX):
        text = _chosen(form, annotation) or _told(
            pdfium.FPDFAnnot_GetFormFieldValue, form, annotation
        )
    else:
        found.signatures += kind == pdfium.FPDF_FORMFIELD_SIGNATURE
        return
    if text.strip():
        label = _told(pdfium.FPDFAnnot_GetFormFieldAlternateName, form, annotation)
        label = label or _told(pdfium.FPDFAnnot_GetFormFieldName, form, annotation)
        found.placed.append(Placed(text, _box(annotation), label))


def _chosen(form: Any, annotation: Any) -> str:
    """The options of a choice that are selected, as they are shown."""
    import pypdfium2.raw as pdfium

    selected = [
        number
        for number in range(min(pdfium.FPDFAnnot_GetOptionCount(form, annotation), _MOST))
        if pdfium.FPDFAnnot_IsOptionSelected(form, annotation, number)
    ]
    labels = [
        _told(pdfium.FPDFAnnot_GetOptionLabel, form, annotation, number) for number in selected
    ]
    return ", ".join(labels)


def _told(function: Callable[..., int], *arguments: Any) -> str:
    """What a function of PDFium writes into a buffer, which it first tells the size of."""
    length = function(*arguments, None, 0)
    if length <= 2:
        return ""
    buffer = ctypes.create_string_buffer(length)
    function(*arguments, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), length)
    return normalise(buffer.raw[: length - 2].decode("utf-16-le", "replace"))


def _entry(annotation: Any, key: bytes) -> str:
    import pypdfium2.raw as pdfium

    return _told(pdfium.FPDFAnnot_GetStringValue, annotation, key).strip()


def _box(annotation: Any) -> Box:
    import pypdfium2.raw as pdfium

    box = pdfium.FS_RECTF()
    pdfium.FPDFAnnot_GetRect(annotation, ctypes.byref(box))
    bottom, top = sorted((box.bottom, box.top))
    return Box(min(box.left, box.right), bottom, max(box.left, box.right), top)


def _quads(annotation: Any) -> Iterator[Box]:
    """The parts of a text that an annotation marks."""
    import pypdfium2.raw as pdfium

    quad = pdfium.FS_QUADPOINTSF()
    for number in range(min(pdfium.FPDFAnnot_CountAttachmentPoints(annotation), _MOST)):
        if pdfium.FPDFAnnot_GetAttachmentPoints(annotation, number, ctypes.byref(quad)):
            across = (quad.x1, quad.x2, quad.x3, quad.x4)
            down = (quad.y1, quad.y2, quad.y3, quad.y4)
            yield Box(min(across), min(down), max(across), max(down))
