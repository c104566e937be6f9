"""What a document is: a title from its content where its file name says nothing, and the facts that
tell it from its neighbours.

Twenty filled-in forms have the same words; what tells them apart are the values that stand near
their beginning and in few other documents. Knows no storage: it is given how many documents hold a
phrase.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import filterfalse, islice
from pathlib import PurePath

from index.file_names import told_besides
from index.lines import TextLine, text_lines
from index.load.titles import LONGEST_TITLE
from index.sentences import is_numbered
from index.types import Document, Span
from index.units import breaks_of
from index.words import letters_alone, run_together

BEGINNING = 2000  # characters: a first page, as far as people look at it to see what it is
_LONGEST_FACT = 40  # characters: a name, a date, a number; what is longer is told, not stated
_LONGEST_NAME = 60  # characters of the words of a file's name
_RUNNING = 3  # times that a line of the pages comes at least
_FACTS = 5
_FACTS_CHARACTERS = 90  # about 25 tokens: they stand in the prompt with every document
FEW = 4  # what one document in so many has still tells documents apart
_LOST = "\ufffd"  # stands for what could not be read
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_SENTENCE_END = (".", "。", "।", "۔")
_LONGEST_STOPPED = 40  # characters of a name that ends with a full stop, as one of a company does
_LETTERS = re.compile(r"[^\W\d_]{3}|[\u3040-\u9fff]{2}")
_LABEL = re.compile(r"\A[^:：]*[:：]\s*")


@dataclass(frozen=True, slots=True)
class Identity:
    """A document's title, and facts of it that few other documents of the collection have.

    ``is_shared`` says that many others have the title too, so that the facts alone tell it.
    """

    title: str
    facts: tuple[str, ...] = ()
    is_shared: bool = False

    @property
    def telling(self) -> str:
        """What tells it from its neighbours."""
        return ", ".join(self.facts if self.is_shared else (self.title, *self.facts))

    def __str__(self) -> str:
        return f"{self.title} — {', '.join(self.facts)}" if self.facts else self.title


def identify(document: Document, documents: int, documents_with: Callable[[str], int]) -> Identity:
    """The identity of one of ``documents`` documents; ``documents_with`` counts those that hold a
    phrase."""
    limit = max(1, documents // FEW)
    beginning = Span(0, min(BEGINNING, len(document.text)))
    lines = text_lines(document.text, beginning, document.language)

    def is_rare(phrase: str) -> bool:
        return documents_with(phrase) <= limit

    title, is_shared = document.title, False
    if says_nothing(title, document.source):
        found = list(_titles(document, lines))
        rare = next(filter(is_rare, found), "")
        is_shared = bool(found) and not rare
        title = rare or next(iter(found), title)
    # A title that other documents have too tells none of them: the name of the file may.
    named = told_besides(document.source, title) if documents_with(title) > 1 else ""
    stated = (*filter(None, [_beginning(named)]), *_stated(document, lines))
    return Identity(title, tuple(_facts(stated, title, is_rare)), is_shared)


def says_nothing(title: str, source: str) -> bool:
    """Whether a title is no more than the name of a file with its ending, or a number."""
    is_code = len(title.split()) == 1 and any(each.isdigit() for each in title)
    return run_together(title) in {run_together(PurePath(source).name), ""} or is_code


def _titles(document: Document, lines: list[TextLine]) -> Iterator[str]:
    """What may be the title, the most prominent first: headings of the beginning, then lines."""
    at_beginning = [each for each in document.headings if each.span.start < BEGINNING]
    told = [each.span.of(document.text) for each in at_beginning[:1]]
    written = [line for line in document.text[:BEGINNING].split("\n") if line.strip()]
    if breaks_of(written) not in ("records", "settings"):  # whose first line is one of many
        running = _numbered_on_pages(document)
        prose = (each.span.of(document.text) for each in lines if each.kind == "prose")
        told += list(islice((each for each in prose if letters_alone(each) not in running), 3))
    in_form = any(each.kind == "pair" for each in lines)
    for text in filterfalse(is_numbered, told):  # one row is no title of a table
        shown = " ".join(text.split())
        is_pair = in_form and _LABEL.match(shown)
        # One word is no title: a page number, a name of a part.
        is_name = len(_LETTERS.findall(shown)) > 1 and not _is_sentence(shown)
        if is_name and not is_pair and len(shown) <= LONGEST_TITLE:
            yield shown


def _is_sentence(line: str) -> bool:
    """Whether it ends as a sentence does, and is longer than a name with an abbreviation."""
    return line.endswith(_SENTENCE_END) and len(line) > _LONGEST_STOPPED


def _numbered_on_pages(document: Document) -> set[str]:
    """Lines that most pages have, each time with other numbers: those of the pages."""
    found: dict[str, set[str]] = {}
    for line in document.text.split("\n") if document.page_starts else ():
        if any(each.isdigit() for each in line) and len(line) <= LONGEST_TITLE:
            found.setdefault(letters_alone(line), set()).add(line)
    least = max(_RUNNING, len(document.page_starts) // 2)
    return {line for line, written in found.items() if line and len(written) >= least}


def _beginning(name: str) -> str:
    """As many words of a name as may be a fact."""
    cut = name[: _LONGEST_NAME + 1]
    return name if len(name) <= _LONGEST_NAME else cut.rpartition(" ")[0]


def _facts(stated: Iterable[str], title: str, is_rare: Callable[[str], bool]) -> Iterator[str]:
    named = run_together(title)
    left, taken = _FACTS_CHARACTERS, {named}
    for fact in stated:
        if len(taken) > _FACTS or len(fact) > left:
            return
        folded = run_together(fact)
        if folded not in taken and folded not in named and is_rare(fact):
            taken.add(folded)
            left -= len(fact)
            yield fact


def _stated(document: Document, lines: list[TextLine]) -> Iterator[str]:
    """The values of a form's first pairs; of other documents a short line with a year."""
    pairs = [each.span.of(document.text) for each in lines if each.kind == "pair"]
    values = [
        " ".join(_LABEL.sub("", each, count=1).split()) for each in pairs if _LOST not in each
    ]
    yield from (value for value in values if 1 < len(value) <= _LONGEST_FACT)
    if not values:
        told = (" ".join(each.span.of(document.text).split()) for each in lines[:8])
        yield from (line for line in told if len(line) <= _LONGEST_FACT and _YEAR.search(line))
