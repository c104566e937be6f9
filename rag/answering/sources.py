"""The documents of an answer: what is cited from them, and what the models are shown of them."""

from __future__ import annotations

from index.index import Index
from index.sentences import is_row, without_rows
from index.types import Document
from rag.reader.windows import Window, window
from rag.types import Citation, Evidence, Sentence

CONTEXT_CHARACTERS = 300  # two sentences: pronouns seldom reach further back


class Sources:
    """The documents of ``index``, by the sentences that were found in them."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def document(self, sentence: Sentence) -> Document:
        return self._index.document(sentence.document_id)

    def window(self, sentence: Sentence) -> Window:
        """The sentence with its surroundings, below the identity of its document."""
        identity = self._index.identity(sentence.document_id)
        return window(str(identity), self.document(sentence).text, sentence.span)

    def evidence(self, sentence: Sentence) -> Evidence:
        document = self.document(sentence)
        start = sentence.span.start
        before = document.text[max(0, start - CONTEXT_CHARACTERS) : start]
        if is_row(sentence.text):  # the rows above it tell of something else
            before = without_rows(before)
        identity = self._index.identity(sentence.document_id)
        title = str(identity)
        context = tuple(dict.fromkeys((document.title, title, *sentence.headings, before)))
        return Evidence(
            sentence,
            title,
            context,
            self.window(sentence).text,
            document.text,
            document.language,
        )

    def citation(self, sentence: Sentence, number: int) -> Citation:
        """The citation of ``sentence`` that bears ``number`` within its answer."""
        document = self.document(sentence)
        return Citation(
            id=number,
            document_id=document.id,
            document_title=self._index.identity(document.id).title,
            source=document.source,
            cited_text=sentence.span.of(document.text),
            start_char_index=sentence.span.start,
            end_char_index=sentence.span.end,
            page_number=(page := document.page_number(sentence.span.start)),
            recognised=page in document.recognised,
            headings=sentence.headings,
        )
