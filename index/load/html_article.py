"""Which blocks of a web page are its article, and which stand around it.

trafilatura finds the article, but drops parts of it: tables' spans, definition lists, captions,
sections. Its words are looked up among the blocks of the page, and what it dropped is put back
where it is a structure of the article, or looks like what it kept. Knows nothing of how blocks
are written.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from index.load.html_page import Block

if TYPE_CHECKING:
    from lxml.etree import _Element as Element  # type: ignore[import-untyped]

Shape = tuple[str | None, ...]

_SHORT = 20  # letters: fewer stand in many places, and are looked for only where they are expected
_NEAR = 60  # letters between two blocks of an article, at most
_NEXT = 20_000  # letters; as far a block is looked for on pages as long as books
_MOST_COMPARED = 300_000_000  # letters: a tenth of a second
_LONG = 60  # letters: what is as long and looks like the article belongs to it, wherever it stands
_MOST = 0.9  # of the words of an article: the rest may stand anywhere
_CLEAR = 0.2  # of the words beside menus and footers; below, a page has no article but many parts
_HALF_LINKS = 0.5  # of the characters: what is mostly links leads elsewhere
_ALL_LINKS = 0.8  # "Read more: …", which trafilatura takes for a paragraph
_STRUCTURES = frozenset(
    "address aside blockquote details dl fieldset figcaption figure form math ol pre table "
    "ul".split()
)
_LISTED = frozenset("li dd dt td th table".split())  # whose links are what they tell
_AROUND = frozenset("nav footer menu button dialog".split())
_AROUND_ROLES = frozenset("navigation banner contentinfo complementary search".split())
_PARAGRAPHS = frozenset(("p", "li", "br"))
_LETTERS = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Article:
    """The blocks of an article, its title or "", and how many words around it are left out."""

    blocks: Sequence[Block]
    title: str
    words_around: int


def article(blocks: Sequence[Block], root: Element, source: str) -> Article:
    """The article of a page; all its blocks beside menus and footers if there is none."""
    body, title = _extracted(source)
    if body is None:
        return Article(blocks, title, 0)
    found = _letters(" ".join(body.itertext()))
    places = _places(blocks, found)
    container = _container(blocks, places)
    if container is None or 2 * _told_letters(blocks, places) < len(found):
        # What was found stands only in the metadata of a page that scripts would have to write.
        hidden = [Block(text, text, body) for each in body.iter("p") if (text := _line(each))]
        is_more = len(found) > len(_letters("".join(block.bare for block in blocks)))
        return Article(hidden if is_more else blocks, title, 0)
    page = _Surroundings(root, container)
    if page.is_bare:
        return Article(blocks, title, 0)
    kept = _chosen(blocks, places, page)
    around = sum(map(_words, blocks)) - sum(map(_words, kept))
    return Article(kept, title, around)


def _extracted(source: str) -> tuple[Element | None, str]:
    from trafilatura import bare_extraction
    from trafilatura.settings import Document
    from trafilatura.utils import load_html

    tree = load_html(source)
    if tree is None:
        return None, ""
    title = _title(tree)
    found = bare_extraction(tree, include_comments=False, fast=True)
    return (found.body, title) if isinstance(found, Document) else (None, "")


def _title(tree: Element) -> str:
    """What the metadata of a page call it, as trafilatura tells, which finds dates and more too."""
    from trafilatura import metadata
    from trafilatura.settings import Document

    found = metadata.examine_meta(tree)
    with suppress(Exception):  # over data that is not what it should be
        found = metadata.extract_meta_json(tree, found)
    told = Document()
    told.title = found.title or metadata.extract_title(tree)
    told.clean_and_trim()
    return told.title or ""


def _chosen(blocks: Sequence[Block], places: Sequence[int], page: _Surroundings) -> list[Block]:
    told = _without_repeats(blocks, places, page)
    shapes = {_shape(b) for b, is_told in zip(blocks, told, strict=True) if is_told and _is_long(b)}
    inner = {
        _shape(block)
        for block, is_told in zip(blocks, told, strict=True)
        if is_told and page.has_within(block)
    }
    beside = [
        not is_told and block.linked <= _HALF_LINKS * len(block.text) and not page.is_around(block)
        for block, is_told in zip(blocks, told, strict=True)
    ]
    told_words = sum(_words(block) for block, is_told in zip(blocks, told, strict=True) if is_told)
    all_words = sum(
        _words(block) for block, *is_text in zip(blocks, told, beside, strict=True) if any(is_text)
    )
    if told_words < _CLEAR * all_words:
        return [b for b, *is_text in zip(blocks, told, beside, strict=True) if any(is_text)]
    kept: list[Block] = []
    following: Block | None = None
    for block, is_told, is_beside in reversed(list(zip(blocks, told, beside, strict=True))):
        leads = block.level is not None and bool(kept) and kept[-1] is following
        if (
            (is_told and _stays(block, inner, page))
            or (is_beside and _belongs(block, shapes, page))
            or (is_beside and leads)
        ):
            kept.append(block)
        following = block
    return kept[::-1]


def _stays(block: Block, shapes: set[Shape], page: _Surroundings) -> bool:
    """Whether what was found belongs to the article: not a link elsewhere, nor far from it."""
    is_near = page.has_within(block) or block.level in (1, 2) or _shape(block) in shapes
    return is_near and not _leads_elsewhere(block)


def _belongs(block: Block, shapes: set[Shape], page: _Surroundings) -> bool:
    """Whether what was dropped is a part of the article: a structure in it, or made like it."""
    is_alike = _shape(block) in shapes
    if not page.has_within(block):
        return is_alike and len(_letters(block.bare)) >= _LONG and block.element.tag in _PARAGRAPHS
    return (
        is_alike
        or block.level is not None
        or any(each.tag in _STRUCTURES for each in page.path(block))
    )


class _Surroundings:
    """Where on a page its article stands, and what stands around it or between its parts."""

    def __init__(self, root: Element, container: Element) -> None:
        self._root = root
        self._container = container
        self._within = set(container.iter())

    @property
    def is_bare(self) -> bool:
        """Whether nothing on the page looks like a menu, a footer or an advertisement."""
        return not (any(map(_is_named_around, self._root.iter())) or self._named)

    def has_within(self, block: Block) -> bool:
        return block.element in self._within

    def path(self, block: Block) -> Iterator[Element]:
        """The elements around a block, from the innermost, up to the one that holds the article."""
        element = block.element
        while element is not None and element is not self._container:
            yield element
            element = element.getparent()

    def is_around(self, block: Block) -> bool:
        path = list(self.path(block))
        if any(
            _is_named_around(each) or (each.tag == "form" and not _is_filled_in(each))
            for each in path
        ):
            return True
        return any(each in self._named for each in path)

    @cached_property
    def _named(self) -> set[Element]:
        return _named_as_around(self._root)


def _is_named_around(element: Element) -> bool:
    return element.tag in _AROUND or element.get("role") in _AROUND_ROLES


def _named_as_around(root: Element) -> set[Element]:
    """What the names of classes tell to be no part of an article, by trafilatura's lists."""
    from trafilatura import xpaths

    paths = (
        *xpaths.OVERALL_DISCARD_XPATH,
        *xpaths.TEASER_DISCARD_XPATH,
        *xpaths.REMOVE_COMMENTS_AND_LISTS_XPATH,
        *xpaths.RAW_TREE_PRUNE_XPATH,
        *xpaths.DISCARD_IMAGE_ELEMENTS,
    )
    return {each for path in paths for each in path(root)}


def _is_filled_in(form: Element) -> bool:
    """Whether a form says something, as none for searching or signing in does."""
    return any(
        each.get("checked") is not None
        or each.get("selected") is not None
        or (each.tag == "textarea" and (each.text or "").strip())
        or (each.tag == "input" and each.get("type", "text") == "text" and each.get("value"))
        for each in form.iter("input", "option", "textarea")
    )


def _places(blocks: Sequence[Block], found: str) -> list[int]:
    """For each block, where among the letters that were found it stands; -1 for nowhere."""
    at = 0
    places = []
    is_small = len(blocks) * len(found) < _MOST_COMPARED
    for block in blocks:
        own = _letters(block.bare)
        place = _place(own, found, at, None if is_small else at + _NEXT)
        if place >= 0:
            at = place + len(own)
        places.append(place)
    return places


def _place(own: str, found: str, at: int, until: int | None) -> int:
    """Where ``own`` stands in ``found``: at best behind ``at``; whole, or its beginning and end.

    Looked for up to ``until``; anywhere where that is None.
    """
    if len(own) < _SHORT:
        return found.find(own, at, at + len(own) + _NEAR) if own else -1
    place = found.find(own, at, until)
    if place < 0 and until is None:
        place = found.find(own)
    if place < 0 and len(own) > 2 * _SHORT:
        place = found.find(own[:_SHORT], at, until)
        if place < 0 or found.find(own[-_SHORT:], place + _SHORT, place + 2 * len(own)) < 0:
            return -1
    return place


def _without_repeats(
    blocks: Sequence[Block], places: Sequence[int], page: _Surroundings
) -> list[bool]:
    """Which blocks are told. Of some with the same words, those in a menu are not meant."""
    by_place: dict[int, list[int]] = {}
    for number, place in enumerate(places):
        if place >= 0:
            by_place.setdefault(place, []).append(number)
    told = [False] * len(blocks)
    for same in by_place.values():
        meant = same
        if len(same) > 1 or not _is_long(blocks[same[0]]):
            inner = [number for number in same if not page.is_around(blocks[number])]
            meant = inner or [number for number in same[:1] if _is_long(blocks[number])]
        for number in meant:
            told[number] = True
    return told


def _container(blocks: Sequence[Block], places: Sequence[int]) -> Element | None:
    """The innermost element that holds most of the words that were found."""
    weights: Counter[Element] = Counter()
    total = 0
    for block, place in zip(blocks, places, strict=True):
        if place >= 0:
            total += _words(block)
            element = block.element
            while element is not None:
                weights[element] += _words(block)
                element = element.getparent()
    holding = [element for element, weight in weights.items() if weight >= _MOST * total]
    innermost = max(holding, key=lambda each: sum(1 for _ in each.iterancestors()), default=None)
    if innermost is None or innermost.tag not in _PARAGRAPHS:
        return innermost
    # Only a paragraph was found: the article is what the page itself names so, or what is around.
    named = next(innermost.iterancestors("article", "main"), None)
    return innermost.getparent() if named is None else named


def _told_letters(blocks: Sequence[Block], places: Sequence[int]) -> int:
    return sum(
        len(_letters(block.bare)) for block, place in zip(blocks, places, strict=True) if place >= 0
    )


def _leads_elsewhere(block: Block) -> bool:
    is_link = block.linked > _ALL_LINKS * len(block.text)
    parents = (block.element, *block.element.iterancestors())
    return is_link and not any(each.tag in _LISTED for each in parents)


def _shape(block: Block) -> Shape:
    """What blocks of one kind on a page have in common."""
    element = block.element
    while element.tag == "br":
        element = element.getparent()
    parent = element.getparent()
    outer = (None, None) if parent is None else (parent.tag, parent.get("class"))
    return (element.tag, element.get("class"), *outer)


def _is_long(block: Block) -> bool:
    return len(_letters(block.bare)) >= _SHORT


def _line(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def _letters(text: str) -> str:
    return "".join(_LETTERS.findall(text))


def _words(block: Block) -> int:
    return len(_LETTERS.findall(block.text))
