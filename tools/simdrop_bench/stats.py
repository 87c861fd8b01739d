# SPDX-License-Identifier: MIT
"""Bootstrap distributions of medians, and Holm's correction: nothing here knows of benchmarks."""

from __future__ import annotations

import numpy as np
from scipy.stats import binom, bootstrap

RESAMPLES = 9999


def bootstrap_medians(values: np.ndarray, resamples: int | None = None) -> np.ndarray:
    """For each row of `values`, medians of its bootstrap samples, sorted."""
    resamples = resamples or RESAMPLES
    if values.shape[1] < 2 or values.shape[0] == 0:
        return np.repeat(np.median(values, axis=1)[:, None], resamples, axis=1)
    made = bootstrap(
        (values,),
        np.median,
        axis=1,
        n_resamples=resamples,
        batch=500,
        vectorized=True,
        method="percentile",
        random_state=np.random.default_rng(1),
    )
    return np.sort(made.bootstrap_distribution, axis=1)


def interval(medians: np.ndarray, level: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
    """The percentile intervals that leave `level` / 2 on either side, row by row."""
    tails = np.broadcast_to(np.asarray(level, float) / 2, medians.shape[:1])
    last = medians.shape[1] - 1
    low = np.floor(tails * last).astype(int)
    rows = np.arange(len(medians))
    return medians[rows, low], medians[rows, last - low]


def p_beyond(values: np.ndarray, medians: np.ndarray, bound: float) -> np.ndarray:
    """Two-sided p-values of "the median is within -bound and bound", row by row.

    The larger of the bootstrap's and the sign test's: the bootstrap is too sure of few values, and
    the sign test is exact for any distribution. Where no bootstrap sample is within, the sign test
    alone counts, as 1 / (RESAMPLES + 1) would be too much for Holm's correction of large suites.
    """
    count = values.shape[1]
    p = []
    for sign in (1, -1):
        within = np.sum(sign * medians <= bound, axis=1)
        beyond = np.sum(sign * values > bound, axis=1)
        resampled = np.where(within == 0, 0.0, (within + 1) / (medians.shape[1] + 1))
        p.append(np.maximum(resampled, binom.sf(beyond - 1, count, 0.5)))
    return np.minimum(1.0, 2 * np.minimum(*p))


def holm_levels(p: np.ndarray, alpha: float) -> np.ndarray:
    """The level at which Holm's step-down procedure tests each hypothesis.

    The k-th smallest p-value is tested at alpha / (m - k + 1). After the first that isn't
    significant, the others are tested at the level of that one, so that none of them passes.
    """
    levels = np.empty(len(p))
    order = np.argsort(p, kind="stable")
    level, is_stopped = alpha, False
    for rank, index in enumerate(order):
        if not is_stopped:
            level = alpha / (len(p) - rank)
            is_stopped = p[index] > level
        levels[index] = level
    return levels


def holm(p: np.ndarray) -> np.ndarray:
    """Holm's adjusted p-values."""
    order = np.argsort(p, kind="stable")
    scaled = np.asarray(p, float)[order] * np.arange(len(p), 0, -1)
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(scaled))
    return adjusted
