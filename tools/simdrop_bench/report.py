# SPDX-License-Identifier: MIT
"""Makes the report: one HTML file, without a network, of results, comparison, history, peers."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from . import Error, changes, compare, files, page, peers, results, sections, trends

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"


def subtitle_of(context: dict[str, Any]) -> str:
    """What was measured, and where and when: the line that goes with every plot."""
    commit = results.short_commit(context)
    parts = [
        context.get("cpu"),
        context.get("simdrop_version") and f"simdrop {context['simdrop_version']}",
        commit and f"commit {commit}",
        context.get("compiler"),
        str(context.get("date", ""))[:10],
    ]
    return " · ".join(str(part) for part in parts if part)


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="report", description=__doc__)
    parser.add_argument("results", nargs="?", type=Path)
    parser.add_argument("--compare", type=Path, metavar="FILE")
    parser.add_argument("--history", type=Path, metavar="STORE")
    parser.add_argument("--peers", type=Path, metavar="FILE")
    parser.add_argument("-o", "--output", type=Path, default=BUILD / "report.html")
    options = parser.parse_args(arguments)
    if not (options.results or options.compare or options.history or options.peers):
        options.results, options.peers = BUILD / "bench-results.json", last_peers()
        if options.peers and not options.results.exists():
            options.results = None
    return options


def last_peers() -> Path | None:
    """What scripts/bench --peers wrote last, if it was this version's."""
    path = BUILD / "peers-results.json"
    try:
        return path if path.exists() and peers.load(path) else None
    except Error as error:
        print(f"report: other libraries are left out: {error}", file=sys.stderr)
        return None


def build(options: argparse.Namespace) -> str:
    """The report of whatever was asked for."""
    parts, title, context = [], "simdrop: benchmark report", {}
    if options.compare:
        document = compare.load(options.compare)
        title = f"simdrop: {document['new']['label']} against {document['old']['label']}"
        context = document["new"].get("context", {})
        parts.append(changes.section(document))
        labels = title.removeprefix("simdrop: ")
        parts[0].source = " · ".join(filter(None, [labels, subtitle_of(context)]))
    if options.results:
        loaded = results.load_measured(options.results)
        context = loaded.context
        parts += sections.results_sections(loaded)
    if options.peers:
        document = peers.load(options.peers)
        if not parts:
            title, context = "simdrop: other libraries", document["context"]
        parts.append(peers.section(document, context, subtitle_of(document["context"])))
    if options.history:
        from . import history  # which is slow to import

        title = title if parts else "simdrop: history of benchmarks"
        table = history.load(options.history)
        parts.append(trends.section(trends.of_history(table, history.steps(table))))
    if context:
        parts.append(sections.environment_section(context))
    return page.fill(title, subtitle_of(context), parts)


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    try:
        files.write(options.output, build(options))
    except Error as error:
        print(f"report: {error}", file=sys.stderr)
        return 2
    inside = options.output.is_relative_to(ROOT)
    print(f"Report: {options.output.relative_to(ROOT) if inside else options.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
