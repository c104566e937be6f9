"""Intervals and tests: published values, hand cases, and coverage of the truth on fixed seeds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.evaluation.intervals import (
    Interval,
    Proportion,
    bootstrap_mean,
    clopper_pearson,
    mcnemar,
    paired_difference,
)


@pytest.mark.parametrize(
    ("hits", "total", "low", "high"),
    [
        (81, 263, 0.2527, 0.3676),  # Newcombe 1998, table I: the exact method
        (15, 148, 0.0578, 0.1617),
        (0, 20, 0.0, 0.1684),
        (1, 29, 0.0009, 0.1776),
        (5, 10, 0.1871, 0.8129),
    ],
)
def test_published_exact_intervals(hits: int, total: int, low: float, high: float) -> None:
    assert clopper_pearson(hits, total) == pytest.approx((low, high), abs=5e-5)


def test_with_no_hits_the_upper_bound_has_a_closed_form() -> None:
    assert clopper_pearson(0, 12).high == pytest.approx(1 - 0.025 ** (1 / 12))
    assert clopper_pearson(12, 12, level=0.9).low == pytest.approx(0.05 ** (1 / 12))


def test_nothing_counted_says_nothing() -> None:
    nothing = Proportion(0, 0)
    assert nothing.value is None
    assert nothing.interval() == Interval(0.0, 1.0)


@given(st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_exact_intervals_hold_the_share_and_mirror(counts: tuple[int, int]) -> None:
    hits, total = counts
    low, high = Proportion(hits, total).interval()
    mirrored = clopper_pearson(total - hits, total)
    assert low <= hits / total <= high
    assert (1 - mirrored.high, 1 - mirrored.low) == pytest.approx((low, high))


@pytest.mark.parametrize(("hits", "total"), [(-1, 3), (4, 3)])
def test_impossible_counts_are_refused(hits: int, total: int) -> None:
    with pytest.raises(ValueError, match="0 <= hits <= total"):
        clopper_pearson(hits, total)


def test_impossible_levels_are_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        bootstrap_mean([0.5], seed=0, level=95)


def test_bootstrap_agrees_with_the_normal_interval_on_a_large_sample() -> None:
    values = np.random.default_rng(7).normal(3.0, 2.0, size=2_000)
    low, high = bootstrap_mean(values, seed=0)
    margin = 1.96 * values.std() / np.sqrt(values.size)
    assert low == pytest.approx(values.mean() - margin, abs=margin / 20)
    assert high == pytest.approx(values.mean() + margin, abs=margin / 20)


def test_bootstrap_covers_the_true_mean_about_as_often_as_it_says() -> None:
    generator = np.random.default_rng(11)
    samples = [generator.exponential(1.0, size=60) for _ in range(200)]
    intervals = [bootstrap_mean(sample, seed=1, resamples=500) for sample in samples]
    covered = sum(low <= 1.0 <= high for low, high in intervals)
    assert 0.88 <= covered / len(samples) <= 0.98  # percentile intervals of skewed data: below .95


def test_bootstrap_depends_on_the_seed_and_not_on_the_order() -> None:
    values = [0.0, 1.0, 0.251, 0.502, 0.753, 0.104, 0.9, 0.33, 0.61, 0.47]
    assert bootstrap_mean(values, seed=3) == bootstrap_mean(values[::-1], seed=3)
    assert bootstrap_mean(values, seed=3) != bootstrap_mean(values, seed=4)


def test_blocks_of_draws_do_not_show_in_the_count_of_resamples(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = bootstrap_mean([0.0, 0.5, 1.0], seed=5, resamples=1_001)
    monkeypatch.setattr("rag.evaluation.intervals._BLOCK_DRAWS", 30)
    assert bootstrap_mean([0.0, 0.5, 1.0], seed=5, resamples=1_001) == whole


def test_equal_values_have_no_width() -> None:
    assert bootstrap_mean([0.3, 0.3, 0.3], seed=0) == pytest.approx((0.3, 0.3))


def test_no_values_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one value"):
        bootstrap_mean([], seed=0)
    with pytest.raises(ValueError, match="at least one value"):
        paired_difference({"a": 1.0}, {"b": 1.0}, seed=0)


def test_a_planted_regression_is_found() -> None:
    generator = np.random.default_rng(2)
    before = {f"q{number}": float(value) for number, value in enumerate(generator.random(150))}
    after = {key: value - 0.05 + generator.normal(0, 0.1) for key, value in before.items()}
    difference = paired_difference(before, after, seed=0)
    assert difference.interval.low < difference.mean < difference.interval.high < 0
    assert difference.p < 0.01


def test_equal_runs_do_not_differ() -> None:
    run = {f"q{number}": number % 3 / 2 for number in range(50)}
    assert paired_difference(run, dict(run), seed=0) == (0.0, (0.0, 0.0), 50, 1.0)


def test_only_common_questions_count() -> None:
    difference = paired_difference({"a": 0.0, "b": 0.5, "x": 9.0}, {"b": 1.0, "a": 0.1}, seed=0)
    assert difference.n == 2
    assert difference.mean == pytest.approx(0.3)


def test_noise_alone_is_seldom_called_a_difference() -> None:
    generator = np.random.default_rng(23)
    found = 0
    for _ in range(200):
        noise = {str(number): value for number, value in enumerate(generator.normal(size=50))}
        found += paired_difference(dict.fromkeys(noise, 0.0), noise, seed=0, resamples=500).p < 0.05
    assert found / 200 <= 0.1


def test_mcnemar_by_hand() -> None:
    assert mcnemar(0, 0) == 1.0
    assert mcnemar(3, 3) == 1.0
    assert mcnemar(0, 6) == pytest.approx(2 / 64)
    assert mcnemar(1, 7) == mcnemar(7, 1) == pytest.approx(2 * (1 + 8) / 256)
    assert mcnemar(0, 3_000) == pytest.approx(0.0)
