#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The constants of src/body/exp.h, normal.h and curves.h, which have them as this prints them.

Remez's exchange algorithm finds the polynomial p with the least greatest relative error of
base(x) + factor(x) p(x) for a function; its coefficients are then rounded to f32 or f64. Needs
mpmath, and minutes.
"""

import struct

import mpmath as mp

mp.mp.dps = 60


def f32(x):
    return struct.unpack("f", struct.pack("f", float(x)))[0]


def f64(x):
    return float(x)


def remez(function, base, factor, degree, begin, end, to=f32):
    """Prints the coefficients of p, the highest power's first, for arguments from begin to end."""
    n = degree + 2
    nodes = [begin + (end - begin) * (1 - mp.cos(mp.pi * k / 2000)) / 2 for k in range(2001)]
    table = [(x, function(x), base(x), factor(x)) for x in nodes]

    def errors(p):
        return [(one[2] + one[3] * mp.polyval(p, one[0])) / one[1] - 1 for one in table]

    extremes = [2000 * (2 * k + 1) // (2 * n) for k in range(n)]
    for _ in range(15):
        # base + factor p = function (1 - e, 1 + e, ...) is linear in p's coefficients and e
        rows, wanted = [], []
        for k, at in enumerate(extremes):
            x, y, b, f = table[at]
            rows.append([*(f * x ** (degree - j) for j in range(degree + 1)), (-1) ** k * y])
            wanted.append(y - b)
        p = list(mp.lu_solve(mp.matrix(rows), mp.matrix(wanted)))[: degree + 1]
        # the greatest errors between changes of sign are the next points
        greatest = []
        for at, e in enumerate(errors(p)):
            if greatest and (e > 0) == (greatest[-1][0] > 0):
                greatest[-1] = max(greatest[-1], (e, at), key=lambda one: abs(one[0]))
            else:
                greatest.append((e, at))
        while len(greatest) > n:
            greatest.pop(0 if abs(greatest[0][0]) < abs(greatest[-1][0]) else -1)
        extremes = [at for _, at in greatest]
    rounded = [to(x) for x in p]
    print("   ", ", ".join(x.hex() for x in rounded))
    worst = [mp.log(max(abs(e) for e in errors(q)), 2) for q in (p, rounded)]
    print(f"    relative error: 2^{float(worst[0]):.1f}, rounded 2^{float(worst[1]):.1f}")


print("e^r = 1 + r + r^2 q(r), |r| <= ln(2)/2 and a little, as the reduction rounds; q:")
end = mp.log(2) / 2 * mp.mpf("1.0001")
remez(mp.exp, lambda r: 1 + r, lambda r: r * r, 4, -end, end)
upper = mp.floor(mp.log(2) * 2**15) / 2**15  # times -150 to 128 it is exact in f32
print("    ln 2 =", float(upper).hex(), "+", f32(mp.log(2) - upper).hex())
print("    1 / ln 2 =", f32(1 / mp.log(2)).hex())

print("2^f = 1 + f q(f), |f| <= 1/2, of GELU by tanh (src/body/curves.h); q:")
half = mp.mpf("0.50001")
remez(lambda f: mp.mpf(2) ** f, lambda f: mp.mpf(1), lambda f: f, 5, -half, half)
gelu = -2 * mp.sqrt(2 / mp.pi) / mp.log(2)
print("    -2 sqrt(2/pi) / ln 2 =", mp.nstr(gelu, 25))


def beyond(u):
    a = 3 * u / (2 - u)
    return mp.exp(a * a / 2) * mp.erfc(a / mp.sqrt(2)) / 2


print("P(X > a) = exp(-a^2/2) (1/2 + u p(u)), u = 2 a / (a + 3), 0 <= a <= 15; p:")
remez(beyond, lambda u: mp.mpf("0.5"), lambda u: u, 8, mp.mpf("1e-4"), mp.mpf(30) / 18)
print("    1 / sqrt(2 pi) =", f32(1 / mp.sqrt(2 * mp.pi)).hex())


def plain(function, limit):
    """For p by itself: where it is multiplied by 0, `limit` stands for it."""
    return lambda x: limit if abs(x) < 1e-20 else function(x)


print("In f64: e^r = 1 + r + r^2 q(r); q, by itself:")
q = plain(lambda r: (mp.exp(r) - 1 - r) / r**2, mp.mpf("0.5"))
remez(q, lambda r: mp.mpf(0), lambda r: mp.mpf(1), 9, -end, end, f64)
upper = mp.floor(mp.log(2) * 2**41) / 2**41  # times -1076 to 1024 it is exact in f64
print("    ln 2 =", float(upper).hex(), "+", float(mp.log(2) - upper).hex())
print("    1 / ln 2 =", float(1 / mp.log(2)).hex())

print("2^f = 1 + f q(f); q, by itself:")
q = plain(lambda f: (mp.mpf(2) ** f - 1) / f, mp.log(2))
remez(q, lambda f: mp.mpf(0), lambda f: mp.mpf(1), 10, -half, half, f64)


def of_beyond(v):
    a = 5 * (1 + v) / (1 - v)
    return (mp.exp(a * a / 2) * mp.erfc(a / mp.sqrt(2)) - 1) / (1 + v)


print("P(X > a) = exp(-a^2/2) (1/2 + a p(v) / (a + 5)), v = (a - 5) / (a + 5), 0 <= a <= 39; p:")
p = plain(lambda w: of_beyond(w - 1), -5 / mp.sqrt(2 * mp.pi))
end = mp.mpf(34) / 44
remez(lambda v: p(v + 1), lambda v: mp.mpf(0), lambda v: mp.mpf(1), 22, mp.mpf(-1), end, f64)
