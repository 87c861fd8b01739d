# SPDX-License-Identifier: MIT
"""What is said of each benchmark of a run, whoever says it: its median, how sure that is, its
level, and what it is in multiples of scalar code, copies and port limits of the same run.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import scipy.stats

from . import results

KIB = 1024
LEVELS = ["L1", "L2", "L3", "DRAM"]


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


def level_bytes(context: dict[str, Any], table: pd.DataFrame) -> dict[str, int]:
    """The bytes that input and output of a row have at each level. Results from before they said so
    have a copy at each: the largest that half of a cache holds, and the largest of all.
    """
    told = re.findall(r"(\w+):(\d+)", str(context.get("levels", "")))
    if told:
        return {level: int(size) for level, size in told}
    copies = table.loc[table["kernel"] == "copy_f32", "n"] * 8
    caches = cache_bytes(context)
    found = {level: copies[copies <= caches.get(level, 0) // 2].max() for level in ("L1", "L2")}
    found["DRAM"] = copies[copies > max(caches.values(), default=np.inf)].max()
    return {level: int(size) for level, size in found.items() if size == size}


def level_of(row: Any, levels: dict[str, int]) -> str:
    """ "L2", or "" at another size."""
    size = 2 * row.n * row.element_bytes
    return next((level for level, its in levels.items() if its == size), "")


def scalar_of(row: Any) -> str:
    """The name of what a row is compared with as "scalar": the same kernel in plain code."""
    return results.name_of(row.kernel, "scalar", row.bits, row.n)


def fused_of(row: Any) -> str:
    """The name of the plain loop that a careful programmer would write: of variations, too."""
    kernel = re.sub(r"(_[a-z]+\d+)_[a-z_]+$", r"\1", row.kernel)
    return results.name_of(kernel, "scalar_fused", row.bits, row.n)


def copy_of(row: Any, variant: str) -> str:
    """The name of the copy of as many bytes: f64 is copied as twice as many f32."""
    return results.name_of("copy_f32", variant, n=row.n * row.element_bytes // 4)


def with_ratios(table: pd.DataFrame) -> pd.DataFrame:
    """`results.medians`, and the speeds as ratios to those of other rows of the same file.

    `x_scalar`, `x_scalar_fused` and `x_memcpy` are ratios of elements per second, `pct_best_copy`
    another in percent, and `pct_port_limit` the share of `limit_per_cycle`, cycle by cycle. NaN
    where the file lacks what to compare with, and of threads, by the wall's clock.
    """
    table = table.copy()
    rows = list(table.itertuples())
    named = table.set_index("name")
    speeds, own = named["elements_per_second"], table["elements_per_second"].to_numpy()
    alone = np.where(table["threads"] > 0, np.nan, own)
    copied = alone * table["element_bytes"].to_numpy() / 4
    copies = table.loc[(table["kernel"] == "copy_f32") & (table["threads"] == 0), "isa"].unique()

    def of(names: list[str]) -> np.ndarray:
        return speeds.reindex(names).to_numpy()

    table["x_scalar"] = alone / of([scalar_of(row) for row in rows])
    table["x_scalar_fused"] = alone / of([fused_of(row) for row in rows])
    table["x_memcpy"] = copied / of([copy_of(row, "memcpy") for row in rows])
    every = [of([copy_of(row, variant) for row in rows]) for variant in copies]
    best = np.fmax.reduce(every) if every else np.full(len(rows), np.nan)
    table["pct_best_copy"] = 100 * copied / best
    limits = named["elements_per_cycle"].reindex(table["limit"]).to_numpy()
    before = table["elements_per_cycle"] / table["pct_port_limit"] * 100
    table["limit_per_cycle"] = np.where(table["limit"] == "", before, limits)
    table.loc[table["threads"] > 0, "limit_per_cycle"] = np.nan
    table["pct_port_limit"] = 100 * table["elements_per_cycle"] / table["limit_per_cycle"]
    return table


def of_run(loaded: results.Results) -> pd.DataFrame:
    """The medians of a run with their ratios and levels."""
    table = with_ratios(results.medians(loaded.runs))
    levels = level_bytes(loaded.context, table)
    return table.assign(level=[level_of(row, levels) for row in table.itertuples()])


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
    """`of_run`, with extremes and intervals of the speed-up."""
    table = of_run(loaded)
    runs = {
        name: speeds.dropna().to_numpy()
        for name, speeds in loaded.runs.groupby("name")["elements_per_second"]
    }
    table["slowest"] = [min(runs[name], default=np.nan) for name in table["name"]]
    table["fastest"] = [max(runs[name], default=np.nan) for name in table["name"]]
    nothing = np.array([])
    intervals = [
        ratio_interval(runs[row.name], runs.get(scalar_of(row), nothing))
        if row.isa != "scalar"
        else (1.0, 1.0)
        for row in table.itertuples(index=False)
    ]
    table[["x_scalar_low", "x_scalar_high"]] = intervals
    return table
