# SPDX-License-Identifier: MIT
"""Times of functions, interleaved: all in each round, and medians over rounds."""

import statistics
import time
from collections.abc import Callable

from tqdm import tqdm

Times = dict[str, float]


def interleaved(
    functions: dict[str, Callable[[], object]],
    rounds: int = 15,
    seconds: float = 0.02,
    name: str = "",
) -> Times:
    """Medians in seconds per call; a function is called for `seconds` in each round."""
    calls = {}
    for key, function in functions.items():
        function()
        start = time.perf_counter()
        function()
        once = time.perf_counter() - start
        calls[key] = max(1, round(seconds / max(once, 1e-7)))
    times: dict[str, list[float]] = {key: [] for key in functions}
    for _ in tqdm(range(rounds), desc=name, leave=False):
        for key, function in functions.items():
            n = calls[key]
            start = time.perf_counter()
            for _ in range(n):
                function()
            times[key].append((time.perf_counter() - start) / n)
    return {key: statistics.median(values) for key, values in times.items()}


def table(title: str, rows: list[list[str]]) -> None:
    """Prints rows in columns, the first of them the head."""
    print(f"\n{title}")
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  " + "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)))


def micro(seconds: float) -> str:
    return f"{seconds * 1e6:.3g} µs"


def milli(seconds: float) -> str:
    return f"{seconds * 1e3:.3g} ms"
