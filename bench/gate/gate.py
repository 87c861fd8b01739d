# SPDX-License-Identifier: MIT
"""The deterministic gate for one build: counts, and compares with the baseline or rewrites it.

Exit status: 0 no worse, 3 worse, 77 nothing to compare with, any other: can't tell. It is 1 if
Python crashes, so 1 isn't "worse".
"""

import argparse
import os
import re
import sys

import baseline
import counts
import loops
import plants

WORSE = 3


def name_of(version_line, target):
    """The baseline of a compiler, from the first line of its --version: versions that make other
    code must not share one. "debian-gcc-12.2.0-x86_64"."""
    found = (re.search(r"\((\w+)?[^)]*\) (\d+\.\d+\.\d+)", version_line)
             if "clang" not in version_line
             else re.match(r"(\w+)? ?clang version (\d+\.\d+\.\d+)", version_line))
    if not found:
        raise RuntimeError("can't read the compiler's version: " + version_line)
    compiler = "clang" if "clang" in version_line else "gcc"
    parts = [found[1] or "plain", compiler, found[2], target]
    return "-".join(parts).lower()


def measured(arguments):
    """The tables of this build, and what can't be measured here."""
    tables, skipped = {}, []
    if arguments.program:
        rows = counts.measure(arguments.program)
        tables["counts"] = baseline.Table(2, counts.COLUMNS, rows)
        skipped += [f"{isa}: this CPU can't run it" for isa in counts.SETS
                    if not any(key[0] == isa for key in rows)]
    rows = loops.measure(arguments.isa, arguments.objects)
    tables["loops"] = baseline.Table(3, loops.columns([arguments.isa]), rows)
    return tables, skipped


def without(table, isas):
    """A table without what belongs to some instruction sets."""
    rows = {key: row for key, row in table.rows.items() if key[0] not in isas}
    return baseline.Table(table.keys, table.columns, rows)


def check(arguments, name, path):
    """Compares with the baseline; returns the exit status."""
    facts, old = baseline.read(path)
    new, skipped = measured(arguments)
    missing = [reason.split(":")[0] for reason in skipped]
    if facts["llvm-mca"] != loops.version():
        skipped.append(f"loops: the baseline is llvm-mca {facts['llvm-mca']}'s, "
                       f"this is {loops.version()}")
        del new["loops"]
    for reason in skipped:
        print(f"skipped {name}, {reason}")
    if not any(table.rows for table in new.values()):
        print(f"skipped {name}: nothing is left to compare")
        return 77
    changes = []
    for kind, table in new.items():
        changes += baseline.compare(without(old[kind], missing), table)
    if arguments.planted:
        isas = {key[0] for table in new.values() for key in table.rows}
        return 0 if plants.judge(name, changes, isas) else WORSE
    figures = sum(len(row) for table in new.values() for row in table.rows.values())
    failing = [change for change in changes if change.fails]
    if changes:
        print("\n".join(baseline.report(changes)))
    if failing:
        print(f"{name}: {len(failing)} of {figures} figures are worse by more than "
              f"{100 * baseline.LIMIT:g} %, of loops that do something else, new or gone. If that "
              "is meant, run scripts/gate --refresh and commit the baseline with the reason.")
        return WORSE
    print(f"{name}: {figures} figures, none worse by more than {100 * baseline.LIMIT:g} %" +
          (", the rest skipped" if skipped else ""))
    return 0


def refresh(arguments, name, path):
    """Rewrites the baseline and says what changed."""
    new, skipped = measured(arguments)
    if skipped:
        raise RuntimeError("can't refresh: " + skipped[0])
    changes, known = [], os.path.exists(path)
    if known:
        _, old = baseline.read(path)
        for kind, table in new.items():
            changes += baseline.compare(old[kind], table)
    facts = {"compiler": arguments.compiler, "target": arguments.target,
             "llvm-mca": loops.version()}
    baseline.write(path, facts, new)
    if changes:
        print("\n".join(baseline.report(changes)))
    print(f"{name}: {len(changes)} figures changed, new or gone" if known
          else f"{name}: a new baseline")
    return 0


def main():
    """Reads the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compiler", required=True, help="the first line of its --version")
    parser.add_argument("--target", required=True, choices=("x86_64", "aarch64"))
    parser.add_argument("--program", help="simdrop-count; without it, loops only")
    parser.add_argument("--isa", required=True, help="whose loops")
    parser.add_argument("--objects", required=True, help="the folder with its objects")
    parser.add_argument("--refresh", action="store_true", help="rewrite the baseline")
    parser.add_argument("--planted", action="store_true", help="plants.py changed this build: "
                        "succeed if that, and nothing else, is found")
    arguments = parser.parse_args()
    try:
        name = name_of(arguments.compiler, arguments.target)
        path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "baseline", name + ".txt")
        if arguments.refresh:
            return refresh(arguments, name, path)
        if not os.path.exists(path):
            print(f"skipped {name}: this compiler has no baseline "
                  "(scripts/gate --refresh makes one)")
            return 77
        return check(arguments, name, path)
    except (RuntimeError, OSError, ValueError) as error:
        print(f"gate: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
