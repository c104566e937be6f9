"""The errors of answering, and the one table that maps errors to exit codes and HTTP status.

    RagError
    ├── QuestionError          the question is empty or too long
    ├── SettingsError          an unknown or malformed setting
    ├── ModelError
    │   ├── UnknownModelError  no declared model has this name
    │   ├── MissingModelError  the files are not here and may not or cannot be fetched
    │   └── CorruptModelError  the bytes are not those that were pinned; nothing is kept
    ├── LLMError
    │   ├── LLMUnavailableError  the server is down or the model is not pulled
    │   └── LLMTimeoutError      it did not answer within the time budget
    ├── EvaluationError        a suite, question file or run that cannot be used
    ├── AccessError            the principal may not do this
    └── StoppedError           whoever asked has gone: there is nobody to answer

Each message names the next step. ``retriable`` says whether the same call may succeed later.
"""

from __future__ import annotations

from typing import ClassVar

from index.errors import (
    CollectionNameError,
    DamagedIndexError,
    DocumentError,
    IndexingError,
    IndexLockedError,
    IndexMismatchError,
    NoIndexError,
    UnknownDocumentError,
)


class RagError(Exception):
    """Anything that goes wrong while answering."""

    retriable: ClassVar[bool] = False


class QuestionError(RagError):
    pass


class SettingsError(RagError):
    pass


class ModelError(RagError):
    pass


class UnknownModelError(ModelError):
    pass


class MissingModelError(ModelError):
    pass


class CorruptModelError(ModelError):
    pass


class LLMError(RagError):
    pass


class LLMUnavailableError(LLMError):
    retriable = True


class LLMTimeoutError(LLMError):
    retriable = True


class EvaluationError(RagError):
    pass


class AccessError(RagError):
    pass


class StoppedError(RagError):
    pass


EXIT_ANSWERED, EXIT_ERROR, EXIT_USAGE, EXIT_UNANSWERED, EXIT_TENTATIVE = 0, 1, 2, 3, 4

# (error, exit code, HTTP status), most specific first: the only place where this is decided.
_OUTCOMES: tuple[tuple[type[Exception], int, int], ...] = (
    (QuestionError, EXIT_USAGE, 400),
    (SettingsError, EXIT_USAGE, 500),
    (UnknownModelError, EXIT_USAGE, 404),
    (LLMTimeoutError, EXIT_ERROR, 504),
    (LLMUnavailableError, EXIT_ERROR, 503),
    (ModelError, EXIT_ERROR, 503),
    (EvaluationError, EXIT_ERROR, 400),
    (AccessError, EXIT_ERROR, 403),
    (StoppedError, EXIT_ERROR, 499),  # read by nobody but the metrics
    (UnknownDocumentError, EXIT_ERROR, 404),
    (CollectionNameError, EXIT_USAGE, 400),
    (NoIndexError, EXIT_ERROR, 404),
    (IndexMismatchError, EXIT_ERROR, 409),
    (IndexLockedError, EXIT_ERROR, 423),
    (DamagedIndexError, EXIT_ERROR, 500),
    (DocumentError, EXIT_ERROR, 422),
    (IndexingError, EXIT_ERROR, 500),
    (RagError, EXIT_ERROR, 500),
)


def outcome(error: Exception) -> tuple[int, int]:
    """The exit code and HTTP status of ``error``, which must be one of the two trees above."""
    for kind, exit_code, http_status in _OUTCOMES:
        if isinstance(error, kind):
            return exit_code, http_status
    raise TypeError(f"not an error of this project: {type(error).__name__}")
