# SPDX-License-Identifier: MIT
"""Draws what the program `uncertainty` found, from the folder that it wrote with --output:
calibration, rejection, entropy of other images, and the surest and least sure images of the test
set. Writes mc-dropout.svg.

usage: plot.py DIRECTORY OUTPUT [FASHION_MNIST]
"""

import collections
import csv
import gzip
import pathlib
import statistics
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

NAMES = (
    *("T-shirt", "trouser", "pullover", "dress", "coat"),
    *("sandal", "shirt", "sneaker", "bag", "boot"),
)
COLOURS = ("#000000", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#999999")
STYLES = {"plain": "--", "mc": "-"}
STRIP = 12  # images in each row
SIDE = 28


def read(folder, name):
    with open(folder / name, newline="") as file:
        return list(csv.DictReader(file))


def probs_of(rows):
    return sorted({float(row["drop_prob"]) for row in rows})


def look(rows, p, method):
    """Colour, line style and name of a drop probability and method."""
    name = "plain" if method == "plain" else "Monte-Carlo"
    return {
        "color": COLOURS[probs_of(rows).index(p) % len(COLOURS)],
        "linestyle": STYLES[method],
        "label": f"p = {p:g}, {name}" if p else "without dropout",
    }


def by_seed(rows, keys):
    """{(drop_prob, method): {values of keys: [rows, one for each seed]}}"""
    groups = collections.defaultdict(lambda: collections.defaultdict(list))
    for row in rows:
        group = groups[float(row["drop_prob"]), row["method"]]
        group[tuple(float(row[key]) for key in keys)].append(row)
    return groups


def spread(rows, column):
    values = [float(row[column]) for row in rows]
    return statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else 0.0


def curve(axes, points, style):
    """A line of (x, mean, deviation) with its band."""
    x, means, deviations = zip(*points)
    axes.plot(x, means, **style, marker="o", markersize=2.5, linewidth=1.2)
    axes.fill_between(
        x,
        [m - d for m, d in zip(means, deviations)],
        [m + d for m, d in zip(means, deviations)],
        color=style["color"],
        alpha=0.12,
        linewidth=0,
    )


def draw_reliability(axes, rows):
    """Bins of all seeds together, if they have fifty images or more."""
    for (p, method), bins in by_seed(rows, ["bin"]).items():
        points = []
        for _, group in sorted(bins.items()):
            counts = [int(row["count"]) for row in group]
            if sum(counts) < 50:
                continue
            points.append(
                tuple(
                    sum(n * float(row[column]) for n, row in zip(counts, group)) / sum(counts)
                    for column in ("confidence", "accuracy")
                )
            )
        axes.plot(*zip(*points), **look(rows, p, method), marker="o", markersize=2.5, linewidth=1.2)
    axes.axline((0.3, 0.3), (1, 1), color="#bbbbbb", linewidth=1, zorder=0)
    axes.set(
        title="Calibration", xlabel="confidence", ylabel="accuracy", xlim=(0.25, 1), ylim=(0.25, 1)
    )
    axes.legend(fontsize=7)


def draw_rejection(axes, rows):
    for (p, method), steps in by_seed(rows, ["kept"]).items():
        points = [(kept, *spread(group, "accuracy")) for (kept,), group in sorted(steps.items())]
        curve(axes, [point for point in points if point[0] > 0.3], look(rows, p, method))
    axes.set(
        title="Rejection by entropy", xlabel="fraction of images kept", ylabel="accuracy of them"
    )


def draw_rotation(axes, rows):
    turned = []
    for row in rows:
        if row["set"] == "test" or row["set"].startswith("rotated-"):
            angle = row["set"].partition("-")[2] or "0"
            turned.append({**row, "angle": angle})
    for (p, method), angles in by_seed(turned, ["angle"]).items():
        points = [(angle, *spread(group, "entropy")) for (angle,), group in sorted(angles.items())]
        curve(axes, points, look(rows, p, method))
    axes.set(title="Rotated images", xlabel="degrees", ylabel="mean entropy, nats", ylim=(0, None))


def draw_others(axes, rows):
    """Test, negative and random images, a bar for each way."""
    kinds = ["test", "negative", "noise"]
    ways = list(by_seed(rows, []))
    width = 0.8 / len(ways)
    for i, (p, method) in enumerate(ways):
        for j, kind in enumerate(kinds):
            group = [
                row
                for row in rows
                if (float(row["drop_prob"]), row["method"], row["set"]) == (p, method, kind)
            ]
            mean, deviation = spread(group, "entropy")
            style = look(rows, p, method)
            axes.bar(
                j + (i + 0.5) * width - 0.4,
                mean,
                width,
                yerr=deviation,
                error_kw={"linewidth": 0.8},
                facecolor=style["color"] if method == "mc" else "none",
                edgecolor=style["color"],
                linestyle=style["linestyle"],
            )
    axes.set(title="Other images", ylabel="mean entropy, nats", ylim=(0, None))
    axes.set_xticks(range(len(kinds)), kinds)


def test_images(folder):
    with gzip.open(folder / "t10k-images-idx3-ubyte.gz") as file:
        return file.read()[16:]


def draw_strip(grid, figure, rows, pixels):
    """The surest and the least sure images by Monte-Carlo dropout with the greatest p, seed 0."""
    p = probs_of(rows)[-1]
    rows = [row for row in rows if float(row["drop_prob"]) == p]
    rows.sort(key=lambda row: float(row["entropy"]))
    for line, group in enumerate((rows[:STRIP], rows[: -STRIP - 1 : -1])):
        for column, row in enumerate(group):
            axes = figure.add_subplot(grid[line, column])
            start = int(row["index"]) * SIDE * SIDE
            image = pixels[start : start + SIDE * SIDE]
            lines = [list(image[i : i + SIDE]) for i in range(0, len(image), SIDE)]
            axes.imshow(lines, cmap="gray_r", interpolation="none")
            axes.set_xticks([])
            axes.set_yticks([])
            label, predicted = int(row["label"]), int(row["predicted"])
            name = NAMES[predicted]
            if label != predicted:
                name += f",\nno: {NAMES[label]}"
            axes.set_xlabel(f"{name}\n{float(row['entropy']):.2f}", fontsize=6, labelpad=2)
            if column == 0:
                axes.set_ylabel(("surest", "least sure")[line], fontsize=8)


def main(arguments):
    if len(arguments) not in (2, 3):
        sys.exit(__doc__.strip())
    folder, output = map(pathlib.Path, arguments[:2])
    data = pathlib.Path(*arguments[2:] or ["/usr/share/datasets/fashion-mnist"])
    try:
        names = ("summary", "reliability", "rejection", "images")
        rows = {name: read(folder, f"{name}.csv") for name in names}
        pixels = test_images(data)
    except OSError as error:
        sys.exit(f"plot.py: can't read {error.filename}: {error.strerror}")
    if not rows["images"]:
        sys.exit("plot.py: no drop probability is greater than 0")
    matplotlib.rcParams["svg.hashsalt"] = "simdrop"  # the same file for the same data
    matplotlib.rcParams["svg.fonttype"] = "none"
    figure = plt.figure(figsize=(10, 9.2), layout="constrained")
    plots, strip = figure.add_gridspec(2, 1, height_ratios=(3.6, 1.25))
    panels = plots.subgridspec(2, 2).subplots()
    draw_reliability(panels[0, 0], rows["reliability"])
    draw_rejection(panels[0, 1], rows["rejection"])
    draw_rotation(panels[1, 0], rows["summary"])
    draw_others(panels[1, 1], rows["summary"])
    for axes in panels.flat:
        axes.grid(alpha=0.3)
    draw_strip(strip.subgridspec(2, STRIP), figure, rows["images"], pixels)
    output.mkdir(parents=True, exist_ok=True)
    figure.savefig(output / "mc-dropout.svg", metadata={"Date": None})


if __name__ == "__main__":
    main(sys.argv[1:])
