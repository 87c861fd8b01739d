# SPDX-License-Identifier: MIT
"""Trains the same small GPT on any number of workers, with the same masks and the same losses.

    python gpt_workers.py --workers 4                   # or 1, or 2: the same losses, bit for bit
    python gpt_workers.py --workers 2 --steps 6 --save half.pt
    python gpt_workers.py --workers 4 --steps 12 --load half.pt      # goes on as if alone
    python gpt_workers.py --workers 4 --ddp             # DDP's own sum: the same but for rounding

The batch of 8 sequences is cut into 4 shards, whatever the number of workers. Dropout is by
position: seed, layer, step, and the sample's number in the batch.
"""

import argparse
import contextlib
import tempfile

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import nn
from tqdm import tqdm

import simdrop.torch as st

VOCABULARY, LENGTH, WIDTH, HEADS, LAYERS = 64, 32, 32, 4, 2
BATCH, SHARDS, DROPOUT = 8, 4, 0.1


class Block(nn.Module):
    def __init__(self, position, layer):
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)
        self.up = nn.Linear(WIDTH, 4 * WIDTH)
        self.down = nn.Linear(4 * WIDTH, WIDTH)
        self.norms = nn.ModuleList(nn.LayerNorm(WIDTH) for _ in range(2))
        self.drops = nn.ModuleList(nn.Dropout(DROPOUT) for _ in range(2))
        self.position, self.layer = position, layer

    def forward(self, x):
        batch, length, width = x.shape
        q, k, v = (
            z.view(batch, length, HEADS, -1).transpose(1, 2)
            for z in self.qkv(self.norms[0](x)).split(width, -1)
        )
        attended = st.scaled_dot_product_attention(
            q,
            k,
            v,
            dropout_p=DROPOUT if self.training else 0.0,
            is_causal=True,
            dropout_key=self.position.at(1000 + self.layer),
        )
        x = x + self.drops[0](self.out(attended.transpose(1, 2).reshape(x.shape)))
        return x + self.drops[1](self.down(F.gelu(self.up(self.norms[1](x)))))


class GPT(nn.Module):
    def __init__(self, position):
        super().__init__()
        self.tokens = nn.Embedding(VOCABULARY, WIDTH)
        self.places = nn.Embedding(LENGTH, WIDTH)
        self.drop = nn.Dropout(DROPOUT)
        self.blocks = nn.Sequential(*(Block(position, i) for i in range(LAYERS)))
        self.norm = nn.LayerNorm(WIDTH)
        nn.init.normal_(self.tokens.weight, std=0.1)

    def forward(self, tokens):
        x = self.drop(self.tokens(tokens) + self.places.weight)
        return self.norm(self.blocks(x)) @ self.tokens.weight.T


def batch_of(step):
    """Tokens that count up from a random one in random strides: something to learn."""
    generator = torch.Generator().manual_seed(step)
    first, stride = torch.randint(1, VOCABULARY, (2, BATCH, 1), generator=generator)
    return (first + stride * torch.arange(LENGTH + 1)) % VOCABULARY


def train(rank, options, store):
    torch.set_num_threads(1)
    if options.workers > 1:
        dist.init_process_group(
            "gloo", init_method=f"file://{store}", rank=rank, world_size=options.workers
        )
    torch.manual_seed(0)
    position = st.Position(seed=42)
    model = st.convert(GPT(position), position)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    first = 0
    if options.load:
        state = torch.load(options.load)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        first = state["step"]
    shards = range(rank * SHARDS // options.workers, (rank + 1) * SHARDS // options.workers)
    size = BATCH // SHARDS
    gradients = st.distributed.OrderedSum(model.parameters())
    wrapped = nn.parallel.DistributedDataParallel(model) if options.ddp else model
    for step in tqdm(range(first, options.steps), disable=rank != 0 or not options.progress):
        position.step = step
        tokens = batch_of(step)
        losses = torch.zeros(SHARDS)
        optimizer.zero_grad()
        for shard in shards:
            position.first_sample = shard * size
            part = tokens[position.first_sample :][:size]
            wait = options.ddp and shard != shards[-1]
            with wrapped.no_sync() if wait else contextlib.nullcontext():
                logits = wrapped(part[:, :-1])
                loss = F.cross_entropy(logits.flatten(0, 1), part[:, 1:].flatten()) / SHARDS
                loss.backward()
            losses[shard] = loss.detach()
            if not options.ddp:
                gradients.add()
        if options.ddp:  # which takes the mean over workers
            for x in model.parameters():
                x.grad *= options.workers
        else:
            gradients.reduce()
        optimizer.step()
        if options.workers > 1:
            dist.all_reduce(losses)
        if rank == 0:
            tqdm.write(
                f"step {step:3}  loss {losses.sum().item():.6f}  {losses.sum().item().hex()}"
            )
    if rank == 0 and options.save:
        state = {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
        torch.save(state | {"step": options.steps}, options.save)
    if options.workers > 1:
        dist.barrier()  # nobody leaves while another still listens
        dist.destroy_process_group()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, default=1, choices=(1, 2, 4))
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--save", help="write a checkpoint at the end")
    parser.add_argument("--load", help="go on from a checkpoint")
    parser.add_argument("--ddp", action="store_true", help="sum gradients as DDP does")
    parser.add_argument("--no-progress", dest="progress", action="store_false")
    options = parser.parse_args()
    if options.ddp and options.workers == 1:
        parser.error("--ddp is of more than one worker")
    with tempfile.TemporaryDirectory() as folder:
        store = f"{folder}/store"
        if options.workers == 1:
            train(0, options, store)
        else:
            torch.multiprocessing.spawn(train, (options, store), options.workers)


if __name__ == "__main__":
    main()
