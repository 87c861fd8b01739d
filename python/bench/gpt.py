# SPDX-License-Identifier: MIT
"""What dropout adds to a training step of a stack of GPT blocks, 768 wide with 12 heads."""

from pathlib import Path

import torch
import torch.nn.functional as F
from measure import interleaved, table
from torch import nn

import simdrop.torch as st

WIDTH, HEADS = 768, 12
CASES = {
    "4 layers, B 4, T 256": (4, 4, 256),
    "2 layers, B 2, T 1024": (2, 2, 1024),
}


class Block(nn.Module):
    def __init__(self, p, attention):
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(WIDTH) for _ in range(2))
        self.qkv, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.up, self.down = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)
        self.drops = nn.ModuleList(nn.Dropout(p) for _ in range(2))
        self.p, self.attention = p, attention

    def forward(self, x):
        batch, length, _ = x.shape
        q, k, v = (
            z.view(batch, length, HEADS, -1).transpose(1, 2)
            for z in self.qkv(self.norms[0](x)).split(WIDTH, -1)
        )
        attended = self.attention(q, k, v, dropout_p=self.p, is_causal=True)
        x = x + self.drops[0](self.out(attended.transpose(1, 2).reshape(x.shape)))
        return x + self.drops[1](self.down(F.gelu(self.up(self.norms[1](x)))))


def stack(layers, p, attention):
    torch.manual_seed(0)
    return nn.Sequential(*(Block(p, attention) for _ in range(layers)))


def step(model, x):
    def run():
        model(x).sum().backward()
        model.zero_grad()

    return run


def measure_gpt(plots: Path | None) -> None:
    torch.set_num_threads(2)
    rows = [["", "p = 0", "nn.Dropout, SDPA", "simdrop", "adds", "simdrop adds", "share"]]
    figures = {}
    for name, (layers, batch, length) in CASES.items():
        x = torch.randn(batch, length, WIDTH, requires_grad=True)
        models = {
            "none": stack(layers, 0.0, F.scaled_dot_product_attention),
            "theirs": stack(layers, 0.1, F.scaled_dot_product_attention),
            "ours": st.convert(stack(layers, 0.1, st.scaled_dot_product_attention)),
        }
        steps = {key: step(model, x) for key, model in models.items()}
        times = interleaved(steps, 9, 0.1, f"GPT, {name}")
        figures[name] = times
        theirs, ours = times["theirs"] - times["none"], times["ours"] - times["none"]
        rows.append(
            [name, *(f"{time:.3f} s" for time in times.values())]
            + [f"{theirs / times['none']:+.1%}", f"{ours / times['none']:+.1%}"]
            + [f"{ours / theirs:.2f}"]
        )
    table("Training step of GPT blocks, p = 0.1, float32, two threads", rows)
    if plots:
        draw(figures, plots)


def draw(figures, plots: Path) -> None:
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(6, 2.6), layout="constrained")
    names = {"none": "no dropout", "theirs": "nn.Dropout and SDPA", "ours": "simdrop"}
    for i, (key, label) in enumerate(names.items()):
        places = [j + 0.27 * (1 - i) for j in range(len(figures))]
        values = [times[key] / times["none"] for times in figures.values()]
        bars = axes.barh(places, values, 0.25, label=label, color=("#bbb", "#d95f02", "#1b9e77")[i])
        axes.bar_label(bars, fmt="%.2f", padding=2)
    axes.set_yticks(range(len(figures)), list(figures))
    axes.set(xlabel="time of a training step, without dropout = 1")
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(frameon=False, loc="outside upper center", ncols=3)
    figure.savefig(plots / "gpt.svg")
