# SPDX-License-Identifier: MIT
"""The sections of a report that show the results of one run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from . import Error, page, plots, results, summary
from .page import Section

GROUPS = {
    "Dropout and its masks": "dropout_",
    "Random numbers": "random_",
    "Streams of other libraries": (
        "curand_",
        "inductor_",
        "onednn_",
        "tensorflow_",
        "torch_",
        "triton_",
    ),
    "Copies": "copy_",
    "Kernels inside the calls": "",
}
OPEN = ["Dropout and its masks"]

# What the context of a run is called in the report; the rest of it is shown as it is.
FACTS = {
    "date": "Date",
    "cpu": "CPU",
    "cpu_family_model": "CPU family, model",
    "num_cpus": "Logical CPUs",
    "core_clock_GHz": "Core clock, GHz",
    "mhz_per_cpu": "Nominal clock, MHz",
    "cpu_scaling_enabled": "Frequency scaling",
    "l1d": "L1 data cache",
    "l2": "L2 cache",
    "last_level_cache": "Last-level cache",
    "levels": "Input and output, bytes",
    "simdrop_isas": "Instruction sets",
    "simdrop_version": "simdrop",
    "commit": "Commit",
    "compiler": "Compiler",
    "flags": "Compiler flags",
    "build_type": "Build",
    "os": "System",
    "kernel": "Kernel of the system",
    "forced_isa": "Instruction set forced",
    "load_avg": "Load before the run",
    "noise_floor": "Noise floor",
}
# Private, or about Google Benchmark itself and not about what is measured.
HIDDEN = {
    "host_name",
    "executable",
    "caches",
    "library_build_type",
    "library_version",
    "json_schema_version",
}


def kernel_name(kernel: str, bits: int) -> str:
    return f"{kernel}, {bits}-bit draws" if bits else kernel


def group_of(kernel: str) -> str:
    return next(group for group, prefix in GROUPS.items() if kernel.startswith(prefix))


def with_threads(table: pd.DataFrame) -> pd.DataFrame:
    """Threads as variants of a kernel of their own, by the wall's clock."""
    threads = table["threads"]
    names = table["isa"] + ", " + threads.astype(str) + " thread" + np.where(threads > 1, "s", "")
    return table.assign(
        kernel=table["kernel"] + np.where(threads > 0, "_threads", ""),
        isa=table["isa"].where(threads == 0, names),
    )


def is_row(table: pd.DataFrame) -> pd.Series:
    """The rows that have a size: all but port limits."""
    return table["n"] > 0


def at(rows: pd.DataFrame, isa: str, level: str) -> Any:
    """The row of one variant at one level, or None."""
    found = rows[(rows["isa"] == isa) & (rows["level"] == level)]
    return next(found.itertuples(), None)


def best_isa(rows: pd.DataFrame, isas: list[str]) -> str:
    """The fastest of the library's own variants in the median over sizes."""
    own = rows[rows["isa"].isin(isas)]
    own = own if len(own) else rows
    return str(own.groupby("isa")["elements_per_second"].median().idxmax())


def is_like_copy(row: Any) -> bool:
    """Whether a row reads and writes tensors, so that a copy is a limit for it, and is no copy."""
    reads_and_writes = row.bytes_per_element >= 2 * row.element_bytes
    return row.kernel != "copy_f32" and reads_and_writes and row.pct_best_copy > 0


def finding(rows: pd.DataFrame, isas: list[str]) -> str:
    """What a plot of throughput shows, in half a sentence."""
    isa = best_isa(rows, isas)
    facts = []
    cached = at(rows, isa, "L2") or at(rows, isa, "L1")
    if cached:
        if cached.x_scalar == cached.x_scalar and isa != "scalar":
            facts.append(f"{plots.short_number(cached.x_scalar)} × scalar")
        if cached.pct_port_limit == cached.pct_port_limit:
            facts.append(f"{cached.pct_port_limit:.0f} % of the port limit")
        if not facts:
            facts.append(f"{plots.with_prefix(cached.elements_per_second)} elements a second")
        facts[-1] += f" in {cached.level}"
    dram = at(rows, isa, "DRAM")
    if dram and is_like_copy(dram):
        facts.append(f"{dram.pct_best_copy:.0f} % of the best copy in DRAM")
    return f"{plots.variant_name(isa)} reaches {', '.join(facts)}" if facts else ""


SPEED_COLUMNS = page.columns(
    *("variant, elements", "size", "M elements/s", "slowest", "fastest", "elements/cycle", "GB/s"),
    *("× scalar", "95 % interval", "% port limit", "% best copy"),
)


def interval(low: float, high: float) -> str:
    return f"{page.number(low)} – {page.number(high)}" if low == low else "–"


def speed_rows(rows: pd.DataFrame) -> list[list[object]]:
    return [
        [
            f"{plots.variant_name(row.isa)}, {row.n}",
            row.level or "",
            row.elements_per_second / 1e6,
            row.slowest / 1e6,
            row.fastest / 1e6,
            row.elements_per_cycle,
            row.elements_per_second * row.bytes_per_element / 1e9,
            row.x_scalar,
            interval(row.x_scalar_low, row.x_scalar_high),
            row.pct_port_limit,
            row.pct_best_copy,
        ]
        for row in rows.itertuples()
    ]


def throughput_section(table: pd.DataFrame, isas: list[str], caches: dict[str, int]) -> Section:
    section = Section(
        "Speed against size",
        "One plot a kernel. Points are medians of the repetitions, pale bars their extremes; lines "
        "between points only guide the eye. Dotted lines mark the sizes at which all that a call "
        "reads and writes fills a cache. The dashed line is a memcpy of as many elements, the "
        "dash-dotted ones are the port limits: what the core could do if nothing but the kernel's "
        "arithmetic took time. What was measured at one size has a bar for each variant instead.",
    )
    sized = table[is_row(table)]
    for group in GROUPS:
        rows = sized[sized["group"] == group]
        figures = []
        for (kernel, bits), own in rows.groupby(["kernel", "bits"]):
            copies = plots.memcpy_line(table, own)[: 0 if group == "Copies" else None]
            has_sizes = own["n"].nunique() > 1
            drawn = plots.throughput(own, copies, caches) if has_sizes else plots.speeds(own)
            figures.append(
                page.figure(
                    "speed",
                    kernel_name(kernel, bits),
                    finding(own, isas),
                    drawn,
                    page.table(SPEED_COLUMNS, speed_rows(own), kernel_name(kernel, bits)),
                )
            )
        if figures:
            title = f"{group} ({len(figures)} plot{'s' * (len(figures) > 1)})"
            section.parts.append(page.details(title, page.grid(figures), group in OPEN))
    return section


def speedup_section(table: pd.DataFrame) -> Section | None:
    compared = table[(table["isa"] != "scalar") & table["x_scalar"].notna()]
    level = next((one for one in ["L2", "L1", "DRAM"] if (compared["level"] == one).any()), None)
    if level is None:
        return None
    section = Section(
        "Speed-up by instruction set",
        f"In {level}, over simdrop's own scalar code in the same run; bars are ratios of medians, "
        "thin lines 95 % bootstrap intervals. Bars that stay short show where wide registers "
        "don't pay.",
    )
    columns = page.columns("kernel, variant", "× scalar", "95 % interval")
    figures = []
    for group in GROUPS:
        rows = compared[(compared["group"] == group) & (compared["level"] == level)]
        if rows.empty:
            continue
        best = rows.loc[rows["x_scalar"].idxmax()]
        found = (
            f"{kernel_name(best.kernel, best.bits)} gains most, "
            f"{plots.short_number(best.x_scalar)} × with {best.isa}"
        )
        data = [
            [
                f"{kernel_name(row.kernel, row.bits)}, {plots.variant_name(row.isa)}",
                row.x_scalar,
                interval(row.x_scalar_low, row.x_scalar_high),
            ]
            for row in rows.itertuples()
        ]
        figures.append(
            page.figure(
                "speed-up",
                group,
                found,
                plots.speedups(rows, kernel_name),
                page.table(columns, data, f"{group} in {level}"),
            )
        )
    section.parts.append(page.grid(figures))
    return section


def bandwidth(table: pd.DataFrame) -> dict[str, float]:
    """Bytes per core cycle, read and written, of the best copy at each level."""
    copies = table[(table["kernel"] == "copy_f32") & (table["level"] != "")]
    rates = copies.assign(rate=copies["elements_per_cycle"] * copies["bytes_per_element"])
    found = rates.groupby("level")["rate"].max()
    return {level: found[level] for level in summary.LEVELS if level in found}


def distinct(rows: pd.DataFrame) -> pd.DataFrame:
    """Calls, without variations of them; kernels inside calls only where no call does the same."""
    rows = rows[~rows["kernel"].str.contains("_unaligned|_stream|_in_place")]
    calls = rows["kernel"].str.startswith(("dropout_", "random_"))
    return rows[calls | rows["kernel"].str.startswith("apply_")]


def limits_found(rows: pd.DataFrame) -> str:
    """What a roofline shows: the range in the caches, and the kernel that memory slows most."""
    level = next(level for level in ["L2", "L1", "DRAM"] if (rows["level"] == level).any())
    shares = rows.loc[rows["level"] == level, "pct_port_limit"]
    found = f"{shares.min():.0f} to {shares.max():.0f} % of the port limit in {level}"
    dram = rows[rows["level"] == "DRAM"]
    if level == "DRAM" or dram.empty:
        return found
    worst = dram.loc[dram["pct_port_limit"].idxmin()]
    return f"{found}; {worst.kernel} drops to {worst.pct_port_limit:.0f} % in DRAM"


def roofline_section(table: pd.DataFrame, isas: list[str]) -> Section | None:
    rows = distinct(table[table["limit_per_cycle"].notna() & (table["level"] != "")])
    if rows.empty:
        return None
    rates = bandwidth(table)
    section = Section(
        "Roofline",
        "What stops each kernel? Work per byte is the time that its instructions need at the port "
        "limit for each byte it reads or writes. A point at the flat roof is stopped by the ports, "
        "a point at a slope by the copy speed of that level: ● L1, ■ L2, ◆ L3, ▲ DRAM. What is "
        "under all roofs has latency, calls or tails to lose.",
    )
    shares = ["% port limit", "% best copy"]
    titles = ["kernel", "size", "work, cycles/byte", "elements/cycle", "port limit", *shares]
    columns = page.columns(*titles, share=shares)
    figures = []
    for isa in isas:
        own = rows[rows["isa"] == isa]
        if own.empty:
            continue
        data = [
            [
                kernel_name(row.kernel, row.bits),
                row.level,
                1 / (row.limit_per_cycle * row.bytes_per_element),
                row.elements_per_cycle,
                row.limit_per_cycle,
                row.pct_port_limit,
                row.pct_best_copy,
            ]
            for row in own.itertuples()
        ]
        drawn = plots.roofline(own, rates, plots.look(isa).colour)
        figures.append(
            page.figure("roofline", isa, limits_found(own), drawn, page.table(columns, data, isa))
        )
    section.parts.append(page.grid(figures))
    return section


def share_section(table: pd.DataFrame, isas: list[str]) -> Section:
    """The shares of limits of all kernels in one table."""
    section = Section(
        "Share of the limits",
        "How much of the port limit and of the best copy of as many elements each kernel reaches, "
        "in percent. A mask is an eighth of a byte an element, so it may beat a copy of floats.",
    )
    rows = table[table["isa"].isin(isas) & (table["level"] != "")]
    if rows["pct_port_limit"].notna().any():
        rows = rows[rows["pct_port_limit"].notna()]
    pairs = [("pct_port_limit", "port limit"), ("pct_best_copy", "best copy")]
    levels = [level for level in summary.LEVELS if (rows["level"] == level).any()]
    shares = [f"{name}, {level}" for _, name in pairs for level in levels]
    columns = page.columns("kernel", *shares, share=shares)
    data = []
    for (kernel, bits, isa), own in rows.groupby(["kernel", "bits", "isa"], sort=False):
        if own[[key for key, _ in pairs]].isna().all(axis=None):
            continue
        by_level = own.set_index("level")
        data.append(
            [f"{kernel_name(kernel, bits)}, {isa}"]
            + [by_level[key].get(level, float("nan")) for key, _ in pairs for level in levels]
        )
    behind = page.table(columns, data, f"{len(data)} kernels and instruction sets")
    section.parts.append(page.panel(behind))
    return section


def text_of(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return ", ".join(text_of(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {text_of(one)}" for key, one in value.items())
    return str(value)


def environment_section(context: dict[str, Any]) -> Section:
    section = Section("Environment", "Where and how the results were measured.")
    known = {**{key: context[key] for key in FACTS if key in context}, **context}
    section.parts.append(
        page.facts(
            (FACTS.get(key, key.replace("_", " ")), text_of(value))
            for key, value in known.items()
            if key not in HIDDEN
        )
    )
    return section


def headlines(table: pd.DataFrame, isas: list[str]) -> list[tuple[str, str]]:
    """The few figures that most readers come for, as far as they were measured."""
    tiles = []
    rows = table[(table["kernel"] == "dropout_f32") & (table["bits"] == 16)]
    isa = best_isa(rows, isas) if len(rows) else ""
    cached, dram = at(rows, isa, "L2"), at(rows, isa, "DRAM")
    if cached:
        what = f"dropout_f32, p = 0.1, {isa}, in L2"
        tiles.append((f"{cached.elements_per_cycle:.2f}", f"elements a core cycle: {what}"))
        if cached.x_scalar == cached.x_scalar:
            tiles.append((f"{cached.x_scalar:.1f} ×", f"the speed of scalar code: {what}"))
        if cached.pct_port_limit == cached.pct_port_limit:
            tiles.append((f"{cached.pct_port_limit:.0f} %", f"of the port limit: {what}"))
    if dram and dram.pct_best_copy == dram.pct_best_copy:
        tiles.append((f"{dram.pct_best_copy:.0f} %", "of the best copy: the same in DRAM"))
    small = rows[(rows["isa"] == isa) & (rows["n"] == 64)]
    if len(small):
        tiles.append((f"{small['cpu_time'].iloc[0]:.0f} ns", f"a call on 64 elements, {isa}"))
    return tiles


def load_warnings(context: dict[str, Any]) -> list[str]:
    load = (context.get("load_avg") or [0])[0]
    cpus = context.get("num_cpus") or 1
    if load <= 0.5 * cpus:
        return []
    return [
        f"The machine was busy before the run: load {load:.1f} on {cpus} CPUs. Look at the "
        "intervals before the medians."
    ]


def warnings(loaded: results.Results) -> list[str]:
    """What makes these results less certain than they look."""
    failed = loaded.failed.items()
    timeless = loaded.runs.groupby("name", sort=False)["elements_per_second"].max().isna()
    return [
        *load_warnings(loaded.context),
        *(f"{name} failed: {why or 'no reason given'}." for name, why in failed),
        *(f"{name} has no speed, and so is not drawn." for name in timeless.index[timeless]),
    ]


def results_sections(loaded: results.Results) -> list[Section]:
    table = summary.summarize(loaded).dropna(subset="elements_per_second")
    if table.empty:
        raise Error("no benchmark of the results has a speed")
    table = with_threads(table)
    table["group"] = [group_of(kernel) for kernel in table["kernel"]]
    isas = str(loaded.context.get("simdrop_isas", "")).split() or sorted(set(table["isa"]))
    caches = summary.cache_bytes(loaded.context)
    overview = Section("Overview")
    overview.parts = [page.tiles(headlines(table, isas))]
    overview.parts += [page.warning(one) for one in warnings(loaded)]
    sections = [
        overview,
        throughput_section(table, isas, caches),
        speedup_section(table),
        roofline_section(table, isas),
        share_section(table, isas),
    ]
    return [section for section in sections if section]
