"""The text of an answer as clients of other protocols show it: a tentative one marked as uncertain,
and with its citations as footnotes for those that show text and nothing else.

When such a text comes back as history, the footnotes are taken off again and tentative answers are
left out, because they are no facts. Knows no protocol.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from index.types import Span
from rag.types import Answer, Citation, Claim, Event, Finished, Message, Verified

UNCERTAIN = "Uncertain — please check"  # begins the text of every tentative answer
_SOURCES = "\n\nSources:\n\n"
_CLOSEST = "\n\nClosest text:\n\n"
_FOOT = re.compile(f"(?:{_SOURCES}|{_CLOSEST}).*\\Z", re.DOTALL)
_MARKS = re.compile(r" (?:\[\d+\])+(?=\s|\Z)")
_BLANKS = re.compile(r"\s+")
# Where text is shown as Markdown, a document could otherwise have a picture fetched from elsewhere.
_MARKDOWN = re.compile(r"[\\`*_\[\]<>#|~!]")


def pieces(events: Iterable[Event], *, footnotes: bool) -> Iterator[str | Answer]:
    """The text sentence by sentence, each as soon as it is proved, and last the answer. A tentative
    answer is one piece: it begins with its mark."""
    sent = ""
    for event in events:
        if isinstance(event, Verified):
            sentence = event.text + (_marks(event.claim) if footnotes else "")
            piece = f" {sentence}" if sent else sentence
            sent += piece
            yield piece
        elif isinstance(event, Finished):
            if rest := text_of(event.answer, footnotes=footnotes).removeprefix(sent):
                yield rest
            yield event.answer


def text_of(answer: Answer, *, footnotes: bool) -> str:
    """The whole text; joined, :func:`pieces` are the same."""
    return _mark(answer) + _marked_sentences(answer, footnotes=footnotes)


def _mark(answer: Answer) -> str:
    """What a tentative answer begins with: that it is uncertain, and why."""
    if answer.status != "tentative":
        return ""
    why = f" ({answer.uncertainty})" if answer.uncertainty else ""
    return f"{UNCERTAIN}{why}: "


def _marked_sentences(answer: Answer, *, footnotes: bool) -> str:
    if not footnotes:
        return answer.text
    if not answer.claims:
        said = " ".join(filter(None, (answer.text, answer.missing)))
        return said + (_CLOSEST + _foot(answer.closest) if answer.closest else "")
    sentences = (claim.span.of(answer.text) + _marks(claim) for claim in answer.claims)
    return " ".join(sentences) + _SOURCES + _foot(answer.citations)


def claim_spans(answer: Answer, *, footnotes: bool) -> list[tuple[Claim, Span]]:
    """Each claim with the characters of :func:`text_of` that are its sentence."""
    found = []
    shift = len(_mark(answer))
    for claim in answer.claims:
        found.append((claim, claim.span.shift(shift)))
        shift += len(_marks(claim)) if footnotes else 0
    return found


def as_history(said: Iterable[tuple[Message, object]]) -> list[Message]:
    """The messages of a conversation that may be taken for what was said.

    Each comes with the ``status`` that the client sent beside it, None where it sent none. Our
    tentative answers are left out, known by their status or by the mark that they begin with.
    Footnotes are taken off our other answers.
    """
    return [
        without_footnotes(message)
        for message, status in said
        if message.role != "assistant"
        or not (status == "tentative" or message.content.lstrip().startswith(UNCERTAIN))
    ]


def without_footnotes(message: Message) -> Message:
    """``message`` without the footnotes that were added to one of our own answers: they are no part
    of what was said, and would be taken for it."""
    if message.role != "assistant":
        return message
    return Message(message.role, _MARKS.sub("", _FOOT.sub("", message.content)))


def _marks(claim: Claim) -> str:
    return " " + "".join(f"[{number}]" for number in claim.citations)


def _foot(citations: Iterable[Citation]) -> str:
    return "\n".join(
        f"- [{each.id}] {_escaped(each.document_title)}{_page(each)}: “{_escaped(each.cited_text)}”"
        for each in citations
    )


def _page(citation: Citation) -> str:
    return f", page {citation.page_number}" if citation.page_number else ""


def _escaped(text: str) -> str:
    return _MARKDOWN.sub(r"\\\g<0>", _BLANKS.sub(" ", text))
