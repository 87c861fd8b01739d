# SPDX-License-Identifier: MIT
"""Loads a results file of simdrop-bench: a tidy table with one row per repetition, and the context.

The file is Google Benchmark's JSON. It has repetitions ("iteration") and statistics of them
("aggregate": mean, median, stddev, cv). Only repetitions are taken: a statistic is no benchmark,
and the "min" or "stddev" of a rate is no rate.
"""

from __future__ import annotations

import hashlib
import math
import re
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from . import Error, files

NANOSECONDS = {"ns": 1.0, "us": 1e3, "ms": 1e6, "s": 1e9}

# What the context says of the hardware and of how simdrop was built and run.
HARDWARE = ["cpu", "cpu_family_model", "num_cpus", "l2", "last_level_cache"]
BUILD = ["compiler", "flags", "build_type", "forced_isa"]

# What names a benchmark; the columns of `medians` begin with these. `bits` is 0 for what has no
# choice of draws, `n` is 0 for what has no size (port limits), `threads` is 0 for what is timed by
# the CPU's clock. `isa` is the variant for what is no kernel: "memcpy", "scalar_fused".
# `element_bytes` is the size of the type, `limit` the name of the port limit.
KEYS = ["name", "kernel", "isa", "bits", "n", "threads", "element_bytes", "limit"]

# The columns of `Results.runs`. `bytes_per_element` is what is read and written for one.
COLUMNS = KEYS + [
    "repetition",
    "iterations",
    "cpu_time",  # of one call, in nanoseconds
    "real_time",
    "elements_per_second",
    "elements_per_cycle",
    "bytes_per_element",
    "core_GHz",
    "pct_port_limit",  # of results from before they had `limit`; elsewhere NaN
]

NAME = re.compile(
    r"(?P<kernel>[^/]+)/(?P<isa>[^/]+)(/bits:(?P<bits>\d+))?(/n:(?P<n>\d+))?"
    r"(/real_time/threads:(?P<threads>\d+))?"
)


@dataclass
class Results:
    """What one run of simdrop-bench measured: `runs` has COLUMNS, in the order of the file."""

    runs: pd.DataFrame
    context: dict[str, Any] = field(default_factory=dict)
    path: Path | None = None
    failed: dict[str, str] = field(default_factory=dict)  # name: what went wrong


def size_in_name(kernel: str) -> int:
    """The bytes of a kernel's type, for builds and results from before they said so."""
    return 8 if "f64" in kernel else 4


def parse_name(name: str, element_bytes: int = 0) -> dict[str, Any]:
    """The parts of "dropout_f32/avx2/bits:16/n:65536"; a name of another form is all kernel."""
    match = NAME.fullmatch(name)
    kernel, isa = (match["kernel"], match["isa"]) if match else (name, "")
    numbers = {key: int(match[key] or 0) if match else 0 for key in ("bits", "n", "threads")}
    element_bytes = element_bytes or size_in_name(kernel)
    return {"name": name, "kernel": kernel, "isa": isa, **numbers, "element_bytes": element_bytes}


def is_repetition(entry: dict[str, Any]) -> bool:
    """Whether an entry of the file's "benchmarks" is no statistic of others."""
    return entry["run_type"] == "iteration"


def row_of(entry: dict[str, Any]) -> dict[str, Any]:
    """A row of the table from one entry of the file's "benchmarks"."""
    unit = NANOSECONDS[entry.get("time_unit", "ns")]
    if not 0 <= entry["cpu_time"] < math.inf:
        raise ValueError(f"a CPU time of {entry['cpu_time']}")
    speed = entry.get("items_per_second", float("nan"))
    cycles = entry.get("cycles_per_element", float("nan"))
    return {
        **parse_name(entry.get("run_name", entry["name"]), int(entry.get("element_bytes", 0))),
        "limit": entry.get("label", ""),
        "repetition": entry.get("repetition_index", 0),
        "iterations": entry["iterations"],
        "cpu_time": unit * entry["cpu_time"],
        "real_time": unit * entry["real_time"],
        "elements_per_second": speed,
        "elements_per_cycle": 1 / cycles if cycles > 0 else float("nan"),
        "bytes_per_element": entry.get("bytes_per_second", float("nan")) / speed,
        "core_GHz": entry.get("core_GHz", float("nan")),
        "pct_port_limit": entry.get("pct_port_limit", float("nan")),
    }


def place_of(entry: dict[str, Any]) -> tuple[int, ...]:
    """Where an entry belongs in a list of all; older ones are where they belong."""
    if "family_index" not in entry:
        return (0,)
    keys = ("family_index", "per_family_instance_index", "repetition_index")
    return tuple(entry.get(key, 0) for key in keys)


def from_json(document: Any, path: Path | None = None) -> Results:
    """The results in what `json.load` made of a results file."""
    label = str(path) if path else "the document"
    if not isinstance(document, dict) or not isinstance(document.get("benchmarks"), list):
        raise Error(f"{label} has no list of benchmarks; is it JSON of --benchmark_out?")
    context = document.get("context", {})
    if not isinstance(context, dict):
        raise Error(f"{label} has a context that can't be read")
    rows, failed = [], {}
    try:  # as they were registered: repetitions run, and are written, in any order
        entries = sorted(document["benchmarks"], key=place_of)
    except (AttributeError, TypeError) as error:
        raise Error(f"{label} has a benchmark that can't be read ({error!r})") from error
    for entry in entries:
        try:
            if entry.get("error_occurred") or entry.get("skipped"):
                name = entry.get("run_name", entry["name"])
                failed[name] = entry.get("error_message") or entry.get("skip_message", "")
            elif is_repetition(entry):
                rows.append(row_of(entry))
        except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as error:
            raise Error(f"{label} has a benchmark that can't be read ({error!r})") from error
    if not document["benchmarks"]:
        raise Error(f"{label} has no benchmarks")
    if not rows and not failed:
        raise Error(f"{label} has only statistics (of --benchmark_report_aggregates_only?)")
    runs = pd.DataFrame(rows, columns=COLUMNS).replace([np.inf, -np.inf], np.nan)  # per no time
    return Results(runs, context, path, failed)


def load(path: Path | str) -> Results:
    """The results in the file `path`."""
    return from_json(files.read_json(path), Path(path))


def load_measured(path: Path | str) -> Results:
    """`load`, of which something must have succeeded."""
    loaded = load(path)
    if loaded.runs.empty:
        raise Error(f"no benchmark of {path} succeeded")
    return loaded


def machine_fields(context: dict[str, Any]) -> dict[str, str]:
    """What must not differ between runs that are compared. Not the host's name: that of a cloud's
    runner is new in every run. Nor the system, which is updated now and then.
    """
    return {key: str(context.get(key, "")) for key in [*HARDWARE, *BUILD]}


def machine_of(context: dict[str, Any]) -> str:
    """A hash of `machine_fields`. Stored histories have it in their files' names."""
    text = "\n".join(f"{key}={value}" for key, value in machine_fields(context).items())
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def date_of(context: dict[str, Any]) -> datetime:
    """When a run began, in UTC."""
    try:
        return datetime.fromisoformat(context["date"]).astimezone(timezone.utc)
    except (KeyError, TypeError, ValueError) as error:
        raise Error("the results don't say when they were measured (context, date)") from error


def short_commit(context: dict[str, Any]) -> str:
    """The commit that was measured, "-dirty" after it if files had changed, or ""."""
    commit, dash, dirty = str(context.get("commit") or "").partition("-")
    return f"{commit[:10]}{dash}{dirty}"


def medians(runs: pd.DataFrame) -> pd.DataFrame:
    """One row per benchmark, in the order of the file: medians, and how many repetitions."""
    values = [column for column in COLUMNS if column not in KEYS + ["repetition"]]
    grouped = runs.groupby(KEYS, sort=False)
    table = grouped[values].median()
    table["repetitions"] = grouped.size()
    return table.reset_index()


def name_of(kernel: str, isa: str, bits: int = 0, n: int = 0) -> str:
    """The inverse of `parse_name`, without threads."""
    bits_part, n_part = f"/bits:{bits}" if bits else "", f"/n:{n}" if n else ""
    return f"{kernel}/{isa}{bits_part}{n_part}"
