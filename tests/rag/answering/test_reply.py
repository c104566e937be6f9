"""The reply, read while it is written."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.reply import ReplySentences, value_of
from rag.errors import LLMError
from rag.llm import Ended, Generation, Token


def _read(text: str, piece: int) -> tuple[list[str], tuple[int, ...]]:
    reply = ReplySentences(
        Generation(text[start : start + piece] for start in range(0, len(text), piece))
    )
    return list(reply), reply.evidence


def test_each_sentence_has_the_log_probability_of_its_own_tokens() -> None:
    said = [
        ('{"answer": "', -9.0),
        ("It is", -0.5),
        (" red.", -0.25),
        (" Or", -2.0),
        (' not."}', -1),
    ]
    reply = ReplySentences(Generation(Token(text, value) for text, value in said))
    assert (next(reply), reply.logprob) == ("It is red.", -0.75 / math.sqrt(2))
    assert (next(reply), reply.logprob) == ("Or not.", -3 / math.sqrt(2))


@pytest.mark.parametrize("piece", [str, lambda text: Token(text, -1.0)])
def test_without_its_tokens_a_sentence_has_no_log_probability(piece: type[str]) -> None:
    reply = ReplySentences(Generation(iter([piece("It is red. [S1]")])))
    assert (next(reply), reply.logprob) == ("It is red.", None)


def test_a_sentence_comes_as_soon_as_the_next_one_begins() -> None:
    pieces = ['{"evidence": ["S2", "S1"], "answer": "One is', " red. Two is", ' blue."}']
    unread = list(pieces)
    reply = ReplySentences(Generation(unread.pop(0) for _ in pieces))
    assert next(reply) == "One is red."
    assert reply.evidence == (1, 0)
    assert unread == [' blue."}']
    assert next(reply) == "Two is blue."
    assert list(reply) == []


def test_what_looks_like_one_sentence_later_loses_nothing() -> None:
    pieces = ['{"answer": "Das steht s. Abb.', " 3 auf der Seite. Es", ' ist so."}']
    told = list(ReplySentences(Generation(iter(pieces)), "de"))
    assert " ".join(told) == "Das steht s. Abb. 3 auf der Seite. Es ist so."


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


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ('{"evidence": ["S1"], "answer": "One is red. Two is', ["One is red."]),
        ('{"evidence": ["S1"], "answer": "One is', []),
        ('{"evidence": ["S1"', []),
        ("One is red. [S1] Two is", ["One is red."]),
        ("One is", []),
    ],
)
def test_the_unfinished_sentence_of_a_cut_reply_is_not_given(
    text: str, sentences: list[str]
) -> None:
    reply = ReplySentences(Generation(iter([text, Ended.BY_LENGTH])))
    assert [next(reply) for _ in sentences] == sentences
    with pytest.raises(LLMError, match="longer than it may be"):
        next(reply)


def test_a_reply_that_was_complete_when_it_was_cut_is_whole() -> None:
    text = '{"evidence": ["S1"], "answer": "One is red. Two is blue."}'
    reply = ReplySentences(Generation(iter([text, "\n", Ended.BY_LENGTH])))
    assert list(reply) == ["One is red.", "Two is blue."]


@pytest.mark.parametrize("text", ['{"evidence": ["S1"]}', '{"reply": "It is red."}', "{S1: red"])
def test_json_without_an_answer_is_an_error(text: str) -> None:
    with pytest.raises(LLMError, match="not the JSON"):
        _read(text, 5)


# what a model writes that nothing holds to the schema


@pytest.mark.parametrize(
    "text",
    [
        '```json\n{"evidence": ["S2"], "answer": "It is red."}\n```',
        'Here is the JSON:\n{"evidence": ["S2"], "answer": "It is red."} I hope it helps!',
        '{"evidence": [S2], "answer": "It is red."}',
        '{"evidence": ["[S2]"], "answer": "It is red."}',
        '{"evidence": "S2", "answer": "It is red. [S2]"}',
        '{"evidence": [2], "answer": ["It is red."]}',
        '{"reply": {"evidence": ["S2"], "answer": "It is red."}}',
        '<think>Is it {"answer": "blue"}?</think>\n{"evidence": ["S2"], "answer": "It is red."}',
        'Is it blue [S1]?\n</think>\n{"evidence": ["S2"], "answer": "It is red."}',
        "It is red [S2].",
        "It is red. [S2]",
        "<answer>It is red. (S2)</answer>",
        "[THINK]Is it blue [S1]?[/THINK]It is red【S2】.",
    ],
)
@pytest.mark.parametrize("piece", [1, 9, 1000])
def test_a_reply_in_another_form_is_read_all_the_same(text: str, piece: int) -> None:
    assert _read(text, piece) == (["It is red."], (1,))


def test_each_sentence_of_a_text_has_its_own_ids() -> None:
    reply = ReplySentences(Generation(iter(["One is red. [S1] Two is blue [S3, S2]. So be it."])))
    given = [(sentence, reply.evidence) for sentence in reply]
    assert given == [
        ("One is red.", (0,)),
        ("Two is blue.", (2, 1)),
        ("So be it.", (0, 2, 1)),  # of none of its own: all of them
    ]


@pytest.mark.parametrize("text", ["NOT STATED", "Not stated.", '{"evidence": [], "answer": null}'])
def test_that_nothing_is_stated_is_an_empty_answer(text: str) -> None:
    assert _read(text, 4)[0] == []


@pytest.mark.parametrize("text", ["<think>What is red?", "<think>Red.</think>", "[THINK]Red"])
def test_thoughts_alone_are_no_answer(text: str) -> None:
    with pytest.raises(LLMError, match="thoughts and no reply"):
        _read(text, 3)


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ("{5,000}", "5,000"),
        ("There were {5,000} workers.", "There were 5,000 workers."),
        ("**5,000**", "5,000"),
        ("They were **5,000 men** strong.", "They were 5,000 men strong."),
        ("`5,000`", "5,000"),
        ('"5,000"', "5,000"),
        ("[5,000]", "5,000"),
        ("{South America}", "South America"),
        ('The "Tay" is long.', 'The "Tay" is long.'),
        ("Use {collection} in it.", "Use {collection} in it."),
        ("2 ** 3 ** 4 is large.", "2 ** 3 ** 4 is large."),
    ],
)
def test_what_a_model_puts_around_a_value_is_not_shown(answer: str, shown: str) -> None:
    assert _read(json.dumps({"evidence": [], "answer": answer}), 6)[0] == [shown]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"question": "How many?"}', "How many?"),
        ('```\n{"question": "How many?"}\n```', "How many?"),
        ("<think>Who?</think>How many?", "How many?"),
        ('"How many?"', "How many?"),
        ('{"answer": "How many?"}', ""),
        ('{"question": null}', ""),
        ("", ""),
    ],
)
def test_one_value_is_read_in_every_form(text: str, value: str) -> None:
    assert value_of("question", Generation(iter([text]))) == value


def test_a_value_that_was_cut_is_none() -> None:
    assert value_of("question", Generation(iter(['{"question": "How', Ended.BY_LENGTH]))) == ""


def test_a_reply_is_cut_by_the_rules_of_its_language() -> None:
    said = ["Der Ausflug beginnt am 14. Juni. Er endet am 16. Juni."]
    reply = ReplySentences(Generation(iter(said)), "de")
    assert list(reply) == ["Der Ausflug beginnt am 14. Juni.", "Er endet am 16. Juni."]
