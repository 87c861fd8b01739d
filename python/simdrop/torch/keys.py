# SPDX-License-Identifier: MIT
"""What decides on a mask: a key drawn from PyTorch's generator, or the position in the training."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


def _signed(number: int) -> int:
    if not 0 <= number < 2**64:
        raise ValueError(f"{number} is not from 0 to 2**64 - 1")
    return number - 2**64 if number >= 2**63 else number


class Key(NamedTuple):
    """A tensor of int64, {seed, stream}; or with a layer from 0 on {seed, step}.

    A third number says at which sample of the whole batch the tensor begins.
    """

    words: Tensor
    layer: int = -1


def key(seed: int, stream: int = 0) -> Key:
    """The key of simdrop.Dropout(p, seed, stream), from 0 to 2**64 - 1."""
    return Key(torch.tensor([_signed(seed), _signed(stream)]))


class Position:
    """Where a training is: masks are functions of seed, layer, step and element alone.

    They don't depend on how often other random numbers were drawn, on threads, workers or how a
    batch is split, nor on whether code is compiled or computed again by checkpointing.

    seed          of the training
    step          of the optimizer: set it before each
    first_sample  where this worker's, or this micro-batch's, samples begin in the whole batch; the
                  samples are the first dimension of tensors

        position = simdrop.torch.Position(seed=42)
        simdrop.torch.convert(model, position)
        for position.step, batch in enumerate(batches):
            ...
    """

    def __init__(self, seed: int, step: int = 0, first_sample: int = 0):
        self._numbers = [seed, step, first_sample]
        self._renew()

    def _renew(self) -> None:
        # a new tensor, not the old one changed: a backward pass may still need that
        self.words = torch.tensor([_signed(number) for number in self._numbers])

    def at(self, layer: int, call: int = 0) -> Key:
        """The key of a layer, and if it is called more than once in a step, of this call."""
        if not (0 <= layer < 2**32 and 0 <= call < 2**31):
            raise ValueError(f"layer {layer} is not from 0 to 2**32, or call {call} to 2**31")
        return Key(self.words, layer + (call << 32))

    @property
    def seed(self) -> int:
        return self._numbers[0]

    @property
    def step(self) -> int:
        return self._numbers[1]

    @step.setter
    def step(self, step: int) -> None:
        self._numbers[1] = step
        self._renew()

    @property
    def first_sample(self) -> int:
        return self._numbers[2]

    @first_sample.setter
    def first_sample(self, first_sample: int) -> None:
        self._numbers[2] = first_sample
        self._renew()

    def __repr__(self) -> str:
        seed, step, first_sample = self._numbers
        return f"Position(seed={seed}, step={step}, first_sample={first_sample})"


def of(key: Key | Tensor | None) -> Key:
    """A key as functions take it.

    None draws one from PyTorch's generator; a tensor is one of {seed, stream}, of int64 or, as
    torch.func._random has its keys, of uint64.
    """
    if key is None:
        return Key(torch.randint(-(2**63), 2**63 - 1, (2,)))
    if isinstance(key, Tensor):
        return Key(key.view(torch.int64) if key.dtype == torch.uint64 else key)
    return key
