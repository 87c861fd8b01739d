# SPDX-License-Identifier: MIT
"""Runs two builds of simdrop-bench alternately and collects their times; scripts/compare's core."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from . import Error, compare, results

REPETITIONS = 3
FIRST_PASS = 0.7  # of the time there is; what it leaves is the second pass's
SECOND_PASS = 41  # rounds


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

    def element_bytes(self) -> dict[str, int]:
        """The sizes of its benchmarks' types; empty of builds from before they said so."""
        try:
            described = json.loads(self.run("--describe"))
        except (Error, ValueError):
            return {}
        return {row["name"]: row["element_bytes"] for row in described["rows"]}

    def cache_sizes(self) -> list[int]:
        """The numbers of floats in L1 and in L2: the first two that memcpy has without --full."""
        names = replace(self, options=[]).names()
        sizes = sorted(results.parse_name(name)["n"] for name in filter(compare.is_baseline, names))
        return sizes[:2]

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


PLAIN = ("generic", "scalar")  # code that the compiler alone makes fast


def instruction_sets(names: Iterable[str]) -> set[str]:
    """Those of a build: each of them, and nothing else, fills with words."""
    return {part["isa"] for part in map(results.parse_name, names) if part["kernel"] == "fill_u32"}


def is_representative(part: dict[str, Any], caches: list[int], isas: set[str], full: bool) -> bool:
    """Whether a benchmark, of which `part` are the parts of the name, is in the default choice.

    Kernels in L1 and L2; calls on 64 elements too; of scalar and generic code and of what costs
    more than memory does, the distributions, L1 alone. With `full`, everything up to L2. No limits,
    plain loops or copies, which are not simdrop's, nothing that reads or writes memory, which
    others on the machine use as well: no large sizes, no streaming stores; and no threads, which
    others use too.
    """
    kernel, isa, n = part["kernel"], part["isa"], part["n"] * part["element_bytes"] // 4
    if isa not in isas or not part["n"] or part["threads"]:
        return False
    if kernel.startswith("port_limit_") or kernel.endswith(("_unaligned", "_stream")):
        return False
    if full:
        return n <= caches[-1]
    if isa in PLAIN or kernel.startswith("random_"):
        return n == caches[0]
    return n in caches or (part["n"] == 64 and part["bits"] == 16)


@dataclass
class Choice:
    """The benchmarks to run, memcpy's with them, and those chosen that only one build has."""

    names: list[str]
    only: dict[str, list[str]]
    element_bytes: dict[str, int]  # of all, as far as either build says


def choose(old: Build, new: Build, pattern: str | None) -> Choice:
    """What `pattern`, or the default, lets in."""
    caches = old.cache_sizes()
    names = {"old": old.names(), "new": new.names()}
    sizes = {**old.element_bytes(), **new.element_bytes()}
    isas = instruction_sets(names["old"] + names["new"])

    def is_chosen(name: str) -> bool:
        if pattern is None:
            part = results.parse_name(name, sizes.get(name, 0))
            return is_representative(part, caches, isas, bool(old.options))
        return bool(re.search(pattern, name)) and not compare.is_baseline(name)

    try:
        chosen = {build: list(filter(is_chosen, its)) for build, its in names.items()}
    except re.error as error:
        raise Error(f"--filter {pattern} is no regular expression: {error}") from error
    both, shared = (set(n["old"]) & set(n["new"]) for n in (chosen, names))
    if not both:
        raise Error("no benchmark of both builds is chosen; simdrop-bench --benchmark_list_tests")
    used = {compare.baseline_of(name, list(shared), sizes) for name in both}
    run = [name for name in names["old"] if name in used | both]
    only = {build: [name for name in its if name not in both] for build, its in chosen.items()}
    return Choice(run, only, sizes)


class Progress:
    """A line on standard error that says how far the run is and what is left."""

    def __init__(self, what: str, then: str = ""):
        self.what, self.then, self.shown = what, then, time.monotonic()

    def show(self, done: float, left: float | None = None) -> None:
        """`done` is a fraction; on a terminal always, else every 20 seconds."""
        now = time.monotonic()
        text = f"{self.what}: {done:.0%}".replace("%", " %")
        text += f", {clock(left)} left{self.then}" if left is not None else ""
        if sys.stderr.isatty():
            print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
        elif now - self.shown > 20:
            self.shown = now
            print(text, file=sys.stderr, flush=True)

    def end(self) -> None:
        """Clears the line."""
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def clock(seconds: float) -> str:
    """Minutes and seconds."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


@dataclass
class Comparison:
    """Two builds, how to compare them, and what was measured so far."""

    old: Build
    new: Build
    rounds: int = 15
    seconds: float = 0.002
    threshold: float = compare.THRESHOLD
    longest: float = 210.0  # seconds, but for the fewest rounds that can be judged

    def __post_init__(self) -> None:
        self.choice = Choice([], {"old": [], "new": []}, {})
        self.passes: list[compare.Samples] = []
        self.contexts: dict[str, dict[str, Any]] = {}
        self.complete = False
        self.repetitions = REPETITIONS
        self.cost = 0.0  # seconds of a repetition of one benchmark, the start of programs included

    def run_once(self, build: str, names: list[str]) -> list[float]:
        """The time of each benchmark in a run of `build`, "old" or "new"."""
        program = self.old if build == "old" else self.new
        measured = program.measure(names, self.repetitions, self.seconds)
        self.contexts[build] = measured.context
        return fastest(measured, names, program.label)

    def warm_up(self, names: list[str]) -> None:
        """A run of each that doesn't count, but says what a run costs."""
        start = time.monotonic()
        progress = Progress("Warming up")
        try:
            for done, build in enumerate(("new", "old")):
                progress.show(done / 2)
                self.run_once(build, names)
        finally:
            progress.end()
        self.cost = (time.monotonic() - start) / 2 / REPETITIONS / len(names)

    def measure(self, names: list[str], rounds: int, end: float, progress: Progress) -> None:
        """A pass: rounds of OLD, NEW, NEW, OLD until `end`, with as many repetitions as fit."""
        samples = compare.Samples(names, element_bytes=self.choice.element_bytes)
        self.passes.append(samples)
        runs = rounds * len(compare.ROUND)
        fewest = compare.FEWEST * len(compare.ROUND)
        begin = time.monotonic()
        a_repetition = self.cost * len(names) * runs
        self.repetitions = max(1, min(REPETITIONS, int((end - begin) / a_repetition)))
        try:
            for done in range(runs):
                now = time.monotonic()
                a_run = (now - begin) / max(done, 1)
                is_new_round = done % len(compare.ROUND) == 0
                if done >= fewest and is_new_round and now + a_run * len(compare.ROUND) > end:
                    break
                left = min(a_run * (runs - done), max(end - now, a_run * (fewest - done)))
                progress.show(done / runs, left if done else None)
                build = compare.ROUND[done % len(compare.ROUND)]
                samples.runs[build].append(self.run_once(build, names))
        finally:
            progress.end()
        if samples.rounds() < rounds:
            say(f"Time ran out after {samples.rounds()} of {rounds} rounds (--minutes allows more)")

    def run(self, pattern: str | None) -> None:
        """Both passes; `passes` has what was measured, even if this is interrupted."""
        start = time.monotonic()
        self.choice = choose(self.old, self.new, pattern)
        names = self.choice.names
        self.warm_up(names)
        spare = f", then {clock((1 - FIRST_PASS) * self.longest)} at most for a second look"
        end = start + FIRST_PASS * self.longest
        self.measure(names, self.rounds, end, Progress("Measuring", spare))
        table = compare.analyse(self.passes[0], self.threshold, corrected=False)
        again = compare.suspects(table, self.threshold)
        if again:
            say(f"Measuring {len(again)} of {len(table)} once more")
            used = {self.passes[0].baseline_of(name) for name in again}
            again = [name for name in names if name in used] + again
            rounds, end = max(self.rounds, SECOND_PASS), start + self.longest
            self.measure(again, rounds, end, Progress("Once more"))
        self.complete = True

    def has_rounds(self) -> bool:
        """Whether there is anything to judge."""
        return bool(self.passes) and self.passes[0].rounds() >= compare.FEWEST

    def progress(self) -> str:
        """How far it came."""
        return f"{self.passes[-1].rounds()} rounds of pass {len(self.passes)}"

    def differences(self) -> dict[str, tuple[str, str]]:
        """What else than the commit differs: compilers, flags, even the machine."""
        old, new = (results.machine_fields(self.contexts[build]) for build in ("old", "new"))
        return {key: (old[key], new[key]) for key in old if old[key] != new[key]}

    def table(self) -> Any:
        """The verdicts on what was measured, if that is enough."""
        first = compare.analyse(self.passes[0], self.threshold, corrected=not self.complete)
        if len(self.passes) < 2 or self.passes[1].rounds() < compare.FEWEST:
            return compare.merge(first, None)
        return compare.merge(first, compare.analyse(self.passes[1], self.threshold))

    def document(self, table: Any) -> dict[str, Any]:
        """What --json writes."""
        return compare.document(
            table,
            self.passes,
            self.threshold,
            complete=self.complete,
            rounds=self.rounds,
            min_time=self.seconds,
            old=self.build_document("old"),
            new=self.build_document("new"),
        )

    def build_document(self, build: str) -> dict[str, Any]:
        """What --json says of a build: `only` are benchmarks that the other one hasn't got."""
        return {
            "label": (self.old if build == "old" else self.new).label,
            "context": self.contexts.get(build, {}),
            "only": self.choice.only[build],
        }


def say(text: str) -> None:
    """A line on standard error."""
    print(text, file=sys.stderr, flush=True)
