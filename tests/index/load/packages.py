"""Office documents written as raw XML, so that what they say is known without any reader."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

_OFFICE = "http://schemas.openxmlformats.org"
_NAMES = {
    "w": f"{_OFFICE}/wordprocessingml/2006/main",
    "a": f"{_OFFICE}/drawingml/2006/main",
    "p": f"{_OFFICE}/presentationml/2006/main",
    "r": f"{_OFFICE}/officeDocument/2006/relationships",
    "m": f"{_OFFICE}/officeDocument/2006/math",
    "c": f"{_OFFICE}/drawingml/2006/chart",
    "dgm": f"{_OFFICE}/drawingml/2006/diagram",
    "mc": f"{_OFFICE}/markup-compatibility/2006",
    "w14": "http://schemas.microsoft.com/office/word/2010/wordml",
    "a14": "http://schemas.microsoft.com/office/drawing/2010/main",
    "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
    "cx": "http://schemas.microsoft.com/office/drawing/2014/chartex",
    "p188": "http://schemas.microsoft.com/office/powerpoint/2018/8/main",
    "v": "urn:schemas-microsoft-com:vml",
    "o": "urn:schemas-microsoft-com:office:office",
}
OFFICE = " ".join(f'xmlns:{prefix}="{name}"' for prefix, name in _NAMES.items())
ODF = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in {
        "office": "office",
        "text": "text",
        "table": "table",
        "draw": "drawing",
        "presentation": "presentation",
        "style": "style",
        "form": "form",
        "chart": "chart",
        "fo": "xsl-fo-compatible",
        "m": "manifest",
    }.items()
) + (
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xlink="http://www.w3.org/1999/xlink"'
    ' xmlns:math="http://www.w3.org/1998/Math/MathML"'
)


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    """A ZIP archive of these parts."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return written.getvalue()


def relationships(of: Mapping[str, tuple[str, str]]) -> str:
    """The relationships of a part: by its id, the kind and the target of each."""
    inner = "".join(
        f'<Relationship Id="{id_}" Type="{_NAMES["r"]}/{kind}" Target="{target}"/>'
        for id_, (kind, target) in of.items()
    )
    return f'<Relationships xmlns="{_OFFICE}/package/2006/relationships">{inner}</Relationships>'


def part(tag: str, inner: str) -> str:
    """The XML of a part with its root, in which all names of Office are known."""
    return f"<{tag} {OFFICE}>{inner}</{tag}>"


def word_file(
    body: str,
    *,
    related: Mapping[str, tuple[str, str]] | None = None,
    **parts: str | bytes,
) -> bytes:
    """A Word document; ``parts`` are those of its folder: ``styles`` is ``word/styles.xml``."""
    return zipped(
        {
            "[Content_Types].xml": "<Types/>",
            "word/document.xml": part("w:document", f"<w:body>{body}</w:body>"),
            "word/_rels/document.xml.rels": relationships(related or {}),
            **{f"word/{name}.xml": part(f"w:{name}", str(inner)) for name, inner in parts.items()},
        }
    )


def paragraph(text: str, properties: str = "") -> str:
    """A paragraph of Word with one plain run."""
    inner = f"<w:pPr>{properties}</w:pPr>" if properties else ""
    return f'<w:p>{inner}<w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'


def run(text: str, properties: str = "") -> str:
    """A run of Word."""
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def numbering(levels: list[tuple[str, str, str]], number: str = "1", more: str = "") -> str:
    """A list of Word: of each level how it is counted, how it is written, and what else."""
    inner = "".join(
        f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{shape}"/>{extra}'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
        for at, (shape, text, extra) in enumerate(levels)
    )
    return (
        f'<w:abstractNum w:abstractNumId="{number}">{inner}</w:abstractNum>'
        f'<w:num w:numId="{number}"><w:abstractNumId w:val="{number}"/>{more}</w:num>'
    )


def item(text: str, level: int = 0, number: str = "1") -> str:
    """An item of a list of Word."""
    return paragraph(text, in_list(level, number))


def in_list(level: int = 0, number: str = "1") -> str:
    """The properties of an item of a list of Word."""
    return f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'


def open_document(
    body: str,
    kind: str = "text",
    manifest: str = "",
    styles: str = "",
    master: str = "",
    **objects: str,
) -> bytes:
    """An OpenDocument file; ``styles`` are automatic ones, ``master`` all of ``styles.xml``."""
    return zipped(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}",
            "content.xml": f"<office:document-content {ODF}>"
            f"<office:automatic-styles>{styles}</office:automatic-styles>"
            f"<office:body><office:{kind}>{body}</office:{kind}></office:body>"
            "</office:document-content>",
            "styles.xml": f"<office:document-styles {ODF}>{master}</office:document-styles>",
            "META-INF/manifest.xml": f"<m:manifest {ODF}>{manifest}</m:manifest>",
            **{
                f"{name}/content.xml": f"<office:document-content {ODF}><office:body>{inner}"
                "</office:body></office:document-content>"
                for name, inner in objects.items()
            },
        }
    )


def slides_file(
    *slides: str,
    related: Mapping[str, tuple[str, str]] | None = None,
    parts: Mapping[str, str | bytes] | None = None,
) -> bytes:
    """A presentation; each slide is its shapes, and all refer to what is ``related``."""
    listed = "".join(f'<p:sldId r:id="s{at}"/>' for at in range(len(slides)))
    made: dict[str, str | bytes] = {}
    for at, inner in enumerate(slides):
        shown = ' show="0"' if inner.startswith("HIDDEN") else ""
        tree = f"<p:cSld><p:spTree>{inner.removeprefix('HIDDEN')}</p:spTree></p:cSld>"
        made[f"ppt/slides/slide{at}.xml"] = f"<p:sld {OFFICE}{shown}>{tree}</p:sld>"
        made[f"ppt/slides/_rels/slide{at}.xml.rels"] = relationships(related or {})
    ids = {f"s{at}": ("slide", f"slides/slide{at}.xml") for at in range(len(slides))}
    return zipped(
        {
            "[Content_Types].xml": "<Types/>",
            "ppt/presentation.xml": part("p:presentation", f"<p:sldIdLst>{listed}</p:sldIdLst>"),
            "ppt/_rels/presentation.xml.rels": relationships(ids),
            **made,
            **(parts or {}),
        }
    )


def shape(*paragraphs: str, place: str = "", hidden: bool = False, style: str = "") -> str:
    """A shape of a slide with its paragraphs; ``place`` has the attributes of its placeholder."""
    where = f"<p:ph {place}/>" if place else ""
    seen = ' hidden="1"' if hidden else ""
    inner = "".join(f"<a:p>{each}</a:p>" for each in paragraphs)
    return (
        f"<p:sp><p:nvSpPr><p:cNvPr id='1' name='x'{seen}/><p:nvPr>{where}</p:nvPr></p:nvSpPr>"
        f"<p:txBody><a:lstStyle>{style}</a:lstStyle>{inner}</p:txBody></p:sp>"
    )


def slide_run(text: str, looks: str = "") -> str:
    """A run of a slide with the attributes of its properties."""
    return f"<a:r><a:rPr {looks}/><a:t>{text}</a:t></a:r>"
