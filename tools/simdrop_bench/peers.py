# SPDX-License-Identifier: MIT
"""The section of a report that compares simdrop with other libraries."""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import methodcaller
from pathlib import Path
from typing import Any

from . import Error, files, page, plots, results, sections
from .page import Section

Row = dict[str, Any]  # as tools/simdrop_peers/rounds.py writes it
FORMAT = ("simdrop-peers", 1)
MAPS = ("context", "kernels", "versions", "skipped")
FIELDS = {"kernel", "by", "n", "title", "what", "clock", "per_ns"}


def is_whole(document: Any) -> bool:
    """Whether all is there that a report needs."""
    if not isinstance(document, dict) or not {"rounds", "best"} <= set(document):
        return False
    if (document.get("format"), document.get("version")) != FORMAT:
        return False
    if not all(isinstance(document.get(key), dict) for key in MAPS):
        return False
    rows = document.get("rows")
    return (
        isinstance(rows, list)
        and rows != []
        and all(isinstance(row, dict) and set(row) >= FIELDS for row in rows)
        and all(is_spread(row["per_ns"]) for row in rows)
    )


def is_spread(value: Any) -> bool:
    """Whether these are a median and extremes that can be drawn."""
    return isinstance(value, dict) and all(
        isinstance(value.get(key), (int, float)) and math.isfinite(value[key])
        for key in ("median", "min", "max")
    )


def load(path: Path) -> dict[str, Any]:
    """What scripts/bench --peers wrote."""
    document = files.read_json(path)
    if not is_whole(document):
        raise Error(f"{path} is not what this version's scripts/bench --peers writes")
    return document


def is_own(row: Row) -> bool:
    return row["title"].startswith("simdrop")


def colour_of(row: Row) -> str:
    """simdrop in the colours that it has everywhere, others in one that no kernel has."""
    return plots.LOOKS[row["by"]].colour if row["by"] in plots.LOOKS else "scalar"


def bar_of(row: Row) -> plots.Bar:
    speed = row["per_ns"]
    return plots.Bar(
        f"{page.number(speed['median'])}  {name_of(row)}",
        colour_of(row),
        speed["median"],
        speed["min"],
        speed["max"],
        is_bold=is_own(row),
    )


def name_of(row: Row) -> str:
    return row["title"] + (", wall clock" if row["clock"] == "wall" else "")


def items_of(kernel: str) -> str:
    return "elements" if kernel.startswith("dropout") else "values"


def finding(rows: Sequence[Row], best: str) -> str:
    """How simdrop's best does against the fastest of the others, in half a sentence."""
    own = next((row for row in rows if row["by"] == best), None)
    others = [row for row in rows if not is_own(row) and row["by"] != "memcpy"]
    if not own or not others or f"x_{best}" not in others[0]:
        return ""
    first = others[0]  # they are sorted
    ratio = first[f"x_{best}"]["median"]
    if ratio >= 1:
        return f"{own['title']} is {plots.short_number(ratio)} × as fast as {first['title']}"
    return f"{first['title']} is {plots.short_number(1 / ratio)} × as fast as {own['title']}"


def times(ratio: dict[str, float] | None) -> str:
    if ratio is None:
        return "–"
    median, low, high = (page.number(ratio[key]) for key in ("median", "min", "max"))
    return median if low == high else f"{median} ({low} – {high})"


def panel(rows: Sequence[Row], kernel: str, title: str, best: str) -> str:
    """A plot and its table of one kernel at one size."""
    items = items_of(kernel)
    unit = f"{items} a nanosecond"
    name = f"{title}, {plots.with_prefix(rows[0]['n'], 1024)} {items}"
    isas = [best] + [isa for isa in ["avx2"] if isa != best and f"x_{isa}" in rows[0]]
    ratios, what = (f"{isa} is × this" for isa in isas), "what it does"
    columns = page.columns("by", "a ns", "slowest", "fastest", *ratios, what, text=[what])
    data = [
        [
            name_of(row),
            *(row["per_ns"][key] for key in ("median", "min", "max")),
            *(times(row.get(f"x_{isa}")) for isa in isas),
            row["what"],
        ]
        for row in rows
    ]
    behind = page.table(columns, data, f"{name}: {unit}")
    drawn = plots.bars([bar_of(row) for row in rows], unit)
    return page.figure("peers", name, finding(rows, best), drawn, behind)


def warnings(document: dict[str, Any], context: dict[str, Any]) -> list[str]:
    """What makes these figures less than a measurement of the report's simdrop."""
    found = sections.load_warnings(document["context"])
    if document["rounds"] == 1:
        found.append("One quick round at small sizes: it shows that all runs, and little more.")
    for what, value_of in (("commit", results.short_commit), ("CPU", methodcaller("get", "cpu"))):
        own, other = value_of(document["context"]), value_of(context)
        if own and other and own != other:
            found.append(f"Measured with another {what} than the rest of this report: {own}.")
    return found


def section(document: dict[str, Any], context: dict[str, Any], source: str) -> Section:
    """The comparison, measured at `source`, in a report on `context`."""
    rounds = document["rounds"]
    made = Section(
        "Other libraries",
        f"{source}. Measured by processes that take turns: bars are medians of "
        f"{rounds} round{'s' * (rounds > 1)}, thin lines go from the slowest to the fastest. One "
        "thread and its CPU time, unless the name says otherwise; times by the wall clock want an "
        "idle machine.",
        source=source,
    )
    made.parts += [page.warning(text) for text in warnings(document, context)]
    groups: dict[tuple[str, int], list[Row]] = {}
    for row in document["rows"]:
        groups.setdefault((row["kernel"], row["n"]), []).append(row)
    titles = document["kernels"]
    made.parts.append(
        page.grid(
            panel(rows, kernel, titles.get(kernel, kernel), document["best"])
            for (kernel, _), rows in groups.items()
        )
    )
    entries = list(document["versions"].items())
    entries += [(peer, f"skipped: {reason}") for peer, reason in document["skipped"].items()]
    made.parts.append(page.facts(entries))
    return made
