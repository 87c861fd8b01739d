# SPDX-License-Identifier: MIT
"""Modules that stand where torch.nn's dropouts stand, and `convert`, which puts them there."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from simdrop.torch import functional
from simdrop.torch.keys import Key, Position


class _Keyed:
    """A module whose masks are drawn by PyTorch's generator, or by the position of its layer."""

    position: Position | None = None
    layer: int = -1

    def at(self, position: Position | None, layer: int = -1) -> Any:
        """Takes masks of a position, as this layer, or of PyTorch's generator again."""
        if position is not None and layer < 0:
            raise ValueError("a module at a position needs the number of its layer, from 0 on")
        self.position, self.layer = position, layer
        return self

    def _key(self) -> Key | None:
        return None if self.position is None else self.position.at(self.layer)

    def extra_repr(self) -> str:
        where = "" if self.position is None else f", layer={self.layer}"
        return super().extra_repr() + where  # type: ignore[misc]


class Dropout(_Keyed, nn.Dropout):
    """torch.nn.Dropout on simdrop.

    always_on: drops in evaluation too, for Monte-Carlo dropout; False if not given.
    """

    def __init__(self, p: float = 0.5, inplace: bool = False, *, always_on: bool = False):
        super().__init__(p, inplace)
        self.always_on = always_on

    def forward(self, x: Tensor) -> Tensor:
        training = self.training or self.always_on
        return functional.dropout(x, self.p, training, self.inplace, key=self._key())


class Dropout1d(_Keyed, nn.Dropout1d):
    """torch.nn.Dropout1d on simdrop."""

    def forward(self, x: Tensor) -> Tensor:
        return functional.dropout1d(x, self.p, self.training, self.inplace, key=self._key())


class Dropout2d(_Keyed, nn.Dropout2d):
    """torch.nn.Dropout2d on simdrop."""

    def forward(self, x: Tensor) -> Tensor:
        return functional.dropout2d(x, self.p, self.training, self.inplace, key=self._key())


class Dropout3d(_Keyed, nn.Dropout3d):
    """torch.nn.Dropout3d on simdrop."""

    def forward(self, x: Tensor) -> Tensor:
        return functional.dropout3d(x, self.p, self.training, self.inplace, key=self._key())


class AlphaDropout(_Keyed, nn.AlphaDropout):
    """torch.nn.AlphaDropout on simdrop."""

    def forward(self, x: Tensor) -> Tensor:
        return functional.alpha_dropout(x, self.p, self.training, self.inplace, key=self._key())


class FeatureAlphaDropout(_Keyed, nn.FeatureAlphaDropout):
    """torch.nn.FeatureAlphaDropout on simdrop."""

    def forward(self, x: Tensor) -> Tensor:
        return functional.feature_alpha_dropout(
            x, self.p, self.training, self.inplace, key=self._key()
        )


class DropPath(_Keyed, nn.Module):
    """Stochastic depth, as timm's: whole samples of a residual branch are dropped."""

    def __init__(self, drop_prob: float = 0.0, scale_by_keep: bool = True):
        super().__init__()
        if not 0.0 <= drop_prob <= 1.0:
            raise ValueError(f"drop_prob is a probability, from 0 to 1, not {drop_prob}")
        self.drop_prob = drop_prob
        self.scale_by_keep = scale_by_keep

    def forward(self, x: Tensor) -> Tensor:
        return functional.drop_path(
            x, self.drop_prob, self.training, self.scale_by_keep, key=self._key()
        )

    def extra_repr(self) -> str:
        where = "" if self.position is None else f", layer={self.layer}"
        return f"drop_prob={self.drop_prob}, scale_by_keep={self.scale_by_keep}{where}"


_REPLACED: dict[type[nn.Module], type[nn.Module]] = {
    nn.Dropout: Dropout,
    nn.Dropout1d: Dropout1d,
    nn.Dropout2d: Dropout2d,
    nn.Dropout3d: Dropout3d,
    nn.AlphaDropout: AlphaDropout,
    nn.FeatureAlphaDropout: FeatureAlphaDropout,
}


def convert(model: nn.Module, position: Position | None = None) -> nn.Module:
    """Replaces the dropouts of a model, in place, and returns it.

    Modules of exactly the six types of torch.nn become simdrop's. With a position each of simdrop's
    modules, those already there too, gets a layer, in the order of model.modules(): the same model
    gets the same ones. A model that drops by torch.nn.functional keeps doing so, and so do modules
    of torch.nn that call it (MultiheadAttention, RNNs): convert can't see that.
    """
    if type(model) in _REPLACED:
        model = _replacement(model)
    made: dict[nn.Module, nn.Module] = {}
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if type(child) in _REPLACED:
                setattr(parent, name, made.setdefault(child, _replacement(child)))
    if position is not None:
        keyed = [module for module in model.modules() if isinstance(module, _Keyed)]
        for layer, module in enumerate(keyed):
            module.at(position, layer)
    return model


def _replacement(old: nn.Module) -> nn.Module:
    new = _REPLACED[type(old)](old.p, old.inplace)
    new.train(old.training)
    return new


def positions(model: nn.Module) -> list[Position]:
    """The positions that modules of a model are at, each once; a copied model has copies."""
    found = {id(module.position): module.position for module in model.modules() if _has(module)}
    return list(found.values())


def _has(module: nn.Module) -> bool:
    return isinstance(module, _Keyed) and module.position is not None


torch.serialization.add_safe_globals([Position])
