# SPDX-License-Identifier: MIT
"""Tests the program on a few images: the same files whatever computes the masks, and their sense.

usage: test_program.py PROGRAM [unittest option...]
"""

import csv
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

PROGRAM = sys.argv.pop(1)
EMULATOR = os.environ.get("MESON_EXE_WRAPPER", "").split()  # of a cross build
FASHION_MNIST = "/usr/share/datasets/fashion-mnist"
FILES = ("summary.csv", "reliability.csv", "rejection.csv", "images.csv")
TINY = (
    *("--train=500", "--val=100", "--test=250", "--shifted=100", "--hidden=40"),
    *("--epochs=20", "--seeds=2", "--samples=4", "--drop=0,0.5"),
)


def run(*options, isa=""):
    """The finished program. One BLAS thread: with more, sums may be split another way."""
    environment = dict(os.environ, OPENBLAS_NUM_THREADS="1", SIMDROP_ISA=isa)
    if not isa:
        del environment["SIMDROP_ISA"]
    command = [*EMULATOR, PROGRAM, *options]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


class Run(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.folder = pathlib.Path(cls.temporary.name)
        cls.reference = cls.results("reference", isa="scalar")

    @classmethod
    def results(cls, name, *options, isa=""):
        """What it prints, and its files, by name."""
        folder = cls.folder / name
        result = run(*TINY, *options, "--output", str(folder), isa=isa)
        if result.returncode:
            raise AssertionError(result)
        return {"": result.stdout, **{f: (folder / f).read_text() for f in FILES}}

    def rows(self, name):
        return list(csv.DictReader(self.reference[name].splitlines()))

    def test_same_bytes_on_any_set_with_any_threads(self):
        self.assertEqual(self.results("again"), self.reference)
        self.assertEqual(self.results("threads", "--threads", "3"), self.reference)

    def test_another_number_of_samples_shows(self):
        other = self.results("samples", "--samples", "5")
        rows = list(csv.DictReader(other["summary.csv"].splitlines()))
        for a, b in zip(self.rows("summary.csv"), rows):
            self.assertEqual(a == b, a["method"] == "plain", (a, b))

    def test_summary(self):
        rows = self.rows("summary.csv")
        # (p = 0, plain), (0.5, plain), (0.5, mc); two seeds; nine sets
        self.assertEqual(len(rows), 3 * 2 * 9)
        for row in rows:
            self.assertEqual(float(row["mutual_information"]) > 0, row["method"] == "mc", row)
            if row["set"] == "test":
                self.assertGreater(float(row["accuracy"]), 0.4)
                self.assertEqual(float(row["area_entropy"]), 0.5)

    def test_other_files(self):
        by_run = {}
        for row in self.rows("reliability.csv"):
            key = row["drop_prob"], row["seed"], row["method"]
            by_run[key] = by_run.get(key, 0) + int(row["count"])
        self.assertEqual(set(by_run.values()), {250})
        self.assertEqual(len(by_run), 6)
        self.assertEqual(len(self.rows("rejection.csv")), 6 * 20)
        self.assertEqual(len(self.rows("images.csv")), 250)


class Options(unittest.TestCase):
    def test_help(self):
        result = run("--help")
        self.assertEqual(result.returncode, 0)
        for option in ("--drop", "--samples", "--seeds", "--output"):
            self.assertIn(option, result.stdout)

    def test_refuses_nonsense(self):
        for options in (("--samples", "0"), ("--drop", "1"), ("extra",)):
            with self.subTest(options):
                result = run(*options)
                self.assertEqual(result.returncode, 2)
                self.assertRegex(result.stderr, "^uncertainty: .*help")

    def test_no_data_is_a_skip(self):
        self.assertEqual(run("--fashion-mnist", "/nowhere").returncode, 77)


if __name__ == "__main__":
    if not os.path.isdir(FASHION_MNIST):
        print("dataset-fashion-mnist is not installed")
        sys.exit(77)
    unittest.main()
