# SPDX-License-Identifier: MIT
"""Instructions per element and per call, counted by callgrind."""

import os
import subprocess
import tempfile

COLUMNS = ("isa", "kernel", "per_element", "call_of_64")


def own_instructions(lines, program):
    """Yields (label, instructions) for each dump of a callgrind file.

    Only what simdrop's own functions execute counts: not count.c's, and none of the libraries',
    which choose their code by the CPU and change with the system.
    """
    label, total, own, inclusive = None, 0, False, False
    in_program = False
    for line in lines:
        key, _, value = line.partition("=")
        if line.startswith("desc: Trigger: Client Request: "):
            label = line.rsplit(": ", 1)[1].strip()
            total = 0
        elif key == "ob":
            in_program = os.path.basename(value.strip()) == os.path.basename(program)
        elif key == "fn":
            name = value.strip()
            own = in_program and not name.startswith(("count_", "main", "(below main)", "0x"))
        elif key == "calls":
            inclusive = True  # the next line is the callee's cost
        elif line[:1].isdigit():
            if own and not inclusive:
                total += int(line.split()[1])
            inclusive = False
        elif line.startswith("totals:") and label:
            yield label, total
            label = None


def measure(program):
    """The table's rows: {(isa, kernel): {column: value}}."""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "out")
        done = subprocess.run(
            [
                "valgrind",
                "--tool=callgrind",
                "--combine-dumps=yes",
                "--compress-strings=no",
                "--compress-pos=no",
                "--callgrind-out-file=" + out,
                program,
            ],
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            why = done.stderr.strip()[-500:]
            if "debuginfo reader" in why:  # valgrind 3.19 of what clang 19 writes
                why = "it can't read the debug information; build without -g, or with -gdwarf-4"
            raise RuntimeError("callgrind failed: " + why)
        with open(out, encoding="utf-8") as file:
            dumps = list(own_instructions(file, program))
    sizes = {}
    for label, count in dumps:
        if label == "-":
            continue  # what was done between the calls that are counted
        isa, kernel, size = label.split()
        sizes.setdefault((isa, kernel), {})[int(size)] = count
    rows = {}
    for key, counts in sizes.items():
        small, middle, large = sorted(counts)
        step = (counts[large] - counts[middle]) / (large - middle)
        rows[key] = {"per_element": round(step, 4), "call_of_64": counts[small]}
    return rows
