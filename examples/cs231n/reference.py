# SPDX-License-Identifier: MIT
"""The experiment in NumPy, as the lecture writes it, to compare cs231n-experiment with: another
generator, another language, the same settings on Fashion-MNIST.

usage: reference.py [SEEDS]
"""

import gzip
import sys

import numpy as np

FOLDER = "/usr/share/datasets/fashion-mnist/train-"
TRAIN, VAL, HIDDEN, BATCH, EPOCHS = 500, 1000, 500, 100, 25


def read(name, header):
    with gzip.open(FOLDER + name + "-ubyte.gz") as file:
        return np.frombuffer(file.read(), np.uint8, offset=header)


def scores_of(params, x, mask=1):
    w1, b1, w2, b2 = params
    hidden = np.maximum(0, x @ w1 + b1) * mask
    return hidden, hidden @ w2 + b2


def gradients(params, x, y, keep, rng):
    mask = ((rng.random((len(x), HIDDEN)) < keep) / keep).astype(np.float32)
    hidden, scores = scores_of(params, x, mask)
    probs = np.exp(scores - scores.max(1, keepdims=True))
    probs /= probs.sum(1, keepdims=True)
    probs[np.arange(len(x)), y] -= 1
    probs /= len(x)
    dhidden = probs @ params[2].T * mask * (hidden > 0)
    return x.T @ dhidden, dhidden.sum(0), hidden.T @ probs, probs.sum(0)


def run(train, val, keep, seed):
    rng = np.random.default_rng(seed)
    sizes = [(784, HIDDEN), HIDDEN, (HIDDEN, 10), 10]
    params = [np.zeros(s, np.float32) for s in sizes]
    params[0][:] = 1e-2 * rng.standard_normal(sizes[0])
    params[2][:] = 1e-2 * rng.standard_normal(sizes[2])
    means, squares = ([np.zeros_like(p) for p in params] for _ in range(2))

    def accuracy(x, y):
        return (scores_of(params, x)[1].argmax(1) == y).mean()

    best = 0
    for step in range(1, EPOCHS * TRAIN // BATCH + 1):
        batch = rng.integers(0, TRAIN, BATCH)
        grads = gradients(params, train[0][batch], train[1][batch], keep, rng)
        for p, g, m, s in zip(params, grads, means, squares):
            m += 0.1 * (g - m)
            s += 0.001 * (g * g - s)
            p -= 5e-4 * (m / (1 - 0.9**step)) / (np.sqrt(s / (1 - 0.999**step)) + 1e-8)
        if step % (TRAIN // BATCH) == 0:
            best = max(best, accuracy(*val))
    return accuracy(*train), accuracy(*val), best


def main():
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    x, y = read("images-idx3", 16).reshape(-1, 784), read("labels-idx1", 8)
    x = x - x[:-VAL].mean(0, dtype=np.float64).astype(np.float32)
    train, val = (x[:TRAIN], y[:TRAIN]), (x[-VAL:], y[-VAL:])
    print("drop_prob  seeds   training         validation       best validation")
    for keep in (1, 0.25):
        runs = np.array([run(train, val, keep, seed) for seed in range(seeds)])
        columns = "   ".join(
            f"{m:.3f} +- {s:.3f}" for m, s in zip(runs.mean(0), runs.std(0, ddof=1))
        )
        print(f"{1 - keep:<9.2f} {seeds:6}   {columns}")


if __name__ == "__main__":
    main()
