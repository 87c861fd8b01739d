# SPDX-License-Identifier: MIT
"""A store of results, one file per run, and the steps in what it tells of each benchmark.

`scripts/bench --record` puts files into a store; `load` reads them as medians, `steps` finds where
a benchmark became slower or faster and stayed so.

A step is found by a metric that is steady across runs: the CPU time relative to the memcpy of as
many bytes in the same run, where a run has that, or else to scalar code, or else the time itself
(`metric` says which). Within a machine and a build of its compiler, in the order of dates,

1.  ruptures' PELT on ranks, which outliers hardly move, proposes change points; no segment is
    shorter than SHORTEST runs;
2.  Yuen's test compares the trimmed means of the runs on either side of each, up to the next change
    point; its p-value is multiplied by the number of places where these runs could have been cut,
    because the best of them was chosen;
3.  the p-values are Holm's over all benchmarks and proposals, and a step smaller than SMALLEST is
    no news;
4.  ranks know little of distances, so the date of a step is that from which on the runs are nearer
    to the median after than to that before.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import ruptures
from scipy.stats import rankdata, ttest_ind

from . import Error, files, results, stats, summary

SHORTEST = 5  # runs of a segment, so that one of them may be an outlier
TRIMMED = 0.2  # of the runs on either end
SMALLEST = 0.02
PENALTY = 1.5  # per change point and log(runs): more proposals than steps, which step 3 sorts out
ALPHA = 0.05

SERIES = ["name", "machine"]
COLUMNS = [
    *SERIES,
    *("date", "commit", "file"),
    *(key for key in results.KEYS if key != "name"),
    *("cpu_time", "elements_per_second", "elements_per_cycle", "x_memcpy", "x_scalar"),
    *("metric", "value"),
]
STEPS = [*SERIES, "metric", "date", "commit", "previous_commit", "before", "after", "change", "p"]


def record(file: Path | str, store: Path | str) -> Path:
    """Copies a results file, without statistics, into a store. Says where it is now."""
    loaded = results.load_measured(file)
    date, commit = results.date_of(loaded.context), str(loaded.context.get("commit", "unknown"))
    short = re.sub(r"^([0-9a-f]{12})[0-9a-f]*", r"\1", re.sub(r"[^\w.-]", "_", commit))
    name = f"{date:%Y%m%dT%H%M%SZ}-{short}-{results.machine_of(loaded.context)}.json"
    document = files.read_json(file)
    document["benchmarks"] = list(filter(results.is_repetition, document["benchmarks"]))
    target = Path(store) / name
    files.write(target, json.dumps(document) + "\n")
    return target


def steadiest(table: pd.DataFrame) -> pd.DataFrame:
    """With the metric that steps are looked for in, and its value: less is better in all of them.

    One metric for a whole series, or else its changes would be taken for steps; runs of a part of
    the benchmarks may lack it.
    """

    def choose(series: pd.DataFrame) -> pd.DataFrame:
        for metric in ("x_memcpy", "x_scalar"):
            is_own = series["isa"].iloc[0] == metric[2:]
            if not is_own and series[metric].notna().mean() > 0.5:
                return series.assign(metric=metric, value=1 / series[metric])
        return series.assign(metric="cpu_time", value=series["cpu_time"])

    return pd.concat([choose(series) for _, series in table.groupby(SERIES, sort=False)])


def load(store: Path | str) -> pd.DataFrame:
    """One row per run and benchmark, by date: COLUMNS.

    `x_memcpy` and `x_scalar` are speeds relative to those of the same run; `value` is the time that
    `metric` names, relative or absolute.
    """
    paths = sorted(Path(store).glob("*.json"))
    if not paths:
        raise Error(f"there are no results in {store}; scripts/bench --record puts them there")
    tables = []
    for path in paths:
        loaded = results.load(path)
        if loaded.runs.empty:
            continue
        table = summary.with_ratios(results.medians(loaded.runs))
        try:
            date = results.date_of(loaded.context)
        except Error as error:
            raise Error(f"{path}: {error}") from error
        tables.append(
            table.assign(
                date=date,
                commit=str(loaded.context.get("commit", "unknown")),
                machine=results.machine_of(loaded.context),
                file=path.name,
            )
        )
    if not tables:
        raise Error(f"no benchmark of the results in {store} succeeded")
    table = pd.concat(tables, ignore_index=True).sort_values("date", kind="stable")
    return steadiest(table)[COLUMNS].reset_index(drop=True)


def proposals(values: np.ndarray) -> list[int]:
    """Where PELT would cut a series: the index of the first run after each step."""
    if len(values) < 2 * SHORTEST or np.ptp(values) == 0:
        return []
    ranks = rankdata(values)
    signal = (ranks / np.std(ranks))[:, None]
    search = ruptures.KernelCPD(kernel="linear", min_size=SHORTEST).fit(signal)  # in C
    return search.predict(pen=PENALTY * np.log(len(values)))[:-1]


def dated(values: np.ndarray, cut: int) -> int:
    """The first run after the only step of a series, if `cut` is nearly that: the sum of distances
    to the medians of both sides is least. An outlier, farther from both than they are apart, is as
    far from either: it has no say.
    """
    levels = np.median(values[:cut]), np.median(values[cut:])
    apart = abs(levels[1] - levels[0])
    left, right = (np.minimum(np.abs(values - level), apart) for level in levels)
    return SHORTEST + int(np.argmin(np.cumsum(left - right)[SHORTEST - 1 : -SHORTEST]))


def test_of(left: np.ndarray, right: np.ndarray) -> float:
    """Whether two parts of a series differ, which were chosen to differ most."""
    cuts = len(left) + len(right) - 2 * SHORTEST + 1
    if np.ptp(left) == 0 and np.ptp(right) == 0:
        return float(left[0] == right[0])
    test = ttest_ind(left, right, equal_var=False, trim=TRIMMED)
    return min(1.0, cuts * float(test.pvalue))


def steps_of(series: pd.DataFrame) -> list[dict[str, Any]]:
    """The proposed steps of one benchmark on one machine, with their p-values."""
    series = series[series["value"].notna()]
    values = series["value"].to_numpy()
    cuts = [0, *proposals(values), len(values)]
    found = []
    for before, cut, after in zip(cuts, cuts[1:], cuts[2:]):
        left, right = values[before:cut], values[cut:after]
        first = before + dated(values[before:after], cut - before)
        row, previous = series.iloc[first], series.iloc[first - 1]
        found.append(
            {
                **{key: row[key] for key in [*SERIES, "metric", "date", "commit"]},
                "previous_commit": previous["commit"],
                "before": float(np.median(left)),
                "after": float(np.median(right)),
                "change": float(np.median(right) / np.median(left) - 1),
                "p": test_of(np.log(left), np.log(right)),
            }
        )
    return found


def steps(table: pd.DataFrame, alpha: float = ALPHA, smallest: float = SMALLEST) -> pd.DataFrame:
    """The steps in what `load` returned, the latest first: STEPS. A `change` of 0.08 is 8 % slower.

    `date` and `commit` are of the first run after the step, `p` is corrected.
    """
    found = [steps_of(series) for _, series in table.groupby(SERIES, sort=False)]
    made = pd.DataFrame([step for series in found for step in series], columns=STEPS)
    if made.empty:
        return made
    without = sum(not series for series in found)  # which are hypotheses as well
    p = np.concatenate([made["p"].to_numpy(), np.ones(without)])
    made["p"] = stats.holm(p)[: len(made)]
    made = made[(made["p"] <= alpha) & (made["change"].abs() >= smallest)]
    return made.sort_values("date", ascending=False, kind="stable").reset_index(drop=True)


def format_steps(table: pd.DataFrame, made: pd.DataFrame) -> str:
    """The steps for people."""
    runs, names = table["file"].nunique(), table["name"].nunique()
    lines = [f"{runs} runs of {names} benchmarks, {len(made)} steps"]
    for row in made.to_dict("records"):
        lines.append(
            f"{row['date']:%Y-%m-%d %H:%M}  {row['commit'][:12]:<12}  {100 * row['change']:+6.1f} %"
            f"  {row['name']} ({row['metric']}, p {row['p']:.2g})"
        )
    return "\n".join(lines)
