# SPDX-License-Identifier: MIT
"""Tests of what the deterministic gate answers."""

import contextlib
import io
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from simdrop_gate import __main__ as gate
from simdrop_gate import baseline, counts, loops, plants

GCC = "gcc (Debian 12.2.0-14) 12.2.0"


def tables(loop=10, **figures):
    """Tables of a loop in AVX-512, and of a kernel in each of the other sets that are named."""
    return {
        "counts": baseline.Table(
            2,
            counts.COLUMNS,
            {
                (isa, "a"): {"per_element": figure, "call_of_64": 100}
                for isa, figure in figures.items()
            },
        ),
        "loops": baseline.Table(
            3, loops.KEYS + ("instructions",), {("avx512", "a", "1"): {"instructions": loop}}
        ),
    }


class Statuses(unittest.TestCase):
    """What scripts/gate learns."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name, "debian-gcc-12.2.0-x86_64.txt")
        self.version = "19"
        for patch in (
            mock.patch.object(gate, "BASELINES", self.path.parent),
            mock.patch.object(loops, "version", lambda: self.version),
        ):
            patch.start()
            self.addCleanup(patch.stop)
        baseline.write(self.path, {"llvm-mca": "19"}, tables(scalar=9.0, avx2=2.0))

    def run_gate(self, measured, *options, lacking=(), compiler=GCC):
        """(status, what is printed) if these tables are measured, or this exception raised."""
        command = ["gate", "--compiler", compiler, "--target", "x86_64", "--build", "x", *options]
        answer = (
            {"side_effect": measured}
            if isinstance(measured, Exception)
            else {"return_value": (measured, list(lacking))}
        )
        with (
            mock.patch.object(gate, "measured", **answer),
            mock.patch("sys.argv", command),
            contextlib.redirect_stdout(io.StringIO()) as printed,
            contextlib.redirect_stderr(printed),
        ):
            return gate.main(), printed.getvalue()

    def test_worse(self):
        for avx2, status in ((1.9, 0), (2.0, 0), (2.1, 3)):
            self.assertEqual(self.run_gate(tables(scalar=9.0, avx2=avx2))[0], status)
        self.assertEqual(self.run_gate(tables(loop=11, scalar=9.0, avx2=2.0))[0], 3)

    def test_skipped_set(self):
        lacking = ["avx2"]
        status, printed = self.run_gate(tables(scalar=9.0), lacking=lacking)
        self.assertEqual(status, 0)
        self.assertIn("skipped debian-gcc-12.2.0-x86_64, avx2: this CPU can't run it\n", printed)
        self.assertIn(": 3 figures, none worse by more than 0.5 %, the rest skipped\n", printed)
        self.assertEqual(self.run_gate(tables(scalar=9.5), lacking=lacking)[0], 3)
        self.assertEqual(self.run_gate(tables(scalar=9.0))[0], 3)

    def test_other_llvm_mca(self):
        self.version = "20"
        status, printed = self.run_gate(tables(loop=11, scalar=9.0, avx2=2.0))
        self.assertEqual(status, 0)
        self.assertIn("loops: the baseline is llvm-mca 19's, this is 20\n", printed)
        self.assertIn(": 4 figures, none worse by more than 0.5 %, the rest skipped\n", printed)
        self.assertEqual(self.run_gate(tables(scalar=9.0, avx2=2.1))[0], 3)

    def test_nothing_left(self):
        self.version = "20"
        for options in ((), ("--planted",)):
            status, printed = self.run_gate({"loops": tables()["loops"]}, *options)
            self.assertEqual(status, 77)
            self.assertIn("skipped debian-gcc-12.2.0-x86_64: nothing is left to compare\n", printed)

    def test_no_baseline(self):
        self.path.unlink()
        status, printed = self.run_gate(tables(scalar=9.0, avx2=2.0))
        self.assertEqual(status, 77)
        self.assertIn("skipped debian-gcc-12.2.0-x86_64: this compiler has no baseline", printed)

    def test_cannot_tell(self):
        for error in (RuntimeError("why"), OSError("why"), ValueError("why")):
            self.assertEqual(self.run_gate(error), (2, "gate: why\n"))
        self.assertEqual(self.run_gate(tables(), compiler="cc 1.0")[0], 2)

    def test_refresh(self):
        status, printed = self.run_gate(tables(scalar=9.0, avx2=2.5), "--refresh")
        self.assertEqual(status, 0)
        self.assertIn("worse  avx2  a       per_element         2  2.5  +25.00 %\n", printed)
        self.assertIn("debian-gcc-12.2.0-x86_64: 1 figures changed, new or gone\n", printed)
        facts, rewritten = baseline.read(self.path)
        self.assertEqual(facts, {"compiler": GCC, "target": "x86_64", "llvm-mca": "19"})
        self.assertEqual(
            rewritten["counts"].rows["avx2", "a"], {"per_element": 2.5, "call_of_64": 100}
        )
        self.path.unlink()
        self.assertEqual(
            self.run_gate(tables(scalar=9.0), "--refresh"),
            (0, "debian-gcc-12.2.0-x86_64: a new baseline\n"),
        )

    def test_no_refresh_of_a_part(self):
        self.assertEqual(
            self.run_gate(tables(scalar=9.0), "--refresh", lacking=["avx2"]),
            (2, "gate: can't refresh: avx2: this CPU can't run it\n"),
        )
        self.assertIn(("avx2", "a"), baseline.read(self.path)[1]["counts"].rows)


class Sets(unittest.TestCase):
    """Which instruction sets are measured, and how: nobody tells the gate."""

    def measured(self, target, built, counted, *known):
        """(sets of which there are counts, of which there are loops, that this CPU lacks)."""
        rows = {(isa, "a"): {"per_element": 1.0, "call_of_64": 100} for isa in counted}
        with (
            tempfile.TemporaryDirectory() as folder,
            mock.patch.object(counts, "measure", lambda _: rows),
            mock.patch.object(loops, "measure") as measure,
        ):
            header = Path(folder, "bench/gate/sets.h")
            header.parent.mkdir(parents=True)
            header.write_text(f"#pragma once\n\n#define GATE_SETS {built}\n\n")
            measure.side_effect = lambda _, archives: {
                (isa, archive.relative_to(folder).name, "1"): {"instructions": 1}
                for isa, archive in archives
            }
            old = tables(**dict.fromkeys(known, 1.0)) if known else {}
            found, lacking = gate.measured(Path(folder), target, old)
        for isa in found["loops"].isas:
            archives = {archive for of, archive, _ in found["loops"].rows if of == isa}
            self.assertEqual(archives, {f"libsimdrop_{isa}.a", f"libsimdrop_sleef_{isa}.a"})
        return found["counts"].isas if "counts" in found else None, found["loops"].isas, lacking

    def test_callgrind_counts_what_it_can(self):
        portable = {"scalar", "generic"}
        self.assertEqual(
            self.measured("x86_64", "new avx512 avx2", {*portable, "avx2"}),
            ({*portable, "avx2"}, {"new", "avx512"}, []),
        )
        self.assertEqual(
            self.measured("x86_64", "new avx512 avx2", portable, "avx2", "scalar", "gone"),
            (portable, {"new", "avx512"}, ["avx2"]),
        )
        self.assertEqual(self.measured("x86_64", "", portable), (portable, set(), []))

    def test_loops_alone(self):
        self.assertEqual(self.measured("aarch64", "sve2 neon", ()), (None, {"sve2", "neon"}, []))


class Names(unittest.TestCase):
    """Compilers told apart."""

    def test_names(self):
        for line, name in (
            ("gcc (Debian 12.2.0-14+deb12u1) 12.2.0", "debian-gcc-12.2.0-x86_64"),
            ("aarch64-linux-gnu-gcc (Debian 12.2.0-14) 12.2.0", "debian-gcc-12.2.0-x86_64"),
            ("gcc (Ubuntu 13.2.0-23ubuntu4) 13.2.0", "ubuntu-gcc-13.2.0-x86_64"),
            ("Debian clang version 19.1.7 (3~deb12u1)", "debian-clang-19.1.7-x86_64"),
            ("clang version 20.1.0", "plain-clang-20.1.0-x86_64"),
        ):
            self.assertEqual(gate.name_of(line, "x86_64"), name)
        with self.assertRaises(RuntimeError):
            gate.name_of("cc 1.0", "x86_64")


class Plants(unittest.TestCase):
    """What counts as found."""

    def judge(self, isa, *kernels):
        changes = [
            baseline.Change((isa, kernel), "per_element", 1.0, 1.1, kernel.endswith("u8"))
            for kernel in kernels
        ]
        with contextlib.redirect_stdout(io.StringIO()):
            return plants.judge("test", changes, {isa})

    def test_judge(self):
        self.assertTrue(self.judge("avx2", "apply_f32", "apply_f32_streams", "dropout_f32:u8"))
        self.assertFalse(self.judge("avx2"))
        self.assertFalse(self.judge("avx2", "apply_f32", "fill_u32"))
        self.assertTrue(self.judge("generic", "apply_f64"))  # one source with scalar
        self.assertTrue(self.judge("neon", "draw_mask_u16", "draw_mask_u8", "dropout_f64_u8"))
        self.assertFalse(self.judge("neon", "draw_mask_u16"))
        self.assertFalse(self.judge("neon", "draw_mask_u8"))
        self.assertFalse(self.judge("neon", "draw_mask_u16", "draw_mask_u8", "bernoulli_u8"))
