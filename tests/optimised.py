#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""optimised.py compile_commands.json: checks that simdrop's sources are, whatever the rest is."""

import json
import re
import shlex
import sys
from pathlib import Path

with open(sys.argv[1]) as file:
    commands = json.load(file)
levels = {}
for command in commands:
    source = (Path(command["directory"]) / command["file"]).resolve()
    flags = [flag for flag in shlex.split(command["command"]) if re.fullmatch(r"-O\w*", flag)]
    levels[source] = flags[-1] if flags else "-O0"
library = Path(__file__).resolve().parent.parent / "src"
ours = {source: level for source, level in levels.items() if library in source.parents}
slow = sorted(str(source) for source, level in ours.items() if level != "-O3")
if not ours or set(levels.values()) == {"-O3"}:
    sys.exit(f"{sys.argv[1]}: not a debug build with simdrop in it: nothing is checked")
if slow:
    sys.exit("compiled without -O3: " + ", ".join(slow))
