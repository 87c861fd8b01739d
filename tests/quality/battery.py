#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Tests the distributions of a shared libsimdrop as random variables, with SciPy.

Every test of every distribution draws values of its own, so that all p-values are independent and,
if the library is right, uniform. The family of them all fails at the level FAMILY_LEVEL by Holm's
(for the smallest p-value Bonferroni's) correction. Counts get randomised p-values (a fixed
generator splits the probability of ties), as otherwise they could not be uniform.
"""

import argparse
import ctypes
import platform
import sys
import time

import numpy as np
import scipy
from laws import LAWS, decoded
from scipy import stats

FAMILY_LEVEL = 1e-6
CASES = [
    ("uniform", "f32", (0, 1)),
    ("uniform", "f32", (-3, 7.5)),
    ("uniform", "f32", (0, 0.3)),
    ("uniform", "f64", (0, 1)),
    ("uniform", "f64", (-3, 7.5)),
    ("uniform", "bf16", (0, 1)),
    ("uniform", "bf16", (-3, 7.5)),
    ("uniform", "f16", (0, 1)),
    ("uniform", "f16", (-3, 7.5)),
    ("bernoulli", "u8", (0.001,)),
    ("bernoulli", "u8", (0.3,)),
    ("bernoulli", "u8", (0.5,)),
    ("uniform_int", "u32", (6,)),
    ("uniform_int", "u32", (1000,)),
    ("uniform_int", "u32", (3 * 2**30,)),
    ("uniform_int", "u32", (2**32 - 1,)),
    ("normal", "f32", (0, 1)),
    ("normal", "f32", (10, 0.02)),
    ("normal", "f64", (0, 1)),
    ("normal", "f64", (-7, 3)),
    ("normal", "bf16", (0, 1)),
    ("normal", "bf16", (3, 2)),
    ("normal", "f16", (0, 1)),
    ("normal", "f16", (4, 900)),
    ("exponential", "f32", (1,)),
    ("exponential", "f32", (0.3,)),
    ("exponential", "f64", (1,)),
    ("exponential", "f64", (2.5,)),
    ("gumbel", "f32", (0, 1)),
    ("gumbel", "f32", (3, 0.7)),
    ("gumbel", "f64", (0, 1)),
    ("gumbel", "f64", (3, 0.7)),
    ("truncated_normal", "f32", (0, 1, -2, 2)),
    ("truncated_normal", "f32", (0, 0.02, -0.04, 0.04)),
    ("truncated_normal", "f32", (0, 1, 1.5, 9)),
]
STORAGE = {
    "f32": np.float32,
    "f64": np.float64,
    "bf16": np.uint16,
    "f16": np.uint16,
    "u8": np.uint8,
    "u32": np.uint32,
}
TURNS = 256  # streams or seeds that take turns
SHORT = 64  # values from each of many streams
DEEP = {"line": 26, "carry": 22, "streams": 22, "seeds": 22, "short": 20}  # log2 of values


class Library:
    def __init__(self, path):
        self.c = ctypes.CDLL(path)
        self.c.simdrop_version.restype = self.c.simdrop_isa_name.restype = ctypes.c_char_p
        self.c.simdrop_stream_derive.restype = ctypes.c_uint64
        self.c.simdrop_stream_derive.argtypes = [ctypes.c_uint64] * 3

    def describe(self):
        version, isa = self.c.simdrop_version(), self.c.simdrop_isa_name()
        return f"simdrop {version.decode()} on {isa.decode()}"

    def generator(self, name, kind, parameters):
        """A function (seed, stream, offset, out) that fills the array `out`."""
        call = getattr(self.c, f"simdrop_random_{name}_{kind}")
        number = {"f64": ctypes.c_double, "u8": ctypes.c_double, "u32": ctypes.c_uint32}
        parameter = number.get(kind, ctypes.c_float)
        call.argtypes = (
            [ctypes.c_uint64] * 3
            + [ctypes.c_size_t]
            + [parameter] * len(parameters)
            + [ctypes.c_void_p]
        )

        def fill(seed, stream, offset, out):
            status = call(seed, stream, offset, out.size, *parameters, out.ctypes.data)
            if status != 0:
                raise RuntimeError(f"simdrop_random_{name}_{kind} returned {status}")

        return fill


class Source:
    """Values from one place of the library's streams; take() gives the next ones as float64."""

    def __init__(self, library, case, place, seed, fault=None):
        name, self.kind, parameters = case
        self.fill = library.generator(name, self.kind, parameters)
        self.derive = library.c.simdrop_stream_derive
        self.place, self.seed, self.fault = place, seed, fault
        self.cursor = 0

    def take(self, n):
        if self.place == "short":
            raw = np.empty((n // SHORT, SHORT), STORAGE[self.kind])
            for row in raw:
                self.fill(self.seed, self.derive(self.cursor, 1, 2), 0, row)
                self.cursor += 1
        elif self.place in ("streams", "seeds"):
            parts = np.empty((TURNS, n // TURNS), STORAGE[self.kind])
            for k, part in enumerate(parts):
                by = (k, 0) if self.place == "seeds" else (0, k)
                self.fill(self.seed + by[0], by[1], self.cursor, part)
            raw = np.ascontiguousarray(parts.T)
            self.cursor += n // TURNS
        else:
            raw = np.empty(n, STORAGE[self.kind])
            # "carry" begins where the low half of the counter is about to overflow
            start, stream = (2**33 - 2**20, self.seed ^ 2**63) if self.place == "carry" else (0, 0)
            self.fill(self.seed, stream, start + self.cursor, raw)
            self.cursor += n
        values = decoded(raw.reshape(-1), self.kind)
        return self.fault(values) if self.fault else values


PLACES = tuple(DEEP)


class Scores:
    """Values with mean 0 and variance 1 to correlate: z itself, but of continuous laws, whose z
    may have long tails that make sums converge slowly, the probabilities below."""

    def __init__(self, law, k):
        self.law, self.k = law, k
        moment = (lambda m: 3 ** (m / 2) / (m + 1) * (m % 2 == 0)) if law.is_fine else law.moment
        self.mean, self.sd = moment(k), np.sqrt(moment(2 * k) - moment(k) ** 2)

    def __call__(self, x):
        law = self.law
        z = (2 * law.below(x) - 1) * np.sqrt(3) if law.is_fine else (x - law.mean) / law.sd
        return (power(z, self.k) - self.mean) / self.sd


def power(z, k):
    """z^k by squares: numpy's ** is slow."""
    return power(z * z, k // 2) if k % 2 == 0 else z if k == 1 else z * z * z


def two_sided(z):
    return 2 * stats.norm.sf(abs(z))


def chi_squared(counts, expected):
    """Chi-squared with neighbouring cells joined until each expects 10 values."""
    counts, expected = counts.ravel(), expected.ravel()
    first = np.concatenate([[0], np.flatnonzero(np.diff(np.floor(np.cumsum(expected) / 10))) + 1])
    counts, expected = np.add.reduceat(counts, first), np.add.reduceat(expected, first)
    if len(expected) > 1 and expected[-1] < 5:  # the last one is what is left
        expected = np.append(expected[:-2], expected[-2:].sum())
        counts = np.append(counts[:-2], counts[-2:].sum())
    statistic = np.sum((counts - expected) ** 2 / expected)
    return statistic, stats.chi2.sf(statistic, len(expected) - 1)


def bins(law, quantiles):
    """Edges among the type's numbers, and the probabilities of the bins (.., edge], .. between."""
    edges = np.unique(law.ppf(np.asarray(quantiles)))
    probabilities = np.diff(law.below(edges), prepend=0, append=1)
    return edges, probabilities


class Battery:
    def __init__(self, scale, seed):
        self.scale = scale
        self.random = np.random.default_rng(seed)

    def size(self, log2):
        return max(2**16, int(2**log2 * self.scale) // 2**14 * 2**14)

    def ks(self, law, source):
        n = self.size(20)
        x = np.sort(source.take(n))
        i = np.arange(1, n + 1)
        distance = max(np.max(i / n - law.below(x)), np.max(law.before(x) - (i - 1) / n))
        return n, distance * np.sqrt(n), stats.kstwobign.sf(distance * np.sqrt(n))

    def chi2(self, law, source):
        n = self.size(21)
        tail = 2.0 ** -np.arange(17, 10, -1)
        if law.is_fine:
            edges, p = bins(law, np.concatenate([tail, np.arange(1, 1024) / 1024, 1 - tail]))
        else:
            edges, p = law.values[:-1], law.probabilities
        counts = np.bincount(np.searchsorted(edges, source.take(n)), minlength=len(p))
        return n, *chi_squared(counts, n * p)

    def low_bits(self, law, source):
        n = self.size(20)
        k = np.rint((source.take(n) - law.low) / law.step).astype(np.int64)
        p = (law.count - np.arange(1024) + 1023) // 1024 / law.count
        return n, *chi_squared(np.bincount(k % 1024, minlength=1024), n * p)

    def moment(self, law, source, k):
        n = self.size(DEEP[source.place])
        total = done = 0
        while done < n:
            z = (source.take(min(n - done, 2**18)) - law.mean) / law.sd
            total += np.sum(power(z, k))
            done += z.size
        expected = law.moment(k)
        z = (total / n - expected) / np.sqrt((law.moment(2 * k) - expected**2) / n)
        return n, z, two_sided(z)

    def lanes(self, law, source, k):
        """The mean for each position in groups of 64."""
        n = self.size(21)
        z = Scores(law, k)(source.take(n)).reshape(-1, 64).sum(0) / np.sqrt(n / 64)
        return n, np.sum(z**2), stats.chi2.sf(np.sum(z**2), 64)

    def lags(self, law, source, k):
        """Serial correlations at lags 1 to 64, which are independent of each other."""
        n = self.size(20)
        z = Scores(law, k)(source.take(n))
        r = np.array([np.dot(z[:-lag], z[lag:]) / np.sqrt(n - lag) for lag in range(1, 65)])
        return n, np.sum(r**2), stats.chi2.sf(np.sum(r**2), 64)

    def partners(self, law, source, k):
        """The correlation of values j and j + 16 of groups of 32: Box and Muller's pairs."""
        n = self.size(22)
        z = Scores(law, k)(source.take(n)).reshape(-1, 2, 16)
        r = np.sum(z[:, 0] * z[:, 1]) / np.sqrt(n / 2)
        return n, r, two_sided(r)

    def pairs(self, law, source, lag):
        """Chi-squared of 32 x 32 bins of disjoint pairs with a lag."""
        n = self.size(21)
        edges, p = bins(law, np.arange(1, 32) / 32)
        cell = np.searchsorted(edges, source.take(n)).reshape(-1, 2, lag)
        index = cell[:, 0] * len(p) + cell[:, 1]
        counts = np.bincount(index.ravel(), minlength=len(p) ** 2)
        return n, *chi_squared(counts, n / 2 * np.outer(p, p))

    def circle(self, law, source):
        """Radius and angle of pairs of normal values: 32 x 32 equally likely cells."""
        n = self.size(21)
        z = ((source.take(n) - law.mean) / law.sd).reshape(-1, 2, 16)
        ring = np.floor(32 * np.exp(-(z[:, 0] ** 2 + z[:, 1] ** 2) / 2)).clip(0, 31)
        sector = np.floor(16 * (np.arctan2(z[:, 1], z[:, 0]) / np.pi + 1)).clip(0, 31)
        counts = np.bincount((32 * ring + sector).astype(np.int64).ravel(), minlength=1024)
        return n, *chi_squared(counts, np.full(1024, n / 2 / 1024))

    def tail(self, law, source, side, log2):
        """How many values are beyond the quantile 2^-log2, or 1 less that: Poisson."""
        n = self.size(DEEP[source.place])
        # half a step of 2^-24 off, as the small values of -log(u) have such steps, u being near 1
        edge = law.ppf(np.array([2.0**-log2 + 2.0**-25 if side < 0 else 1 - 2.0**-log2]))
        p = float(law.below(edge)[0])
        count = done = 0
        while done < n:
            part = source.take(min(n - done, 2**20))
            count += np.count_nonzero(part <= edge if side < 0 else part > edge)
            done += part.size
        mean = done * (p if side < 0 else 1 - p)
        poisson = stats.poisson(mean)
        u = poisson.cdf(count - 1) + self.random.random() * poisson.pmf(count)
        return done, count / mean, 2 * min(u, 1 - u)

    def tests_of(self, case, law):
        name, kind, parameters = case
        tests = [("chi2", self.chi2, ())]
        if law.is_fine:
            tests += [("ks", self.ks, ())]
            tests += [
                (f"tail {side * log2:+d}", self.tail, (side, log2))
                for side in (-1, 1)
                for log2 in (16, 20)
            ]
        if law.is_exact_grid:
            tests += [("low bits", self.low_bits, ())]
        # a bit has one moment, and if rare no normal correlations: `pairs` counts those
        powers = (1, 2) if name != "bernoulli" else (1,) if law.mean > 0.01 else ()
        orders = (1,) if name == "bernoulli" else (1, 2, 3, 4)
        tests += [(f"moment {k}", self.moment, (k,)) for k in orders]
        for k in powers:
            tests += [
                (f"lanes^{k}", self.lanes, (k,)),
                (f"lags^{k}", self.lags, (k,)),
                (f"partners^{k}", self.partners, (k,)),
            ]
        tests += [(f"pairs {lag}", self.pairs, (lag,)) for lag in (1, 4, 16)]
        if name == "normal" and kind in ("f32", "f64") and parameters[1] >= 1:
            tests += [
                ("circle", self.circle, ()),
                ("tail -24", self.tail, (-1, 24)),
                ("tail +24", self.tail, (1, 24)),
            ]
        return tests

    def run(self, library, case, law, place, seed, fault=None):
        """Rows (place, test, values, statistic, p)."""
        source = Source(library, case, place, seed, fault)
        rows = []
        for name, test, arguments in self.tests_of(case, law):
            n, statistic, p = test(law, source, *arguments)
            rows.append((place, name, n, float(statistic), float(min(max(p, 0), 1))))
        return rows


def title(case):
    return f"{case[0]}_{case[1]} {' '.join(f'{p:g}' for p in case[2])}"


def holm(rows, level):
    """The rows that Holm's procedure rejects."""
    rejected = []
    for k, row in enumerate(sorted(rows, key=lambda r: r[-1])):
        if row[-1] > level / (len(rows) - k):
            break
        rejected.append(row)
    return rejected


def run_all(battery, library, seed, cases, report):
    family = []
    head = f"{'distribution':41} {'p-values':>8} {'smallest':>9}  {'test':22} {'uniformity':>10}"
    report(head)
    for case in cases:
        law = LAWS[case[0]](case[1], *case[2])
        first = seed + 10000 * CASES.index(case)
        rows = [
            row
            for k, place in enumerate(PLACES)
            for row in battery.run(library, case, law, place, first + 1000 * k)
        ]
        least = min(rows, key=lambda r: r[-1])
        uniformity = stats.kstest([r[-1] for r in rows], "uniform").pvalue
        report(
            f"{title(case):41} {len(rows):8} {least[-1]:9.2g}  "
            f"{least[0] + ', ' + least[1]:22} {uniformity:10.3g}"
        )
        family += [(title(case), *row) for row in rows]
        family.append((title(case), "all", "uniformity", len(rows), uniformity, uniformity))
    return family


def with_tails_cut(x):
    return np.clip(x, -4.5, 4.5)


def with_correlated_partners(x):
    x = x.reshape(-1, 2, 16).copy()
    x[:, 1] = 0.01 * x[:, 0] + np.sqrt(1 - 0.01**2) * x[:, 1]
    return x.ravel()


def with_wide_lane(x):
    x = x.reshape(-1, 16).copy()
    x[:, 5] *= 1.03
    return x.ravel()


def with_paired_radii(x):
    """Uncorrelated, but large where their partners are."""
    x = x.reshape(-1, 2, 16).copy()
    x[:, 1] = np.copysign(np.where(np.abs(x[:, 0]) > 3, np.abs(x[:, 0]), np.abs(x[:, 1])), x[:, 1])
    return x.ravel()


def with_repeated_stream(x):
    x = x.reshape(-1, TURNS).copy()
    x[:, 1] = x[:, 0]
    return x.ravel()


def cut_to_bf16(x):
    bits = x.astype(np.float32).view(np.uint32) & 0xFFFF0000
    return bits.view(np.float32).astype(np.float64)


NORMAL, UNIFORM = ("normal", "f32", (0, 1)), ("uniform", "f32", (0, 1))
FAULTS = [
    ("a mean off by 0.001", NORMAL, "line", lambda x: x + 0.001),
    ("a stddev off by 0.001", NORMAL, "line", lambda x: x * 1.001),
    ("tails that end at 4.5", NORMAL, "line", with_tails_cut),
    ("partners correlated by 0.01", NORMAL, "line", with_correlated_partners),
    ("partners both large", NORMAL, "line", with_paired_radii),
    ("a lane of 16 wider by 3 %", NORMAL, "line", with_wide_lane),
    ("a stream of 256 repeated", NORMAL, "streams", with_repeated_stream),
    ("a rate off by 0.001", ("exponential", "f64", (1,)), "line", lambda x: x * 1.001),
    ("the lowest bit always 0", UNIFORM, "line", lambda x: np.floor(x * 2**23) / 2**23),
    ("only 2^16 values", UNIFORM, "line", lambda x: np.floor(x * 2**16) / 2**16),
    ("a range that ends at 0.999", UNIFORM, "line", lambda x: x * 0.999),
    (
        "bf16 cut, not rounded",
        ("normal", "bf16", (0, 1)),
        "line",
        lambda x: np.copysign(cut_to_bf16(np.abs(x) * (1 - 2**-10)), x),
    ),
    (
        "0.301 for 0.3",
        ("bernoulli", "u8", (0.3,)),
        "line",
        lambda x: np.maximum(x, np.arange(x.size) % 700 == 0),
    ),
]


def self_test(battery, library, seed, report):
    """Every fault must be found, at the level that a family of 4000 has."""
    missed = 0
    for name, case, place, fault in FAULTS:
        law = LAWS[case[0]](case[1], *case[2])
        rows = battery.run(library, case, law, place, seed, fault)
        found = [row for row in rows if row[-1] < FAMILY_LEVEL / 4000]
        by = ", ".join(row[1] for row in found) if found else "NOTHING"
        report(f"{title(case):20} {name:28} found by {by}")
        missed += not found
    report(f"{len(FAULTS) - missed} of {len(FAULTS)} faults found")
    return missed == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("library", help="the shared library")
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--scale", type=float, default=1, help="values per test, as a multiple")
    parser.add_argument("--only", default="", help="distributions whose name has this in it")
    parser.add_argument("--report", help="a file for the report")
    parser.add_argument("--self-test", action="store_true", help="find faults put in on purpose")
    options = parser.parse_args()
    start, lines = time.monotonic(), []

    def report(line=""):
        lines.append(line)
        print(line, flush=True)

    library = Library(options.library)
    battery = Battery(options.scale, options.seed)
    report(
        f"{library.describe()}; SciPy {scipy.__version__}, NumPy {np.__version__}, "
        f"Python {platform.python_version()}; seed {options.seed}, scale {options.scale:g}"
    )
    if options.self_test:
        is_good = self_test(battery, library, options.seed, report)
    else:
        cases = [case for case in CASES if options.only in title(case)]
        if not cases:
            sys.exit(f"battery.py: no distribution has {options.only} in its name; see CASES")
        family = run_all(battery, library, options.seed, cases, report)
        rejected = holm(family, FAMILY_LEVEL)
        is_good = not rejected
        values = sum(row[3] for row in family)
        report(f"{len(family)} p-values from {values:.3g} values; the smallest:")
        for row in sorted(family, key=lambda r: r[-1])[:10]:
            report(f"  {row[-1]:9.2g}  {row[0]}, {row[1]}, {row[2]}")
        report(f"rejected by Holm at the family level {FAMILY_LEVEL:g}: {len(rejected)}")
        lines += ["", "distribution; place; test; values; statistic; p"]
        lines += [f"{a}; {b}; {c}; {n}; {s:.6g}; {p:.4g}" for a, b, c, n, s, p in family]
    report(f"{'passed' if is_good else 'FAILED'}, {time.monotonic() - start:.0f} s")
    if options.report:
        with open(options.report, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
