"""How sure a figure is: intervals for proportions and means, and tests for differences.

Every random draw comes from a seed given by the caller, and the order of the values does not
matter: a run that was stopped and resumed gives the same figures. Knows nothing of questions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import comb
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 10_000  # the 2.5 % quantile then rests on 250 means: stable to about 1 % of the width
_BLOCK_DRAWS = 2_000_000  # draws held at once: 16 MB of indices, whatever the size of the sample


class Interval(NamedTuple):
    low: float
    high: float


class Proportion(NamedTuple):
    """``hits`` out of ``total``."""

    hits: int
    total: int

    @property
    def value(self) -> float | None:
        """``hits / total``; None when there was nothing to count."""
        return self.hits / self.total if self.total else None

    def interval(self, level: float = 0.95) -> Interval:
        """The Clopper-Pearson interval; [0, 1] when there was nothing to count."""
        return clopper_pearson(self.hits, self.total, level)


def clopper_pearson(hits: int, total: int, level: float = 0.95) -> Interval:
    """The exact interval of a proportion (Clopper and Pearson 1934), by quantiles of the beta law.

    It covers the true proportion with at least ``level``, for every sample size. Raises ValueError
    unless ``0 <= hits <= total`` and ``0 < level < 1``.
    """
    from scipy.special import betaincinv

    if not 0 <= hits <= total:
        raise ValueError(f"a proportion needs 0 <= hits <= total, not {hits} of {total}")
    tail = _tail(level)
    low = float(betaincinv(hits, total - hits + 1, tail)) if hits else 0.0
    high = float(betaincinv(hits + 1, total - hits, 1 - tail)) if hits < total else 1.0
    return Interval(low, high)


def bootstrap_mean(
    values: Iterable[float], seed: int, level: float = 0.95, resamples: int = RESAMPLES
) -> Interval:
    """The percentile bootstrap interval of the mean (Efron 1979).

    Raises ValueError when there are no values.
    """
    return _percentiles(_resampled_means(np.sort(_array(values)), seed, resamples), level)


class Difference(NamedTuple):
    """``mean`` of b - a over the ``n`` questions that both runs have; ``p`` is two-sided."""

    mean: float
    interval: Interval
    n: int
    p: float


def paired_difference(
    a: Mapping[str, float],
    b: Mapping[str, float],
    seed: int,
    level: float = 0.95,
    resamples: int = RESAMPLES,
) -> Difference:
    """b - a by the paired bootstrap over the question ids that ``a`` and ``b`` have in common.

    The interval is the percentile interval of the mean difference. ``p`` is the share of resamples
    whose mean lies at least as far from the observed mean as zero does, with the observed sample
    counted as one more resample (Efron and Tibshirani 1993, chapter 16). Raises ValueError when no
    id is in common.
    """
    common = sorted(a.keys() & b.keys())
    differences = _array(b[question] - a[question] for question in common)
    means = _resampled_means(differences, seed, resamples)
    mean = float(differences.mean())
    # 1e-12: resampled means of equal values differ from their mean by rounding only.
    extreme = int(np.count_nonzero(np.abs(means - mean) >= abs(mean) - 1e-12))
    p = (extreme + 1) / (resamples + 1)
    return Difference(mean, _percentiles(means, level), len(common), p)


def mcnemar(only_a: int, only_b: int) -> float:
    """The two-sided p of the exact McNemar test (the sign test on discordant pairs).

    ``only_a`` questions are right in a alone, ``only_b`` in b alone. 1.0 when none is.
    """
    discordant = only_a + only_b
    tail = sum(comb(discordant, hits) for hits in range(min(only_a, only_b) + 1))
    return min(1.0, 2 * tail / (1 << discordant))


def _array(values: Iterable[float]) -> NDArray[np.float64]:
    array = np.fromiter(values, dtype=np.float64)
    if not array.size:
        raise ValueError("an interval needs at least one value")
    return array


def _resampled_means(values: NDArray[np.float64], seed: int, resamples: int) -> NDArray[np.float64]:
    """The means of ``resamples`` samples of ``values`` with replacement."""
    generator = np.random.default_rng(seed)
    rows = max(1, _BLOCK_DRAWS // values.size)
    means = [
        values[generator.integers(values.size, size=(min(rows, resamples - done), values.size))]
        .mean(axis=1)
        for done in range(0, resamples, rows)
    ]  # fmt: skip
    return np.concatenate(means)


def _percentiles(means: NDArray[np.float64], level: float) -> Interval:
    tail = _tail(level)
    low, high = np.quantile(means, [tail, 1 - tail])
    return Interval(float(low), float(high))


def _tail(level: float) -> float:
    """The probability on either side of an interval of this level."""
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not {level}")
    return (1 - level) / 2
