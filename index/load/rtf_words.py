"""Words of Rich Text Format: which stand for characters, and whose groups are not read."""

from __future__ import annotations

import re

CHARACTERS = {
    "tab": "\t",
    "line": "\n",
    "lbr": "\n",
    "emdash": "—",
    "endash": "–",
    "emspace": " ",
    "enspace": " ",
    "qmspace": " ",
    "bullet": "•",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
}
SIGNS = {"~": "\u00a0", "_": "-", "-": "", "{": "{", "}": "}", "\\": "\\"}
HEADING = re.compile(r"heading (\d)$", re.IGNORECASE)
LEAST_SHIFT = 3  # half points; less moves text for its looks
# Groups whose text is none of the document's, beside all that a star marks as such.
SKIPPED = frozenset(
    "colortbl filetbl listtable listoverridetable revtbl rsidtbl pict objdata "
    "objclass xe tc rxe sp shprslt nonshppict bkmkstart bkmkend ftnsep ftnsepc ftncn aftnsep "
    "aftnsepc aftncn pntxta pntxtb datafield template private keywords comment subject author "
    "operator company nonesttables mmathPr".split()
)
READ_IN_SPITE_OF_A_STAR = frozenset(
    "shppict shpinst shptxt annotation atnauthor nesttableprops ud pn do dptxbxtext formfield ffl "
    "fldinst".split()
)
# Groups that are not read but for some within them.
ROLES = {"info": "skipped-info", "upr": "skipped-upr", "fldinst": "skipped-code"}
INNER_PROPERTIES = "nesttableprops"  # of a row of a table within a cell
MARGINS = {f"{kind}{side}": kind for kind in ("header", "footer") for side in ("", "l", "r", "f")}
LEFT_OUT = {
    "deletion": ("tracked deletion", ""),
    "hidden": ("hidden passage", ""),
    "picture": ("picture", ""),
    "object": ("embedded object", ""),
}
