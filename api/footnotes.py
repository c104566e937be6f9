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
# Of a sentence only what would become a picture, a link or an element is escaped, with the
# backslashes before it: `[a](http://…)`, `[a]: http://…`, `<img …>`.
_LIVE = re.compile(r"(?<!\\)\\*(?:\](?=[(:])|<(?=[A-Za-z/!?]))")
_ESCAPED = re.compile(r"\\(?=\][(:]|<[A-Za-z/!?])")


def pieces(events: Iterable[Event], *, footnotes: bool) -> Iterator[str | Answer]:
    """Yield the text sentence by sentence, each as soon as it is proved, and then the answer. The
    text of a tentative answer is one piece, because it begins with the mark."""
    sent = ""
    for event in events:
        if isinstance(event, Verified):
            sentence = inert(event.text) + (_marks(event.claim) if footnotes else "")
            piece = f" {sentence}" if sent else sentence
            sent += piece
            yield piece
        elif isinstance(event, Finished):
            if rest := text_of(event.answer, footnotes=footnotes).removeprefix(sent):
                yield rest
            yield event.answer


def text_of(answer: Answer, *, footnotes: bool) -> str:
    """Return the whole text, which is also what :func:`pieces` yields, joined."""
    return _mark(answer) + _marked_sentences(answer, footnotes=footnotes)


def _mark(answer: Answer) -> str:
    """Return the beginning of a tentative answer: that it is uncertain, and why. Else empty."""
    if answer.status != "tentative":
        return ""
    why = f" ({inert(answer.uncertainty)})" if answer.uncertainty else ""
    return f"{UNCERTAIN}{why}: "


def _marked_sentences(answer: Answer, *, footnotes: bool) -> str:
    if not footnotes:
        return inert(answer.text)
    if not answer.claims:
        said = inert(" ".join(filter(None, (answer.text, answer.missing))))
        return said + (_CLOSEST + _foot(answer.closest) if answer.closest else "")
    sentences = (inert(claim.span.of(answer.text)) + _marks(claim) for claim in answer.claims)
    return " ".join(sentences) + _SOURCES + _foot(answer.citations)


def claim_spans(answer: Answer, *, footnotes: bool) -> list[tuple[Claim, Span]]:
    """Return each claim with the span of its sentence in :func:`text_of`."""
    found = []
    shift = len(_mark(answer))
    for claim in answer.claims:
        sentence = claim.span.of(answer.text)
        escapes = len(inert(sentence)) - len(sentence)
        start = claim.span.start + shift
        found.append((claim, Span(start, claim.span.end + shift + escapes)))
        shift += escapes + (len(_marks(claim)) if footnotes else 0)
    return found


def inert(text: str) -> str:
    """Return a text that, shown as Markdown, has no picture, link or element of a document; most
    texts are returned as they are."""
    return _LIVE.sub(lambda found: "".join(f"\\{each}" for each in found[0]), text)


def as_history(said: Iterable[tuple[Message, object]]) -> list[Message]:
    """Return the history that the assistant may rely on.

    ``said`` pairs each message with the ``status`` that the client sent beside it, None where it
    sent none. Tentative answers are left out, recognised by their status or by the mark at their
    beginning. Footnotes are removed from the other answers.
    """
    return [
        without_footnotes(message)
        for message, status in said
        if message.role != "assistant"
        or not (status == "tentative" or message.content.lstrip().startswith(UNCERTAIN))
    ]


def without_footnotes(message: Message) -> Message:
    """Return ``message`` without the footnotes that :func:`text_of` adds: they are no part of what
    was said."""
    if message.role != "assistant":
        return message
    return Message(message.role, _ESCAPED.sub("", _MARKS.sub("", _FOOT.sub("", message.content))))


def _marks(claim: Claim) -> str:
    return " " + "".join(f"[{number}]" for number in claim.citations)


def _foot(citations: Iterable[Citation]) -> str:
    return "\n".join(
        f"- [{each.id}] {_escaped(each.document_title)}{_page(each)}: “{_escaped(each.cited_text)}”"
        for each in citations
    )


def _page(citation: Citation) -> str:
    page = f", page {citation.page_number}" if citation.page_number else ""
    return page + ", recognised" * citation.recognised


def _escaped(text: str) -> str:
    return _MARKDOWN.sub(r"\\\g<0>", _BLANKS.sub(" ", text))
