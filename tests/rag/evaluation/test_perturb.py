"""False versions say something else, faithful ones the same, and both stay deterministic."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.evaluation.measures.answer import normalize, numeric_match
from rag.evaluation.perturb import Perturbation, faithful_variants, names_of, perturbations
from rag.evaluation.perturb.lexicon import COMPARATIVES, OPPOSITES
from rag.evaluation.quantities import quantities
from rag.language import ENGLISH

NAMES = ["Lyon", "Marseille", "Marie Curie", "Niels Bohr", "Hotel Bristol"]

SENTENCES = [
    "The factory in Lyon produced 5,000 bicycles in 1998.",
    "Sales rose by 12% to $7.2 million in March 2019.",
    "Marie Curie won the prize in 1903 (with two colleagues).",
    "Twelve engineers worked there for eight years.",
    "He said that “the river never freezes in winter”.",
    "The company was founded on 3 March 1921.",
    "More than five thousand people attended, which isn't a record.",
    "In 1990, the museum opened a second hall.",
    "Revenue fell 3.5 percent before the merger.",
    "The bridge, opened on Monday, spans 1.2 km.",
    "No patients died within 30-90 days.",
    "A hundred thousand euros were paid to Lyon.",
    "COVID-19 cases are described in Table 3 and [7, 8].",
]


def false_versions(sentence: str, kind: str, seeds: int = 30) -> set[str]:
    """Every version of this kind that some seed draws."""
    return {
        text
        for seed in range(seeds)
        for learnt in (True, False)
        for found, text in perturbations(sentence, seed, NAMES, learnt=learnt)
        if found == kind
    }


def faithful_versions(sentence: str, kind: str, seeds: int = 10) -> set[str]:
    return {
        text
        for seed in range(seeds)
        for found, text in faithful_variants(sentence, seed)
        if found == kind
    }


def values(text: str) -> list[object]:
    return [quantity.value for quantity in quantities(text)]


@pytest.mark.parametrize("sentence", SENTENCES)
@pytest.mark.parametrize("seed", range(5))
def test_false_versions_differ_after_normalisation(sentence: str, seed: int) -> None:
    for _, text in perturbations(sentence, seed, NAMES):
        changed_sign = quantities(text) != quantities(sentence)
        assert normalize(text) != normalize(sentence) or changed_sign


@pytest.mark.parametrize("sentence", SENTENCES)
def test_each_kind_comes_at_most_once_and_the_same_for_a_seed(sentence: str) -> None:
    versions = perturbations(sentence, 4, NAMES) + faithful_variants(sentence, 4)
    kinds = [version.kind for version in versions]
    assert len(kinds) == len(set(kinds))
    assert versions == perturbations(sentence, 4, NAMES) + faithful_variants(sentence, 4)


@pytest.mark.parametrize(
    "sentence",
    [
        "Twelve engineers left 1,050 villages.",
        "It took 3.5 litres and 80 men.",
        "Two million people owned a hundred thousand bicycles.",
    ],
)
def test_a_changed_number_changes_exactly_one_value(sentence: str) -> None:
    versions = false_versions(sentence, "number")
    assert len(versions) > 2
    for text in versions:
        pairs = zip(values(sentence), values(text), strict=True)
        assert sum(before != after for before, after in pairs) == 1


@pytest.mark.parametrize(
    "sentence",
    [
        "COVID-19 is described in Table 3 and elsewhere [7, 8].",
        "It opened in 1998.",
        "It is not taller than 300 metres.",  # also true of 400
    ],
)
def test_labels_dates_and_bounds_are_not_changed_as_numbers(sentence: str) -> None:
    assert not false_versions(sentence, "number")


@pytest.mark.parametrize(
    ("sentence", "kept"),
    [
        ("It closed on 3rd March 1921.", "closed on"),
        ("It closed on March 3, 1921.", "closed on"),
        ("It closed on Monday.", "closed on"),
        ("The war (1914-1918) ended.", "The war"),
        ("It closed in May 2001.", "closed in"),
    ],
)
def test_a_changed_date_keeps_the_rest(sentence: str, kept: str) -> None:
    versions = false_versions(sentence, "date")
    assert len(versions) > 3
    assert all(kept in text and len(text.split()) == len(sentence.split()) for text in versions)


def test_the_modal_may_is_no_month() -> None:
    assert not false_versions("You may leave or march on.", "date")


@pytest.mark.parametrize(
    ("sentence", "changed"),
    [
        ("It cost 5 million dollars.", {"It cost 5 million euros.", "It cost 5 billion dollars."}),
        ("It spans 12 km.", {"It spans 12 miles."}),
        ("It grew 5%.", {"It grew 5 per thousand."}),
        ("It grew 5 % a year.", {"It grew 5 per thousand a year."}),
        ("It cost $9.", {"It cost €9."}),
        ("It took eight years.", {"It took eight months."}),
        ("Years passed.", set()),
    ],
)
def test_changed_units(sentence: str, changed: set[str]) -> None:
    assert false_versions(sentence, "unit") <= changed
    assert bool(false_versions(sentence, "unit")) == bool(changed)


def test_a_name_is_swapped_everywhere_for_one_of_the_same_length() -> None:
    versions = false_versions("Lyon lies south; the river crosses Lyon.", "name")
    assert versions == {"Marseille lies south; the river crosses Marseille."}
    assert false_versions("In 1922 Marie Curie spoke.", "name") == {
        "In 1922 Niels Bohr spoke.",
        "In 1922 Hotel Bristol spoke.",
    }


def test_without_other_names_no_name_is_swapped() -> None:
    same_person = perturbations("She met Curie.", 0, ["Marie Curie"])
    none_given = perturbations("She met Marie Curie in Lyon.", 0)
    assert "name" not in {version.kind for version in same_person + none_given}


def test_names_are_whole_and_no_dates_acronyms_or_openers() -> None:
    text = "However, Marie Curie met the DNA group of Niels Bohr in Paris in March (Figure 2)."
    assert names_of(text) == ["Marie Curie", "Niels Bohr", "Paris"]


@pytest.mark.parametrize(
    ("sentence", "changed"),
    [
        ("The tower is tall.", "The tower is not tall."),
        ("It has been sold.", "It has not been sold."),
        ("The city has five gates.", "The city does not have five gates."),
        ("The hall opened in May.", "The hall did not open in May."),
        ("She has never left.", "She has always left."),
        ("It isn't red.", "It is red."),
        ("They could not swim.", "They could swim."),
        ("There is no evidence.", "There is some evidence."),
        ("No patients died.", "Some patients died."),
        ("It cannot fly.", "It can fly."),
    ],
)
def test_negation_is_added_or_removed(sentence: str, changed: str) -> None:
    assert false_versions(sentence, "negation") == {changed}


@pytest.mark.parametrize(
    "sentence", ["It is not only red.", "It may rain.", "Is it red?", "The increased cost."]
)
def test_negation_stays_away_where_it_would_not_contradict(sentence: str) -> None:
    assert not false_versions(sentence, "negation")


@pytest.mark.parametrize(
    ("sentence", "changed"),
    [
        ("It sold more than that.", "It sold less than that."),
        ("Prices rose.", "Prices fell."),
        ("Before the war it was red.", "After the war it was red."),
        ("At least six came.", "At most six came."),
        ("It has over 300 rooms.", "It has under 300 rooms."),
        ("Smaller towns grew.", None),
    ],
)
def test_comparatives_are_turned_round(sentence: str, changed: str | None) -> None:
    versions = false_versions(sentence, "comparative")
    expected = {"Larger towns grew.", "Smaller towns shrank."} if changed is None else {changed}
    assert versions == expected


@pytest.mark.parametrize("sentence", ["It was more or less red.", "She was named after him."])
def test_fixed_phrases_are_left_alone(sentence: str) -> None:
    assert not false_versions(sentence, "comparative")


@pytest.mark.parametrize(
    ("sentence", "changed"),
    [
        ("The teachers supported the plan.", {"The students supported", "The teachers opposed"}),
        ("It is a rare bird.", {"It is a common bird."}),
        ("Men and women came; the men left.", set()),
        ("It lies on the Black Sea.", set()),
        ("A black-white film.", set()),
        ("He said “the summer is over”.", set()),
    ],
)
def test_opposites_are_exchanged_where_that_makes_a_false_sentence(
    sentence: str, changed: set[str]
) -> None:
    versions = false_versions(sentence, "opposite")
    assert len(versions) == len(changed)
    assert all(any(text.startswith(each) for each in changed) for text in versions)


def test_what_is_measured_with_is_known_to_neither_gate_nor_reader() -> None:
    known = [*ENGLISH.opposites, *COMPARATIVES]
    stems = {ENGLISH.stem(word) for pair in known for word in pair}
    assert len(OPPOSITES) > 50
    assert [pair for pair in OPPOSITES if stems & {ENGLISH.stem(word) for word in pair}] == []


def test_the_reader_does_not_learn_what_the_gate_is_measured_with() -> None:
    sentence = "The teachers came before the war."
    kinds = [
        {each.kind for each in perturbations(sentence, 0, learnt=learnt)}
        for learnt in (True, False)
    ]
    assert kinds == [{"negation", "comparative"}, {"negation", "opposite"}]


def test_one_word_of_a_quotation_changes() -> None:
    sentence = "The critic wrote “a slowly fading picture” of the city."
    for text in false_versions(sentence, "quotation"):
        words = zip(sentence.split(), text.split(), strict=True)
        assert sum(before != after for before, after in words) == 1
        assert text.startswith("The critic wrote “")
        assert text.endswith(" of the city.")


@pytest.mark.parametrize(
    ("kind", "sentence", "changed"),
    [
        ("digits", "It made 5,000 units.", {"It made 5000 units."}),
        ("digits", "It made 65000 units.", {"It made 65,000 units."}),
        ("digits", "It opened in 1998.", set()),
        ("spelling", "It made 5,000 units.", {"It made five thousand units."}),
        ("spelling", "Eight men came.", {"8 men came."}),
        ("spelling", "7 men came.", {"Seven men came."}),
        ("spelling", "It cost $5 or 5% or 5–6.", set()),
        ("spelling", "The Seven Samurai and COVID-19.", set()),
        ("quotes", "He said “no”.", {'He said "no".'}),
        ("quotes", 'He said "no".', {"He said “no”."}),
        ("percent", "It grew 5%.", {"It grew 5 percent."}),
        ("percent", "It grew 5 per cent.", {"It grew 5%."}),
        ("contraction", "It is not red.", {"It isn't red."}),
        ("contraction", "It can’t fly.", {"It cannot fly."}),
        ("contraction", "He said “it is not”.", set()),
        ("parenthetical", "The tower (built in 1889) is tall.", {"The tower is tall."}),
        ("parenthetical", "The total (in thousands) is 5.", set()),
        ("order", "In 1990, the hall opened.", {"The hall opened in 1990."}),
        ("order", "The hall opened in May 1990.", {"In May 1990, the hall opened."}),
        ("order", "In 1990, he met a man who lied.", set()),
    ],
)
def test_faithful_rewrites(kind: str, sentence: str, changed: set[str]) -> None:
    assert faithful_versions(sentence, kind) == changed


@pytest.mark.parametrize("sentence", SENTENCES)
@pytest.mark.parametrize("seed", range(3))
def test_faithful_variants_keep_the_numbers(sentence: str, seed: int) -> None:
    for _, text in faithful_variants(sentence, seed):
        # A parenthetical may take its numbers along; what is left stands in the sentence.
        assert numeric_match(sentence, [text]) in {1.0, None}
        assert normalize(text)


@given(st.text(max_size=80), st.integers(0, 3))
def test_any_text_is_survived(text: str, seed: int) -> None:
    versions: list[Perturbation] = perturbations(text, seed, NAMES) + faithful_variants(text, seed)
    assert all(version.text != text for version in versions)
