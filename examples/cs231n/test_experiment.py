# SPDX-License-Identifier: MIT
"""Tests the experiment's program: one curve whatever computes the masks, both data formats, and
what it says of wrong options and damaged data.

usage: test_experiment.py PROGRAM [unittest option...]
"""

import csv
import gzip
import io
import os
import random
import struct
import subprocess
import sys
import tempfile
import unittest

PROGRAM = sys.argv.pop(1)
EMULATOR = os.environ.get("MESON_EXE_WRAPPER", "").split()  # of a cross build
FASHION_MNIST = "/usr/share/datasets/fashion-mnist"
IMAGES, LABELS = "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"


def run(*options, isa=""):
    """The finished program. One BLAS thread: with more, sums may be split another way."""
    environment = dict(os.environ, OPENBLAS_NUM_THREADS="1", SIMDROP_ISA=isa)
    if not isa:
        del environment["SIMDROP_ISA"]
    command = [*EMULATOR, PROGRAM, *options]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


def write(folder, name, content):
    path = os.path.join(folder, name)
    with (gzip.open if name.endswith(".gz") else open)(path, "wb") as file:
        file.write(content)
    return path


def idx(kind, *sizes, content=None):
    """An IDX file: `kind` is its third byte."""
    head = bytes([0, 0, kind, len(sizes)]) + b"".join(struct.pack(">I", n) for n in sizes)
    count = 1
    for n in sizes:
        count *= n
    return head + (bytes(i % 10 for i in range(count)) if content is None else content)


class Folder(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = self.temporary.name

    def assert_refused(self, message, *options, status=1):
        result = run(*options)
        self.assertEqual(result.returncode, status, result)
        self.assertRegex(result.stderr, message)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        self.assertEqual(result.stdout, "")


def rows_of(result):
    return list(csv.DictReader(io.StringIO(result.stdout)))


@unittest.skipUnless(os.path.isdir(FASHION_MNIST), "dataset-fashion-mnist is not installed")
class Curve(unittest.TestCase):
    options = ("--seeds", "2", "--epochs", "3", "--csv", "-")
    if EMULATOR:
        options += ("--train", "200", "--hidden", "40")

    @classmethod
    def setUpClass(cls):
        cls.reference = run(*cls.options, isa="scalar")

    def test_is_a_curve(self):
        self.assertEqual(self.reference.returncode, 0, self.reference)
        rows = rows_of(self.reference)
        self.assertEqual(
            [(r["drop_prob"], r["seed"], r["epoch"]) for r in rows],
            [(p, s, e) for p in ("0", "0.75") for s in "01" for e in "0123"],
        )
        losses = [row["loss"] for row in rows]  # other weights, batches and masks
        self.assertEqual(len(set(losses)), len(losses))

    @unittest.skipIf(EMULATOR, "takes too long in an emulator")
    def test_is_what_numpy_found(self):
        """reference.py: 1.000 and 0.787 +- 0.004 without dropout, 0.98 and 0.786 +- 0.008 with."""
        rows = rows_of(run("--seeds", "1", "--csv", "-"))
        last = {r["drop_prob"]: r for r in rows if r["epoch"] == "25"}
        for p, least, most in (("0", 0.99, 1), ("0.75", 0.93, 0.999)):
            self.assertTrue(least <= float(last[p]["train_accuracy"]) <= most, last)
            self.assertTrue(0.74 <= float(last[p]["val_accuracy"]) <= 0.82, last)

    def test_is_the_same_on_every_instruction_set(self):
        seen = []
        for isa in ("generic", "avx2", "avx512", "neon"):
            result = run(*self.options, isa=isa)
            if f"SIMDROP_ISA={isa}" in result.stderr:
                continue  # not of this CPU, as the library has said
            self.assertIn(f"simdrop on {isa};", result.stderr)
            self.assertEqual(result.stdout, self.reference.stdout, isa)
            seen.append(isa)
        self.assertIn("generic", seen)

    def test_is_the_same_with_4_threads(self):
        for threads in ("1", "4", "7"):
            result = run(*self.options, "--threads", threads)
            self.assertEqual(result.stdout, self.reference.stdout, threads)


class Cifar10(Folder):
    def records(self, count, lie=0):
        """Noise, and a tenth of the pixels bright: the label says which, or one is a lie."""
        rng = random.Random(count)
        return b"".join(
            bytes([(label + lie) % 10])
            + bytes(rng.randrange(50) + 150 * (i * 10 // 3072 == label) for i in range(3072))
            for label in (n % 10 for n in range(count))
        )

    def options(self, train, val):
        return (
            "--cifar10",
            self.folder,
            "--train",
            str(train),
            "--val",
            str(val),
            "--hidden",
            "20",
            "--seeds",
            "1",
            "--drop",
            "0",
            "--epochs",
            "10",
        )

    def last_row(self):
        result = run(*self.options(120, 40), "--csv", "-")
        self.assertEqual(result.returncode, 0, result)
        return {name: float(value) for name, value in rows_of(result)[-1].items()}

    def test_reads_batches(self):
        write(self.folder, "data_batch_1.bin", self.records(120))
        write(self.folder, "data_batch_2.bin", self.records(40))
        last = self.last_row()
        self.assertGreater(last["train_accuracy"], 0.9)
        self.assertGreater(last["val_accuracy"], 0.9)

    def test_validates_on_the_last_images(self):
        write(self.folder, "data_batch_1.bin", self.records(120))
        write(self.folder, "data_batch_2.bin", self.records(40, lie=1))
        last = self.last_row()
        self.assertGreater(last["train_accuracy"], 0.9)
        self.assertLess(last["val_accuracy"], 0.1)

    def test_wants_enough_images(self):
        write(self.folder, "data_batch_1.bin", self.records(20))
        self.assert_refused("20 images are too few for 15 to train on and 6", *self.options(15, 6))

    def test_refuses_damage(self):
        self.assert_refused("data_batch_1.bin: No such file", *self.options(1, 1))
        write(self.folder, "data_batch_1.bin", self.records(3)[:-1])
        self.assert_refused("within a record", *self.options(1, 1))
        write(self.folder, "data_batch_1.bin", bytes([10]) + bytes(3072))
        self.assert_refused("data_batch_1.bin: damaged: label 10 of image 0", *self.options(1, 1))
        write(self.folder, "data_batch_1.bin", self.records(2))
        write(self.folder, "data_batch_3.bin", self.records(2))
        self.assert_refused("data_batch_2.bin: missing", *self.options(1, 1))


class FashionMnist(Folder):
    def options(self):
        return (
            "--fashion-mnist",
            self.folder,
            "--train",
            "20",
            "--val",
            "10",
            "--seeds",
            "1",
            "--epochs",
            "1",
            "--hidden",
            "5",
        )

    def test_reads_idx_files(self):
        write(self.folder, IMAGES, idx(8, 30, 4, 5))
        write(self.folder, LABELS, idx(8, 30))
        self.assertEqual(run(*self.options()).returncode, 0)

    def test_refuses_damage(self):
        self.assert_refused("dataset-fashion-mnist", *self.options())
        good = idx(8, 30, 4, 5)
        write(self.folder, LABELS, idx(8, 30))
        for content, message in (
            (good[:-1], "ends too early"),
            (good[:3], "ends too early"),
            (good + b"x", "too long"),
            (idx(9, 30, 4, 5), "not an IDX file"),
            (idx(8, 600), "not an IDX file"),
            (idx(8, 30, 0, 5), "dimension 2 is 0"),
            (idx(8, 2**31, 2**31, 5, content=b""), "dimension 1 is 2147483648"),
            (idx(8, 29, 4, 5), "30 labels for 29 images"),
        ):
            with self.subTest(message):
                write(self.folder, IMAGES, content)
                self.assert_refused(message, *self.options())
        path = write(self.folder, IMAGES, good)
        write(self.folder, LABELS, idx(8, 30, content=bytes([11] * 30)))
        self.assert_refused("label 11 of image 0", *self.options())
        with open(path, "r+b") as file:
            file.seek(-8, os.SEEK_END)  # the checksum
            file.write(b"\0\0\0\0")
        self.assert_refused("damaged", *self.options())
        write(self.folder, IMAGES, good)
        os.truncate(path, os.path.getsize(path) - 6)
        write(self.folder, LABELS, idx(8, 30))
        self.assert_refused("images.*damaged", *self.options())


class Options(Folder):
    def test_help(self):
        result = run("--help")
        self.assertEqual(result.returncode, 0)
        self.assertEqual(result.stdout, run("-h").stdout)
        for option in ("--cifar10", "--drop", "--seeds", "--threads", "--csv"):
            self.assertIn(option, result.stdout)

    def test_refuses_nonsense(self):
        for options in (
            ("--epochs", "0"),
            ("--seeds", "-1"),
            ("--val", "x"),
            ("--drop", "1"),
            ("--drop", "nan"),
            ("--drop", "0;1"),
            ("--drop", "0,"),
            ("--drop", "0,0"),
            ("--threads", "65"),
            ("extra",),
        ):
            with self.subTest(options):
                self.assert_refused("cs231n-experiment: .*help", *options, status=2)
        self.assertEqual(run("--nonsense").returncode, 2)


if __name__ == "__main__":
    unittest.main()
