"""The reply, read while it is written."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.reply import ReplySentences
from rag.errors import LLMError
from rag.llm import Generation


def _read(text: str, piece: int) -> tuple[list[str], tuple[int, ...]]:
    reply = ReplySentences(
        Generation(text[start : start + piece] for start in range(0, len(text), piece))
    )
    return list(reply), reply.evidence


def test_a_sentence_comes_as_soon_as_the_next_one_begins() -> None:
    pieces = ['{"evidence": ["S2", "S1"], "answer": "One is', " red. Two is", ' blue."}']
    unread = list(pieces)
    reply = ReplySentences(Generation(unread.pop(0) for _ in pieces))
    assert next(reply) == "One is red."
    assert reply.evidence == (1, 0)
    assert unread == [' blue."}']
    assert next(reply) == "Two is blue."
    assert list(reply) == []


@given(
    st.lists(
        st.sampled_from(["Ünï “quoted” text.", "It cost 3.5 €.", 'A "b" \\ c.', "No."]), max_size=4
    ),
    st.integers(1, 30),
)
def test_the_size_of_the_pieces_does_not_matter(sentences: list[str], piece: int) -> None:
    text = json.dumps({"evidence": ["S1"], "answer": " ".join(sentences)})
    assert _read(text, piece) == _read(text, len(text))
    assert " ".join(_read(text, piece)[0]) == " ".join(sentences)


def test_an_empty_answer_has_no_sentences() -> None:
    assert _read('{"evidence": [], "answer": ""}', 4) == ([], ())


def test_a_reply_that_was_cut_off_gives_what_was_written() -> None:
    assert _read('{"evidence": ["S1"], "answer": "One is red. Two is', 9) == (
        ["One is red.", "Two is"],
        (0,),
    )


@pytest.mark.parametrize("text", ["I think it is red.", "[1, 2]"])
def test_what_is_not_the_json_asked_for_is_an_error(text: str) -> None:
    with pytest.raises(LLMError, match="not"):
        _read(text, 5)
