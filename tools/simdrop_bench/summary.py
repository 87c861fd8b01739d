# SPDX-License-Identifier: MIT
"""What a report says of each benchmark: its median, how sure that is, and what it compares with."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import scipy.stats

from . import results

KIB = 1024
LEVELS = ["L1", "L2", "DRAM"]


def cache_bytes(context: dict[str, Any]) -> dict[str, int]:
    """The capacity of L1, L2 and L3, as far as the context of a run says."""
    caches = {
        f"L{cache['level']}": cache["size"]
        for cache in context.get("caches", [])
        if cache.get("type") in ("Data", "Unified")
    }
    for level, key in [("L1", "l1d"), ("L2", "l2"), ("L3", "last_level_cache")]:
        match = re.fullmatch(r"(\d+) KiB", str(context.get(key, "")))
        if match:
            caches[level] = int(match[1]) * KIB
    return caches


def working_set(row: Any) -> int:
    """Bytes of an input and an output of a benchmark's size, which is what sizes are made for."""
    return 2 * row.n * row.element_bytes


def with_levels(table: pd.DataFrame, caches: dict[str, int]) -> pd.DataFrame:
    """The table with a column `level`: of each kernel, the sizes that stand for L1, L2 and DRAM.

    They are the largest of which input and output fill half of the cache at most, and the largest
    that is more than the last cache holds.
    """
    table = table.assign(level="", bytes=[working_set(row) for row in table.itertuples()])
    sized = table[table["n"] > 0]
    last = max(caches.values(), default=0)
    for _, rows in sized.groupby(["kernel", "isa", "bits"]):
        for level in LEVELS:
            if level == "DRAM":
                fitting = rows[rows["bytes"] > last] if last else rows[:0]
            else:
                fitting = rows[rows["bytes"] <= caches.get(level, 0) // 2]
                if level == "L2":
                    fitting = fitting[fitting["bytes"] > caches.get("L1", 0)]
            if len(fitting):
                table.loc[fitting["bytes"].idxmax(), "level"] = level
    return table


def median_ratio(own: np.ndarray, other: np.ndarray, axis: int = -1) -> np.ndarray:
    return np.median(own, axis=axis) / np.median(other, axis=axis)


def ratio_interval(own: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """A 95 % bootstrap interval of the ratio of medians; NaN of fewer than three values."""
    if min(len(own), len(other)) < 3:
        return float("nan"), float("nan")
    found = scipy.stats.bootstrap(
        (own, other),
        median_ratio,
        method="percentile",
        n_resamples=999,
        random_state=np.random.default_rng(1),
    ).confidence_interval
    return float(found.low), float(found.high)


def summarize(loaded: results.Results) -> pd.DataFrame:
    """`results.with_ratios` of the medians, with levels, extremes and intervals of the speed-up."""
    table = results.with_ratios(results.medians(loaded.runs))
    table = with_levels(table, cache_bytes(loaded.context))
    runs = {
        name: speeds.dropna().to_numpy()
        for name, speeds in loaded.runs.groupby("name")["elements_per_second"]
    }
    table["slowest"] = [min(runs[name], default=np.nan) for name in table["name"]]
    table["fastest"] = [max(runs[name], default=np.nan) for name in table["name"]]
    nothing = np.array([])
    intervals = [
        ratio_interval(runs[row.name], runs.get(results.scalar_of(row), nothing))
        if row.isa != "scalar"
        else (1.0, 1.0)
        for row in table.itertuples(index=False)
    ]
    table[["x_scalar_low", "x_scalar_high"]] = intervals
    table["limit_per_cycle"] = table["elements_per_cycle"] / table["pct_port_limit"] * 100
    return table
