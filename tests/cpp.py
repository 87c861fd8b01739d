#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""cpp.py INCLUDE C++...: simdrop.hpp has all that the C headers have, and a call costs no more."""

import re
import subprocess
import sys
from pathlib import Path

include, compiler = Path(sys.argv[1]), sys.argv[2:]

declared = set()
for header in (include / "simdrop").glob("*.h"):
    text = re.sub(r"\s+", " ", header.read_text())
    declared |= set(re.findall(r"SIMDROP_(?:SLEEF_)?API [^;(]*?(simdrop_\w+)\(", text))

# What is behind the headers of C, when macros are expanded.
command = [*compiler, "-std=c++17", f"-I{include}", "-E", "-P", "-x", "c++"]
done = subprocess.run(
    [*command, include / "simdrop/simdrop.hpp"], capture_output=True, text=True, check=True
)
named = set(re.findall(r"\bsimdrop_\w+", done.stdout[done.stdout.index("namespace simdrop") :]))
missing = sorted(declared - named)
if not declared or missing:
    sys.exit("not in simdrop.hpp: " + ", ".join(missing))


def instructions(call: str) -> list[str]:
    """Of a function that makes one call, as an optimising compiler has it."""
    source = f"""
    #include <simdrop/simdrop.hpp>
    int f(const simdrop_dropout *d, std::size_t n, const float *x, float *y) {{ return {call}; }}
    """
    command = [*compiler, "-std=c++17", "-O2", "-fno-exceptions", f"-I{include}", "-S"]
    done = subprocess.run(
        [*command, "-x", "c++", "-o", "-", "-"],
        input=source,
        capture_output=True,
        text=True,
        check=True,
    )
    body = done.stdout.partition("_Z1f")[2].partition(".cfi_endproc")[0]
    return [line.strip() for line in body.splitlines() if re.match(r"\s+[a-z]", line)]


c = instructions("simdrop_dropout_f32(d, 7, n, x, y)")
cpp = instructions("simdrop::dropout(d, 7, n, x, y).code()")
if not c or c != cpp:
    sys.exit("a call costs more in C++:\n" + "\n".join(cpp) + "\nthan in C:\n" + "\n".join(c))
