# SPDX-License-Identifier: MIT
"""Runs two builds of simdrop-bench alternately and collects their times; scripts/compare's core."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import Error, compare, results

REPETITIONS = 3
LONGEST = 180  # seconds of the first pass, if fewer repetitions can keep it that short
SECOND_PASS = 41  # rounds of few suspects; of many, half as many
FEW = 15
ENOUGH = 6  # rounds of the second pass for it to replace the first


@dataclass
class Build:
    """A program to be compared, and what it is called."""

    label: str
    program: Path
    options: list[str]

    def run(self, *arguments: str) -> str:
        """What the program prints; an Error if it fails."""
        command = [str(self.program), *self.options, *arguments]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except OSError as error:
            raise Error(f"can't run {self.program}: {error.strerror}") from error
        if done.returncode:
            said = done.stderr.strip().splitlines() or ["it said nothing"]
            raise Error(f"{self.program} failed with status {done.returncode}: {said[-1]}")
        return done.stdout

    def names(self) -> list[str]:
        """All its benchmarks."""
        names = self.run("--benchmark_list_tests=true").split()
        return [name for name in names if results.NAME.fullmatch(name)]

    def measure(self, names: list[str], repetitions: int, seconds: float) -> results.Results:
        """One run of the benchmarks `names`, in random order."""
        with tempfile.TemporaryDirectory(prefix="simdrop-") as folder:
            out = Path(folder) / "results.json"
            self.run(
                f"--benchmark_filter=^({'|'.join(map(re.escape, names))})$",
                f"--benchmark_repetitions={repetitions}",
                f"--benchmark_min_time={seconds:.6f}",
                "--benchmark_enable_random_interleaving=true",
                f"--benchmark_out={out}",
            )
            return results.load(out)


def fastest(measured: results.Results, names: list[str], label: str) -> list[float]:
    """The CPU time of each benchmark's fastest repetition."""
    times = measured.runs.groupby("name")["cpu_time"].min().reindex(names)
    if times.isna().any() or (times <= 0).any():
        missing = times.index[times.isna() | (times <= 0)][0]
        raise Error(f"{label} has no time for {missing}")
    return times.tolist()


def sizes(names: list[str]) -> list[int]:
    """The sizes in L1, L2 and memory, which are those at which memcpy is measured."""
    return sorted(results.parse_name(n)["n"] for n in names if compare.is_baseline(n))


def is_representative(name: str, caches: list[int]) -> bool:
    """Whether a benchmark is in the default choice.

    Kernels in L1 and L2; calls on 64 elements too; of scalar and generic code and of what costs
    more than memory does, the distributions, L1 alone. No limits, plain loops or copies, which
    are not simdrop's, and nothing that reads or writes memory, which others on the machine use as
    well: no large sizes, no streaming stores.
    """
    part = results.parse_name(name)
    kernel, isa, n = part["kernel"], part["isa"], part["n"] * part["element_bytes"] // 4
    if isa not in ("avx512", "avx2", "neon", "generic", "scalar") or not part["n"]:
        return False
    if kernel.startswith("port_limit_") or kernel.endswith(("_unaligned", "_stream")):
        return False
    in_l1, in_l2 = (n == size for size in caches[:2])
    if isa in ("generic", "scalar") or kernel.startswith("random_"):
        return in_l1
    return in_l1 or in_l2 or (part["n"] == 64 and part["bits"] == 16)


def choose(old: Build, new: Build, pattern: str | None) -> list[str]:
    """The benchmarks to run: those that both have and that `pattern`, or the default, lets in."""
    known = old.names()
    others = set(new.names())
    names = [name for name in known if name in others]
    caches = sizes(names)
    if pattern is None:
        chosen = [name for name in names if is_representative(name, caches)]
    else:
        try:
            chosen = [name for name in names if re.search(pattern, name)]
        except re.error as error:
            raise Error(f"--filter {pattern} is no regular expression: {error}") from error
    chosen = [name for name in chosen if not compare.is_baseline(name)]
    if not chosen:
        raise Error("no benchmark of both builds is chosen; simdrop-bench --benchmark_list_tests")
    used = {compare.baseline_of(name, names) for name in chosen}
    return [name for name in names if name in used] + chosen


class Progress:
    """A line on standard error that says how far the run is and what is left."""

    def __init__(self, what: str, total: int):
        self.what, self.total, self.start = what, total, time.monotonic()
        self.shown = self.start

    def show(self, done: int) -> None:
        """`done` of the total; on a terminal always, else every 20 seconds."""
        now = time.monotonic()
        left = (now - self.start) / done * (self.total - done) if done else 0
        text = f"{self.what}: {100 * done // self.total} %"
        text += f", {int(left) // 60}:{int(left) % 60:02} left" if done else ""
        if sys.stderr.isatty():
            print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
        elif now - self.shown > 20:
            self.shown = now
            print(text, file=sys.stderr, flush=True)

    def end(self) -> None:
        """Clears the line."""
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr, flush=True)


@dataclass
class Comparison:
    """Two builds, how to compare them, and what was measured so far."""

    old: Build
    new: Build
    pairs: int = 15
    seconds: float = 0.002
    threshold: float = compare.THRESHOLD

    def __post_init__(self) -> None:
        self.passes: list[compare.Samples] = []
        self.contexts: dict[str, dict[str, Any]] = {}
        self.complete = False
        self.repetitions = REPETITIONS

    def warm_up(self, names: list[str]) -> None:
        """A run of each that doesn't count; from its time, how many repetitions can be afforded."""
        start = time.monotonic()
        for build in (self.old, self.new):
            build.measure(names, REPETITIONS, self.seconds)
        expected = (time.monotonic() - start) / 2 * len(compare.ROLES) * self.pairs
        affordable = int(REPETITIONS * LONGEST / expected)
        self.repetitions = max(1, min(REPETITIONS, affordable))

    def measure(self, names: list[str], pairs: int, seconds: float, what: str) -> None:
        """A pass: `pairs` rounds of OLD, NEW, OLD."""
        samples = compare.Samples(names)
        self.passes.append(samples)
        progress = Progress(what, len(compare.ROLES) * pairs)
        try:
            for run in range(len(compare.ROLES) * pairs):
                progress.show(run)
                role = compare.ROLES[run % len(compare.ROLES)]
                build = self.new if role == "new" else self.old
                measured = build.measure(names, self.repetitions, seconds)
                self.contexts["new" if role == "new" else "old"] = measured.context
                samples.times[role].append(fastest(measured, names, build.label))
        finally:
            progress.end()

    def run(self, pattern: str | None) -> None:
        """Both passes; `passes` has what was measured, even if this is interrupted."""
        names = choose(self.old, self.new, pattern)
        self.warm_up(names)
        self.measure(names, self.pairs, self.seconds, "Measuring")
        table = compare.analyse(self.passes[0], self.threshold, corrected=False)
        again = compare.suspects(table, self.threshold)
        if again:
            print(f"Measuring {len(again)} of {len(table)} once more", file=sys.stderr, flush=True)
            used = {compare.baseline_of(name, names) for name in again}
            rounds = SECOND_PASS if len(again) <= FEW else SECOND_PASS // 2
            again = [name for name in names if name in used] + again
            self.measure(again, max(self.pairs, rounds), self.seconds, "Once more")
        self.complete = True

    def has_rounds(self) -> bool:
        """Whether there is anything to judge."""
        return bool(self.passes and self.passes[0].rounds())

    def table(self) -> Any:
        """The verdicts on what was measured."""
        if not self.has_rounds():
            raise Error("interrupted before a round was complete: nothing to compare")
        first = compare.analyse(self.passes[0], self.threshold, corrected=not self.complete)
        if len(self.passes) < 2 or self.passes[1].rounds() < ENOUGH:
            return compare.merge(first, None)
        return compare.merge(first, compare.analyse(self.passes[1], self.threshold))

    def document(self, table: Any) -> dict[str, Any]:
        """What --json writes."""
        return compare.document(
            table,
            self.passes,
            self.threshold,
            complete=self.complete,
            pairs=self.pairs,
            min_time=self.seconds,
            repetitions=self.repetitions,
            old={"label": self.old.label, "context": self.contexts.get("old", {})},
            new={"label": self.new.label, "context": self.contexts.get("new", {})},
        )
