# SPDX-License-Identifier: MIT
"""What the kernels must reach, and whether they do on this machine: scripts/bench --goals."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from . import Error, results, summary

REACHED, MISSED, UNMEASURED = "reached", "NOT REACHED", "NOT MEASURED"
ELSEWHERE, OTHER_CORE = "not on this CPU", "stated for Zen 5"


@dataclass(frozen=True)
class Goal:
    """A row by its name, in which n may be a level and `best` is the best instruction set, what is
    read of it, and what is wanted of that. Absolute ones are figures of one kind of core.
    """

    row: str
    figure: str
    wanted: float
    is_absolute: bool = False
    against: str = ""  # the row whose speed divides this one's


def absolute(row: str, figure: str, wanted: float) -> Goal:
    return Goal(row, figure, wanted, True)


# Of what is wanted at most; of all else it is at least.
AT_MOST = ("ns", "cycles/byte")
FIGURES: dict[str, Callable[[Any], float]] = {
    "ns": lambda row: row.cpu_time,
    "cycles/byte": lambda row: 1 / (row.elements_per_cycle * row.bytes_per_element),
    "elements/cycle": lambda row: row.elements_per_cycle,
    "% of the port limit": lambda row: row.pct_port_limit,
    "x scalar": lambda row: row.x_scalar,
    "x plain loop": lambda row: row.x_scalar_fused,
    "x best copy": lambda row: row.pct_best_copy / 100,
    "x memcpy": lambda row: row.x_memcpy,
}

F32, F64 = "dropout_f32/avx512/bits:{}/n:{}".format, "dropout_f64/avx512/bits:{}/n:{}".format
AVX2 = "dropout_f32/avx2/bits:{}/n:{}".format
SMALL_TYPES = ("bf16", "f16")

GOALS = [
    Goal("fill_u32/avx512/n:L1", "% of the port limit", 85),
    absolute("fill_u32/avx512/n:L1", "cycles/byte", 0.15),
    Goal("fill_u32/avx2/n:L1", "% of the port limit", 80),
    absolute("fill_u32/avx2/n:L1", "cycles/byte", 0.42),
    # in L2, where the loop counts
    absolute(F32(16, "L2"), "elements/cycle", 3.0),
    Goal(F32(16, "L2"), "% of the port limit", 78),
    absolute(F32(16, "L2"), "x plain loop", 8),
    absolute(F32(16, "L2"), "x scalar", 15),
    absolute(F32(8, "L2"), "elements/cycle", 4.6),
    Goal(F64(16, "L2"), "% of the port limit", 78),
    Goal(F64(8, "L2"), "% of the port limit", 68),  # as 4.6 is of the limit of f32
    *(
        Goal(f"dropout_{type_}/avx512/bits:16/n:L2", "% of the port limit", 70)
        for type_ in SMALL_TYPES
    ),
    absolute(AVX2(16, "L2"), "elements/cycle", 0.85),
    absolute(AVX2(16, "L2"), "x plain loop", 3),
    absolute(AVX2(16, "L2"), "x scalar", 5),
    # in L3
    absolute(F32(16, "L3"), "elements/cycle", 2.3),
    absolute(F64(16, "L3"), "elements/cycle", 1.15),
    # in memory, where copies are the limit
    *(Goal(row(16, "DRAM"), "x best copy", 0.95) for row in (F32, F64)),
    *(Goal(row(8, "DRAM"), "x best copy", 0.90) for row in (F32, F64, AVX2)),
    Goal(F32(16, "DRAM"), "x memcpy", 1),
    *(Goal(f"dropout_{type_}/avx512/bits:8/n:DRAM", "x memcpy", 0.95) for type_ in SMALL_TYPES),
    # y at 16 bytes past an aligned address
    *(
        Goal(
            f"dropout_f32_unaligned/avx512/bits:16/n:{level}",
            "x aligned",
            wanted,
            against=F32(16, level),
        )
        for level, wanted in (("DRAM", 0.95), ("L2", 0.9))
    ),
    absolute(F32(16, 64), "ns", 22),
    absolute(AVX2(16, 64), "ns", 32),
    Goal(
        "dropout_f32/best/bits:16/n:L2/real_time/threads:2",
        "x one thread",
        1.9,
        against="dropout_f32/best/bits:16/n:L2/real_time/threads:1",
    ),
    Goal("random_normal_f32/avx512/n:L2", "x scalar", 8),
    Goal("random_normal_f32/avx2/n:L2", "x scalar", 4),
    *(
        Goal(
            f"random_uniform_f32/{isa}/n:L2",
            "x random_u32",
            0.9,
            against=f"random_u32/{isa}/n:L2",
        )
        for isa in ("avx512", "avx2")
    ),
]


def describe(program: Path) -> pd.DataFrame:
    """The rows that a build has: their parts, and `alias`, the name with its level."""
    try:
        done = subprocess.run([program, "--describe"], capture_output=True, text=True, check=True)
        made = json.loads(done.stdout)
    except (OSError, subprocess.CalledProcessError, ValueError) as error:
        raise Error(f"{program} doesn't say what it measures: {error}") from error
    rows = pd.DataFrame(
        {**results.parse_name(row["name"], row["element_bytes"]), "limit": row["label"]}
        for row in made["rows"]
    )
    return with_alias(rows, made["levels"], rows.loc[rows["kernel"] == "fill_u32", "isa"].iloc[0])


def with_alias(rows: pd.DataFrame, levels: dict[str, int], best: str) -> pd.DataFrame:
    aliases = []
    for row in rows.itertuples():
        level = summary.level_of(row, levels)
        alias = re.sub(r"/n:\d+", f"/n:{level}", row.name) if level else row.name
        aliases.append(alias.replace(f"/{best}/", "/best/") if row.threads else alias)
    return rows.assign(alias=aliases)


def needed(rows: pd.DataFrame) -> list[str]:
    """The names of all rows that goals are about, or that theirs are compared with."""
    by_alias = {row.alias: row for row in rows.itertuples()}
    names = set()
    for goal in GOALS:
        for row in filter(None, map(by_alias.get, (goal.row, goal.against))):
            names |= {row.name, row.limit}
            if goal.figure == "x scalar":
                names.add(summary.scalar_of(row))
            if goal.figure == "x plain loop":
                names.add(summary.fused_of(row))
            if goal.figure in ("x best copy", "x memcpy"):
                copies = rows.loc[rows["kernel"] == "copy_f32", "isa"].unique()
                names |= {summary.copy_of(row, variant) for variant in copies}
    return [name for name in rows["name"] if name in names]


def measure(program: Path, output: Path, options: list[str]) -> results.Results:
    """A run of what is needed."""
    names = "|".join(map(re.escape, needed(describe(program))))
    flags = [f"--benchmark_filter=^({names})$", f"--benchmark_out={output}"]
    try:
        command = [program, *flags, "--benchmark_format=json", *options]
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Error(f"{program} failed: {error}") from error
    return results.load_measured(output)


def is_zen5(context: dict[str, Any]) -> bool:
    is_family = str(context.get("cpu_family_model", "")).startswith("26 ")
    return is_family and str(context.get("cpu", "")).startswith("AMD")


def judge(goal: Goal, rows: dict[str, Any], context: dict[str, Any]) -> tuple[float, str]:
    """What was got, and the verdict."""
    row, other = rows.get(goal.row), rows.get(goal.against)
    isa = goal.row.split("/")[1]
    if isa != "best" and isa not in str(context.get("simdrop_isas", "")).split():
        return float("nan"), ELSEWHERE
    if row is None or (goal.against and other is None):
        one_core = "threads:" in goal.row and context.get("num_cpus", 2) < 2
        return float("nan"), ELSEWHERE if one_core else UNMEASURED
    if goal.against:
        got = row.elements_per_second / other.elements_per_second
    else:
        got = FIGURES[goal.figure](row)
    if got != got:
        return got, UNMEASURED
    if goal.is_absolute and not is_zen5(context):
        return got, OTHER_CORE
    met = got <= goal.wanted if goal.figure in AT_MOST else got >= goal.wanted
    return got, REACHED if met else MISSED


def report(loaded: results.Results) -> tuple[str, bool]:
    """The goals for people, and whether all that apply are met."""
    context = loaded.context
    table = summary.of_run(loaded)
    best = str(context.get("simdrop_isas", "")).partition(" ")[0]
    table = with_alias(table, summary.level_bytes(context, table), best)
    rows = {row.alias: row for row in table.itertuples()}
    lines, verdicts = [], []
    for goal in GOALS:
        got, verdict = judge(goal, rows, context)
        sign = "<=" if goal.figure in AT_MOST else ">="
        told = f"{got:8.3f}" if got == got else f"{'-':>8}"
        row = goal.row.replace("/real_time", "")
        lines.append(f"{row:<43} {goal.figure:<19} {sign} {goal.wanted:<5g} {told}  {verdict}")
        verdicts.append(verdict)
    counts = ", ".join(
        f"{verdicts.count(verdict)} {verdict}"
        for verdict in (REACHED, MISSED, UNMEASURED, OTHER_CORE, ELSEWHERE)
    )
    return "\n".join([*lines, counts]), not {MISSED, UNMEASURED} & set(verdicts)
