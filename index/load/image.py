"""Pictures as documents: the text that is recognised on them, a page for each frame of a TIFF."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from index.errors import UnreadableError
from index.load import ocr
from index.load.base import LoadedDocument
from index.load.ocr import Recognised
from index.load.pdf_joining import document_of
from index.load.pdf_page import ReadPage

if TYPE_CHECKING:
    from PIL.Image import Image

SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp")

_FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "WEBP")
_MOST_PIXELS = 100_000_000  # of one frame: an A3 page at 600 dots per inch has 70 million


def load_image(
    data: bytes,
    name: str,
    passwords: Sequence[str] = (),  # noqa: ARG001  # pictures are not encrypted
    recognised: Mapping[str, Sequence[Sequence[object]]] | None = None,
) -> LoadedDocument:
    """A picture's text, as far as ``recognised`` has the lines of its frames, by their numbers.

    Raises UnreadableError for what is no picture or a damaged one.
    """
    import PIL.Image

    with _opened(data, name) as image:
        frames = getattr(image, "n_frames", 1) if image.format == "TIFF" else 1
        media_type = PIL.Image.MIME.get(image.format or "", "image/png")
    pages = [ReadPage(has_pictures=True)] * frames
    return document_of(pages, name, media_type, "", (), recognised or {})


def recognise_image(
    data: bytes,
    name: str,
    frame: int,
    passwords: Sequence[str],  # noqa: ARG001  # pictures are not encrypted
) -> bytes:
    """The lines of a frame (from 1) of a picture as JSON; edges count pixels, upwards."""
    return json.dumps(recognised_frame(data, name, frame)).encode()


def recognised_frame(data: bytes, name: str, frame: int) -> list[Recognised]:
    """The lines of a frame (from 1); ``top`` is above ``bottom``, as on the pages of a PDF."""
    picture = frame_of(data, name, frame)
    height = picture.height
    scale = min(1.0, ocr.PIXELS / max(picture.size))
    shown = picture.resize((_scaled(picture.width, scale), _scaled(picture.height, scale)))
    return [
        Recognised(
            line.text,
            line.certainty,
            line.left / scale,
            height - line.top / scale,
            line.right / scale,
            height - line.bottom / scale,
        )
        for line in ocr.recognise(shown)
    ]


def _scaled(length: int, scale: float) -> int:
    return max(1, round(length * scale))


def frame_of(data: bytes, name: str, frame: int) -> Image:
    """A frame (from 1) of a picture, upright, in colours. Raises UnreadableError."""
    from PIL import ImageOps

    with _opened(data, name) as image:
        try:
            image.seek(frame - 1)
            return _on_white(ImageOps.exif_transpose(image))
        except (EOFError, OSError, SyntaxError, ValueError) as error:
            raise UnreadableError(f"{name} is a damaged picture; save it again") from error


def _on_white(image: Image) -> Image:
    """A picture in colours; what is transparent is white, as paper is."""
    import PIL.Image

    if "A" not in image.getbands() and "transparency" not in image.info:
        return image.convert("RGB")
    paper = PIL.Image.new("RGBA", image.size, "white")
    return PIL.Image.alpha_composite(paper, image.convert("RGBA")).convert("RGB")


def _opened(data: bytes, name: str) -> Image:
    import PIL.Image
    from PIL import UnidentifiedImageError

    try:
        image = PIL.Image.open(io.BytesIO(data), formats=_FORMATS)
    except PIL.Image.DecompressionBombError as error:
        raise _too_large(name) from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise UnreadableError(f"{name} is no picture or a damaged one; save it again") from error
    if image.width * image.height > _MOST_PIXELS:
        raise _too_large(name)
    return image


def _too_large(name: str) -> UnreadableError:
    return UnreadableError(f"{name} has more than {_MOST_PIXELS:,} pixels; scale it down")
