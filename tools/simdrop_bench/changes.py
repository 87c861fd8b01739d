# SPDX-License-Identifier: MIT
"""The section of a report that shows a comparison of two builds, worst first."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from . import compare, page, plots
from .page import Section
from .plots import COLOURS, new_figure

# Colour and marker both tell verdicts apart.
LOOKS = {
    "slower": plots.Look("worse", "^"),
    "inconclusive": plots.Look("generic", "D"),
    "faster": plots.Look("better", "v"),
    "same": plots.Look("muted", "o"),
}
CHUNK = 40  # benchmarks in one plot of changes
CLOSE = 24  # benchmarks that get a plot of their own, and all with news
MOST = 60  # but no more than this

Benchmark = dict[str, Any]  # as compare.document makes it


def unsigned(fraction: float) -> str:
    return f"{100 * fraction:.1f} %"


def mark_threshold(axes: Axes, threshold: float) -> None:
    """The band of changes that don't count."""
    axes.axvspan(-100 * threshold, 100 * threshold, color=COLOURS["grid"], lw=0, alpha=0.6)
    axes.axvline(0, color=COLOURS["muted"], lw=1)


def percent_axis(axes: Axes) -> None:
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda change, _: f"{change:+g} %".replace("+0 ", "0 "))
    )


def forest(benchmarks: list[Benchmark], threshold: float) -> Figure:
    """The change of each benchmark with its interval, and the noise floor as a pale bar."""
    row, bottom, top = 31, 44, 4
    height = row * len(benchmarks)
    total = height + bottom + top
    figure = new_figure(plots.WIDTH, total)
    axes = figure.add_axes([0.03, bottom / total, 0.94, height / total])
    axes.set_ylim(height, 0)
    ends = [100 * b[key] for b in benchmarks for key in ("low", "high", "change")]
    reach = 1.15 * max([100 * threshold, *map(abs, ends)])
    axes.set_xlim(max(-reach, min([*ends, -150 * threshold]) * 1.15), reach)
    mark_threshold(axes, threshold)
    for index, benchmark in enumerate(benchmarks):
        look = LOOKS[benchmark["verdict"]]
        colour = COLOURS[look.colour]
        y = row * index + 22
        change, low, high = (100 * benchmark[key] for key in ("change", "low", "high"))
        noise = 100 * benchmark["noise"]
        axes.hlines(y, -noise, noise, color=COLOURS["muted"], lw=7, alpha=0.3)
        axes.hlines(y, low, high, color=colour, lw=2)
        axes.plot(change, y, look.marker, color=colour, ms=6)
        is_news = benchmark["verdict"] != "same"
        axes.text(
            0.0,
            y - 11,
            f"{benchmark['name']}  {plots.signed(benchmark['change'])}"
            + (f", {benchmark['verdict']}" if is_news else ""),
            size=10,
            color=colour if is_news else COLOURS["ink"],
            transform=axes.get_yaxis_transform(),
        )
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    percent_axis(axes)
    axes.set_xlabel("change of CPU time (less is faster); grey: threshold and noise floor")
    return figure


def metric_of(benchmark: Benchmark) -> tuple[dict[str, np.ndarray], str]:
    """The samples of each build in the metric of the verdict, and its unit."""
    own = {build: np.array(times, float) for build, times in benchmark["samples"].items()}
    base = benchmark["baseline_samples"]
    if benchmark["metric"] == "relative" and base:
        divided = {build: times / np.array(base[build], float) for build, times in own.items()}
        return divided, "CPU time in multiples of memcpy's"
    scale, unit = next(
        (scale, unit)
        for scale, unit in [(1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1, "ns")]
        if np.median(own["old"]) >= scale or scale == 1
    )
    return {build: times / scale for build, times in own.items()}, f"CPU time of a call, {unit}"


def strip(axes: Axes, values: np.ndarray, y: float, colour: str, marker: str) -> None:
    """Points of one series in the order of the runs, first on top, and their median."""
    offsets = np.linspace(-0.32, 0.32, len(values)) if len(values) > 1 else np.zeros(1)
    axes.plot(values, y + offsets, marker, color=colour, ms=4, alpha=0.75, mew=0)
    axes.vlines(np.median(values), y - 0.4, y + 0.4, color=COLOURS["ink"], lw=1.6)


def distribution(benchmark: Benchmark, threshold: float, labels: tuple[str, str]) -> Figure:
    """Times of both builds, and below the change of each round beside each build against itself."""
    look = LOOKS[benchmark["verdict"]]
    values, unit = metric_of(benchmark)
    figure = new_figure(plots.WIDTH, 280)
    left = 0.17
    times = figure.add_axes([left, 0.64, 0.97 - left, 0.34])
    for index, build in enumerate(("old", "new")):
        colour = COLOURS["avx512"] if build == "new" else COLOURS["scalar"]
        strip(times, values[build], index, colour, "o" if build == "new" else "s")
    times.set_yticks(range(2), map(shortened, labels))
    times.set_ylim(1.6, -0.6)
    times.set_xlabel(unit)
    ratios = figure.add_axes([left, 0.145, 0.97 - left, 0.31])
    mark_threshold(ratios, threshold)
    logs = (np.log(values[build]).reshape(1, -1, 2) for build in ("old", "new"))
    change, itself = (100 * np.expm1(ratio[0]) for ratio in compare.neighbours(*logs))
    strip(ratios, itself, 0, COLOURS["scalar"], "s")
    strip(ratios, change, 1, COLOURS[look.colour], look.marker)
    low, high = 100 * benchmark["low"], 100 * benchmark["high"]
    ratios.hlines(1.55, low, high, color=COLOURS["ink"], lw=2.5)
    ratios.set_yticks([0, 1], ["noise", "change"])
    ratios.set_ylim(1.75, -0.6)
    percent_axis(ratios)
    ratios.set_xlabel("change of CPU time, pair by pair")
    for axes in (times, ratios):
        axes.grid(False, axis="y")
        axes.spines["left"].set_visible(False)
    return figure


def shortened(label: str, most: int = 11) -> str:
    return label if len(label) <= most else label[: most - 1] + "…"


def finding(benchmark: Benchmark) -> str:
    """What became of a benchmark, in half a sentence."""
    between = f"{plots.signed(benchmark['low'])} to {plots.signed(benchmark['high'])}"
    return f"{benchmark['verdict']}, {plots.signed(benchmark['change'])} ({between})"


CHANGE_COLUMNS = page.columns(
    *("benchmark", "verdict", "change", "from", "to", "noise floor", "metric", "absolute"),
    *("÷ memcpy", "p (Holm)", "rounds", "pass"),
    text=("verdict", "metric"),
)


def change_rows(benchmarks: list[Benchmark]) -> list[list[object]]:
    return [
        [
            one["name"],
            one["verdict"],
            *(plots.signed(one[key]) for key in ("change", "low", "high")),
            unsigned(one["noise"]),
            one["metric"],
            plots.signed(one["absolute"]),
            plots.signed(one["relative"]),
            one["p"],
            str(one["rounds"]),
            str(one.get("pass", "")),
        ]
        for one in benchmarks
    ]


def in_order(samples: dict[str, list[float]]) -> list[list[float]]:
    """The runs of a round, each with its times in all rounds."""
    old, new = samples["old"], samples["new"]
    return [old[::2], new[::2], new[1::2], old[1::2]]


def sample_table(benchmark: Benchmark, labels: tuple[str, str]) -> str:
    """All times of one benchmark, round by round."""
    old, new = labels
    titles = [f"{label}, ns" for label in (old, new, new, old)]
    series = in_order(benchmark["samples"])
    base = benchmark["baseline_samples"]
    if base:
        titles += [f"memcpy with {title}" for title in titles]
        series += in_order(base)
    rows = [[number, *times] for number, times in enumerate(zip(*series), 1)]
    return page.table(page.columns("round", *titles), rows, benchmark["name"])


def verdict_tiles(document: dict[str, Any]) -> str:
    counts = [one["verdict"] for one in document["benchmarks"]]
    noise = document["noise_floor"]
    pairs = [(str(counts.count(verdict)), verdict) for verdict in LOOKS]
    what = f"noise floor of the median benchmark; of the worst {unsigned(noise['worst'])}"
    pairs.append((unsigned(noise["median"]), what))
    return page.tiles(pairs)


def section(document: dict[str, Any]) -> Section:
    """What a comparison found: `document` is what scripts/compare wrote as JSON."""
    threshold = document["threshold"]
    labels = (str(document["old"]["label"]), str(document["new"]["label"]))
    made = Section(
        "Comparison",
        f"{labels[1]} against {labels[0]}: CPU time of each benchmark, "
        "worst first. Lines are intervals, grey bars what a build differs from itself. "
        f"What lies within ±{100 * threshold:g} % or within its grey bar is no news.",
    )
    if not document.get("complete", True):
        text = "The comparison was interrupted: fewer rounds than planned, so there is no verdict."
        made.parts.append(page.warning(text))
    made.parts.append(verdict_tiles(document))
    for build, label in zip(("old", "new"), labels):
        if only := document[build].get("only"):
            text = f"Only in {label}, so not compared: {', '.join(only)}."
            made.parts.append(page.warning(text))
    benchmarks = document["benchmarks"]
    news = [one for one in benchmarks if one["verdict"] != "same"]
    plots_needed = -(-len(benchmarks) // CHUNK)
    chunk_size = -(-len(benchmarks) // plots_needed)
    figures = []
    for start in range(0, len(benchmarks), chunk_size):
        chunk, first = benchmarks[start : start + chunk_size], start + 1
        name = f"Changes {first} to {first + len(chunk) - 1} of {len(benchmarks)}"
        found = " to ".join(plots.signed(f(one["change"] for one in chunk)) for f in (max, min))
        behind = page.table(CHANGE_COLUMNS, change_rows(chunk), name)
        figures.append(page.figure("changes", name, found, forest(chunk, threshold), behind))
    made.parts.append(page.details("All changes", page.grid(figures), True))
    close = benchmarks[: min(max(CLOSE, len(news)), MOST)]
    figures = [
        page.figure(
            "rounds",
            plots.benchmark_title(one["name"]),
            finding(one),
            distribution(one, threshold, labels),
            sample_table(one, labels),
        )
        for one in close
    ]
    what = f"Times and changes, round by round, of the first {len(close)}"
    made.parts.append(page.details(what, page.grid(figures), True))
    return made
