# SPDX-License-Identifier: MIT
"""Tests of the loops that are found in a disassembly."""

import json
import unittest
from unittest import mock

from simdrop_gate import loops

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


def code_of(name, listing):
    """A function's instructions."""
    return dict(loops.functions(listing))[name]


class Loops(unittest.TestCase):
    """Loops found in a disassembly."""

    def test_nested(self):
        found = loops.loops_of(code_of("simdrop_one_avx512", LISTING))
        names = {number: [i.name for i in body] for number, body in found}
        self.assertEqual(
            names,
            {
                "1": ["vpaddq", "je", "incq", "jne"],
                "1.1": ["vpmuludq", "jne"],
                "2": ["decq", "jne"],
            },
        )

    def test_same_name_twice(self):
        """As static functions of two files may have."""
        twice = loops.functions(2 * ("0 <f>:\n" + "  0: jne 0x0 <f>\n"))
        self.assertEqual([(name, len(code)) for name, code in twice], 2 * [("f", 1)])

    def test_calls_stay(self):
        ((number, body),) = loops.loops_of(code_of("simdrop_two_avx512", LISTING))
        self.assertEqual(number, "1")
        self.assertEqual([i.for_mca() for i in body], ["callq 0x35", "jne target"])

    def test_arm(self):
        code = code_of(
            "f",
            "0000000000000000 <f>:\n"
            "       0:      \tcbz\tx0, 0xc <f+0xc>\n"
            "       4:      \tsubs\tx0, x0, #0x1   // =1\n"
            "       8:      \tb.ne\t0x4 <f+0x4>\n"
            "       c:      \tret\n",
        )
        self.assertEqual(
            [(n, [i.for_mca() for i in body]) for n, body in loops.loops_of(code)],
            [("1", ["subs x0, x0, #0x1", "b.ne target"])],
        )

    def test_relocated_jump(self):
        code = code_of(
            "f",
            "0000000000000000 <f>:\n"
            "       0:      \tnop\n"
            "       4:      \tb\t0x4 <f+0x4>\n"
            "\t\t0000000000000004:  R_AARCH64_JUMP26\telsewhere\n",
        )
        self.assertEqual(loops.loops_of(code), [])

    def test_falls_through(self):
        for texts, falls in (
            (
                (
                    "b 0x4 <f>",
                    "br x1",
                    "ret",
                    "brk #0x1",
                    "jmp 0x4 <f>",
                    "jmpq *%rax",
                    "retq",
                    "ud2",
                    "hlt",
                ),
                False,
            ),
            (
                (
                    "b.ne 0x4 <f>",
                    "bl 0x4 <f>",
                    "cbz x0, 0x4 <f>",
                    "jne 0x4 <f>",
                    "callq 0x4 <f>",
                    "bic x0, x1, x2",
                ),
                True,
            ),
        ):
            for text in texts:
                self.assertIs(loops.Instruction(0, text).falls_through, falls, text)

    def test_pads(self):
        for texts, pads in (
            (("nop", "nopw\t%cs:(%rax,%rax)", "xchgw\t%ax, %ax", ".word\t0x00000000"), True),
            (("xchgw\t%ax, %bx", "decq\t%rax"), False),
        ):
            for text in texts:
                self.assertIs(loops.Instruction(0, text).pads, pads, text)

    def test_stored(self):
        for text, size in (
            ("vmovups %zmm3, 0x40(%rdi,%rax)", 64),
            ("vmovups %zmm3, 0x40(%rsp)", 0),
            ("vmovups %zmm3, -0x40(%rbp)", 0),
            ("stp q1, q2, [x29, #0x10]", 0),
            ("vmovups 0x40(%rdi), %zmm3", 0),
            ("vmovntpd %ymm3, (%rdi)", 32),
            ("vmovdqu64 %zmm0, (%rdi) {%k1}", 64),
            ("vpmovdb %zmm2, (%rdi)", 16),
            ("vcvtps2ph $0x4, %zmm1, (%rdi)", 32),
            ("kmovq %k1, 0x8(%rdi)", 8),
            ("movl %eax, (%rdi,%rcx,4)", 4),
            ("cmpq $0x1, (%rdi)", 0),
            ("vextracti64x4 $0x1, %zmm1, 0x20(%rdi)", 32),
            ("vmovss %xmm1, (%rdi)", 4),
            ("str q1, [x0, #0x10]", 16),
            ("stp q1, q2, [x0]", 32),
            ("stp q1, q2, [sp]", 0),
            ("st4 { v0.4s, v1.4s, v2.4s, v3.4s }, [x0]", 64),
            ("st1 { v0.s }[1], [x0]", 4),
            ("strb w1, [x0], #0x1", 1),
            ("ldr q1, [x0]", 0),
            ("str d0, [x1, x2]", 8),
        ):
            self.assertEqual(loops.Instruction(0, text).stored, size, text)


class Measured(unittest.TestCase):
    """Rows made of what the tools print."""

    def test_measure(self):
        listings = {
            "a.a": "a.a(fill.c.o):\tfile format elf64-x86-64\n\n"
            "0000000000000000 <simdrop_fill_avx512>:\n"
            "       0:      \tvmovups\t%zmm0, (%rdi)\n"
            "       8:      \tvmovups\t%ymm1, 0x40(%rdi)\n"
            "      10:      \tnop\n"
            "      11:      \tjne\t0x0 <simdrop_fill_avx512>\n",
            "b.a": "0000000000000000 <simdrop_fill_new>:\n"
            "       0:      \tjne\t0x0 <simdrop_fill_new>\n",
        }
        printed = {"-mcpu=znver4": (1.666, 4), "-mcpu=sapphirerapids": (2.5, 6)}
        given = []

        def run(command, text=None):
            if command[0] == "llvm-objdump-19":
                return listings[command[-1]]
            given.append(text)
            cycles, uops = printed[command[-1]]
            regions = [
                {
                    "Name": name,
                    "SummaryView": {"BlockRThroughput": cycles * x, "TotaluOps": x * uops},
                }
                for x, name in enumerate(("avx512 fill 1", "new fill 1"), 1)
            ]
            return json.dumps({"CodeRegions": regions})

        with mock.patch.object(loops, "run", run):
            rows = loops.measure("x86_64", [("avx512", "a.a"), ("new", "b.a")])
        columns = loops.columns("x86_64")[3:]
        self.assertEqual(
            rows,
            {
                ("avx512", "fill", "1"): dict(zip(columns, (96, 3, 1.67, 4, 2.5, 6))),
                ("new", "fill", "1"): dict(zip(columns, (0, 1, 3.33, 8, 5.0, 12))),
            },
        )
        self.assertEqual(
            given,
            2
            * [
                "# LLVM-MCA-BEGIN avx512 fill 1\n"
                "vmovups %zmm0, (%rdi)\n"
                "vmovups %ymm1, 0x40(%rdi)\n"
                "jne target\n"
                "# LLVM-MCA-END\n"
                "# LLVM-MCA-BEGIN new fill 1\n"
                "jne target\n"
                "# LLVM-MCA-END\n"
            ],
        )

    def test_no_loops(self):
        with mock.patch.object(loops, "run", lambda *_: ""):
            self.assertEqual(loops.measure("aarch64", [("neon", "a.a")]), {})

    def test_run(self):
        self.assertEqual(loops.run(["cat"], "given\n"), "given\n")
        with self.assertRaisesRegex(RuntimeError, "^sh failed: why$"):
            loops.run(["sh", "-c", "echo printed; echo why >&2; exit 1"])
