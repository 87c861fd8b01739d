# SPDX-License-Identifier: MIT
"""Turns a results file into what other tools read.

Every format has one entry per benchmark, made from its repetitions: never one for a mean, a cv or
another statistic, and no statistic of a rate. Times are CPU times. What each consumer accepts was
read in its source, which the tests repeat as schemas:

    gbench        Google Benchmark's own JSON, repetitions only, with the context of the run
    bencher       Bencher Metric Format: a measure is a value with lower_value and upper_value; a
                  key of measures that is a slug ("latency") names a measure of Bencher
    github-time   github-action-benchmark, tool customSmallerIsBetter: nanoseconds
    github-speed  the same, tool customBiggerIsBetter: elements per second
    lnt           LNT's report, format_version "2", for the test suite "nts"
    benchstat     Go's benchmark format, one line per repetition
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

import numpy as np
import pandas as pd

from . import Error, stats
from .results import BUILD, Results, date_of, is_repetition, machine_fields, machine_of

RUN = ["commit", "simdrop_version", "os", "kernel", "l1d"]  # which may differ on one machine
TOLD = [*RUN, *BUILD]  # where a text says what was run
NOT_JSON = (math.inf, -math.inf)  # nor is NaN: Google Benchmark writes rates in no time so


def summary(runs: pd.DataFrame, column: str) -> pd.DataFrame:
    """By name, in the order of the file: the median of a column and its 95 % interval."""
    rows = {}
    for name, values in runs.groupby("name", sort=False)[column]:
        medians = stats.bootstrap_medians(values.to_numpy()[None, :])
        low, high = stats.interval(medians, 0.05)
        rows[name] = (float(np.median(values)), float(low[0]), float(high[0]))
    return pd.DataFrame.from_dict(rows, orient="index", columns=["value", "low", "high"])


def context_of(loaded: Results, noise_floor: dict[str, Any] | None) -> dict[str, Any]:
    """The context, with the noise floor that scripts/compare found, if it is known."""
    return {**loaded.context, "noise_floor": noise_floor} if noise_floor else dict(loaded.context)


def gbench(loaded: Results, context: dict[str, Any]) -> str:
    """Google Benchmark's JSON without the aggregates."""
    try:
        original = json.loads(loaded.path.read_text(encoding="utf-8"))
    except (AttributeError, OSError) as error:
        raise Error("gbench needs the results file itself") from error
    kept = [
        {key: value for key, value in entry.items() if value not in NOT_JSON and value == value}
        for entry in filter(is_repetition, original["benchmarks"])
    ]
    made = {"context": context, "benchmarks": kept}
    return json.dumps(made, indent=2, allow_nan=False) + "\n"


def metric(row: Any) -> dict[str, float]:
    """A value of Bencher's with its bounds."""
    return {"value": row.value, "lower_value": row.low, "upper_value": row.high}


def bencher(loaded: Results, _context: dict[str, Any]) -> str:
    """Latency in nanoseconds and throughput in elements per second, both measures of Bencher."""
    made: dict[str, Any] = {}
    for measure, column in {"latency": "cpu_time", "throughput": "elements_per_second"}.items():
        for row in summary(loaded.runs, column).dropna().itertuples():
            made.setdefault(row.Index, {})[measure] = metric(row)
    return json.dumps(made, indent=1) + "\n"


def rounded(number: float) -> float:
    """A number with six digits, which charts and alerts show as they are."""
    return float(f"{number:.6g}")


def github(loaded: Results, column: str, unit: str) -> str:
    """github-action-benchmark's custom list; the range is half of the interval's width."""
    extra = "\n".join(f"{key}: {loaded.context[key]}" for key in TOLD if key in loaded.context)
    made = [
        {
            "name": row.Index,
            "unit": unit,
            "value": rounded(row.value),
            "range": f"± {rounded((row.high - row.low) / 2):.15g}",
            "extra": extra,
        }
        for row in summary(loaded.runs, column).dropna().itertuples()
    ]
    if not made:
        raise Error("no benchmark of the results has a speed")
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


def github_time(loaded: Results, _context: dict[str, Any]) -> str:
    return github(loaded, "cpu_time", "ns")


def github_speed(loaded: Results, _context: dict[str, Any]) -> str:
    return github(loaded, "elements_per_second", "elements/s")


def lnt(loaded: Results, context: dict[str, Any]) -> str:
    """LNT's report. It orders runs by the numbers in the revision, so a commit won't do: a date.
    It refuses a machine that has the name of another but other fields.
    """
    date = date_of(context)
    machine = machine_fields(context)
    cpu = "-".join(re.findall(r"\w+", machine["cpu"] or "unknown"))
    time = date.strftime("%Y-%m-%dT%H:%M:%S")
    run = {"start_time": time, "end_time": time}
    run["llvm_project_revision"] = date.strftime("%Y%m%d.%H%M%S")
    run.update({key: str(context[key]) for key in RUN if key in context})
    if "noise_floor" in context:
        run["noise_floor"] = json.dumps(context["noise_floor"])
    tests = []
    for name, runs in loaded.runs.groupby("name", sort=False):
        test = {"name": name, "execution_time": (runs["cpu_time"] * 1e-9).tolist()}
        speeds = runs["elements_per_second"].dropna().tolist()
        tests.append({**test, **({"score": speeds} if speeds else {})})
    document = {
        "format_version": "2",
        "machine": {"name": f"{cpu}-{machine_of(context)}", **machine},
        "run": run,
        "tests": tests,
    }
    return json.dumps(document, indent=1) + "\n"


def go_name(row: Any) -> str:
    """A name by whose parts benchstat can group, say -col /isa."""
    name = f"Benchmark{row.kernel[0].upper()}{row.kernel[1:]}"
    for key, value in {"isa": row.isa, "bits": row.bits, "n": row.n}.items():
        name += f"/{key}={value}" if value else ""
    return name.replace(" ", "_")


def benchstat(loaded: Results, context: dict[str, Any]) -> str:
    """Go's format. Only what identifies the machine is a configuration line: benchstat compares
    nothing that differs in one. The rest are comments, lines that it ignores.
    """
    lines = [f"# {key}: {context[key]}" for key in ["date", *TOLD] if key in context]
    lines += [f"pkg: simdrop\ncpu: {context.get('cpu', 'unknown')}"]
    lines += ["Unit elements/s better=higher"]
    for row in loaded.runs.itertuples():
        line = f"{go_name(row)} {row.iterations} {row.cpu_time:.6g} ns/op"
        if row.elements_per_second == row.elements_per_second:
            line += f" {row.elements_per_second:.6g} elements/s"
        lines.append(line)
    return "\n".join(lines) + "\n"


FORMATS = {
    "gbench": gbench,
    "bencher": bencher,
    "github-time": github_time,
    "github-speed": github_speed,
    "lnt": lnt,
    "benchstat": benchstat,
}


def export(name: str, loaded: Results, noise_floor: dict[str, Any] | None = None) -> str:
    """The results as text in a format of FORMATS."""
    if name not in FORMATS:
        raise Error(f"there is no format {name}; there are {', '.join(FORMATS)}")
    if loaded.runs.empty:
        raise Error("no benchmark of the results succeeded")
    return FORMATS[name](loaded, context_of(loaded, noise_floor))
