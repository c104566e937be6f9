"""The gate: what it lets through, what it withholds, and why."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.sentences import sentence_spans
from rag.facts import facts_of
from rag.gate.alignment import align
from rag.gate.support import Support, support
from rag.gate.types import Case
from rag.language import ENGLISH
from rag.question import Question


def check(
    claim: str, evidence: Sequence[str], context: Sequence[str] = (), *, carried: float = 0.0
) -> Support:
    facts = facts_of(claim, ENGLISH)
    return support(Case(Question.of("?"), facts, tuple(evidence), tuple(context), carried))


def placed(claim: str, shown: Sequence[str], chosen: Sequence[int] = ()) -> tuple[int, ...]:
    return align(facts_of(claim, ENGLISH), shown, chosen)


EVIDENCE = (
    "The envoy said that the north would send 1,000 sappers and 5,000 military construction "
    "workers to Kursk in June 2025 to rebuild what he termed “ruined towns”."
)


@pytest.mark.parametrize(
    "claim",
    [
        EVIDENCE,
        "5,000 military construction workers",
        "The north would send five thousand military construction workers to Kursk.",
        "It would send 5000 construction workers and 1000 sappers.",
        'The envoy termed them "ruined towns".',
    ],
)
def test_what_the_evidence_carries_passes(claim: str) -> None:
    judged = check(claim, [EVIDENCE])
    assert not judged.objections, judged.reasons
    assert judged.score >= 0.5


def test_a_power_is_carried_by_the_power_alone() -> None:
    evidence = ["The sensor survives at least 10⁷ switching cycles."]
    assert not check("It survives 10^7 switching cycles.", evidence).reasons
    assert not check("It survives 10,000,000 switching cycles.", evidence).reasons
    assert check("It survives 107 switching cycles.", evidence).reasons


def test_what_is_struck_out_carries_nothing() -> None:
    evidence = ["The annual fee is ~~240~~ 180 euros."]
    assert not check("The annual fee is 180 euros.", evidence).reasons
    assert check("The annual fee is 240 euros.", evidence).reasons


def test_a_number_in_a_name_that_the_title_has_is_no_figure() -> None:
    evidence = ["The aeroplane was destroyed by fire."]
    assert not check("The AT-401 was destroyed by fire.", evidence, ["Air Tractor AT-401"]).reasons
    assert check("The AT-402 was destroyed by fire.", evidence, ["Air Tractor AT-401"]).reasons
    assert check("401 were destroyed by fire.", evidence, ["Air Tractor AT-401"]).reasons


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        (
            "The north would send 6,000 construction workers.",
            "gives 5,000 for 'construct', not 6,000",
        ),
        ("The north would send 5,000 sappers.", "gives 1,000 for 'sapper', not 5,000"),
        ("The north would send 1,000 sappers to Moscow.", "does not name 'Moscow'"),
        ("The north would not send 1,000 sappers.", "denies 'send'"),
        ("The envoy termed them “burning towns”.", "does not quote 'burning towns'"),
        ("The south would send 1,000 sappers.", "says 'south' where the evidence says 'north'"),
        ("It is made of old sheep milk.", "carries it only at 0%"),
        ("", "says nothing"),
        ("…", "says nothing"),
    ],
)
def test_what_the_evidence_does_not_carry_is_withheld_with_a_reason(
    claim: str, reason: str
) -> None:
    judged = check(claim, [EVIDENCE])
    assert judged.objections
    assert any(reason in each for each in judged.reasons), judged.reasons


@pytest.mark.parametrize(
    ("claim", "carried", "supported"),
    [
        ("It would send builders for reconstruction.", 0.0, False),
        ("It would send builders for reconstruction.", 3.0, True),
        ("The envoy would rebuild towns gladly.", 0.0, True),
        ("The envoy would rebuild towns gladly.", -4.0, False),
        ("The north would send 6,000 construction workers.", 9.0, False),
    ],
)
def test_the_reader_tips_the_balance_of_the_words_and_no_rule(
    claim: str, carried: float, supported: bool
) -> None:
    judged = check(claim, [EVIDENCE], carried=carried)
    assert bool(judged.objections) is not supported
    assert 0.0 <= judged.score <= 1.0


def test_a_denial_in_the_evidence_is_not_asserted() -> None:
    assert check("The bridge was damaged.", ["The bridge was not damaged."]).objections
    assert not check("The bridge was not damaged.", ["The bridge was not damaged."]).objections


def test_a_unit_must_be_the_evidences() -> None:
    assert check("It is 12 miles long.", ["It is 12 km long."]).objections
    assert not check("It is 12 kilometres long.", ["It is 12 km long."]).objections


def test_a_share_is_no_count() -> None:
    refund = "We will refund fifty pounds."
    fault = "We arrive within four hours for a 50% failure."
    assert check("You get back 50 pounds.", [fault]).reasons
    assert placed("50 pounds", [fault, refund]) == (1,)
    assert check("50% of the failures", [fault]).reasons == ()


def test_a_whole_sentence_of_the_document_has_its_names() -> None:
    line = "The chip is reset as shown in Fig.3 and stays in power-down mode."
    assert check(line, [line]).reasons == ()
    assert facts_of(line, ENGLISH).states_name("Fig.3")


def test_a_heading_within_a_line_asserts_nothing() -> None:
    line = "Subletting: the tenant may not sublet the flat."
    assert (
        "which the evidence denies" in check("The tenant may sublet the flat.", [line]).reasons[0]
    )


def test_names_may_stand_in_the_context_but_numbers_may_not() -> None:
    evidence, context = ["He visited it in March."], ["Sergei Shoigu, aged 70"]
    assert not check("Shoigu visited it in March.", evidence, context).objections
    assert check("Shoigu, 70, visited it in March.", evidence, context).objections


@given(st.text(max_size=200), st.lists(st.text(max_size=200), max_size=3))
def test_any_text_is_judged_without_an_error(claim: str, evidence: list[str]) -> None:
    judged = check(claim, evidence)
    assert 0 <= judged.score <= 1
    assert judged.reasons == tuple(each.reason for each in judged.objections)
    assert all(0 <= place < len(evidence) for place in placed(claim, evidence))


def test_a_claim_is_aligned_with_the_sentence_that_carries_it() -> None:
    shown = ["Kim met the envoy in March.", "The plan includes 5,000 workers.", "It rained."]
    assert placed("The plan has 5,000 workers.", shown) == (1,)
    assert placed("The plan has 5,000 workers.", shown, [0]) == (1,)


def test_a_claim_that_needs_two_sentences_cites_both() -> None:
    shown = ["It rained in Oslo.", "The plan includes 5,000 workers.", "Kim signed the plan."]
    assert placed("Kim signed the plan, which includes 5,000 workers.", shown) == (1, 2)


def test_the_models_choice_wins_a_tie() -> None:
    shown = ["The bridge is red.", "The bridge is red."]
    assert placed("The bridge is red.", shown, [1]) == (1,)
    assert placed("The bridge is red.", shown) == (0,)


SEED = next(Path("seeds").glob("*.txt")).read_text(encoding="utf-8")


def judged_on_the_seed(claim: str) -> Support:
    cited = [SEED_SENTENCES[place] for place in placed(claim, SEED_SENTENCES)]
    return check(claim, cited)


SEED_SENTENCES = [span.of(SEED) for span in sentence_spans(SEED)]


@pytest.mark.parametrize(
    "claim",
    [
        "North Korea's military assistance to Ukraine",
        "North Korea sent thousands of troops to assist Ukraine.",
        "North Korea supplied arms to Ukraine.",
    ],
)
def test_help_against_somebody_is_no_help_to_them(claim: str) -> None:
    assert any(
        "'countering " in each or "'by " in each for each in judged_on_the_seed(claim).reasons
    )


@pytest.mark.parametrize(
    "claim",
    [
        "North Korea's military assistance to Russia",
        "North Korea supplied arms to Russia.",
        "North Korea assists in countering Ukraine's operations.",
        "North Korea would send 1,000 sappers to Russia.",
    ],
)
def test_a_true_sentence_of_the_seed_keeps_its_directions(claim: str) -> None:
    assert not judged_on_the_seed(claim).objections


def test_names_that_changed_places_are_withheld() -> None:
    told = "The letter by Lund to Berg was found in Oslo."
    reasons = check("The letter by Berg to Lund was found in Oslo.", [told]).reasons
    assert "it says 'to Lund', the evidence 'to Berg'" in reasons
    assert not check("In Oslo the letter to Berg was found, by Lund.", [told]).objections
