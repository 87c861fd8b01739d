#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Runs dieharder on the words of the random stream, one stream of the feeder for each test.

A test that dieharder calls WEAK (which one in a hundred is, by chance) is repeated once on another
stream with four times the samples. FAILED is a failure, and so is the same p-value WEAK again.
"""

import argparse
import concurrent.futures
import subprocess
import sys
import time

# Number: the values of -n. Those that dieharder itself marks "Suspect" or "Do Not Use" are left
# out (5, 6, 7 and 14).
FULL = {test: [0] for test in (0, 1, 2, 3, 4, 8, 9, 10, 11, 12, 13, 15, 16, 17, 100, 101, 102)}
FULL |= {200: range(1, 13), 201: range(2, 6), 202: range(2, 6), 203: range(33)}
FULL |= {test: [0] for test in (204, 205, 206, 207, 208, 209)}
SHORT = FULL | {200: [2, 4, 8, 12], 201: [2, 5], 202: [5], 203: [0, 1, 2, 4, 8, 16, 31]}
COLUMNS = ["test_name", "ntuple", "tsamples", "psamples", "pvalues", "assessment"]
ORDER = {"FAILED": 0, "WEAK": 1, "PASSED": 2}


def run(feeder, seed, stream, test, ntuple, psamples=None):
    """Rows [name, ntuple, tsamples, psamples, p, assessment]."""
    command = ["dieharder", "-g", "200", "-d", str(test), "-c", ","]
    command += ["-n", str(ntuple)] if ntuple else []
    command += ["-p", str(psamples)] if psamples else []
    for column in COLUMNS:
        command += ["-D", column]
    with subprocess.Popen([feeder, str(seed), str(stream)], stdout=subprocess.PIPE) as words:
        done = subprocess.run(
            command, stdin=words.stdout, stdout=subprocess.PIPE, text=True, check=True
        )
        words.kill()
    rows = [[cell.strip() for cell in line.split(",")] for line in done.stdout.splitlines()]
    rows = [row for row in rows if len(row) == len(COLUMNS) and row[-1] in ORDER]
    if not rows:
        raise RuntimeError(f"dieharder -d {test} gave no result: {done.stdout}")
    return rows


def run_twice(feeder, seed, stream, test, ntuple):
    """The rows of a test, and, if one is weak, of the test repeated with more samples."""
    rows = run(feeder, seed, stream, test, ntuple)
    worst = min(rows, key=lambda row: ORDER[row[-1]])
    if worst[-1] != "WEAK":
        return rows, []
    return rows, run(feeder, seed, stream + 10000, test, ntuple, 4 * int(worst[3]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("feeder", help="tests/quality/feeder, built")
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--full", action="store_true", help="every test that dieharder -a runs")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--report", help="a file for the report")
    options = parser.parse_args()
    start, lines = time.monotonic(), []

    def report(line):
        lines.append(line)
        print(line, flush=True)

    version = subprocess.run(["dieharder", "-l"], stdout=subprocess.PIPE, text=True, check=False)
    report(" ".join(version.stdout.split("\n")[1].strip("# ").split()))
    tests = [(test, n) for test, ns in (FULL if options.full else SHORT).items() for n in ns]
    report(f"{len(tests)} calls; seed {options.seed}; stream k for call k, 10000 + k to repeat it")
    form = "{:24} {:>4} {:>10} {:>8} {:>12}  {}"
    report(form.format("test", "n", "samples", "p-values", "p", "assessment"))
    count = {"PASSED": 0, "WEAK": 0, "FAILED": 0}
    failures = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        calls = [
            pool.submit(run_twice, options.feeder, options.seed, k, *test)
            for k, test in enumerate(tests)
        ]
        for call in calls:
            rows, again = call.result()
            for row in rows:
                count[row[-1]] += 1
                report(form.format(*row))
            for row in again:
                report(form.format(*row[:-1], row[-1] + " (again)"))
            weak_again = [a for a, b in zip(rows, again) if "PASSED" not in (a[-1], b[-1])]
            failures += bool(weak_again) or any(row[-1] == "FAILED" for row in rows + again)
    report(
        f"{count['PASSED']} passed, {count['WEAK']} weak, {count['FAILED']} failed at first; "
        f"{failures} calls failed after repetition; {time.monotonic() - start:.0f} s"
    )
    if options.report:
        with open(options.report, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
