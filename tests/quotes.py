# SPDX-License-Identifier: MIT
"""Checks that pages quote what is there: every block marked c or text must be found, as it stands,
in one of the files that the page links to, and blocks of build files in those of tests/consumers.

usage: quotes.py PAGE...
"""

import pathlib
import re
import sys


def check(page):
    text = page.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([\w./-]+\.(?:c|h|txt))\)", text)
    sources = [(page.parent / link).read_text(encoding="utf-8") for link in links]
    consumers = pathlib.Path(__file__).resolve().parent / "consumers"
    for path in (
        "meson/meson.build",
        "cmake/CMakeLists.txt",
        "cmake-source/CMakeLists.txt",
        "makefile/Makefile",
    ):
        sources.append((consumers / path).read_text(encoding="utf-8"))
    blocks = re.findall(r"^```(?:c|text|meson|make|cmake)\n(.*?)^```$", text, re.M | re.S)
    missing = [block for block in blocks if not any(block in source for source in sources)]
    for block in missing:
        print(f"{page}: in none of the files it links to:\n{block}", file=sys.stderr)
    if not blocks:
        print(f"{page}: has no blocks", file=sys.stderr)
    return bool(blocks) and not missing


if __name__ == "__main__":
    sys.exit(not all([check(pathlib.Path(page)) for page in sys.argv[1:]]))
