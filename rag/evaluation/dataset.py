"""Reads an evaluation suite: documents, and questions with their gold answers and spans.

Two layouts are understood. A suite folder holds ``corpus.jsonl`` (``id``, ``title``, ``text``; of
news ``source`` and ``published_at`` as well), plain or packed as ``.xz``, and ``questions*.jsonl``.
A folder of a person's own documents holds the documents themselves beside a questions file, or in
its folder ``files``; there a document's id is its path relative to the folder that it is in, and
gold spans may be told as ``evidence``: quotes with the file and the page on which they stand.

Knows nothing of indexes, models, measures or runs.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from index.load.base import LoadedDocument, normalise
from index.load.formats import supported_suffixes
from index.load.loading import load
from index.types import Span
from rag.errors import EvaluationError
from rag.evaluation.quotes import located, page_span
from rag.types import Message

CORPUS_FILE = "corpus.jsonl"
QUESTIONS_GLOB = "questions*.jsonl"
FILES_FOLDER = "files"
CORPUS_MEDIA_TYPE = "text/plain"

# The suites call the speakers user and agent; the language models call them user and assistant.
_ROLES = {"user": "user", "agent": "assistant", "assistant": "assistant"}

_QUESTION_FIELDS = frozenset(
    {"id", "question", "answers", "relevant_ids", "relevant_spans", "answerable", "history"}
)


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """A document of a suite, before it is indexed."""

    id: str
    loaded: LoadedDocument

    @property
    def title(self) -> str:
        return self.loaded.title

    @property
    def text(self) -> str:
        return self.loaded.text

    def with_text(self, text: str) -> SourceDocument:
        """The same document with another text, whose headings and pages nobody knows."""
        return SourceDocument(self.id, LoadedDocument(self.title, self.loaded.media_type, text))


@dataclass(frozen=True, slots=True)
class GoldSpan:
    """Characters that answer a question: ``documents[document_id].text[span] == text``."""

    document_id: str
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question and what is known of its right answer.

    ``answers`` are alternatives, any of which is right. ``answerable`` is None where the right
    reply is neither an answer nor a refusal (an underspecified question). ``extra`` holds every
    field of the suite that is not common to all suites.
    """

    id: str
    question: str
    answers: tuple[str, ...] = ()
    relevant_ids: tuple[str, ...] = ()
    relevant_spans: tuple[GoldSpan, ...] = ()
    answerable: bool | None = None
    history: tuple[Message, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Dataset:
    """A suite: its documents by id, in file order, and its questions."""

    name: str
    documents: Mapping[str, SourceDocument]
    questions: tuple[Question, ...]

    def texts(self) -> dict[str, str]:
        return {document.id: document.text for document in self.documents.values()}

    def documents_sha256(self) -> str:
        """Every document's id, title and text, in order."""
        return _sha256([d.id, d.title, d.text] for d in self.documents.values())

    def index_sha256(self) -> str:
        """What the index depends on: the documents with their headings, by which they are cut."""
        headings = (
            [[each.span.start, each.span.end, each.level] for each in d.loaded.headings]
            for d in self.documents.values()
        )
        return _sha256([[self.documents_sha256()], *headings])

    def sha256(self) -> str:
        """What a run depends on: the documents and the questions."""
        return _sha256([[self.documents_sha256()], *(repr(q) for q in self.questions)])


def load_dataset(
    folder: Path,
    questions_file: Path | None = None,
    also: Sequence[Path] = (),
    read_documents: Callable[[Path], list[SourceDocument]] | None = None,
) -> Dataset:
    """Read the suite in ``folder``; ``also`` adds the documents of other suites as distractors.

    ``read_documents`` reads a folder of own documents; by default it is `read_own_documents`.
    Raises `EvaluationError`, naming file and line, at the first thing that is wrong.
    """
    documents = _documents_of(folder, read_documents or read_own_documents)
    chosen = questions_file or _only_questions_file(folder)
    for other in also:
        _add_missing(documents, _documents_of(other, read_documents or read_own_documents))
    name = "+".join([folder.resolve().name, *(other.resolve().name for other in also)])
    questions = tuple(_read_questions(chosen, documents))
    if not questions:
        raise EvaluationError(f"{chosen} holds no questions: write at least one line of JSON")
    return _as_indexed(Dataset(name, documents, questions))


def sample(questions: Sequence[Question], limit: int | None, seed: int) -> tuple[Question, ...]:
    """At most ``limit`` questions, in file order, chosen at random within each answerability.

    The shares of answerable, unanswerable and undetermined questions stay as they were (largest
    remainder), so that a subsample does not change what abstaining is worth.
    """
    if limit is None or limit >= len(questions):
        return tuple(questions)
    if limit < 1:
        raise EvaluationError(f"a run needs at least one question, not --limit {limit}")
    strata: dict[bool | None, list[int]] = {}
    for position, question in enumerate(questions):
        strata.setdefault(question.answerable, []).append(position)
    # Fixed order of the strata, so that the draw does not depend on which comes first in the file.
    ordered = [strata[kind] for kind in (True, False, None) if kind in strata]
    quotas = _largest_remainder([len(stratum) for stratum in ordered], limit)
    kept: list[int] = []
    for stratum, quota in zip(ordered, quotas, strict=True):
        # A stream of its own for each stratum keeps the draws nested when the limit grows.
        kept += random.Random(seed).sample(stratum, len(stratum))[:quota]
    return tuple(questions[position] for position in sorted(kept))


def read_own_documents(folder: Path) -> list[SourceDocument]:
    """The documents of a person's folder, as indexing loads them; ids are relative paths."""
    known = supported_suffixes()
    paths = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in known and not path.match(QUESTIONS_GLOB)
    )
    return [SourceDocument(path.relative_to(folder).as_posix(), load(path)) for path in paths]


def read_jsonl(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """``(line number, object)`` of each line that is not blank; `EvaluationError` if one is bad.

    A name that ends in ``.xz`` is unpacked on the way.
    """
    unpacked = lzma.open if path.suffix == ".xz" else open
    try:
        with unpacked(path, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield number, _parse_object(line, f"{path}:{number}")
    except FileNotFoundError as error:
        raise EvaluationError(f"{path} does not exist: check the path") from error
    except (lzma.LZMAError, EOFError) as error:
        raise EvaluationError(f"{path} cannot be unpacked ({error}): get it again") from error
    except UnicodeDecodeError as error:
        raise EvaluationError(f"{path} is not UTF-8: save it as UTF-8 and try again") from error


def corpus_file(folder: Path) -> Path | None:
    """The file of a suite's documents, plain or packed; None in a folder of own documents."""
    plain, packed = folder / CORPUS_FILE, folder / f"{CORPUS_FILE}.xz"
    return next((path for path in (plain, packed) if path.exists()), None)


def _parse_object(line: str, where: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        raise EvaluationError(f"{where} is not JSON: {error.msg}") from error
    if not isinstance(value, dict):
        raise EvaluationError(f"{where} must be a JSON object, not {type(value).__name__}")
    return value


def _documents_of(
    folder: Path, read_documents: Callable[[Path], list[SourceDocument]]
) -> dict[str, SourceDocument]:
    if not folder.is_dir():
        raise EvaluationError(f"{folder} is not a folder: name the folder of a suite")
    corpus = corpus_file(folder)
    files = folder / FILES_FOLDER
    own = files if files.is_dir() else folder
    found = list(_read_corpus(corpus)) if corpus else read_documents(own)
    if not found:
        raise EvaluationError(f"{folder} holds no documents: add {CORPUS_FILE} or own documents")
    return {document.id: document for document in found}


def _read_corpus(path: Path) -> Iterator[SourceDocument]:
    seen: set[str] = set()
    for number, row in read_jsonl(path):
        where = f"{path}:{number}"
        title = _title(row, where)
        text = _required_text(row, "text", where)
        loaded = LoadedDocument(title, CORPUS_MEDIA_TYPE, text)
        document = SourceDocument(_required_text(row, "id", where), loaded)
        if document.id in seen:
            raise EvaluationError(f"{where}: the id {document.id!r} stands there twice")
        seen.add(document.id)
        yield document


def _title(row: Mapping[str, Any], where: str) -> str:
    """The title; of news with its outlet and day, as *headline (outlet, October 1, 2023)*."""
    title = " ".join(_optional_text(row, "title", where).split())
    published = _optional_text(row, "published_at", where)
    if not published:
        return title
    try:
        day = datetime.fromisoformat(published)
    except ValueError as error:
        raise EvaluationError(f"{where}: published_at must be a date as in 2023-10-01") from error
    outlet = _optional_text(row, "source", where)
    said = ", ".join(filter(None, (outlet, f"{day:%B} {day.day}, {day.year}")))
    return f"{title} ({said})" if title else said


def _add_missing(into: dict[str, SourceDocument], more: Mapping[str, SourceDocument]) -> None:
    for id, document in more.items():
        if into.setdefault(id, document) != document:
            raise EvaluationError(f"two suites hold different documents with the id {id!r}")


def _only_questions_file(folder: Path) -> Path:
    files = sorted(folder.glob(QUESTIONS_GLOB))
    if len(files) == 1:
        return files[0]
    names = ", ".join(path.name for path in files) or f"no {QUESTIONS_GLOB}"
    raise EvaluationError(f"{folder} holds {names}: name one file with --questions")


def _read_questions(path: Path, documents: Mapping[str, SourceDocument]) -> Iterator[Question]:
    seen: set[str] = set()
    for number, row in read_jsonl(path):
        where = f"{path}:{number}"
        question = _question(row, documents, where)
        if question.id in seen:
            raise EvaluationError(f"{where}: the id {question.id!r} stands there twice")
        seen.add(question.id)
        yield question


def _question(
    row: Mapping[str, Any], documents: Mapping[str, SourceDocument], where: str
) -> Question:
    answerable = row.get("answerable")
    if answerable is not None and not isinstance(answerable, bool):
        raise EvaluationError(f"{where}: answerable must be true, false or null")
    quoted = _quoted_spans(row, documents, where)
    named = _texts(row, "relevant_ids", where)
    relevant_ids = named or tuple(dict.fromkeys(each.document_id for each in quoted))
    unknown = [id for id in relevant_ids if id not in documents]
    if unknown:
        raise EvaluationError(f"{where}: relevant_ids names {unknown[0]!r}, which is no document")
    return Question(
        id=_required_text(row, "id", where),
        question=_required_text(row, "question", where),
        answers=_texts(row, "answers", where),
        relevant_ids=relevant_ids,
        relevant_spans=tuple(
            _gold_span(span, documents, where) for span in _rows(row, "relevant_spans", where)
        )
        or quoted,
        answerable=answerable,
        history=tuple(_message(turn, where) for turn in _rows(row, "history", where)),
        extra={name: value for name, value in row.items() if name not in _QUESTION_FIELDS},
    )


def _gold_span(
    row: Mapping[str, Any], documents: Mapping[str, SourceDocument], where: str
) -> GoldSpan:
    document_id = _required_text(row, "doc_id", where)
    if document_id not in documents:
        raise EvaluationError(f"{where}: a span names {document_id!r}, which is no document")
    start, end = row.get("start"), row.get("end")
    if not isinstance(start, int) or not isinstance(end, int) or not 0 <= start < end:
        raise EvaluationError(f"{where}: a span needs whole numbers 0 <= start < end")
    text = _required_text(row, "text", where)
    stands = documents[document_id].text[start:end]
    if stands != text:
        raise EvaluationError(
            f"{where}: {document_id!r}[{start}:{end}] is {stands!r}, not {text!r}: mend the offsets"
        )
    return GoldSpan(document_id, Span(start, end), text)


def _quoted_spans(
    row: Mapping[str, Any], documents: Mapping[str, SourceDocument], where: str
) -> tuple[GoldSpan, ...]:
    """The gold spans of a question's ``evidence``: rows of ``file``, ``page`` and ``quote``.

    Some suites call something else their evidence; what names no file is left to ``extra``.
    """
    told = row.get("evidence")
    quotes = [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []
    return tuple(
        gold
        for quoted in quotes
        if "file" in quoted
        for gold in _located_quote(quoted, documents, where)
    )


def _located_quote(
    row: Mapping[str, Any], documents: Mapping[str, SourceDocument], where: str
) -> Iterator[GoldSpan]:
    document_id, quote = (_required_text(row, name, where) for name in ("file", "quote"))
    if document_id not in documents:
        raise EvaluationError(f"{where}: a quote names {document_id!r}, which is no document")
    loaded = documents[document_id].loaded
    page = row.get("page")
    part = page_span(loaded.text, loaded.page_starts, page if isinstance(page, int) else 0)
    spans = located(quote, loaded.text, part) if part else []
    if not spans:
        raise EvaluationError(
            f"{where}: {document_id!r} has no {quote!r} on page {page}: mend the quote or the page"
        )
    yield from (GoldSpan(document_id, span, span.of(loaded.text)) for span in spans)


def _message(row: Mapping[str, Any], where: str) -> Message:
    speaker = row.get("speaker", row.get("role"))
    content = row.get("text", row.get("content"))
    if speaker not in _ROLES or not isinstance(content, str):
        raise EvaluationError(f'{where}: a turn is {{"speaker": "user" or "agent", "text": …}}')
    return Message(_ROLES[speaker], content)


def _required_text(row: Mapping[str, Any], name: str, where: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value.strip():
        raise EvaluationError(f"{where}: {name} must be a text that is not empty")
    return value


def _optional_text(row: Mapping[str, Any], name: str, where: str) -> str:
    value = row.get(name, "")
    if not isinstance(value, str):
        raise EvaluationError(f"{where}: {name} must be a text")
    return value


def _texts(row: Mapping[str, Any], name: str, where: str) -> tuple[str, ...]:
    values = row.get(name, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise EvaluationError(f"{where}: {name} must be a list of texts")
    return tuple(values)


def _rows(row: Mapping[str, Any], name: str, where: str) -> list[dict[str, Any]]:
    values = row.get(name, [])
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        raise EvaluationError(f"{where}: {name} must be a list of objects")
    return values


def _as_indexed(dataset: Dataset) -> Dataset:
    """The texts as every loader normalises them, and the gold spans moved to the same characters.

    Suites count offsets in the text as it was written; what is indexed, cited and compared is the
    normalised text.
    """
    changed = {
        id: document.with_text(text)
        for id, document in dataset.documents.items()
        if (text := normalise(document.text)) != document.text
    }
    if not changed:
        return dataset
    questions = tuple(
        replace(
            question,
            relevant_spans=tuple(
                _moved(g, dataset.documents[g.document_id].text) if g.document_id in changed else g
                for g in question.relevant_spans
            ),
        )
        for question in dataset.questions
    )
    return replace(dataset, documents={**dataset.documents, **changed}, questions=questions)


def _moved(gold: GoldSpan, written: str) -> GoldSpan:
    before, after = normalise(written[: gold.span.start]), normalise(written[: gold.span.end])
    span = Span(len(before), len(after))
    return GoldSpan(gold.document_id, span, span.of(normalise(written)))


def _largest_remainder(sizes: Sequence[int], limit: int) -> list[int]:
    """``limit`` split in proportion to ``sizes``: whole shares first, then largest remainders."""
    shares = [size * limit / sum(sizes) for size in sizes]
    quotas = [int(share) for share in shares]
    by_remainder = sorted(range(len(sizes)), key=lambda i: quotas[i] - shares[i])
    for position in by_remainder[: limit - sum(quotas)]:
        quotas[position] += 1
    return quotas


def _sha256(parts: Any) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(json.dumps(part, ensure_ascii=False).encode("utf-8", "surrogatepass"))
        digest.update(b"\n")
    return digest.hexdigest()
