#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""same_build.py MESON CMAKE: checks that both compile libsimdrop's sources for the same instruction
sets with the flags that matter. Their compile_commands.json are given."""

import json
import re
import shlex
import sys
from pathlib import Path

SOURCES = Path(__file__).resolve().parent.parent / "src"
NOTHING = r"-f(PIC|visibility=.*|diagnostics-color.*)"


def compiled(path: str) -> dict[tuple[str, str], list[str]]:
    """The flags for instructions, arithmetic and optimisation, of each source and set."""
    found = {}
    for command in json.loads(Path(path).read_text()):
        source = (Path(command["directory"]) / command["file"]).resolve()
        flags = shlex.split(command["command"])
        if SOURCES not in source.parents or "-DSIMDROP_SLEEF_TABLE" in flags:
            continue
        if SOURCES / "sleef" in source.parents:
            continue
        defined = [flag for flag in flags if flag.startswith("-DSIMDROP_SET=")]
        level = [flag for flag in flags if re.match(r"-O", flag)][-1:]
        kept = [f for f in flags if re.match(r"-[fm]|-std=", f) and not re.fullmatch(NOTHING, f)]
        key = (str(source.relative_to(SOURCES)), *defined)
        found[key] = level + sorted(kept)
    return found


meson, cmake = map(compiled, sys.argv[1:])
for key in sorted(meson.keys() | cmake.keys()):
    if meson.get(key) != cmake.get(key):
        print(*key, "\n  Meson:", meson.get(key), "\n  CMake:", cmake.get(key))
if not meson or meson != cmake:
    sys.exit("Meson and CMake don't compile the same")
