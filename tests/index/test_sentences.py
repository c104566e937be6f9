"""Sentences are exact spans: the laws, and each kind of text that rules get wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.sentences import sentence_spans
from index.types import Span

_MARKS = "a b. C. Dr. U.S. 3.14 ! ? ... … ” » '' ) [1] 。 ؟ । | || # ## - * 1. (a) ``` === The é 文"
_PIECES = st.sampled_from([*_MARKS.split(), " ", "  ", "\n", "\n\n", "\t", "\u2009"])
_TEXTS = st.one_of(st.text(), st.lists(_PIECES).map("".join), st.lists(_PIECES).map(" ".join))


def _sentences(text: str) -> list[str]:
    return [span.of(text) for span in sentence_spans(text)]


@given(_TEXTS, st.data())
def test_spans_are_stripped_ascending_and_cover_all_but_blanks(
    text: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(text)))
    within = Span(start, data.draw(st.integers(start, len(text))))
    end, covered = within.start, ""
    for span in sentence_spans(text, within):
        assert within.contains(span)
        assert span.start >= end
        assert span.of(text) == span.of(text).strip() != ""
        covered, end = covered + span.of(text), span.end
    assert "".join(covered.split()) == "".join(within.of(text).split())


@given(_TEXTS)
def test_a_text_on_its_own_is_cut_as_a_part_of_a_longer_one(text: str) -> None:
    longer = f"Before.\n\n{text}"
    shifted = [span.shift(9) for span in sentence_spans(text)]
    assert sentence_spans(longer, Span(9, len(longer))) == shifted


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("It rained.", "We stayed in."),
        ("Why?", "Nobody knows!"),
        ("He said “go.”", "She went."),
        ("Il a dit «non.»", "Elle est partie."),
        ('"Stop!"', "The car stopped."),
        ("It grew (see below.)", "It shrank later."),
        ("It was shown before.[12]", "Others disagree."),
        ("She lives in the U.S.", "He does not."),
        ("They sell shoes, hats, etc.", "The shop is new."),
        ("It weighs 3.5 kg.", "That is 7.7 lb."),
        ("The answer was no.", "Then we left."),
        ("Modern art.", "Then we left."),
        ("It ended in 1998.", "1999 was better."),
        ("He won in December 2007 .", "The next year he lost ."),
        ("They called it `` home . ''", "It was not ."),
        ("Towns ( villages etc . ) .", "Some are large ."),
        ("Wait ...", "What was that?"),
        ("这是第一句。", "这是第二句。"),
        ("ما هذا؟", "هذا كتاب."),
        ("यह पहला वाक्य है।", "यह दूसरा है।"),
    ],
)
def test_two_sentences(first: str, second: str) -> None:
    assert _sentences(f"{first} {second}") == [first, second]


@pytest.mark.parametrize(
    "sentence",
    [
        "Mr. Smith met Dr. Jones.",
        "J. R. R. Tolkien wrote it.",
        "It fell to 3.14 percent.",
        "The U.S. Army arrived.",
        "Use a tool, e.g. Python, for it.",
        "See No. 5 and Fig. 2 for more.",
        "On Jan. 5 it snowed in St. Louis.",
        "Robert P. McCulloch bought the bridge.",
        "He has a Ph.D. in physics.",
        "Acme Inc. Tokyo opened a shop.",
        "“Why not?” he asked.",
        "It costs more ... or less .",
        "1. First of all, rest.",
        "2.2. The deposit is due.",
    ],
)
def test_one_sentence(sentence: str) -> None:
    assert _sentences(sentence) == [sentence]


def test_chinese_sentences_need_no_blank_between_them() -> None:
    assert _sentences("他说：“好。”她走了！真的？") == ["他说：“好。”", "她走了！", "真的？"]


def test_a_wrapped_sentence_goes_on_over_line_breaks() -> None:
    text = "The bridge was opened by the king in\n1904 and is still in use\ntoday. It is red."
    assert _sentences(text) == [text[:-11], "It is red."]


def test_a_blank_line_always_ends_a_sentence() -> None:
    assert _sentences("no full stop here\n\nand none here") == [
        "no full stop here",
        "and none here",
    ]


def test_a_short_line_above_a_paragraph_is_a_heading() -> None:
    text = "Opening hours\nThe library opens at nine and closes at five on every day of the week."
    assert _sentences(text)[0] == "Opening hours"


def test_markdown_blocks_are_sentences_of_their_own() -> None:
    text = (
        "# Fruit\nWe like fruit.\n- apples, which\n  are red\n- pears\n1. wash\n2) eat\n"
        "| kind | price |\n|------|-------|\n| pear | 3 |\n> quoted\n"
    )
    assert _sentences(text) == [
        "# Fruit",
        "We like fruit.",
        "- apples, which\n  are red",
        "- pears",
        "1. wash",
        "2) eat",
        "| kind | price |",
        "|------|-------|",
        "| pear | 3 |",
        "> quoted",
    ]


def test_each_line_of_fenced_code_is_a_sentence() -> None:
    assert _sentences("Run it:\n```\na = 1\nb = a.c\n```\nDone.") == [
        "Run it:",
        "```",
        "a = 1",
        "b = a.c",
        "```",
        "Done.",
    ]


def test_lines_of_a_log_are_sentences() -> None:
    text = "2024-05-01 10:00:00 started the server\n2024-05-01 10:00:07 stopped it"
    assert _sentences(text) == text.split("\n")


def test_underlined_headings_stand_apart_from_their_underline() -> None:
    assert _sentences("Title\n=====\nText.") == ["Title", "=====", "Text."]


@pytest.mark.parametrize("hostile", ["." * 200_000, " " * 200_000, "(" * 200_000, "a.b " * 50_000])
def test_hostile_runs_are_cut_in_linear_time(hostile: str) -> None:
    assert "".join(_sentences(hostile)).replace(" ", "") == hostile.replace(" ", "")


@pytest.mark.parametrize(
    "row",
    [
        "Row 7: Name: Pear; Note: Sold out. See row 9. Ask!",
        "Staff – row 4: Name: Ada; Note: Left in 1999. Came back in 2001.",
        "Name: Pear; Price: 3; Note: Sold out. See below.",
    ],
)
def test_a_row_of_a_table_is_one_sentence(row: str) -> None:
    text = f"Some prose. And more.\n\n{row}\n\nThe end."
    assert [span.of(text) for span in sentence_spans(text)][2] == row


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("He had two plans: to wait; to go. He went.", 2),
        ("Result: it held; then it broke. Nobody knew why.", 2),
        ("Row 7: " + "This cell holds prose. " * 40, 40),
    ],
)
def test_prose_with_colons_is_cut_at_its_full_stops(text: str, count: int) -> None:
    assert len(sentence_spans(text)) == count


@pytest.mark.parametrize(
    ("language", "whole"),
    [
        ("de", "Die Prüfung findet am 3. März um 9 Uhr statt."),
        ("de", "Der Ausflug beginnt am 14. Juni und endet am 16. Juni."),
        ("de", "Er kommt am 3. 4. 2031 an."),
        ("de", "Das XIX. Jahrhundert war lang."),
        ("de", "Sie kauft z. B. Äpfel, d. h. Obst, bei Fa. Kern bzw. Müller."),
        ("de", "Siehe Abs. 3 und Nr. 7 des Vertrags."),
        ("da", "Mødet er den 5. Maj klokken ti."),
        ("tr", "Kitap 3. Ahmet döneminde yazıldı."),
        ("tr", "Prof. Dr. Ayşe Kaya geldi."),
        ("es", "La Sra. Ruiz vive en la pág. 4 de EE.UU. desde 1990."),
        ("ro", "Dl. Popescu și dna. Ionescu au semnat art. 5 azi."),
        ("ru", "Он жил в г. Москва на ул. Тверской, т. е. рядом."),
        ("el", "Ο κ. Νίκος και ο Δρ. Παππάς ήρθαν."),
        ("vi", "TP. Hồ Chí Minh và TS. Lan ở đây."),
        ("hi", "डॉ. शर्मा घर पर हैं।"),
        ("ar", "وصل د. سالم إلى المدينة."),
        ("fr", "M. Petit et Mme. Durand habitent av. Foch."),
        ("en", "Dr. Smith and Mr. Jones met at St. Mary."),
        ("de", "Mr. Smith wohnt hier."),
    ],
)
def test_what_a_language_writes_with_a_full_stop_ends_no_sentence(
    language: str, whole: str
) -> None:
    assert [span.of(whole) for span in sentence_spans(whole, None, language)] == [whole]


@pytest.mark.parametrize(
    ("language", "first", "second"),
    [
        ("de", "Es kamen genau 14.", "Danach gingen sie."),
        ("de", "Das war im Jahr 2015.", "Januar war kalt."),
        ("en", "There were 14.", "June was cold."),
        ("", "There were 14.", "June was cold."),
        ("tr", "Yaşı 14.", "Bu doğru."),
        ("es", "Vive en EE.UU.", "El clima es seco."),
        ("zh", "停车场晚上十点关闭。", "午餐十八元！"),
        ("zh", "几点?", "十点!"),
        ("ja", "営業は九時からです。", "月曜は休みです。"),
        ("ar", "أين المدينة؟", "هي في الشمال."),
        ("ur", "یہ گھر ہے۔", "وہ بڑا ہے۔"),
        ("hi", "यह घर है।", "वह बड़ा है।"),
        ("hy", "Սա տուն է։", "Այն մեծ է։"),
        ("el", "Ποιος είναι;", "Ο Νίκος."),
    ],
)
def test_sentences_of_many_languages_are_parted(language: str, first: str, second: str) -> None:
    text = f"{first} {second}"
    if language == "zh":
        text = first + second
    assert [span.of(text) for span in sentence_spans(text, None, language)] == [first, second]


def test_thai_is_cut_at_blanks_into_phrases() -> None:
    phrase = "ห้องสมุดเปิดทุกวันตั้งแต่เก้าโมงเช้าจนถึงหกโมงเย็นยกเว้นวันอาทิตย์และวันหยุด"
    text = f"{phrase} {phrase} {phrase}"
    assert [span.of(text) for span in sentence_spans(text, None, "th")] == [phrase] * 3
