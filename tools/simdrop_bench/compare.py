# SPDX-License-Identifier: MIT
"""Decides from interleaved runs of two builds which benchmarks became slower or faster.

What is measured. The programs run in rounds OLD, NEW, NEW, OLD. So neighbours are pairs of OLD and
NEW in either order, in which a drift has opposite signs; and within a round NEW, and where two
rounds meet OLD, runs twice in a row. Within a run Google Benchmark shuffles the repetitions of all
benchmarks. The figure of a run is the CPU time of a benchmark's fastest repetition, since
disturbances only add time; and that time divided by the memcpy of as many bytes in the same
process, which takes the core's clock out.

What is computed, for each benchmark:

    change   the median of log(NEW / OLD) over neighbours
    noise    a build against itself: the median of log(second / first) over neighbours has a
             bootstrap interval of 95 %; its end farther from 0 is the noise floor

both in absolute times and relative to memcpy. The verdict is that of the steadier of the two, in
which builds differ less from themselves (the median of the absolute log-ratios): a choice that says
nothing of NEW against OLD. Only where memcpy itself changed by more than half of the threshold, as
it does if a build aligns its buffers otherwise, the times are judged as they are. Intervals of the
change are percentile bootstrap intervals of the median (scipy.stats.bootstrap), of 95 %.

The second pass. Suspects are benchmarks whose change is beyond the threshold or whose noise floor
is. They run once more, alone and in more rounds, and are judged by these new runs only. Here the
levels of the intervals are Holm's, so that the probability that any benchmark of the suite gets a
verdict without a cause is at most 5 %: the new runs know nothing of how the suspects were
selected. A p-value is the bootstrap's or that of the sign test, whichever is larger, so that it
holds for any noise. What the first pass didn't suspect is "same".

The verdicts:

    slower, faster   the whole interval is beyond the threshold and beyond the noise floor, and
                     Holm's p-value is at most 5 %
    inconclusive     else, if the noise floor or the change is beyond the threshold
    same             else

The interleaving can't show, and so the intervals don't hold, what is the same in every run of a
build: a loop that happens to lie differently in its cache lines is slower or faster indeed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from . import Error, files, results, stats, summary

VERSION = 2  # of what --json writes
THRESHOLD = 0.05
ALPHA = 0.05
ROUND = ("old", "new", "new", "old")
FEWEST = 5  # rounds that can be judged

SLOWER, FASTER, SAME, INCONCLUSIVE = "slower", "faster", "same", "inconclusive"
WORST_FIRST = [SLOWER, INCONCLUSIVE, FASTER, SAME]

OK, REGRESSION, FAILURE, UNDECIDED, INTERRUPTED = 0, 1, 2, 3, 130


@dataclass
class Samples:
    """CPU times in ns: for each build a list of runs, each with a time for every name."""

    names: list[str]
    runs: dict[str, list[list[float]]] = field(default_factory=lambda: {"old": [], "new": []})
    element_bytes: dict[str, int] = field(default_factory=dict)  # by name, as far as it is known

    def rounds(self) -> int:
        """How many rounds are complete."""
        return min(len(runs) for runs in self.runs.values()) // 2

    def logs(self, build: str) -> np.ndarray:
        """Logarithms of the times: names × rounds × the runs of a round."""
        times = np.array(self.runs[build][: 2 * self.rounds()], float)
        return np.log(times.T).reshape(len(self.names), -1, 2)

    def of(self, name: str) -> dict[str, list[float]]:
        """The times of one benchmark by build, run by run; two runs are a round."""
        index = self.names.index(name)
        return {b: [t[index] for t in runs[: 2 * self.rounds()]] for b, runs in self.runs.items()}

    def baseline_of(self, name: str) -> str | None:
        """What the times of a benchmark are divided by."""
        return baseline_of(name, self.names, self.element_bytes)


def is_baseline(name: str) -> bool:
    """Whether other benchmarks are divided by this one, which then is not judged itself."""
    return name.startswith("copy_f32/memcpy/")


def baseline_of(name: str, names: list[str], element_bytes: dict[str, int]) -> str | None:
    """The memcpy of as many bytes; that of the smallest size if there is none, or nothing."""
    own = summary.copy_of(pd.Series(results.parse_name(name, element_bytes.get(name, 0))), "memcpy")
    copies = sorted(filter(is_baseline, names), key=lambda c: results.parse_name(c)["n"])
    return own if own in copies else copies[0] if copies else None


@dataclass
class Contrast:
    """One metric: log-ratios of neighbours, NEW to OLD or a build to itself; benchmarks × pairs."""

    change: np.ndarray
    itself: np.ndarray

    def unrest(self) -> np.ndarray:
        """How much builds differ from themselves."""
        return np.median(np.abs(self.itself), axis=1)

    def take(self, rows: np.ndarray, other: Contrast) -> Contrast:
        """Where `rows` is true these rows, elsewhere those of `other`."""
        pick = rows[:, None]
        return Contrast(
            np.where(pick, self.change, other.change), np.where(pick, self.itself, other.itself)
        )


def neighbours(old: np.ndarray, new: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log-ratios of NEW to OLD, and of each build to itself, from benchmarks × rounds × 2 logs."""
    change = (new - old).reshape(len(old), -1)
    itself = np.hstack([old[:, 1:, 0] - old[:, :-1, 1], new[:, :, 1] - new[:, :, 0]])
    return change, itself


def contrasts(samples: Samples, judged: list[str]) -> tuple[Contrast, Contrast, np.ndarray]:
    """The log-ratios of the benchmarks `judged`: absolute, and relative to memcpy; and by how much
    the memcpy of each changed.
    """
    old, new = samples.logs("old"), samples.logs("new")
    change, itself = neighbours(old, new)
    index = {name: i for i, name in enumerate(samples.names)}
    own = [index[name] for name in judged]
    base = [index.get(samples.baseline_of(name)) for name in judged]
    absolute = Contrast(change[own], itself[own])
    relative = Contrast(absolute.change.copy(), absolute.itself.copy())
    for row, column in enumerate(base):
        if column is not None:
            relative.change[row] -= change[column]
            relative.itself[row] -= itself[column]
    return absolute, relative, np.median(absolute.change - relative.change, axis=1)


def percent(logs: np.ndarray) -> np.ndarray:
    """Log-ratios as fractions: log(1.08) is 0.08."""
    return np.expm1(logs)


def noise_floor(contrast: Contrast) -> np.ndarray:
    """The farther end of the 95 % interval of builds against themselves."""
    low, high = stats.interval(stats.bootstrap_medians(contrast.itself, 1999), ALPHA)
    return np.maximum(np.abs(low), np.abs(high))


def verdicts(change, low, high, noise, p, bound: float) -> list[str]:
    """The verdict of each benchmark; everything in logarithms."""
    beyond = np.maximum(noise, bound)
    sure = p <= ALPHA
    unclear = (noise > bound) | (np.abs(change) > bound)
    return list(
        np.select(
            [sure & (low > beyond), sure & (high < -beyond), unclear],
            [SLOWER, FASTER, INCONCLUSIVE],
            default=SAME,
        )
    )


def analyse(samples: Samples, threshold: float = THRESHOLD, corrected: bool = True) -> pd.DataFrame:
    """One row per benchmark: the change with its interval, the noise floor and the verdict.

    Changes are fractions: 0.08 is 8 % more time. `absolute` and `relative` are the medians of the
    two metrics, `metric` says which of them `change`, `low`, `high`, `noise` and `p` are of.
    Without `corrected` the intervals are of 95 %, and their verdicts only a first look.
    """
    judged = [name for name in samples.names if not is_baseline(name)]
    if samples.rounds() < FEWEST or not judged:
        raise Error(f"nothing was measured in {FEWEST} rounds that could be compared")
    absolute, relative, copies = contrasts(samples, judged)
    bound = np.log1p(threshold)
    is_relative = (relative.unrest() < absolute.unrest()) & (np.abs(copies) <= bound / 2)
    chosen = relative.take(is_relative, absolute)
    medians = stats.bootstrap_medians(chosen.change)
    p = stats.p_beyond(chosen.change, medians, bound)
    low, high = stats.interval(medians, stats.holm_levels(p, ALPHA) if corrected else ALPHA)
    p = stats.holm(p)
    change, noise = np.median(chosen.change, axis=1), noise_floor(chosen)
    return pd.DataFrame(
        {
            "name": judged,
            "verdict": verdicts(change, low, high, noise, p, bound),
            "metric": np.where(is_relative, "relative", "absolute"),
            "change": percent(change),
            "low": percent(low),
            "high": percent(high),
            "noise": percent(noise),
            "p": p,
            "absolute": percent(np.median(absolute.change, axis=1)),
            "relative": percent(np.median(relative.change, axis=1)),
            "rounds": samples.rounds(),
        }
    )


def suspects(table: pd.DataFrame, threshold: float = THRESHOLD) -> list[str]:
    """The benchmarks that need a second pass."""
    change = np.log1p(table["change"]).abs() > np.log1p(threshold)
    return table[change | (table["noise"] > threshold)]["name"].tolist()


def merge(first: pd.DataFrame, second: pd.DataFrame | None) -> pd.DataFrame:
    """The table of both passes, worst first: the second one's word counts where it has one."""
    tables = [first.assign(**{"pass": 1})]
    if second is not None:
        tables = [tables[0][~first["name"].isin(second["name"])], second.assign(**{"pass": 2})]
    table = pd.concat([t for t in tables if len(t)])
    order = table["verdict"].map(WORST_FIRST.index)
    table = table.assign(order=order).sort_values(["order", "change"], ascending=[True, False])
    return table.drop(columns="order").reset_index(drop=True)


def exit_code(table: pd.DataFrame) -> int:
    """What the process says: 1 if anything is slower, 3 if anything is inconclusive, or else 0."""
    found = set(table["verdict"])
    return REGRESSION if SLOWER in found else UNDECIDED if INCONCLUSIVE in found else OK


def noise_summary(table: pd.DataFrame) -> dict[str, Any]:
    """The noise floor of a whole comparison."""
    worst = table.loc[table["noise"].idxmax()]
    return {
        "median": float(table["noise"].median()),
        "worst": float(worst["noise"]),
        "worst_name": str(worst["name"]),
    }


def document(
    table: pd.DataFrame, passes: list[Samples], threshold: float, **more: Any
) -> dict[str, Any]:
    """What --json writes. `samples` are the times of the pass that judged the benchmark."""
    benchmarks = []
    for row in table.to_dict("records"):
        samples = passes[row["pass"] - 1]
        base = samples.baseline_of(row["name"])
        benchmarks.append(
            {
                **results.parse_name(row["name"], samples.element_bytes.get(row["name"], 0)),
                **row,
                "samples": samples.of(row["name"]),
                "baseline": base,
                "baseline_samples": samples.of(base) if base else None,
            }
        )
    return {
        "format": "simdrop-compare",
        "version": VERSION,
        **more,
        "threshold": threshold,
        "confidence": 1 - ALPHA,
        "noise_floor": noise_summary(table),
        "benchmarks": benchmarks,
    }


def load(path: Path | str) -> dict[str, Any]:
    """What --json wrote into a file."""
    made = files.read_json(path)
    if not isinstance(made, dict) or made.get("format") != "simdrop-compare":
        raise Error(f"{path} was not written by scripts/compare")
    if made.get("version") != VERSION:
        raise Error(f"{path} was written by another version of scripts/compare")
    if not (set(made) >= {"old", "new", "threshold", "noise_floor"} and made.get("benchmarks")):
        raise Error(f"{path} is not complete")
    return made


def format_table(table: pd.DataFrame, everything: bool) -> str:
    """The benchmarks for people: all, or those with news and the ten that are next to them."""
    news = table["verdict"] != SAME
    shown = table if everything else pd.concat([table[news], table[~news].head(10)])
    lines = [
        f"{'':<46} {'change':>8} {'interval':>18} {'noise':>7}  {'metric':<9} verdict",
    ]
    for row in shown.itertuples():
        between = f"{100 * row.low:+.1f} to {100 * row.high:+.1f} %"
        lines.append(
            f"{row.name:<46} {100 * row.change:+6.1f} % {between:>18} {100 * row.noise:5.1f} %"
            f"  {row.metric:<9} {row.verdict}"
        )
    if len(shown) < len(table):
        lines.append(f"and {len(table) - len(shown)} more that are the same (--all shows them)")
    return "\n".join(lines)


def format_summary(table: pd.DataFrame, threshold: float) -> str:
    """The noise floor and the count of verdicts."""
    noise = noise_summary(table)
    counts = table["verdict"].value_counts()
    counted = ", ".join(f"{counts.get(v, 0)} {v}" for v in [SLOWER, FASTER, SAME, INCONCLUSIVE])
    return (
        f"Noise floor, builds against themselves: {100 * noise['median']:.1f} % for the median"
        f" benchmark, {100 * noise['worst']:.1f} % for {noise['worst_name']}\n"
        f"By a threshold of {100 * threshold:g} %: {counted}"
    )
