# SPDX-License-Identifier: MIT
"""The deterministic gate for one build: counts, and compares with the baseline or rewrites it.

Exit status: 0 no worse, 3 worse, 77 nothing to compare with, any other: can't tell. It is 1 if
Python crashes, so 1 isn't "worse".
"""

import argparse
import re
import sys
from pathlib import Path

from . import baseline, counts, loops, plants

WORSE = 3
LIBRARIES = ("libsimdrop", "libsimdrop_sleef")
BASELINES = Path(__file__).resolve().parents[2] / "bench/gate/baseline"


def name_of(version_line, target):
    """The baseline of a compiler, from the first line of its --version: versions that make other
    code must not share one. "debian-gcc-12.2.0-x86_64"."""
    found = (
        re.search(r"\((\w+)?[^)]*\) (\d+\.\d+\.\d+)", version_line)
        if "clang" not in version_line
        else re.match(r"(\w+)? ?clang version (\d+\.\d+\.\d+)", version_line)
    )
    if not found:
        raise RuntimeError("can't read the compiler's version: " + version_line)
    compiler = "clang" if "clang" in version_line else "gcc"
    parts = [found[1] or "plain", compiler, found[2], target]
    return "-".join(parts).lower()


def own_sets(build):
    """The instruction sets of a build that are for its CPU family alone."""
    text = (build / "bench/gate/sets.h").read_text(encoding="utf-8")
    return re.search(r"#define GATE_SETS(.*)", text)[1].split()


def measured(build, target, old):
    """The tables of a build, and the sets that the old ones have counts of but this CPU can't run.

    The loops are those of all sets that callgrind never counts.
    """
    tables, counted = {}, set()
    if target == "x86_64":
        rows = counts.measure(build / "bench/gate/simdrop-count")
        tables["counts"] = baseline.Table(2, counts.COLUMNS, rows)
        counted = tables["counts"].isas
    known = old["counts"].isas if "counts" in old else set()
    uncounted = [isa for isa in own_sets(build) if isa not in counted]
    archives = [
        (isa, build / f"src/{library}_{isa}.a")
        for isa in uncounted
        if isa not in known
        for library in LIBRARIES
    ]
    rows = loops.measure(target, archives)
    tables["loops"] = baseline.Table(3, loops.columns(target), rows)
    return tables, [isa for isa in uncounted if isa in known]


def without(table, isas):
    """A table without what belongs to some instruction sets."""
    rows = {key: row for key, row in table.rows.items() if key[0] not in isas}
    return baseline.Table(table.keys, table.columns, rows)


def check(arguments, name, path):
    """Compares with the baseline; returns the exit status."""
    facts, old = baseline.read(path)
    new, lacking = measured(arguments.build, arguments.target, old)
    skipped = [f"{isa}: this CPU can't run it" for isa in lacking]
    if facts["llvm-mca"] != loops.version():
        skipped.append(
            f"loops: the baseline is llvm-mca {facts['llvm-mca']}'s, this is {loops.version()}"
        )
        del new["loops"]
    for reason in skipped:
        print(f"skipped {name}, {reason}")
    if not any(table.rows for table in new.values()):
        print(f"skipped {name}: nothing is left to compare")
        return 77
    changes = []
    for kind, table in new.items():
        changes += baseline.compare(without(old[kind], lacking), table)
    if arguments.planted:
        isas = set().union(*(table.isas for table in new.values()))
        return 0 if plants.judge(name, changes, isas) else WORSE
    figures = sum(len(row) for table in new.values() for row in table.rows.values())
    failing = [change for change in changes if change.fails]
    if changes:
        print("\n".join(baseline.report(changes)))
    if failing:
        print(
            f"{name}: {len(failing)} of {figures} figures are worse by more than "
            f"{100 * baseline.LIMIT:g} %, of loops that do something else, new or gone. If that "
            "is meant, run scripts/gate --refresh and commit the baseline with the reason."
        )
        return WORSE
    print(
        f"{name}: {figures} figures, none worse by more than {100 * baseline.LIMIT:g} %"
        + (", the rest skipped" if skipped else "")
    )
    return 0


def refresh(arguments, name, path):
    """Rewrites the baseline and says what changed."""
    known = path.exists()
    old = baseline.read(path)[1] if known else {}
    new, lacking = measured(arguments.build, arguments.target, old)
    if lacking:
        raise RuntimeError(f"can't refresh: {lacking[0]}: this CPU can't run it")
    changes = []
    for kind, table in new.items() if known else ():
        changes += baseline.compare(old[kind], table)
    facts = {
        "compiler": arguments.compiler,
        "target": arguments.target,
        "llvm-mca": loops.version(),
    }
    baseline.write(path, facts, new)
    if changes:
        print("\n".join(baseline.report(changes)))
    print(
        f"{name}: {len(changes)} figures changed, new or gone"
        if known
        else f"{name}: a new baseline"
    )
    return 0


def main():
    """Reads the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="simdrop_gate", description=__doc__)
    parser.add_argument("--compiler", required=True, help="the first line of its --version")
    parser.add_argument("--target", required=True, choices=("x86_64", "aarch64"))
    parser.add_argument("--build", required=True, type=Path, help="the folder of the build")
    parser.add_argument("--refresh", action="store_true", help="rewrite the baseline")
    parser.add_argument(
        "--planted",
        action="store_true",
        help="plants.py changed this build: succeed if that, and nothing else, is found",
    )
    arguments = parser.parse_args()
    try:
        name = name_of(arguments.compiler, arguments.target)
        path = BASELINES / (name + ".txt")
        if arguments.refresh:
            return refresh(arguments, name, path)
        if not path.exists():
            print(
                f"skipped {name}: this compiler has no baseline (scripts/gate --refresh makes one)"
            )
            return 77
        return check(arguments, name, path)
    except (RuntimeError, OSError, ValueError) as error:
        print(f"gate: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
