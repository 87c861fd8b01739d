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

ZEN5 = "Zen 5"
REACHED, MISSED, UNMEASURED = "reached", "NOT REACHED", "NOT MEASURED"
ELSEWHERE, OTHER_CORE = "not on this CPU", "stated for Zen 5"


# Rows by their names, in which n may be a level and `best` is the best instruction set; what is
# read of them, and what is wanted of that. Last "Zen 5", of figures of that kind of core, or the
# part of the name in which another row differs, whose speed divides this one's.
TABLE = """
fill_u32/avx512/n:L1                          % of the port limit  85
fill_u32/avx512/n:L1                          cycles/byte          0.15  Zen 5
fill_u32/avx2/n:L1                            % of the port limit  80
fill_u32/avx2/n:L1                            cycles/byte          0.42  Zen 5
dropout_f32/avx512/bits:16/n:L2               elements/cycle       3     Zen 5
dropout_f32/avx512/bits:16/n:L2               % of the port limit  78
dropout_f32/avx512/bits:16/n:L2               x plain loop         8     Zen 5
dropout_f32/avx512/bits:16/n:L2               x scalar             15    Zen 5
dropout_f32/avx512/bits:8/n:L2                elements/cycle       4.6   Zen 5
dropout_f64/avx512/bits:16/n:L2               % of the port limit  78
dropout_f64/avx512/bits:8/n:L2                % of the limit       68
dropout_bf16/avx512/bits:16/n:L2              % of the port limit  70
dropout_f16/avx512/bits:16/n:L2               % of the port limit  70
dropout_f32/avx2/bits:16/n:L2                 elements/cycle       0.85  Zen 5
dropout_f32/avx2/bits:16/n:L2                 x plain loop         3     Zen 5
dropout_f32/avx2/bits:16/n:L2                 x scalar             5     Zen 5
dropout_f32/avx512/bits:16/n:L3               elements/cycle       2.3   Zen 5
dropout_f64/avx512/bits:16/n:L3               elements/cycle       1.15  Zen 5
dropout_f32/avx512/bits:16/n:DRAM             x best copy          0.95
dropout_f64/avx512/bits:16/n:DRAM             x best copy          0.95
dropout_f32/avx512/bits:8/n:DRAM              x best copy          0.9
dropout_f64/avx512/bits:8/n:DRAM              x best copy          0.9
dropout_f32/avx2/bits:8/n:DRAM                x best copy          0.9
dropout_f32/avx512/bits:16/n:DRAM             x memcpy             1
dropout_bf16/avx512/bits:8/n:DRAM             x memcpy             0.95
dropout_f16/avx512/bits:8/n:DRAM              x memcpy             0.95
dropout_f32_unaligned/avx512/bits:16/n:DRAM   x aligned            0.95  dropout_f32
dropout_f32_unaligned/avx512/bits:16/n:L2     x aligned            0.9   dropout_f32
dropout_f32/avx512/bits:16/n:64               ns                   22    Zen 5
dropout_f32/avx2/bits:16/n:64                 ns                   32    Zen 5
dropout_f32/best/bits:16/n:L2/threads:2       x one thread         1.9   threads:1
dropout_store_bits_f32/avx512/bits:16/n:L2    x dropout            0.95  dropout_f32
dropout_store_bits_f32/avx512/bits:16/n:L3    x dropout            0.95  dropout_f32
dropout_store_bits_f32/avx512/bits:16/n:DRAM  x dropout            0.95  dropout_f32
dropout_store_bits_f32/avx2/bits:16/n:L2      x dropout            0.95  dropout_f32
dropout_store_bits_f32/avx2/bits:16/n:L3      x dropout            0.95  dropout_f32
dropout_store_bits_f32/avx2/bits:16/n:DRAM    x dropout            0.95  dropout_f32
dropout_from_bits_f32/avx512/n:DRAM           x memcpy             1
dropout_from_bits_f32/avx2/n:DRAM             x memcpy             1
random_normal_f32/avx512/n:L2                 x scalar             8
random_normal_f32/avx2/n:L2                   x scalar             4
random_uniform_f32/avx512/n:L2                x random_u32         0.9   random_u32
random_uniform_f32/avx2/n:L2                  x random_u32         0.9   random_u32
"""


@dataclass(frozen=True)
class Goal:
    row: str
    figure: str
    wanted: float
    note: str = ""

    @property
    def against(self) -> str:
        """The other row, or ""."""
        if self.note in ("", ZEN5):
            return ""
        part = r"threads:\d+" if self.note.startswith("threads:") else "[^/]+"
        return re.sub(part, self.note, self.row, count=1)


def parse(line: str) -> Goal:
    row, figure, wanted, *note = re.split(r"\s{2,}", line)
    return Goal(row, figure, float(wanted), *note)


GOALS = [parse(line) for line in TABLE.strip().splitlines()]

# Of what is wanted at most; of all else it is at least.
AT_MOST = ("ns", "cycles/byte")
FIGURES: dict[str, Callable[[Any], float]] = {
    "ns": lambda row: row.cpu_time,
    "cycles/byte": lambda row: 1 / (row.elements_per_cycle * row.bytes_per_element),
    "elements/cycle": lambda row: row.elements_per_cycle,
    "% of the port limit": lambda row: row.pct_port_limit,
    # of ports or, in a cache too, of moving the bytes: whichever is nearer
    "% of the limit": lambda row: max(row.pct_port_limit, row.pct_best_copy),
    "x scalar": lambda row: row.x_scalar,
    "x plain loop": lambda row: row.x_scalar_fused,
    "x best copy": lambda row: row.pct_best_copy / 100,
    "x memcpy": lambda row: row.x_memcpy,
}


def describe(program: Path) -> pd.DataFrame:
    """The rows that a build has: their parts, and `alias`, the name with its level."""
    try:
        command = [program, "--full", "--describe"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
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
        alias = alias.replace("/real_time", "")
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
            if goal.figure in ("x best copy", "x memcpy", "% of the limit"):
                copies = rows.loc[rows["kernel"] == "copy_f32", "isa"].unique()
                names |= {summary.copy_of(row, variant) for variant in copies}
    return [name for name in rows["name"] if name in names]


def measure(program: Path, output: Path, options: list[str]) -> results.Results:
    """A run of what is needed, which is not all in the default choice, but as short as that."""
    names = "|".join(map(re.escape, needed(describe(program))))
    flags = ["--full", "--benchmark_min_time=0.01", "--benchmark_format=json"]
    flags += [f"--benchmark_filter=^({names})$", f"--benchmark_out={output}"]
    try:
        command = [program, *flags, *options]
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
    if goal.note == ZEN5 and not is_zen5(context):
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
        lines.append(f"{goal.row:<43} {goal.figure:<19} {sign} {goal.wanted:<5g} {told}  {verdict}")
        verdicts.append(verdict)
    counts = ", ".join(
        f"{verdicts.count(verdict)} {verdict}"
        for verdict in (REACHED, MISSED, UNMEASURED, OTHER_CORE, ELSEWHERE)
    )
    return "\n".join([*lines, counts]), not {MISSED, UNMEASURED} & set(verdicts)
