# SPDX-License-Identifier: MIT
"""Tests of the deterministic gate's own arithmetic: python3 -m unittest discover bench/gate"""

import argparse
import contextlib
import io
import os
import tempfile
import unittest
from unittest import mock

import baseline
import counts
import gate
import loops
import plants

# An outer loop (0x4 to 0x18) around an inner one (0x8 to 0xe) and a branch (0x12); a loop that is
# in no other (0x1c to 0x1e); padding, after which something begins that isn't a loop (0x28). Then
# a call in a second function.
LISTING = """\
0000000000000000 <simdrop_one_avx512>:
       0:      \tja\t0x28 <simdrop_one_avx512+0x28>
       4:      \tvpaddq\t%zmm0, %zmm1, %zmm2    # a comment
       8:      \tvpmuludq\t(%rip), %zmm1, %zmm2  # 0x12 <simdrop_one_avx512+0x12>
\t\t000000000000000a:  R_X86_64_PC32\t.rodata-0x4
       c:      \tnopl\t(%rax)
       e:      \tjne\t0x8 <simdrop_one_avx512+0x8>
      12:      \tje\t0x16 <simdrop_one_avx512+0x16>
      14:      \tincq\t%rax
      16:      \tnop
      18:      \tjne\t0x4 <simdrop_one_avx512+0x4>
      1c:      \tdecq\t%rax
      1e:      \tjne\t0x1c <simdrop_one_avx512+0x1c>
      20:      \tjmp\t0x25 <simdrop_one_avx512+0x25>
\t\t0000000000000021:  R_X86_64_PLT32\telsewhere-0x4
      25:      \tretq
      26:      \tnopw\t(%rax,%rax)
      28:      \tdecq\t%rax
      2a:      \tjmp\t0x1c <simdrop_one_avx512+0x1c>

0000000000000030 <simdrop_two_avx512>:
      30:      \tcallq\t0x35 <simdrop_two_avx512+0x5>
\t\t0000000000000031:  R_X86_64_PLT32\tSleef_logf8_u35-0x4
      35:      \tjne\t0x30 <simdrop_two_avx512>
      37:      \tretq
"""

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
3 20
ob=/lib/libm.so.6
fn=simdrop_like_name
0 5
ob=/somewhere/simdrop-count
fn=helper
7 1
totals: 99
"""


class Loops(unittest.TestCase):
    """Loops found in a disassembly."""

    def test_nested(self):
        found = loops.loops_of(loops.functions(LISTING)["simdrop_one_avx512"])
        names = {number: [i.name for i in body] for number, body in found}
        self.assertEqual(names, {"1": ["vpaddq", "je", "incq", "jne"],
                                 "1.1": ["vpmuludq", "jne"], "2": ["decq", "jne"]})

    def test_calls_stay(self):
        (number, body), = loops.loops_of(loops.functions(LISTING)["simdrop_two_avx512"])
        self.assertEqual(number, "1")
        self.assertEqual([i.for_mca() for i in body], ["callq 0x35", "jne target"])

    def test_arm(self):
        code = loops.functions("0000000000000000 <f>:\n"
                               "       0:      \tcbz\tx0, 0xc <f+0xc>\n"
                               "       4:      \tsubs\tx0, x0, #0x1   // =1\n"
                               "       8:      \tb.ne\t0x4 <f+0x4>\n"
                               "       c:      \tret\n")["f"]
        self.assertEqual([(n, [i.for_mca() for i in body]) for n, body in loops.loops_of(code)],
                         [("1", ["subs x0, x0, #0x1", "b.ne target"])])

    def test_stored(self):
        for text, size in (
                ("vmovups %zmm3, 0x40(%rdi,%rax)", 64), ("vmovups %zmm3, 0x40(%rsp)", 0),
                ("vmovups 0x40(%rdi), %zmm3", 0), ("vmovntpd %ymm3, (%rdi)", 32),
                ("vmovdqu64 %zmm0, (%rdi) {%k1}", 64), ("vpmovdb %zmm2, (%rdi)", 16),
                ("vcvtps2ph $0x4, %zmm1, (%rdi)", 32), ("kmovq %k1, 0x8(%rdi)", 8),
                ("movl %eax, (%rdi,%rcx,4)", 4), ("cmpq $0x1, (%rdi)", 0),
                ("vextracti64x4 $0x1, %zmm1, 0x20(%rdi)", 32), ("vmovss %xmm1, (%rdi)", 4),
                ("str q1, [x0, #0x10]", 16), ("stp q1, q2, [x0]", 32), ("stp q1, q2, [sp]", 0),
                ("st4 { v0.4s, v1.4s, v2.4s, v3.4s }, [x0]", 64), ("st1 { v0.s }[1], [x0]", 4),
                ("strb w1, [x0], #0x1", 1), ("ldr q1, [x0]", 0), ("str d0, [x1, x2]", 8)):
            self.assertEqual(loops.Instruction(0, text).stored, size, text)


class Counts(unittest.TestCase):
    """Counts read from callgrind's file."""

    def test_own_functions_only(self):
        found = list(counts.own_instructions(CALLGRIND.splitlines(True), "build/simdrop-count"))
        self.assertEqual(found, [("avx2 fill_u32 64", 621)])


class Baselines(unittest.TestCase):
    """Figures compared."""

    def table(self, **figures):
        return baseline.Table(2, counts.COLUMNS, {
            ("avx2", kernel): {"per_element": figure, "call_of_64": 100}
            for kernel, figure in figures.items()})

    def kinds(self, old, new):
        return {c.key[1]: (c.kind, c.fails)
                for c in baseline.compare(self.table(**old), self.table(**new))}

    def test_half_a_per_cent(self):
        self.assertEqual(
            self.kinds({"a": 2.0, "b": 2.0, "c": 2.0, "d": 2.0, "e": 0.0},
                       {"a": 2.0, "b": 2.01, "c": 2.0101, "d": 1.9, "e": 0.1}),
            {"b": ("grew", False), "c": ("worse", True), "d": ("better", False),
             "e": ("worse", True)})

    def test_unreviewed_rows(self):
        self.assertEqual(self.kinds({"a": 1.0, "old": 1.0}, {"a": 1.0, "new": 1.0}),
                         {"old": ("gone", True), "new": ("new", True)})

    def test_loops(self):
        def loop(stored, instructions):
            return baseline.Table(3, loops.KEYS + ("stored", "instructions"), {
                ("neon", "a", "1"): {"stored": stored, "instructions": instructions}})

        for old, new, kinds in (
                ((16, 10), (16, 11), {"instructions": "worse"}),
                ((16, 1000), (16, 1005), {"instructions": "grew"}),
                ((16, 1000), (16, 995), {"instructions": "better"}),
                ((16, 1000), (16, 994), {"instructions": "less"}),
                ((0, 10), (0, 9), {"instructions": "less"}),
                ((16, 10), (17, 10), {"stored": "stores"}),
                ((16, 10), (32, 11), {"stored": "stores", "instructions": "stores"}),
                ((16, 10), (32, 20), {"stored": "stores", "instructions": "stores"}),
                ((32, 10), (16, 9), {"stored": "stores", "instructions": "stores"}),
                ((0, 999), (8, 1000), {"stored": "stores", "instructions": "stores"}),
                ((8, 1000), (0, 999), {"stored": "stores", "instructions": "stores"})):
            changes = baseline.compare(loop(*old), loop(*new))
            self.assertEqual({c.column: c.kind for c in changes}, kinds)
            self.assertEqual({c.column: c.fails for c in changes},
                             {column: kind not in ("grew", "better")
                              for column, kind in kinds.items()})
            self.assertEqual(len(list(baseline.report(changes))), 1 + len(kinds))

    def test_files(self):
        facts = {"compiler": "gcc (Debian 12.2.0-14) 12.2.0", "llvm-mca": "19"}
        rows = {("neon", "a", "1.1"): {"instructions": 7, "neoverse-v2_cycles": 1.75}}
        tables = {"counts": self.table(a=1.5, b=0.0625),
                  "loops": baseline.Table(
                      3, loops.KEYS + ("instructions", "neoverse-v2_cycles"), rows)}
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "baseline")
            baseline.write(path, facts, tables)
            read_facts, read_tables = baseline.read(path)
        self.assertEqual(read_facts, facts)
        for kind, table in tables.items():
            self.assertEqual(read_tables[kind].rows, table.rows)
            self.assertEqual(baseline.compare(table, read_tables[kind]), [])

    def test_report(self):
        changes = baseline.compare(self.table(a=2.0), self.table(a=2.1))
        self.assertIn("worse  avx2  a       per_element         2  2.1  +5.00 %",
                      list(baseline.report(changes)))


class Statuses(unittest.TestCase):
    """What scripts/gate learns."""

    def status(self, figure):
        def table(figure):
            return baseline.Table(2, counts.COLUMNS, {
                ("avx2", "a"): {"per_element": figure, "call_of_64": 100}})

        with tempfile.TemporaryDirectory() as folder, \
                mock.patch.object(gate, "measured", lambda _: ({"counts": table(figure)}, [])), \
                mock.patch.object(loops, "version", lambda: "19"), \
                contextlib.redirect_stdout(io.StringIO()):
            path = os.path.join(folder, "baseline")
            baseline.write(path, {"llvm-mca": "19"}, {"counts": table(2.0)})
            return gate.check(argparse.Namespace(planted=False), "test", path)

    def test_worse(self):
        self.assertEqual([self.status(figure) for figure in (1.9, 2.0, 2.1)], [0, 0, 3])


class Names(unittest.TestCase):
    """Compilers told apart."""

    def test_names(self):
        for line, name in (
                ("gcc (Debian 12.2.0-14+deb12u1) 12.2.0", "debian-gcc-12.2.0-x86_64"),
                ("aarch64-linux-gnu-gcc (Debian 12.2.0-14) 12.2.0", "debian-gcc-12.2.0-x86_64"),
                ("gcc (Ubuntu 13.2.0-23ubuntu4) 13.2.0", "ubuntu-gcc-13.2.0-x86_64"),
                ("Debian clang version 19.1.7 (3~deb12u1)", "debian-clang-19.1.7-x86_64"),
                ("clang version 20.1.0", "plain-clang-20.1.0-x86_64")):
            self.assertEqual(gate.name_of(line, "x86_64"), name)
        with self.assertRaises(RuntimeError):
            gate.name_of("cc 1.0", "x86_64")


class Plants(unittest.TestCase):
    """What counts as found."""

    def judge(self, isa, *kernels):
        changes = [baseline.Change((isa, kernel), "per_element", 1.0, 1.1, kernel.endswith("u8"))
                   for kernel in kernels]
        with contextlib.redirect_stdout(io.StringIO()):
            return plants.judge("test", changes, {isa})

    def test_judge(self):
        self.assertTrue(self.judge("avx2", "apply_f32", "apply_f32_stream", "dropout_f32:u8"))
        self.assertFalse(self.judge("avx2"))
        self.assertFalse(self.judge("avx2", "apply_f32", "fill_u32"))
        self.assertTrue(self.judge("neon", "draw_mask_u16", "draw_mask_u8"))
        self.assertFalse(self.judge("neon", "draw_mask_u16"))
        self.assertFalse(self.judge("neon", "draw_mask_u8"))
        self.assertFalse(self.judge("neon", "draw_mask_u16", "draw_mask_u8", "bernoulli_u8"))


if __name__ == "__main__":
    unittest.main()
