# SPDX-License-Identifier: MIT
"""How far simdrop may be from PyTorch, by operation, and the comparison itself.

An error is counted in ulp of the result's type: of the reference or, where a result is a sum whose
terms may cancel, of `size`, the sum of their absolute values. The reference is one of two:

same  PyTorch's operations in the type that simdrop computes in (of bf16: f32), rounded to the
      result's type at the end. Both round the same operations, so all bits agree but a zero's sign.
f64   PyTorch in f64, unrounded, where its own result of f32 or bf16 is the less exact or as exact:
      pytest's summary has both errors. An f64 result is compared with PyTorch's f64, so that its
      bound is for the errors of both.
"""

import numpy
import torch

# The columns are the reference, and the bounds of f32, f64 and bf16. What is compared is y where
# nothing else is said; then come the sum of which `size` is made, and what differs.
BOUNDS = {
    "dropout": ("same", 0, 0, 0),  # dx
    "channels": ("same", 0, 0, 0),  # and dx
    "alpha": ("f64", 2, 3, 1),  # x a + b; PyTorch rounds a and b otherwise, and of bf16 more often
    "alpha dx": ("f64", 2, 3, 1),
    "gaussian": ("same", 0, 0, 0),  # and dx
    "add": ("same", 0, 0, 0),
    "fused none": ("same", 0, 0, 0),  # and dx
    "fused relu": ("same", 0, 0, 0),  # and dx
    # An activation's error is that of its exponential, and so grows with the exponent.
    "fused gelu": ("f64", 4, 3, 1),  # residual + y (1 + t^2)
    "fused gelu dx": ("f64", 5, 4, 1),  # (s + s |t| + ...) (1 + t^2)
    "fused gelu, of t": ("f64", 3, 4, 1),  # residual + t, of F.gelu itself, see test_fused.py
    "fused gelu_tanh": ("f64", 4, 4, 1),  # residual + y (1 + 2 |v|), tanh(v) being its
    "fused gelu_tanh dx": ("f64", 5, 4, 1),
    "fused gelu_tanh, of t": ("f64", 3, 4, 1),
    "fused silu": ("f64", 3, 4, 1),  # residual + y
    "fused silu dx": ("f64", 5, 4, 1),  # s + s |t| + ...; 1 - s cancels, in PyTorch too
    "fused silu, of t": ("f64", 3, 4, 1),
    "fused dbias": ("f64", 5, 5, 5),  # of all dx; f32 for bf16, and so are all gradients of columns
    "norm z": ("same", 0, 0, 0),
    "layer_norm": ("f64", 6, 6, 1),  # ((z + m) rstd w + b)
    "layer_norm dz": ("f64", 4, 5, 1),
    "layer_norm dx": ("f64", 4, 5, 1.5),  # of bf16 made of the rounded dz
    "layer_norm dweight": ("f64", 4, 6, 6),  # of all dy h; f32 for bf16
    "layer_norm dbias": ("f64", 4, 6, 6),  # of all dy; f32 for bf16
    "rms_norm": ("f64", 5, 5, 1),  # z rstd w
    "rms_norm dz": ("f64", 4, 5, 1),
    "rms_norm dx": ("f64", 4, 5, 1.5),
    "rms_norm dweight": ("f64", 5, 6, 6),
    "softmax probs": ("f64", 2, 3, 1),  # probs (1 + |t| + max |t|)
    "softmax y": ("same", 0, 0, 0),  # of the probs above
    "softmax dx": ("f64", 2, 2, 1),  # probs (dp + sum(dp probs)), of sizes
}
DTYPES = [torch.float32, torch.float64, torch.bfloat16]

worst = {}  # (operation, type) -> the greatest errors, simdrop's and PyTorch's, for the summary


def ulp(values, dtype):
    if dtype == torch.float64:
        return torch.from_numpy(numpy.spacing(values.abs().numpy()))
    unit = torch.from_numpy(numpy.spacing(values.abs().float().numpy())).double()
    return unit * 2.0**16 if dtype == torch.bfloat16 else unit


def error(got, reference, size, dtype):
    got = got.double()
    same = (got == reference) | (got.isnan() & reference.isnan())
    size = reference.abs() if size is None else torch.maximum(size, reference.abs())
    return torch.where(same, 0.0, (got - reference).abs() / ulp(size, dtype))


def check(operation, dtype, got, reference, own=None, size=None):
    """`got` is a result of the type `dtype`; `own` PyTorch's own in it, for the summary."""
    kind, *bounds = BOUNDS[operation]
    bound = bounds[DTYPES.index(dtype)]
    assert got.shape == reference.shape
    if kind == "same":
        reference = reference.to(got.dtype)
    reference = reference.detach().double()
    size = None if size is None else size.detach().double()
    errors = error(got, reference, size, got.dtype)
    most = errors.max().item() if errors.numel() else 0.0
    theirs = 0.0
    if own is not None and errors.numel():
        theirs = error(own.detach(), reference, size, own.dtype).max().item()
    before = worst.get((operation, dtype), (0.0, 0.0))
    worst[operation, dtype] = max(before[0], most), max(before[1], theirs)
    if not most <= bound:
        at = numpy.unravel_index(errors.nan_to_num(nan=torch.inf).argmax().item(), errors.shape)
        raise AssertionError(
            f"{operation}: {most:.3g} ulp (bound {bound}) at {tuple(map(int, at))}:"
            f" {got[at].item()!r}, PyTorch {reference[at].item()!r}"
        )


def numbers(shape, dtype, seed, spread=1.0):
    """Normal numbers that bf16 has, so that all types compute with the same."""
    generator = torch.Generator().manual_seed(seed)
    values = torch.randn(shape, generator=generator, dtype=torch.float64) * spread
    return values.to(torch.bfloat16).to(dtype)


def with_gradients(function, inputs, dy):
    """function(*inputs) and the gradients of the inputs, by autograd; None for an input of None."""
    leaves = [None if x is None else x.detach().clone().requires_grad_() for x in inputs]
    y = function(*leaves)
    y.backward(dy.to(y.dtype))
    return y.detach(), [None if x is None else x.grad for x in leaves]
