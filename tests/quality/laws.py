# SPDX-License-Identifier: MIT
"""What values to expect: the distributions of distributions.h on the numbers that their types have.

A law knows P(value <= v) exactly for numbers v of its type. Values rounded to nearest are at most v
if the real number behind them is below the midpoint of v and its successor; values on a grid (the
uniform ones) are counted. Narrow types have so few numbers that each is an atom.
"""

import functools

import numpy as np
from scipy import stats

NODES, WEIGHTS = np.polynomial.legendre.leggauss(500)
NARROW = {"bf16": np.arange(0x7F80, dtype=np.uint32), "f16": np.arange(0x7C00, dtype=np.uint32)}


def decoded(bits, kind):
    """Numbers of a type as float64, from what the library wrote."""
    if kind == "bf16":
        return (bits.astype(np.uint32) << 16).view(np.float32).astype(np.float64)
    if kind == "f16":
        return bits.astype(np.uint16).view(np.float16).astype(np.float64)
    return bits.astype(np.float64)


def successor(v, kind, towards=np.inf):
    """The next number of the type."""
    if kind in ("u8", "u32"):
        return v + np.sign(towards)
    dtype = np.float32 if kind == "f32" else np.float64
    return np.nextafter(v.astype(dtype), dtype(towards)).astype(np.float64)


class Rounded:
    """A continuous distribution, each value rounded to nearest in f32 or f64."""

    is_fine = True
    is_exact_grid = False

    def __init__(self, kind, law):
        self.kind, self.law = kind, law
        self.mean, self.sd = law.mean(), law.std()

    def ppf(self, q):
        x = self.law.ppf(q)
        return x.astype(np.float32).astype(np.float64) if self.kind == "f32" else x

    def below(self, v):
        return self.law.cdf((v + successor(v, self.kind)) / 2)

    def before(self, v):
        """P(value < v)."""
        return self.law.cdf((v + successor(v, self.kind, -np.inf)) / 2)

    @functools.cache  # noqa: B019 (laws live as long as the program)
    def moment(self, k):
        """E z^k of the standardised z: the integral over its probability p = 1/(1+exp(-t))."""
        t = 40 * NODES
        p, q = 1 / (1 + np.exp(-t)), 1 / (1 + np.exp(t))
        x = np.where(t < 0, self.law.ppf(p), self.law.isf(q))
        return float(np.sum(((x - self.mean) / self.sd) ** k * p * q * WEIGHTS) * 40)


class Grid:
    """low + k step for k = 0 ... count - 1, all equally likely, rounded to nearest."""

    is_fine = True

    def __init__(self, kind, low, step, count):
        self.kind, self.low, self.step, self.count = kind, low, step, count
        self.is_exact_grid = low == 0
        self.mean = low + step * (count - 1) / 2
        self.sd = step * np.sqrt((float(count) ** 2 - 1) / 12)

    def ppf(self, q):
        x = self.low + np.floor(q * self.count) * self.step
        return x.astype(np.float32).astype(np.float64) if self.kind == "f32" else x

    def _counted(self, edge):
        return np.clip((np.floor((edge - self.low) / self.step) + 1) / self.count, 0, 1)

    def below(self, v):
        return self._counted((v + successor(v, self.kind)) / 2)

    def before(self, v):
        return self._counted((v + successor(v, self.kind, -np.inf)) / 2)

    def moment(self, k):
        return 0.0 if k % 2 else 3 ** (k / 2) / (k + 1)  # of the continuous one


class Atoms:
    """A few numbers, each with its probability."""

    is_fine = is_exact_grid = False

    def __init__(self, values, probabilities):
        keep = probabilities > 0
        order = np.argsort(values[keep], kind="stable")
        self.values = values[keep][order]
        self.probabilities = probabilities[keep][order]
        self.sums = np.cumsum(self.probabilities)
        self.mean = float(np.dot(self.values, self.probabilities))
        self.sd = float(np.sqrt(np.dot((self.values - self.mean) ** 2, self.probabilities)))

    def ppf(self, q):
        return self.values[np.minimum(np.searchsorted(self.sums, q), len(self.values) - 1)]

    def below(self, v):
        return self.sums[np.searchsorted(self.values, v, side="right") - 1]

    @functools.cache  # noqa: B019 (laws live as long as the program)
    def moment(self, k):
        return float(np.dot(((self.values - self.mean) / self.sd) ** k, self.probabilities))


def numbers_of(kind):
    """All finite numbers of a narrow type, ascending; zero once."""
    positive = decoded(NARROW[kind], kind)
    return np.concatenate([-positive[:0:-1], positive])


def rounded_to_narrow(kind, law):
    values = numbers_of(kind)
    middles = (values[1:] + values[:-1]) / 2
    return Atoms(values, np.diff(law.cdf(middles), prepend=0, append=1))


def narrow_uniform(kind, low, high):
    """The 2^8 or 2^11 values of k, by the documented operations in f32."""
    bits = 8 if kind == "bf16" else 11
    low, high = np.float32(low), np.float32(high)
    k = np.arange(2**bits, dtype=np.float32)
    x = low + k * np.float32((high - low) / np.float32(2**bits))
    numbers = numbers_of(kind)
    inside = numbers[(numbers >= low) & (numbers < high)]
    x = np.clip(x, inside[0], inside[-1]).astype(np.float64)
    right = np.clip(np.searchsorted(numbers, x), 1, len(numbers) - 1)
    below, above = numbers[right - 1], numbers[right]
    index_is_even = (right - 1 - len(numbers) // 2) % 2 == 0
    up = (above - x < x - below) | ((above - x == x - below) & ~index_is_even)
    values, counts = np.unique(np.where(up, above, below), return_counts=True)
    return Atoms(values, counts / 2**bits)


def uniform(kind, low, high):
    if kind in NARROW:
        return narrow_uniform(kind, low, high)
    if kind == "f64":
        return Grid(kind, low, (high - low) * 2.0**-53, 2**53)
    low, high = np.float32(low), np.float32(high)
    return Grid(kind, float(low), float((high - low) * np.float32(2.0**-24)), 2**24)


def bernoulli(_kind, prob):
    realized = np.floor(prob * 2.0**32 + 0.5) / 2.0**32
    return Atoms(np.array([0.0, 1.0]), np.array([1 - realized, realized]))


def uniform_int(kind, bound):
    if bound > 1000:
        return Grid(kind, 0, 1, bound)
    return Atoms(np.arange(bound, dtype=np.float64), np.full(bound, 1 / bound))


def as_parameter(kind, x):
    return x if kind == "f64" else float(np.float32(x))


def continuous(make):
    def law(kind, *parameters):
        frozen = make(*[as_parameter(kind, p) for p in parameters])
        return rounded_to_narrow(kind, frozen) if kind in NARROW else Rounded(kind, frozen)

    return law


LAWS = {
    "uniform": uniform,
    "bernoulli": bernoulli,
    "uniform_int": uniform_int,
    "normal": continuous(stats.norm),
    "exponential": continuous(lambda rate: stats.expon(scale=1 / rate)),
    "gumbel": continuous(stats.gumbel_r),
    "truncated_normal": continuous(
        lambda mean, sd, low, high: stats.truncnorm((low - mean) / sd, (high - mean) / sd, mean, sd)
    ),
}
