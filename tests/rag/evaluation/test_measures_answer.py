"""Answer measures: SQuAD's definitions by hand, spellings of numbers, rouge-score's ROUGE-L."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rouge_score import rouge_scorer

from rag.evaluation.measures.answer import (
    containment,
    exact_match,
    normalize,
    numeric_match,
    rouge_l,
    token_f1,
)


@pytest.mark.parametrize(
    ("text", "normalised"),
    [
        ("The  Cat, sat.", "cat sat"),
        ("An apple a day", "apple day"),
        ("U.S.-based", "usbased"),  # SQuAD removes punctuation without putting a space
        ("$5,000", "5000"),
        ("“The” theatre—now", "theatrenow"),  # typographic marks go as well
        ("Another", "another"),  # an article within a word stays
    ],
)
def test_normalisation(text: str, normalised: str) -> None:
    assert normalize(text) == normalised


def test_exact_match_takes_the_best_gold() -> None:
    assert exact_match("The Eiffel Tower.", ["Louvre", "eiffel tower"]) == 1.0
    assert exact_match("Eiffel Tower in Paris", ["eiffel tower"]) == 0.0


def test_token_f1_of_a_hand_computed_case() -> None:
    # 2 tokens in common, 4 said, 2 wanted: P = 1/2, R = 1, F1 = 2/3.
    assert token_f1("the Eiffel Tower in Paris", ["Eiffel Tower"]) == pytest.approx(2 / 3)


def test_token_f1_counts_repeated_tokens_as_often_as_both_have_them() -> None:
    assert token_f1("no no no", ["no no yes"]) == pytest.approx(2 / 3)


@pytest.mark.parametrize("measure", [exact_match, token_f1, containment, rouge_l])
def test_without_golds_only_silence_is_right(
    measure: Callable[[str, Sequence[str]], float],
) -> None:
    assert measure("", []) == 1.0
    assert measure("Paris", []) == 0.0


def test_an_empty_gold_is_answered_by_silence_only() -> None:
    assert token_f1("", [""]) == 1.0
    assert token_f1("Paris", [""]) == 0.0
    assert containment("Paris", [""]) == 0.0


def test_containment_keeps_to_whole_tokens() -> None:
    assert containment("It was founded in the year 1905.", ["1905"]) == 1.0
    assert containment("It sold 19050 copies.", ["1905"]) == 0.0
    assert containment("He met the King of Spain.", ["king of the spain"]) == 1.0
    assert containment("king and queen of Spain", ["king of spain"]) == 0.0


@pytest.mark.parametrize(
    ("answer", "gold", "scale"),
    [
        ("It made 5000 units.", "5,000", ""),
        ("It made five thousand units.", "5,000", ""),
        ("It made 5 thousand units.", "five thousand", ""),
        ("It made 5k units.", "5000", ""),
        ("It grew 12%.", "12 percent", ""),
        ("It grew by twelve per cent.", "12", "percent"),
        ("The rate rose by 2.1 percentage points.", "2.1", "percent"),
        ("It earned $7.2 million.", "$7,200,000", ""),
        ("It earned 7.2 million.", "$7.2 million", ""),
        ("It earned $7.2m.", "7.2", "million"),
        ("It earned 419 thousand dollars.", "419", "thousand"),
        ("It earned $419,000.", "419", "thousand"),
        ("It earned 419 (in thousands).", "419", "thousand"),
        ("Between thirty and 90 days.", "30 to 90", ""),
        ("It changed by 12.1447 %.", "12.14", "percent"),
        ("It earned 1,169,454,321 dollars.", "1,169.45", "million"),
        ("It changed by -12.14%.", "-12.14", "percent"),
        ("It fell by 12.14 percent.", "-12.14", "percent"),
        ("A hundred and five people came.", "105", ""),
    ],
)
def test_equal_numbers_are_found_however_they_are_written(
    answer: str, gold: str, scale: str
) -> None:
    assert numeric_match(answer, [gold], scale) == 1.0


@pytest.mark.parametrize(
    ("answer", "gold", "scale"),
    [
        ("It made 50,000 units.", "5,000", ""),
        (f"It made {'9' * 40}.5 units.", "12.14", ""),  # beyond the precision of Decimal
        ("It grew to 12.", "12", "percent"),
        ("It grew 12%.", "12", ""),
        ("It earned €7.2 million.", "$7.2 million", ""),
        ("It is 5 miles long.", "5 km", ""),
        ("It earned 419.", "419", "thousand"),
        ("It earned 419 million.", "419", "thousand"),
        ("After 90 days.", "30 to 90", ""),
        ("It changed by 12.15%.", "12.14", "percent"),
        ("It is 5.4 km long.", "5 km", ""),  # a stated figure is not a rounded one
        ("It rose by 12.14%. Costs fell.", "-12.14", "percent"),
        ("The 21st century.", "21", ""),
        ("One of them came.", "1", ""),
    ],
)
def test_other_numbers_and_units_are_not_found(answer: str, gold: str, scale: str) -> None:
    assert numeric_match(answer, [gold], scale) == 0.0


def test_numeric_match_needs_a_number_and_a_known_scale() -> None:
    assert numeric_match("It made 5 units.", ["many", "several"]) is None
    assert numeric_match("It made 5 units.", ["many", "five"]) == 1.0
    with pytest.raises(ValueError, match="thousand, million"):
        numeric_match("5", ["5"], scale="dozen")


def test_rouge_l_of_a_hand_computed_case() -> None:
    # common subsequence "police the gunman" of 4 and 4 tokens (Lin 2004, section 3).
    assert rouge_l("police kill the gunman", ["police killed the gunman"]) == pytest.approx(3 / 4)
    assert rouge_l("the gunman kill police", ["police killed the gunman"]) == pytest.approx(2 / 4)
    assert rouge_l("", ["police"]) == 0.0


_TEXTS = st.text(alphabet="ab cA1.,-é", max_size=40)


@given(answer=_TEXTS, golds=st.lists(_TEXTS, min_size=1, max_size=3))
def test_agrees_with_rouge_score(answer: str, golds: list[str]) -> None:
    scorer = rouge_scorer.RougeScorer(["rougeL"], use_stemmer=False)
    reference = max(scorer.score(gold, answer)["rougeL"].fmeasure for gold in golds)
    assert rouge_l(answer, golds) == pytest.approx(reference)


@given(text=_TEXTS)
def test_a_text_with_a_token_answers_itself(text: str) -> None:
    assert exact_match(text, [text]) == token_f1(text, [text]) == containment(text, [text]) == 1.0
