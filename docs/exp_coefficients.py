#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The constants of src/body/exp.h, which has them as this prints them.

Remez's exchange algorithm for q, of degree 4, so that 1 + r + r^2 q(r) has the least greatest
relative error of e^r for |r| <= ln(2)/2. Its coefficients are then rounded to f32. Needs mpmath.
"""

import struct

import mpmath as mp

mp.mp.dps = 40
DEGREE = 4
END = mp.log(2) / 2 * mp.mpf("1.0001")  # the reduction rounds


def f32(x):
    return struct.unpack("f", struct.pack("f", float(x)))[0]


def error(q, r):
    return (1 + r + r * r * mp.polyval(q, r)) / mp.exp(r) - 1


def remez():
    """The coefficients, the highest power's first, and the error at the extremes."""
    n = DEGREE + 2
    points = [END * mp.cos(mp.pi * (2 * k + 1) / (2 * n)) for k in range(n)]
    grid = [END * (-1 + mp.mpf(k) / 1000) for k in range(2001)]
    for _ in range(20):
        # 1 + r + r^2 q = e^r (1 + -e, +e, ...) is linear in the coefficients and e
        rows, wanted = [], []
        for k, r in enumerate(points):
            powers = [r ** (2 + DEGREE - j) for j in range(DEGREE + 1)]
            rows.append([*powers, (-1) ** k * mp.exp(r)])
            wanted.append(mp.exp(r) - 1 - r)
        solution = mp.lu_solve(mp.matrix(rows), mp.matrix(wanted))
        q = list(solution[: DEGREE + 1])
        # the greatest errors between changes of sign are the next points
        best = []
        for r in grid:
            e = error(q, r)
            if best and (e > 0) == (best[-1][0] > 0):
                best[-1] = max(best[-1], (e, r), key=lambda one: abs(one[0]))
            else:
                best.append((e, r))
        while len(best) > n:
            best.pop(0 if abs(best[0][0]) < abs(best[-1][0]) else -1)
        if len(best) < n:
            raise SystemExit("too few extremes")
        points = [r for _, r in best]
    return q, max(abs(e) for e, _ in best)


q, greatest = remez()
rounded = [f32(x) for x in q]
print("q, the highest power's coefficient first:", ", ".join(x.hex() for x in rounded))
print("relative error: 2^%.1f, rounded 2^%.1f" % (
    mp.log(greatest, 2),
    mp.log(max(abs(error(rounded, END * k / 1000)) for k in range(-1000, 1001) if k), 2),
))
upper = mp.floor(mp.log(2) * 2**15) / 2**15  # 15 bits: times -150 to 128 it is exact in f32
print("ln 2 = %s + %s" % (float(upper).hex(), f32(mp.log(2) - upper).hex()))
print("1 / ln 2 =", f32(1 / mp.log(2)).hex())
