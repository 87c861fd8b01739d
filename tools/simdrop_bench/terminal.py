# SPDX-License-Identifier: MIT
"""The table that scripts/bench prints: what most readers come for. Reports have all of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pandas as pd

from . import results, summary
from .runner import PLAIN

SHOWN = re.compile(r"dropout_[a-z]+\d+|random_(u32|uniform_f32|normal_f32)|copy_f32")
HEAD = """\
                                     elements per core cycle   in L2:  x plain  % port  DRAM: 64:
kernel, draw's bits by                 L1    L2    L3  DRAM  x scalar     loop   limit %copy   ns"""


def figure(value: float, width: int, decimals: int) -> str:
    if value != value:
        return f"{'-':>{width}}"
    return f"{value:>{width}.{0 if value >= 100 else decimals}f}"


def line(rows: pd.DataFrame) -> str:
    """One kernel of one variant: `rows` are its levels."""
    first = rows.iloc[0]
    by_level = rows[rows["level"] != ""].set_index("level")
    nothing = float("nan")

    def at(level: str, column: str) -> float:
        return float(by_level[column].get(level, nothing))

    small = rows.loc[rows["n"] == 64, "cpu_time"]
    speeds = [figure(at(level, "elements_per_cycle"), 6, 2) for level in summary.LEVELS]
    return (
        f"{first.kernel} {first.bits or ''}".ljust(20)
        + f"{first.isa:<16}{''.join(speeds)}"
        + figure(at("L2", "x_scalar"), 10, 1)
        + figure(at("L2", "x_scalar_fused"), 9, 1)
        + figure(at("L2", "pct_port_limit"), 8, 0)
        + figure(at("DRAM", "pct_best_copy"), 7, 0)
        + figure(small.iloc[0] if len(small) else nothing, 5, 0)
    )


def of_threads(table: pd.DataFrame) -> Iterator[str]:
    """How many times as fast threads are as one of them."""
    parts = ["kernel", "isa", "bits", "level"]
    for (kernel, isa, bits, level), rows in table[table["threads"] > 0].groupby(parts, sort=False):
        speeds = rows.set_index("threads")["elements_per_second"]
        if 1 not in speeds or len(speeds) == 1:
            continue
        ratios = ", ".join(f"{n} {speeds[n] / speeds[1]:.2f} x" for n in speeds.index if n > 1)
        yield f"{kernel} {bits} {isa}, threads against one in {level}: {ratios}"


def table_of(loaded: results.Results) -> str:
    """The medians of a run, in at most 100 columns."""
    table = summary.of_run(loaded).dropna(subset="elements_per_second")
    table = table[table["kernel"].map(lambda kernel: bool(SHOWN.fullmatch(kernel)))]
    single = table[(table["threads"] == 0) & ~table["isa"].isin(PLAIN)]
    if single.empty:
        single = table[table["threads"] == 0]
    kernels = sorted(
        (rows for _, rows in single.groupby(["kernel", "bits"], sort=False)),
        key=lambda rows: not rows["kernel"].iloc[0].startswith("dropout"),
    )
    lines = [line(own) for rows in kernels for _, own in rows.groupby("isa", sort=False)]
    context: dict[str, Any] = loaded.context
    sizes = summary.level_bytes(context, table)
    fits = ", ".join(f"{level} {size // 8}" for level, size in sizes.items())
    head = [f"{context.get('cpu', 'unknown CPU')}; medians; elements of f32: {fits}", "", HEAD]
    return "\n".join([*head, *lines, *of_threads(table)])
