# SPDX-License-Identifier: MIT
"""Makes the report: one HTML file, without a network, of results, a comparison, a history."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from . import Error, page, results, sections

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"


def subtitle_of(context: dict[str, Any]) -> str:
    parts = [
        context.get("cpu"),
        context.get("compiler") and f"compiler {context['compiler']}",
        context.get("simdrop_version") and f"simdrop {context['simdrop_version']}",
        context.get("commit") and f"commit {context['commit']}",
        str(context.get("date", ""))[:10],
    ]
    return " · ".join(str(part) for part in parts if part)


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="report", description=__doc__)
    parser.add_argument("results", nargs="?", type=Path, default=BUILD / "bench-results.json")
    parser.add_argument("-o", "--output", type=Path, default=BUILD / "report.html")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    try:
        loaded = results.load(options.results)
        parts = sections.results_sections(loaded)
        text = page.fill("simdrop: benchmark report", subtitle_of(loaded.context), parts)
        options.output.write_text(text, encoding="utf-8")
    except Error as error:
        print(f"report: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"report: can't write {options.output}: {error.strerror}", file=sys.stderr)
        return 2
    inside = options.output.is_relative_to(ROOT)
    print(f"Report: {options.output.relative_to(ROOT) if inside else options.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
