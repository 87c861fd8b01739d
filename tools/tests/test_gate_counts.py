# SPDX-License-Identifier: MIT
"""Tests of the counts that are read from callgrind's file."""

import subprocess
import unittest
from unittest import mock

from simdrop_gate import counts

# What ends with the program has no label.
CALLGRIND = """\
desc: Trigger: Client Request: avx2 fill_u32 64
ob=/somewhere/simdrop-count
fn=count_set
0 16
cfn=simdrop_fill_u32_avx2
calls=1 0
0 2837

fn=simdrop_fill_u32_avx2
0 600
cfn=Sleef_logf8_u35
calls=1 0
0 4000
3 20
ob=/lib/libm.so.6
fn=simdrop_like_name
0 5
ob=/somewhere/simdrop-count
fn=helper
7 1
totals: 99
desc: Trigger: Client Request: -
fn=simdrop_fill_u32_avx2
0 30
totals: 30
desc: Trigger: Program termination
fn=simdrop_fill_u32_avx2
0 4
totals: 4
"""


class Counts(unittest.TestCase):
    """Counts of simdrop's own functions, and what is made of them."""

    def test_own_functions_only(self):
        found = list(counts.own_instructions(CALLGRIND.splitlines(True), "build/simdrop-count"))
        self.assertEqual(found, [("avx2 fill_u32 64", 621), ("-", 30)])

    def measure(self, dumps, status=0, why="why"):
        def run(command, **_):
            (path,) = (a.split("=", 1)[1] for a in command if a.startswith("--callgrind-out-file="))
            with open(path, "w", encoding="utf-8") as file:
                file.write("ob=/somewhere/simdrop-count\n")
                for label, count in dumps:
                    file.write(
                        f"desc: Trigger: Client Request: {label}\n"
                        f"fn=simdrop_kernel\n0 {count}\ntotals: {count}\n"
                    )
            return subprocess.CompletedProcess(command, status, "", why)

        with mock.patch.object(subprocess, "run", run):
            return counts.measure("build/simdrop-count")

    def test_measure(self):
        rows = self.measure(
            (
                ("-", 1),
                ("scalar a 64", 700),
                ("-", 1),
                ("scalar a 5120", 6000),
                ("-", 1),
                ("scalar a 2560", 5000),
                ("avx2 a 2560", 90),
                ("avx2 a 64", 70),
                ("avx2 a 5120", 93),
            )
        )
        self.assertEqual(
            rows,
            {  # 1000 and 3 instructions for 2560 elements
                ("scalar", "a"): {"per_element": 0.3906, "call_of_64": 700},
                ("avx2", "a"): {"per_element": 0.0012, "call_of_64": 70},
            },
        )

    def test_failure(self):
        with self.assertRaisesRegex(RuntimeError, "callgrind failed: why"):
            self.measure((), status=1)
        with self.assertRaisesRegex(RuntimeError, "build without -g"):
            self.measure((), status=1, why="==1== Valgrind: debuginfo reader: ensure_valid failed")
