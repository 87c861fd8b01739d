# SPDX-License-Identifier: MIT
"""Makes results files for the tests, and their comparisons quick."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from simdrop_bench import stats  # noqa: E402

DATA = Path(__file__).parent / "data" / "results.json"  # a real run, and statistics of one row


def entry(name: str, repetition: int, cpu_time: float, items: int = 1000) -> dict[str, Any]:
    """One repetition as Google Benchmark writes it, at 4 GHz, of calls on `items` elements."""
    rate = items / cpu_time * 1e9
    return {
        "name": name,
        "run_name": name,
        "run_type": "iteration",
        "repetitions": 3,
        "repetition_index": repetition,
        "threads": 1,
        "iterations": 100,
        "real_time": 1.1 * cpu_time,
        "cpu_time": cpu_time,
        "time_unit": "ns",
        "bytes_per_second": 8 * rate,
        "core_GHz": 4.0,
        "cycles_per_element": 4e9 / rate,
        "items_per_second": rate,
    }


def aggregate(of: dict[str, Any], statistic: str, factor: float = 1.0) -> dict[str, Any]:
    """A statistic of a repetition, with every number of it changed."""
    made = {k: v * factor if isinstance(v, float) else v for k, v in of.items()}
    del made["repetition_index"]
    return {
        **made,
        "name": f"{of['run_name']}_{statistic}",
        "run_type": "aggregate",
        "aggregate_name": statistic,
        "aggregate_unit": "percentage" if statistic == "cv" else "time",
    }


def document(times: dict[str, list[float]], **context: str) -> dict[str, Any]:
    """A results file with these CPU times in ns, and the aggregates that come with repetitions."""
    benchmarks = []
    for name, values in times.items():
        n = int(re.search(r"/n:(\d+)", name + "/n:1000")[1])
        runs = [entry(name, i, value, n) for i, value in enumerate(values)]
        benchmarks += runs
        benchmarks += [aggregate(runs[0], s) for s in ("mean", "median", "min", "stddev", "cv")]
    return {
        "context": {"date": "2026-11-23T12:00:00+00:00", "host_name": "test", **context},
        "benchmarks": benchmarks,
    }


@pytest.fixture(name="fewer_resamples")
def few_resamples(monkeypatch):
    """Enough for few suspects."""
    monkeypatch.setattr(stats, "RESAMPLES", 1999)
