# SPDX-License-Identifier: MIT
"""The section of a report that shows a history of runs: trends, with the steps found in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from . import page, plots
from .page import Section
from .plots import COLOURS, new_figure

CLOSE = 24  # benchmarks that get a plot, and all with steps
MOST = 60  # but no more than this


@dataclass
class Point:
    """A benchmark in one run."""

    run: int  # its place among the runs on its machine, from 0
    date: str  # "2026-11-23 12:00"
    commit: str
    value: float  # in `Trend.unit`


@dataclass
class Step:
    """The first point of a new level, and by what fraction the level changed there."""

    index: int
    change: float


@dataclass
class Trend:
    name: str
    points: Sequence[Point]
    steps: Sequence[Step] = field(default_factory=list)
    unit: str = "CPU time of a call, ns"
    machine: str = ""

    @property
    def worst(self) -> float:
        """The largest slowdown, or 0."""
        return max((step.change for step in self.steps), default=0.0)

    def levels(self) -> list[tuple[int, int, float]]:
        """First and last index between steps, and the median there."""
        ends = [0, *(step.index for step in self.steps), len(self.points)]
        return [
            (first, last - 1, float(np.median([p.value for p in self.points[first:last]])))
            for first, last in zip(ends, ends[1:])
            if last > first
        ]


UNITS = {
    "x_memcpy": "CPU time in multiples of memcpy's",
    "x_scalar": "CPU time in multiples of scalar code's",
    "cpu_time": "CPU time of a call, ns",
}


def of_history(table: pd.DataFrame, steps: pd.DataFrame) -> list[Trend]:
    """Trends of what `history.load` and `history.steps` returned."""
    several = table["machine"].nunique() > 1
    steps_by_series = dict(list(steps.groupby(["name", "machine"])))
    made = []
    table = table[table["value"].notna()]
    places = table.groupby("machine")["date"].rank("dense").astype(int) - 1
    table = table.assign(run=places)
    for (name, machine), rows in table.groupby(["name", "machine"], sort=False):
        found = steps_by_series.get((name, machine), steps[:0])
        dates = list(rows["date"])
        made.append(
            Trend(
                f"{name} on {machine}" if several else name,
                [
                    Point(row.run, f"{row.date:%Y-%m-%d %H:%M}", row.commit, row.value)
                    for row in rows.itertuples()
                ],
                [
                    Step(dates.index(step.date), step.change)
                    for step in found.sort_values("date").itertuples()
                ],
                UNITS.get(rows["metric"].iloc[0], rows["metric"].iloc[0]),
                machine,
            )
        )
    return made


def describe(point: Point) -> str:
    return " ".join(part for part in (point.commit[:9], point.date[:10]) if part)


def draw(trend: Trend) -> Figure:
    """The points of one benchmark, its levels, and the steps between them."""
    figure = new_figure(plots.WIDTH, 250)
    axes = figure.add_axes([0.125, 0.2, 0.855, 0.7])
    runs = [point.run for point in trend.points]
    values = np.array([point.value for point in trend.points])
    low, high = values.min(), values.max()
    margin = max(0.12 * (high - low), 0.03 * high)
    axes.set(xlim=(runs[0] - 0.7, runs[-1] + 0.7), ylim=(low - margin, high + 2.2 * margin))
    axes.plot(runs, values, "o", color=COLOURS["avx512"], ms=4, mew=0, alpha=0.8)
    for first, last, level in trend.levels():
        ends = [runs[first] - 0.4, runs[last] + 0.4]
        axes.plot(ends, [level, level], color=COLOURS["ink"], lw=1.4)
    for number, step in enumerate(trend.steps):
        colour = COLOURS["worse" if step.change > 0 else "better"]
        x = runs[step.index] - 0.5
        axes.axvline(x, color=colour, lw=1.2, ls="--")
        is_late = step.index > len(runs) / 2
        axes.annotate(
            f"{plots.signed(step.change)} {trend.points[step.index].commit[:9]}".strip(),
            (x, 1.0),
            (-4 if is_late else 4, -10 - 13 * (number % 2)),
            xycoords=axes.get_xaxis_transform(),
            textcoords="offset points",
            ha="right" if is_late else "left",
            size=10.5,
            color=colour,
        )
    axes.grid(False, axis="x")
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    shown = sorted({0, len(runs) - 1})
    axes.xaxis.set_major_locator(FixedLocator([runs[index] for index in shown]))
    axes.set_xticklabels([describe(trend.points[index]) for index in shown])
    for label, side in zip(axes.get_xticklabels(), ["left", "right"]):
        label.set_horizontalalignment(side)
    axes.set_xlabel(f"{len(runs)} runs, oldest first", labelpad=2)
    figure.text(0.008, 0.945, trend.unit, color=COLOURS["muted"], size=11)
    return figure


def finding(trend: Trend) -> str:
    """What happened to a benchmark, in half a sentence."""
    if not trend.steps:
        return "no step"
    last = trend.steps[-1]
    kind = "slower" if last.change > 0 else "faster"
    where = describe(trend.points[last.index]).replace("-", "\N{NON-BREAKING HYPHEN}")
    more = f", the last of {len(trend.steps)} steps" if len(trend.steps) > 1 else ""
    return f"{plots.signed(last.change)}, {kind} since {where}{more}"


def points_table(trend: Trend) -> str:
    columns = page.columns("run", "date", "commit", trend.unit, "step", text=["date", "commit"])
    steps = {step.index: plots.signed(step.change) for step in trend.steps}
    rows = [
        [point.run + 1, point.date, point.commit[:12], point.value, steps.get(index, "")]
        for index, point in enumerate(trend.points)
    ]
    return page.table(columns, rows, trend.name)


def steps_table(trends: Sequence[Trend]) -> str:
    titles = ["benchmark", "since", "change", "before", "after", "runs since"]
    columns = page.columns(*titles, text=["since"])
    rows = []
    for trend in trends:
        levels = [level for _, _, level in trend.levels()]
        for number, step in enumerate(trend.steps):
            rows.append(
                [
                    trend.name,
                    describe(trend.points[step.index]),
                    plots.signed(step.change),
                    levels[number],
                    levels[number + 1],
                    str(len(trend.points) - step.index),
                ]
            )
    return page.table(columns, rows, f"{len(rows)} steps, worst first")


def section(trends: Sequence[Trend]) -> Section:
    """Trends, those with the largest slowdowns first."""
    trends = sorted(
        (trend for trend in trends if len(trend.points)),
        key=lambda trend: (not trend.steps, -trend.worst, trend.name),
    )
    stepped = [trend for trend in trends if trend.steps]
    made = Section(
        "History",
        "Each point is a run, solid lines are levels, dashed lines the steps between them: where "
        "the level changed by more than the scatter of runs explains. Up is slower.",
    )
    slower = sum(trend.worst > 0 for trend in trends)
    runs = len({(trend.machine, point.run) for trend in trends for point in trend.points})
    machines = len({trend.machine for trend in trends})
    days = sorted(point.date[:10] for trend in trends for point in trend.points)
    made.source = f"History of {runs} runs" + (f", {days[0]} to {days[-1]}" if days else "")
    made.parts.append(
        page.tiles(
            [
                (str(runs), "runs"),
                (str(len(trends)), "benchmarks" + f" on {machines} machines" * (machines > 1)),
                (str(slower), "with a step to slower"),
                (str(len(stepped) - slower), "with steps to faster only"),
            ]
        )
    )
    if stepped:
        made.parts.append(page.panel(steps_table(stepped)))
    shown = trends[: min(max(CLOSE, len(stepped)), MOST)]
    figures = [
        page.figure("trend", plots.benchmark_title(t.name), finding(t), draw(t), points_table(t))
        for t in shown
    ]
    what = f"Trends of the first {len(shown)} of {len(trends)}, steps to slower first"
    made.parts.append(page.details(what, page.grid(figures), True))
    return made
