# SPDX-License-Identifier: MIT
"""Draws the lecture's two plots, accuracy in training and in validation, from cs231n-experiment's
CSV: training-accuracy and validation-accuracy, each as SVG and PNG.

usage: plot.py CSV DIRECTORY
"""

import collections
import csv
import pathlib
import statistics
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

PLOTS = {
    "training-accuracy": ("train_accuracy", "Training accuracy"),
    "validation-accuracy": ("val_accuracy", "Validation accuracy"),
}
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#999999")


def curves(rows, column):
    """{drop_prob: [(epoch, mean over seeds, standard deviation)]}"""
    values = collections.defaultdict(lambda: collections.defaultdict(list))
    for row in rows:
        values[float(row["drop_prob"])][int(row["epoch"])].append(float(row[column]))
    return {
        p: [
            (epoch, statistics.fmean(v), statistics.stdev(v) if len(v) > 1 else 0.0)
            for epoch, v in sorted(epochs.items())
        ]
        for p, epochs in sorted(values.items())
    }


def draw(rows, column, title, path):
    figure, axes = plt.subplots(figsize=(7, 4.2), layout="constrained")
    for colour, (p, points) in zip(COLOURS, curves(rows, column).items()):
        epochs, means, deviations = zip(*points)
        name = f"drop_prob = {p:g}" if p else "without dropout"
        axes.plot(epochs, means, color=colour, label=name, marker="o", markersize=3)
        axes.fill_between(
            epochs,
            [m - d for m, d in zip(means, deviations)],
            [min(1, m + d) for m, d in zip(means, deviations)],
            color=colour,
            alpha=0.2,
            linewidth=0,
        )
    seeds = len({row["seed"] for row in rows})
    axes.set(
        title=f"{title}: mean and standard deviation over {seeds} seeds",
        xlabel="epoch",
        ylabel=title.lower(),
    )
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right")
    figure.savefig(path.with_suffix(".svg"), metadata={"Date": None})
    figure.savefig(path.with_suffix(".png"), dpi=150)
    plt.close(figure)


def main(arguments):
    if len(arguments) != 2:
        sys.exit(__doc__.strip())
    try:
        with open(arguments[0], newline="") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        sys.exit(f"plot.py: can't read {arguments[0]}: {error.strerror}")
    if not rows or "val_accuracy" not in rows[0]:
        sys.exit(f"plot.py: {arguments[0]} is not a CSV of cs231n-experiment")
    folder = pathlib.Path(arguments[1])
    folder.mkdir(parents=True, exist_ok=True)
    matplotlib.rcParams["svg.hashsalt"] = "simdrop"  # the same file for the same data
    for name, (column, title) in PLOTS.items():
        draw(rows, column, title, folder / name)


if __name__ == "__main__":
    main(sys.argv[1:])
