# SPDX-License-Identifier: MIT
"""The plots of a report, each of them for one kernel or one instruction set."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullLocator

from . import results

NameOf = Callable[[str, int], str]  # of a kernel and its bits of a draw

# Okabe and Ito's palette, made dark enough for text.
COLOURS = {
    "ink": "#1b1f24",
    "muted": "#5b636d",
    "grid": "#e3e6ea",
    "paper": "#ffffff",
    "avx512": "#0072b2",
    "avx2": "#b84a00",
    "neon": "#00795a",
    "generic": "#8f6d00",
    "scalar": "#6b7280",
    "plain": "#a3487d",
    "copy": "#2b7a99",
    "better": "#00795a",
    "worse": "#b84a00",
}
STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "simdrop",
    "text.parse_math": False,  # names of benchmarks may have a $
    "font.size": 11,
    "font.family": "sans-serif",
    "axes.edgecolor": COLOURS["muted"],
    "axes.labelcolor": COLOURS["muted"],
    "axes.labelsize": 11,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": COLOURS["grid"],
    "grid.linewidth": 0.8,
    "text.color": COLOURS["ink"],
    "xtick.color": COLOURS["muted"],
    "ytick.color": COLOURS["muted"],
    "xtick.labelsize": 11,
    "ytick.labelsize": 11,
    "xtick.major.size": 3,
    "ytick.major.size": 0,
    "xtick.minor.size": 0,
    "ytick.minor.size": 0,
    "lines.solid_capstyle": "round",
}
matplotlib.rcParams.update(STYLE)

WIDTH = 420  # CSS pixels of a plot; its text is readable on a phone of 390


def new_figure(width: float, height: float) -> Figure:
    """A figure of so many CSS pixels."""
    return Figure(figsize=(width / 72, height / 72), dpi=72)


@dataclass(frozen=True)
class Look:
    colour: str
    marker: str
    line: str = "-"


# Colour and marker both tell instruction sets apart.
LOOKS = {
    "avx512": Look("avx512", "o"),
    "avx2": Look("avx2", "s"),
    "neon": Look("neon", "^"),
    "generic": Look("generic", "D"),
    "scalar": Look("scalar", "v"),
    "autovec_avx512": Look("plain", "o", ":"),
    "autovec_avx2": Look("plain", "s", ":"),
    "autovec_neon": Look("plain", "^", ":"),
    "scalar_fused": Look("plain", "v", ":"),
    "memcpy": Look("ink", "x", "--"),
    "plain": Look("copy", "o"),
    "stream": Look("copy", "s"),
    "stream_prefetch": Look("copy", "^"),
}
OTHER = Look("muted", "P")


def look(variant: str) -> Look:
    return LOOKS.get(variant, OTHER)


def variant_name(variant: str) -> str:
    """What a reader calls a variant: "plain loop, avx2" for "autovec_avx2"."""
    if variant.startswith("autovec_"):
        return f"plain loop, {variant.removeprefix('autovec_')}"
    if variant == "scalar_fused":
        return "plain loop, scalar"
    return variant.replace("_", " ")


def benchmark_title(name: str) -> str:
    """ "dropout_f32, 16-bit draws, avx2, n = 65536"."""
    parts = results.parse_name(name)
    bits = f", {parts['bits']}-bit draws" if parts["bits"] else ""
    variant = f", {variant_name(parts['isa'])}" if parts["isa"] else ""
    size = f", n\u00a0=\u00a0{parts['n']}" if parts["n"] else ""
    return f"{parts['kernel']}{bits}{variant}{size}"


def with_prefix(value: float, base: int = 1000) -> str:
    """1500000 as "1.5 M", and 65536 with base 1024 as "64 Ki"."""
    prefixes = ["", "k", "M", "G", "T"] if base == 1000 else ["", "Ki", "Mi", "Gi", "Ti"]
    power = 0
    while value >= base and power < len(prefixes) - 1:
        value, power = value / base, power + 1
    return f"{value:.3g} {prefixes[power]}".strip()


def short_number(value: float) -> str:
    return f"{value:.0f}" if value >= 20 else f"{value:.1f}" if value >= 0.995 else f"{value:.2f}"


def signed(fraction: float, form: str = ".1f") -> str:
    """0.08 as "+8.0 %"."""
    text = f"{100 * fraction:+{form}}".replace("-", "\N{MINUS SIGN}")
    return ("0" if float(f"{100 * fraction:{form}}") == 0 else text) + " %"


@dataclass
class Label:
    y: float  # where it belongs, in data coordinates
    text: str
    colour: str


def spread(wanted: list[float], gap: float, low: float, high: float) -> list[float]:
    """The positions nearest to those wanted, ascending, that are `gap` apart and within bounds."""
    placed = list(wanted)
    for i in range(len(placed)):
        floor = placed[i - 1] + gap if i else low
        placed[i] = max(placed[i], floor)
    for i in reversed(range(len(placed))):
        ceiling = placed[i + 1] - gap if i + 1 < len(placed) else high
        placed[i] = min(placed[i], ceiling)
    return placed


def label_ends(axes: Axes, labels: Iterable[Label], size: float = 10.5) -> None:
    """Writes names beside the right end of lines, apart from each other, with leaders."""
    labels = sorted((label for label in labels if np.isfinite(label.y)), key=lambda la: la.y)
    height = axes.get_window_extent().height
    to_axes = axes.transData + axes.transAxes.inverted()
    ends = [float(to_axes.transform((axes.get_xlim()[0], label.y))[1]) for label in labels]
    placed = spread(ends, 1.18 * size / height, 0.0, 1.0)
    for label, end, y in zip(labels, ends, placed):
        colour = COLOURS[label.colour]
        axes.plot(
            [1.0, 1.035, 1.05],
            [end, y, y],
            color=colour,
            lw=0.8,
            transform=axes.transAxes,
            clip_on=False,
        )
        axes.text(
            1.06,
            y,
            label.text,
            color=colour,
            size=size,
            va="center_baseline",
            transform=axes.transAxes,
        )


def sparse(low: float, high: float, base: int, most: int) -> list[float]:
    """Powers of `base` between two values, every so many of them that there are `most` at most."""
    powers = np.arange(np.floor(np.log(low) / np.log(base)), np.log(high) / np.log(base) + 1e-9)
    step = int(np.ceil(len(powers) / most)) or 1
    return [float(base) ** power for power in powers[::-step]]


def mark_caches(axes: Axes, caches: dict[str, int], bytes_per_element: float) -> None:
    """Upright lines at the sizes of which all that is read and written fills a cache."""
    low, high = axes.get_xlim()
    for level, size in caches.items():
        n = size / bytes_per_element
        if not low < n < high:
            continue
        axes.axvline(n, color=COLOURS["muted"], lw=0.9, ls=(0, (1, 2)))
        axes.annotate(
            level,
            (n, 0.0),
            (3, 4),
            xycoords=axes.get_xaxis_transform(),
            textcoords="offset points",
            color=COLOURS["muted"],
            size=10,
        )


def broken(x: pd.Series, low: pd.Series, high: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Upright lines from low to high as one line with gaps, which is the smaller SVG."""
    gap = np.full(len(x), np.nan)
    return np.column_stack([x, x, gap]).ravel(), np.column_stack([low, high, gap]).ravel()


def throughput(rows: pd.DataFrame, memcpy: pd.DataFrame, caches: dict[str, int]) -> Figure:
    """Speed against size of one kernel: a line for each variant, copies, and port limits."""
    figure = new_figure(WIDTH, 290)
    axes = figure.add_axes([0.125, 0.14, 0.6, 0.79])
    axes.set(xscale="log", yscale="log")
    labels = []
    for variant, line in rows.groupby("isa", sort=False):
        line = line.sort_values("n")
        style = look(variant)
        colour = COLOURS[style.colour]
        speed = line["elements_per_second"]
        axes.plot(
            *broken(line["n"], line["slowest"], line["fastest"]), color=colour, lw=3, alpha=0.35
        )
        axes.plot(
            line["n"], speed, color=colour, ls=style.line, lw=1.8, marker=style.marker, ms=4.5
        )
        labels.append(Label(speed.iloc[-1], variant_name(variant), style.colour))
    if len(memcpy):
        axes.plot(memcpy["n"], memcpy["speed"], color=COLOURS["ink"], ls="--", lw=1.4)
        labels.append(Label(memcpy["speed"].iloc[-1], "memcpy", "ink"))
    sizes = sorted(set(rows["n"]))
    axes.set_xlim(sizes[0] / 1.6, sizes[-1] * 1.6)
    for variant, line in rows.dropna(subset="limit_per_cycle").groupby("isa", sort=False):
        limit = float((line["limit_per_cycle"] * line["core_GHz"]).median() * 1e9)
        axes.axhline(limit, color=COLOURS[look(variant).colour], lw=1.1, ls=(0, (4, 2, 1, 2)))
        labels.append(Label(limit, f"{variant} ports", look(variant).colour))
    ends = [label.y for label in labels]
    speeds = np.concatenate([ends, rows["slowest"], rows["fastest"], memcpy["speed"]])
    lowest, highest = np.nanmin(speeds) / 1.7, np.nanmax(speeds) * 1.15
    axes.set_ylim(lowest, highest)
    axes.xaxis.set_major_locator(FixedLocator(sparse(sizes[0], sizes[-1], 2, 6)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda n, _: with_prefix(n, 1024)))
    axes.yaxis.set_major_locator(
        LogLocator(10, [1, 2, 5] if highest / lowest < 60 else [1, 3], numticks=99)
    )
    axes.yaxis.set_major_formatter(FuncFormatter(lambda speed, _: with_prefix(speed)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_minor_locator(NullLocator())
    axes.grid(False, axis="x")
    axes.set_xlabel("elements of the tensor (log scale)")
    figure.text(0.008, 0.965, "elements per second (log scale)", color=COLOURS["muted"], size=11)
    mark_caches(axes, caches, float(rows["bytes_per_element"].median()))
    label_ends(axes, labels)
    return figure


@dataclass
class Bar:
    text: str
    colour: str
    value: float
    low: float
    high: float
    is_bold: bool = False


def bars(shown: Sequence[Bar], unit: str) -> Figure:
    """Bars below their texts, with thin lines from low to high."""
    step, bottom, top = 29, 40, 4
    height = step * len(shown)
    total = height + bottom + top
    figure = new_figure(WIDTH, total)
    axes = figure.add_axes([0.03, bottom / total, 0.94, height / total])
    axes.set_ylim(height, 0)
    for index, bar in enumerate(shown):
        y = step * index + 20
        colour = COLOURS[bar.colour]
        axes.barh(y, bar.value, 10, color=colour)
        if bar.high > bar.low:
            axes.hlines(y, bar.low, bar.high, color=COLOURS["ink"], lw=1.6)
            axes.vlines([bar.low, bar.high], y - 3, y + 3, color=COLOURS["ink"], lw=1)
        axes.text(
            0,
            y - 8,
            bar.text,
            size=10.5,
            color=COLOURS["ink"] if bar.colour == "scalar" else colour,
            weight="bold" if bar.is_bold else "normal",
        )
    axes.set_xlim(0, 1.02 * max(bar.high for bar in shown))
    axes.set_yticks([])
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: with_prefix(value)))
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(unit)
    return figure


def speeds(rows: pd.DataFrame) -> Figure:
    """The speed of one kernel at its only size: a bar for each variant, fastest first."""
    return bars(
        [
            Bar(
                f"{with_prefix(row.elements_per_second)}  {variant_name(row.isa)}",
                look(row.isa).colour,
                row.elements_per_second,
                row.slowest,
                row.fastest,
            )
            for row in rows.sort_values("elements_per_second", ascending=False).itertuples()
        ],
        f"elements per second, {with_prefix(rows['n'].iloc[0], 1024)} elements",
    )


def speedups(rows: pd.DataFrame, name_of_kernel: NameOf) -> Figure:
    """Bars of the speed-up over scalar code with intervals: kernels, best first, by variant."""
    best = rows.groupby(["kernel", "bits"], sort=False)["x_scalar"].max()
    kernels = list(best.sort_values(ascending=False).index)
    bar, space = 15, 9
    height = sum(
        bar * sum((rows["kernel"] == kernel) & (rows["bits"] == bits)) + space + 16
        for kernel, bits in kernels
    )
    top, bottom = 8, 40
    figure = new_figure(WIDTH, height + top + bottom)
    total = height + top + bottom
    axes = figure.add_axes([0.03, bottom / total, 0.86, height / total])
    axes.set_ylim(height, 0)
    y = 0.0
    for kernel, bits in kernels:
        own = rows[(rows["kernel"] == kernel) & (rows["bits"] == bits)]
        y += 15
        axes.text(0, y - 3, name_of_kernel(kernel, bits), color=COLOURS["ink"], size=11)
        for row in own.sort_values("x_scalar", ascending=False).itertuples():
            colour = COLOURS[look(row.isa).colour]
            axes.barh(y + bar / 2, row.x_scalar, bar - 3, color=colour)
            low, high = row.x_scalar_low, row.x_scalar_high
            if np.isfinite(low):
                axes.hlines(y + bar / 2, low, high, color=COLOURS["ink"], lw=1.6)
                axes.vlines(
                    [low, high], y + bar / 2 - 3, y + bar / 2 + 3, color=COLOURS["ink"], lw=1
                )
            axes.annotate(
                f"{short_number(row.x_scalar)}  {variant_name(row.isa)}",
                (np.nanmax([row.x_scalar, high]), y + bar / 2),
                (5, 0),
                textcoords="offset points",
                va="center_baseline",
                size=10.5,
                color=colour,
            )
            y += bar
        axes.vlines(1, y - bar * len(own), y, color=COLOURS["muted"], lw=1, ls=(0, (2, 2)))
        y += space + 1
    axes.set_xlim(0, max(rows["x_scalar"].max(), rows["x_scalar_high"].max()) * 1.06)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("times as fast as scalar code")
    return figure


SIZE_MARKS = {"L1": "o", "L2": "s", "L3": "D", "DRAM": "^"}


def roofline(rows: pd.DataFrame, bandwidth: dict[str, float], colour: str) -> Figure:
    """Share of the port limit against work per byte, under the roofs of ports and copies.

    `bandwidth` has bytes per core cycle of the best copy at each level.
    """
    width, height, top = WIDTH, 440, 140
    left, right, bottom = 0.115, 0.97, 0.105
    figure = new_figure(width, height)
    axes = figure.add_axes([left, bottom, right - left, 1 - bottom - top / height])
    axes.set(xscale="log", yscale="log")
    rows = rows.assign(work=1 / (rows["limit_per_cycle"] * rows["bytes_per_element"]))
    low, high = rows["work"].min() / 4, rows["work"].max() * 1.7
    lowest = min(rows["pct_port_limit"].min() / 1.5, 20)
    axes.set(xlim=(low, high), ylim=(lowest, 100))
    slope = np.degrees(
        np.arctan2(
            (1 - bottom - top / height) * height / np.log(100 / lowest),
            (right - left) * width / np.log(high / low),
        )
    )
    for level, rate in bandwidth.items():
        ends = np.array([max(low, lowest / 100 / rate), min(high, 1 / rate)])
        if ends[0] >= ends[1]:
            continue
        axes.plot(ends, 100 * rate * ends, color=COLOURS["muted"], lw=1.3)
        axes.annotate(
            f"copy in {level}",
            (np.sqrt(ends[0] * ends[1]), 100 * rate * np.sqrt(ends[0] * ends[1])),
            (-3, 3),
            textcoords="offset points",
            rotation=slope,
            rotation_mode="anchor",
            ha="center",
            size=10,
            color=COLOURS["muted"],
        )
    ink = COLOURS[colour]
    axes.axhline(100, color=ink, lw=3, clip_on=False)
    kernels = list(rows.groupby(["kernel", "bits"], sort=False))
    kernels.sort(key=lambda pair: pair[1]["work"].median())
    span = np.log(high / low)
    wanted = [float(np.log(own["work"].median() / low) / span) for _, own in kernels]
    placed = spread(wanted, 14 / ((right - left) * width), 0.0, 1.0)
    for ((kernel, bits), own), x, at in zip(kernels, wanted, placed):
        work = own["work"].median()
        axes.vlines(work, own["pct_port_limit"].min(), 100, color=ink, lw=0.9, alpha=0.5)
        transform = axes.transAxes
        axes.plot(
            [x, at], [1, 1.04], color=ink, lw=0.9, alpha=0.5, transform=transform, clip_on=False
        )
        axes.text(
            at,
            1.05,
            f"{kernel} {bits or ''}",
            rotation=90,
            rotation_mode="anchor",
            size=10.5,
            va="center",
            color=COLOURS["ink"],
            transform=transform,
        )
        for row in own.itertuples():
            axes.plot(
                row.work,
                row.pct_port_limit,
                SIZE_MARKS[row.level],
                ms=6.5,
                color=ink,
                mec=COLOURS["paper"],
                mew=0.8,
                clip_on=False,
            )
    axes.xaxis.set_major_locator(FixedLocator(sparse(low, high, 10, 6)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda work, _: f"{work:g}"))
    axes.yaxis.set_major_locator(FixedLocator([1, 2, 5, 10, 20, 50, 100]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{share:g} %"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("work: core cycles at the port limit per byte moved (log scale)")
    figure.text(0.008, 1 - 14 / height, "share of the", color=COLOURS["muted"], size=11)
    figure.text(0.008, 1 - 28 / height, "port limit", color=COLOURS["muted"], size=11)
    figure.text(0.008, 1 - 42 / height, "(log scale)", color=COLOURS["muted"], size=11)
    return figure


def memcpy_line(table: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """The speed of memcpy of as many elements of the type of `rows`."""
    copies = table[(table["kernel"] == "copy_f32") & (table["isa"] == "memcpy")]
    floats = int(rows["element_bytes"].iloc[0]) // 4
    line = pd.DataFrame(
        {"n": copies["n"] // floats, "speed": copies["elements_per_second"] / floats}
    )
    return line[line["n"].isin(rows["n"])].sort_values("n")
