# SPDX-License-Identifier: MIT
"""The command line: tables, goals, comparisons of builds, exports, the history."""

from __future__ import annotations

import argparse
import json
import math
import os
import signal
import sys
import traceback
from pathlib import Path

from . import Error, files


def positive(text: str) -> float:
    """A number above 0."""
    number = float(text)
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return number


def percentage(text: str) -> float:
    """A fraction from "5" or "5%"."""
    number = float(text.rstrip("%")) / 100
    if not 0 < number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 100 %")
    return number


def write_json(path: Path, document: object) -> None:
    """Writes a file as a whole or not at all."""
    files.write(path, json.dumps(document, indent=1) + "\n")


def make_place(path: Path) -> None:
    """Makes sure that `write_json` will be able to write `path`, before it has what to write."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise Error(f"can't write {path}: it is a folder")
        if not path.exists() or path.is_file():
            part = path.resolve().with_name(path.resolve().name + ".part")
            part.touch()
            part.unlink()
    except OSError as error:
        raise Error(f"can't write {path}: {error.strerror}") from error


def add_compare(commands) -> None:
    command = commands.add_parser("compare", help="compares two builds of simdrop-bench")
    command.add_argument("--old", type=Path, required=True, help="a program")
    command.add_argument("--new", type=Path, required=True, help="a program")
    command.add_argument("--old-label", default="OLD")
    command.add_argument("--new-label", default="NEW")
    command.add_argument("--filter", metavar="REGEX")
    command.add_argument("--full", action="store_true")
    command.add_argument("--rounds", type=int, default=15)
    command.add_argument("--minutes", type=positive)
    command.add_argument("--min-time", type=positive, default=0.002)
    command.add_argument("--threshold", type=percentage, default=0.05)
    command.add_argument("--json", type=Path, required=True)
    command.add_argument("--all", action="store_true")
    command.set_defaults(run=run_compare)


STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def interrupt(*_) -> None:
    ignore_stops()  # a second Ctrl-C must not lose what the first one left
    raise KeyboardInterrupt


def ignore_stops() -> None:
    for number in STOPS:
        signal.signal(number, signal.SIG_IGN)


def run_compare(options: argparse.Namespace) -> int:
    from . import compare
    from .runner import Build, Comparison

    if options.rounds < compare.FEWEST:
        raise Error(f"{options.rounds} rounds can't be judged; {compare.FEWEST} can")
    make_place(options.json)
    for number in STOPS:  # SIGINT is ignored in background; SIGHUP under nohup, where it has to be
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, interrupt)
    more = ["--full"] if options.full else []
    minutes = options.minutes or (15 if options.full else 3.5)
    comparison = Comparison(
        Build(options.old_label, options.old, more),
        Build(options.new_label, options.new, more),
        options.rounds,
        options.min_time,
        options.threshold,
        60 * minutes,
    )
    stopped, code = "", None
    try:
        comparison.run(options.filter)
        ignore_stops()
    except KeyboardInterrupt:
        stopped, code = "interrupted", compare.INTERRUPTED
    except Error as error:
        if not comparison.has_rounds():
            raise
        stopped, code = str(error), compare.FAILURE
    if not comparison.has_rounds():
        print("Interrupted before there were enough rounds to compare", file=sys.stderr)
        return compare.INTERRUPTED
    table = comparison.table()
    try:
        write_json(options.json, comparison.document(table))
    finally:
        print_comparison(comparison, table, options)
    if stopped:
        print(f"No verdict: {stopped}, after {comparison.progress()}", file=sys.stderr)
        return code
    return compare.exit_code(table)


def print_comparison(comparison, table, options: argparse.Namespace) -> None:
    from . import compare

    print(compare.format_table(table, options.all))
    for build, names in comparison.choice.only.items():
        if names:
            print(f"Only in {build.upper()}, so not compared: {', '.join(names)}")
    for key, (old, new) in comparison.differences().items():
        print(f"The builds differ in {key}: {old} against {new}")
    print(compare.format_summary(table, options.threshold))


def add_export(commands) -> None:
    command = commands.add_parser("export", help="writes a results file in another tool's format")
    command.add_argument(
        "format", help="gbench, bencher, github-time, github-speed, lnt, benchstat"
    )
    command.add_argument("file", type=Path, help="what simdrop-bench --benchmark_out wrote")
    command.add_argument("--compare", type=Path, metavar="FILE", help="takes the noise floor of it")
    command.set_defaults(run=run_export)


def run_export(options: argparse.Namespace) -> int:
    from . import compare, export, results

    noise = compare.load(options.compare)["noise_floor"] if options.compare else None
    print_text(export.export(options.format, results.load(options.file), noise))
    return 0


def print_text(text: str) -> None:
    """Writes to standard output, which may be closed or full."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or exiting fails again
        raise Error(f"can't write the output: {error.strerror}") from error


def add_history(commands) -> None:
    command = commands.add_parser("record", help="copies a results file into a store")
    command.add_argument("file", type=Path)
    command.add_argument("store", type=Path)
    command.set_defaults(run=run_record)
    command = commands.add_parser("steps", help="lists the steps in a store")
    command.add_argument("store", type=Path)
    command.set_defaults(run=run_steps)


def run_record(options: argparse.Namespace) -> int:
    from . import history

    print(f"Recorded: {history.record(options.file, options.store)}")
    return 0


def run_steps(options: argparse.Namespace) -> int:
    from . import history

    table = history.load(options.store)
    print(history.format_steps(table, history.steps(table)))
    return 0


def add_tables(commands) -> None:
    command = commands.add_parser("table", help="prints the most important of a results file")
    command.add_argument("file", type=Path)
    command.set_defaults(run=run_table)
    command = commands.add_parser("goals", help="measures what has goals; 1 if one isn't met")
    command.add_argument("program", type=Path, help="simdrop-bench")
    command.add_argument("output", type=Path, help="the results")
    command.set_defaults(run=run_goals)


def run_table(options: argparse.Namespace) -> int:
    from . import results, terminal

    print_text(terminal.table_of(results.load_measured(options.file)) + "\n")
    return 0


def run_goals(options: argparse.Namespace) -> int:
    from . import goals

    make_place(options.output)
    text, is_met = goals.report(goals.measure(options.program, options.output, options.more))
    print_text(text + "\n")
    return 0 if is_met else 1


def main(arguments: list[str] | None = None) -> int:
    """Runs a command; 2 for what the user can mend."""
    parser = argparse.ArgumentParser(prog="simdrop_bench", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    add_compare(commands)
    add_export(commands)
    add_history(commands)
    add_tables(commands)
    options, more = parser.parse_known_args(arguments)
    if more and not all(one.startswith("--benchmark_") for one in more):
        parser.error(f"unknown: {' '.join(more)}")
    options.more = more
    try:
        return options.run(options)
    except Error as error:
        print(f"simdrop_bench: {error}", file=sys.stderr)
        return 2
    except Exception:  # not 1, which says that something became slower
        traceback.print_exc()
        return 2


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    sys.exit(main())
