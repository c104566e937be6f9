"""How sure a figure is: intervals for proportions and means, and tests for differences.

Every random draw comes from a seed given by the caller, and the order of the values does not
matter: a run that was stopped and resumed gives the same figures. Knows nothing of questions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rag.evaluation.extra import require

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
    """Return the exact interval of a proportion (Clopper and Pearson 1934); [0, 1] of nothing.

    It covers the true proportion with at least ``level``, for every sample size. Raises ValueError
    unless ``0 <= hits <= total`` and ``0 < level < 1``, and EvaluationError without SciPy.
    """
    require("scipy")
    from scipy.stats import binomtest

    if not 0 <= hits <= total:
        raise ValueError(f"a proportion needs 0 <= hits <= total, not {hits} of {total}")
    _check_level(level)
    if not total:
        return Interval(0.0, 1.0)
    found = binomtest(hits, total).proportion_ci(level, method="exact")
    return Interval(float(found.low), float(found.high))


def bootstrap_mean(
    values: Iterable[float], seed: int, level: float = 0.95, resamples: int = RESAMPLES
) -> Interval:
    """Return the percentile bootstrap interval of the mean (Efron 1979).

    Raises ValueError when there are no values, and EvaluationError without SciPy.
    """
    return _bootstrap(np.sort(_array(values)), seed, level, resamples)[0]


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
    interval, means = _bootstrap(differences, seed, level, resamples)
    mean = float(differences.mean())
    # 1e-12: resampled means of equal values differ from their mean by rounding only.
    extreme = int(np.count_nonzero(np.abs(means - mean) >= abs(mean) - 1e-12))
    p = (extreme + 1) / (resamples + 1)
    return Difference(mean, interval, len(common), p)


def mcnemar(only_a: int, only_b: int) -> float:
    """Return the two-sided p of the exact McNemar test (the sign test on discordant pairs).

    ``only_a`` questions are right in a alone, ``only_b`` in b alone. 1.0 when none is. Raises
    EvaluationError without SciPy.
    """
    require("scipy")
    from scipy.stats import binomtest

    discordant = only_a + only_b
    return float(binomtest(only_a, discordant).pvalue) if discordant else 1.0


def _array(values: Iterable[float]) -> NDArray[np.float64]:
    array = np.fromiter(values, dtype=np.float64)
    if not array.size:
        raise ValueError("an interval needs at least one value")
    return array


def _bootstrap(
    values: NDArray[np.float64], seed: int, level: float, resamples: int
) -> tuple[Interval, NDArray[np.float64]]:
    """Return the percentile interval of the mean, and the means of ``resamples`` samples."""
    require("scipy")
    from scipy.stats import bootstrap

    _check_level(level)
    if values.size == 1:  # SciPy wants two: every sample of one value is that value
        only = float(values[0])
        return Interval(only, only), np.full(resamples, only)
    found = bootstrap(
        (values,),
        np.mean,
        n_resamples=resamples,
        batch=max(1, _BLOCK_DRAWS // values.size),
        confidence_level=level,
        method="percentile",
        rng=np.random.default_rng(seed),
    )
    low, high = found.confidence_interval
    return Interval(float(low), float(high)), np.asarray(found.bootstrap_distribution)


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not {level}")
