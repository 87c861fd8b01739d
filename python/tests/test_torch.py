# SPDX-License-Identifier: MIT
"""simdrop.torch: masks against simdrop.Dropout's, derivatives against numeric ones, manners against
PyTorch's own dropouts."""

import copy
import io
import pickle
import subprocess
import sys

import pytest

import simdrop

torch = pytest.importorskip("torch")
import torch.nn.functional as F  # noqa: E402
from torch import nn  # noqa: E402

import simdrop.torch as st  # noqa: E402

f = st.functional
SEED, STREAM = 0x923456789ABCDEF0, 0xFEDCBA9876543210
KEY = st.key(SEED, STREAM)
TYPES = (torch.float32, torch.float64, torch.bfloat16, torch.float16)


def numbers(*shape, dtype=torch.float32):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1)).to(dtype)


def plan(p):
    return simdrop.Dropout(p, SEED, STREAM)


def as_numpy(x):
    import ml_dtypes

    x = x.detach().contiguous()  # keeps a number a number
    if x.dtype == torch.bfloat16:
        return x.view(torch.uint16).numpy().view(ml_dtypes.bfloat16)
    return x.numpy()


def same(a, b):
    """Bit for bit."""
    a, b = (as_numpy(x) if isinstance(x, torch.Tensor) else x for x in (a, b))
    assert a.dtype == b.dtype
    assert a.shape == b.shape
    assert a.tobytes() == b.tobytes()


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("p", (0.0, 0.1, 0.25, 1 / 3, 1.0))
def test_values(p, dtype):
    x = numbers(5, 1001, dtype=dtype)
    same(f.dropout(x, p, key=KEY), plan(p)(as_numpy(x)))
    x.requires_grad_()
    dy = numbers(5, 1001, dtype=dtype) * 3
    f.dropout(x, p, key=KEY).backward(dy)
    same(x.grad, plan(p)(as_numpy(dy)))


def test_more_than_a_thread_takes():
    x = numbers(700_001)
    for threads in (1, 2, 3):
        torch.set_num_threads(threads)
        same(f.dropout(x, 0.1, key=KEY), plan(0.1)(x.numpy()))
    torch.set_num_threads(2)


LAYOUTS = {
    "channels_last": lambda: numbers(3, 4, 5, 6).to(memory_format=torch.channels_last),
    "channels_last_3d": lambda: numbers(3, 4, 2, 5, 6).to(memory_format=torch.channels_last_3d),
    "permuted": lambda: numbers(3, 4, 5, 6).permute(3, 1, 0, 2),
    "transposed": lambda: numbers(6, 8).t(),
    "sliced": lambda: numbers(6, 8)[:, ::2],
    "expanded": lambda: numbers(6, 1).expand(6, 8),
    "number": lambda: numbers(1)[0],
    "empty": lambda: numbers(0, 3),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(layout):
    x = LAYOUTS[layout]()
    y = f.dropout(x, 0.3, key=KEY)
    same(y, plan(0.3)(x.numpy()))
    assert y.stride() == F.dropout(x, 0.3).stride()
    y = f.alpha_dropout(x, 0.3, True, key=KEY)
    same(y, plan(0.3).alpha(x.numpy()))
    assert y.stride() == torch.empty_like(x).stride()


CHANNELS = [
    (f.dropout1d, (3, 4, 5), 1),
    (f.dropout1d, (4, 5), 1),
    (f.dropout2d, (3, 4, 5, 6), 2),
    (f.dropout3d, (3, 4, 2, 5, 6), 3),
    (f.dropout3d, (4, 2, 5, 6), 3),
]


@pytest.mark.parametrize(("function", "shape", "dims"), CHANNELS)
def test_channels(function, shape, dims):
    x = numbers(*shape)
    mask_shape = shape[: len(shape) - dims] + (1,) * dims
    same(function(x, 0.3, key=KEY), plan(0.3).broadcast(x.numpy(), mask_shape))
    last = x.transpose(-1, -2).contiguous().transpose(-1, -2)
    same(function(last, 0.3, key=KEY), plan(0.3).broadcast(x.numpy(), mask_shape))


def test_samples():
    x = numbers(300, 4, 1000)
    same(f.drop_path(x, 0.3, key=KEY), plan(0.3).drop_path(x.numpy()))
    same(
        f.drop_path(x, 0.3, scale=False, key=KEY),
        plan(0.3).drop_path(x.numpy(), scale_by_keep=False),
    )
    same(f.alpha_dropout(x, 0.3, True, key=KEY), plan(0.3).alpha(x.numpy()))
    same(f.feature_alpha_dropout(x, 0.3, True, key=KEY), plan(0.3).feature_alpha(x.numpy()))


def test_first_sample():
    """A part of a batch has the masks that the batch has there."""
    position = st.Position(SEED, 3)
    x = numbers(10, 4, 6)
    for function in (f.dropout, f.dropout1d, f.drop_path):
        position.first_sample = 0
        whole = function(x, 0.3, key=position.at(5))
        position.first_sample = 7
        same(function(x[7:], 0.3, key=position.at(5)), whole[7:])
    for function in (f.alpha_dropout, f.feature_alpha_dropout):
        position.first_sample = 0
        whole = function(x, 0.3, True, key=position.at(5))
        position.first_sample = 7
        same(function(x[7:], 0.3, True, key=position.at(5)), whole[7:])


@pytest.mark.parametrize(
    ("index", "start"),
    [
        ((slice(2, 5),), (2, 0, 0)),
        ((slice(None), slice(1, 4)), (0, 1, 0)),
        ((slice(None), slice(None), slice(3, 8)), (0, 0, 3)),
        ((slice(1, 6), slice(None), slice(3, 8)), (1, 0, 3)),
        ((slice(1, 6), slice(2, 4), slice(3, 8)), (1, 2, 3)),
        ((slice(3, 3),), (3, 0, 0)),
        ((), (0, 0, 0)),
    ],
)
def test_shards(index, start):
    x = numbers(7, 5, 9)
    whole = f.dropout(x, 0.3, key=KEY)
    shard = x[index].contiguous().requires_grad_()
    y = f.dropout_shard(shard, 0.3, x.shape, start, key=KEY)
    same(y, whole[index])
    dy = torch.ones_like(y)
    y.backward(dy)
    same(shard.grad, f.dropout(torch.ones_like(x), 0.3, key=KEY)[index])


@pytest.mark.parametrize("shape", ((900_001,), (3, 300_000)))
def test_shards_that_threads_share(shape):
    x = numbers(*shape)
    whole = f.dropout(x, 0.3, key=KEY)
    start = (7,) if len(shape) == 1 else (0, 7)
    part = (..., slice(7, None))
    same(f.dropout_shard(x[part].contiguous(), 0.3, shape, start, key=KEY), whole[part])
    same(f.dropout_shard(x, 0.3, shape, (0,) * len(shape), key=KEY), whole)


DIFFERENTIABLE = {
    "dropout": lambda x: f.dropout(x, 0.3, key=KEY),
    "in place": lambda x: f.dropout(x * 1, 0.3, inplace=True, key=KEY),
    "dropout2d": lambda x: f.dropout2d(x, 0.3, key=KEY),
    "alpha": lambda x: f.alpha_dropout(x, 0.3, True, key=KEY),
    "feature alpha": lambda x: f.feature_alpha_dropout(x, 0.3, True, key=KEY),
    "drop path": lambda x: f.drop_path(x, 0.3, key=KEY),
    "drop path unscaled": lambda x: f.drop_path(x, 0.3, scale=False, key=KEY),
    "shard": lambda x: f.dropout_shard(x, 0.3, (9, 9, 4, 5), (2, 3, 0, 0), key=KEY),
}


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_gradients(name):
    function = DIFFERENTIABLE[name]
    x = numbers(2, 3, 4, 5, dtype=torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(function, x, check_forward_ad=True, check_batched_grad=False)
    assert torch.autograd.gradgradcheck(function, x)


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_transforms(name):
    if name == "in place":
        pytest.skip("torch.func takes functions without side effects")
    function = DIFFERENTIABLE[name]
    x = numbers(2, 3, 4, 5, dtype=torch.float64)
    tangent = torch.ones_like(x)
    y, slope = torch.func.jvp(function, (x,), (tangent,))
    same(y, function(x))
    same(torch.func.grad(lambda x: function(x).sum())(x), slope)  # a diagonal Jacobian
    batch = torch.stack([x, 2 * x])
    mapped = torch.func.vmap(function)(batch)  # one key, and so one mask
    same(mapped, torch.stack([function(x), function(2 * x)]))


def test_vmap_of_the_generator():
    x = torch.ones(4, 1000)
    with pytest.raises(RuntimeError, match="randomness"):
        torch.func.vmap(lambda x: f.dropout(x, 0.5))(x)
    y = torch.func.vmap(lambda x: f.dropout(x, 0.5), randomness="same")(x)
    assert torch.equal(y[0], y[1])
    y = torch.func.vmap(lambda x: f.dropout(x, 0.5), randomness="different")(x)
    assert not torch.equal(y[0], y[1])


def test_generator():
    x = torch.ones(1000)
    torch.manual_seed(5)
    a, b = f.dropout(x), f.dropout(x)
    assert not torch.equal(a, b)
    torch.manual_seed(5)
    with torch.random.fork_rng():
        assert torch.equal(f.dropout(x), a)
    assert torch.equal(f.dropout(x), a)
    assert 400 < a.count_nonzero() < 600


def test_keys_of_the_stateless_generator():
    key = torch.tensor([SEED, STREAM], dtype=torch.uint64)
    x = numbers(100)
    same(f.dropout(x, 0.3, key=key), plan(0.3)(x.numpy()))


def test_position():
    position = st.Position(SEED)
    x = torch.ones(2000)
    seen = set()
    for step in range(3):
        position.step = step
        for layer in range(3):
            y = f.dropout(x, 0.5, key=position.at(layer))
            stream = simdrop.stream_derive(layer, step, 0)
            same(y, simdrop.Dropout(0.5, SEED, stream)(x.numpy()))
            seen.add(as_numpy(y).tobytes())
    assert len(seen) == 9
    call = f.dropout(x, 0.5, key=position.at(2, call=1))
    assert not torch.equal(call, f.dropout(x, 0.5, key=position.at(2)))
    assert repr(position).startswith("Position(seed=")
    x.requires_grad_()
    y = f.dropout(x, 0.5, key=position.at(0))
    position.step += 1  # before the backward pass of the step before
    y.backward(torch.ones_like(y))
    same(x.grad, y)


MODULES = [
    (st.Dropout, nn.Dropout, (3, 4, 5)),
    (st.Dropout1d, nn.Dropout1d, (3, 4, 5)),
    (st.Dropout2d, nn.Dropout2d, (3, 4, 5, 6)),
    (st.Dropout3d, nn.Dropout3d, (3, 4, 2, 5, 6)),
    (st.AlphaDropout, nn.AlphaDropout, (3, 4, 5)),
    (st.FeatureAlphaDropout, nn.FeatureAlphaDropout, (3, 4, 5)),
]


@pytest.mark.parametrize(("ours", "theirs", "shape"), MODULES)
def test_modules(ours, theirs, shape):
    x = numbers(*shape)
    module = ours(0.3)
    assert isinstance(module, theirs)
    assert repr(module) == repr(theirs(0.3))
    assert repr(ours(0.2, inplace=True)) == repr(theirs(0.2, inplace=True))
    assert module.state_dict() == {}
    assert torch.equal(module.eval()(x), x)
    module.train()
    torch.manual_seed(1)
    y = module(x)
    assert not torch.equal(y, x)
    for other in (copy.deepcopy(module), pickle.loads(pickle.dumps(module)), saved(module)):
        torch.manual_seed(1)
        assert torch.equal(other(x), y)
    with pytest.raises(ValueError, match="probability"):
        ours(1.5)
    torch.manual_seed(1)
    z = x.clone()
    assert ours(0.3, inplace=True)(z) is z
    assert torch.equal(z, y)


def saved(module):
    file = io.BytesIO()
    torch.save(module, file)
    file.seek(0)
    return torch.load(file, weights_only=False)


def test_drop_path():
    module = st.DropPath(0.5)
    assert repr(module) == "DropPath(drop_prob=0.5, scale_by_keep=True)"
    y = module(torch.ones(1000, 3))
    assert set(y.unique().tolist()) == {0.0, 2.0}
    assert torch.equal(y[:, 0], y[:, 2])


def test_always_on():
    module = st.Dropout(0.5, always_on=True).eval()
    assert module(torch.ones(1000)).count_nonzero() < 600


def network():
    shared = nn.Dropout(0.2)
    return nn.Sequential(
        nn.Linear(8, 8),
        shared,
        nn.ReLU(),
        nn.Sequential(nn.Dropout(0.5), shared),
        nn.AlphaDropout(),
    ).eval()


def test_convert():
    model = network()
    weights = model.state_dict()
    assert st.convert(model) is model
    assert not any(type(module) is nn.Dropout for module in model.modules())
    assert model[1] is model[3][1]
    assert (model[1].p, model[3][0].p) == (0.2, 0.5)
    assert not model[1].training
    assert model.state_dict().keys() == weights.keys()
    assert isinstance(st.convert(nn.Dropout(0.3)), st.Dropout)
    position = st.Position(4)
    st.convert(model, position)
    assert [m.layer for m in (model[1], model[3][0], model[4])] == [0, 1, 2]
    assert "layer=1" in repr(model)
    model.train()
    x = numbers(5, 8)
    assert torch.equal(model(x), model(x))
    other = st.convert(network(), st.Position(4)).train()
    other.load_state_dict(weights)
    assert torch.equal(other(x), model(x))
    twin = copy.deepcopy(model)
    assert len(st.positions(twin)) == 1
    assert st.positions(twin)[0] is not position
    assert torch.equal(twin(x), model(x))
    with pytest.raises(ValueError, match="number of its layer"):
        st.Dropout().at(position)


def test_memory_shared_and_forked():
    from torch.testing._internal.common_utils import freeze_rng_state

    model = st.convert(nn.Sequential(nn.Linear(8, 8), nn.Dropout(0.5))).share_memory()
    x = numbers(5, 8)
    with freeze_rng_state():
        first = model(x)
    assert torch.equal(model(x), first)


FORK = """
import torch, simdrop.torch as st
x = torch.ones(100)
torch.manual_seed(3)
expected = st.functional.dropout(x).tolist()
torch.manual_seed(3)
context = torch.multiprocessing.get_context("fork")
receive, send = context.Pipe()
child = context.Process(target=lambda: send.send(st.functional.dropout(x).tolist()))
child.start()
assert receive.poll(60) and receive.recv() == expected
child.join()
"""


def test_forked():
    # in a process of its own, as JAX, which other tests load, can't be forked
    subprocess.run([sys.executable, "-c", FORK], check=True, timeout=100)


@pytest.mark.parametrize("preserve", (True, False))
@pytest.mark.parametrize("kind", ("generator", "position"))
def test_checkpointing(kind, preserve):
    from torch.utils.checkpoint import checkpoint

    position = st.Position(3) if kind == "position" else None
    model = st.convert(nn.Sequential(nn.Linear(64, 64), nn.Dropout(0.5), nn.ReLU()), position)
    x = numbers(16, 64)
    torch.manual_seed(1)
    model(x).sum().backward()
    expected = model[0].weight.grad.clone()
    model.zero_grad()
    torch.manual_seed(1)
    checkpoint(model, x, use_reentrant=False, preserve_rng_state=preserve).sum().backward()
    equal = torch.equal(model[0].weight.grad, expected)
    assert equal == (kind == "position" or preserve)


def test_op_info():
    """PyTorch's own samples, of shapes, types and arguments, without their values."""
    from torch.testing._internal.common_methods_invocations import op_db

    ours = {
        "nn.functional.dropout": f.dropout,
        "nn.functional.dropout2d": f.dropout2d,
        "nn.functional.dropout3d": f.dropout3d,
        "nn.functional.alpha_dropout": f.alpha_dropout,
        "nn.functional.feature_alpha_dropout": f.feature_alpha_dropout,
    }
    tried = 0
    for info in op_db:
        if info.name not in ours or info.variant_test_name not in ("", "with_train"):
            continue
        for dtype in TYPES:
            for sample in info.sample_inputs("cpu", dtype, requires_grad=True):
                expected = info.op(sample.input, *sample.args, **sample.kwargs)
                y = ours[info.name](sample.input, *sample.args, **sample.kwargs)
                assert y.shape == expected.shape
                assert y.dtype == expected.dtype
                assert y.stride() == expected.stride()
                if expected.requires_grad:
                    y.sum().backward()
                p = sample.kwargs.get("p", 0.5)
                if p in (0.0, 1.0) and not sample.kwargs.get("training"):
                    continue
                tried += 1
    assert tried > 50


def test_autocast():
    model = st.convert(nn.Sequential(nn.Linear(8, 8), nn.Dropout(0.5)))
    with torch.autocast("cpu", torch.bfloat16):
        assert model(numbers(3, 8)).dtype == torch.bfloat16


def test_no_mask_is_stored():
    x = numbers(1000).requires_grad_()
    kept = []
    with torch.autograd.graph.saved_tensors_hooks(
        lambda t: kept.append(t.numel()) or t, lambda t: t
    ):
        f.dropout(x, 0.1)
        assert sum(kept) == 0
        F.dropout(x, 0.1)
        assert sum(kept) >= 1000


@pytest.mark.parametrize(
    ("error", "words", "call"),
    [
        (ValueError, "from 0 to 1", lambda x: f.dropout(x, 1.5)),
        (ValueError, "from 0 to 1", lambda x: f.dropout(x, float("nan"))),
        (ValueError, "from 0 to 1", lambda x: f.drop_path(x, -0.1)),
        (RuntimeError, "float32, float64", lambda x: f.dropout(torch.arange(3))),
        (
            RuntimeError,
            "float32, float64",
            lambda x: f.dropout(torch.ones(3, dtype=torch.complex64)),
        ),
        (RuntimeError, "a key has to be", lambda x: f.dropout(x, key=torch.ones(2))),
        (RuntimeError, "a key has to be", lambda x: f.dropout(x, key=torch.tensor([1]))),
        (ValueError, "2\\*\\*64", lambda x: st.key(-1)),
        (ValueError, "layer", lambda x: st.Position(0).at(-1)),
        (ValueError, "layer", lambda x: st.Position(0).at(2**32)),
        (
            RuntimeError,
            "past the stream",
            lambda x: f.dropout(x, key=st.Position(0, 0, 2**63 - 1).at(0)),
        ),
        (ValueError, "dimensions", lambda x: f.dropout1d(x[0, 0])),
        (ValueError, "dimensions", lambda x: f.dropout3d(x)),
        (ValueError, "at least 2", lambda x: f.feature_alpha_dropout(x[0, 0], training=True)),
        (RuntimeError, "outside", lambda x: f.dropout_shard(x, 0.1, (2, 3, 4), (1, 0, 0))),
        (RuntimeError, "dimensions", lambda x: f.dropout_shard(x, 0.1, (2, 3), (0, 0))),
        (RuntimeError, "expanded tensor", lambda x: f.dropout(x[:1].expand(2, 3, 4), inplace=True)),
    ],
)
def test_bad_input(error, words, call):
    x = numbers(2, 3, 4)
    before = x.clone()
    with pytest.raises(error, match=words):
        call(x)
    same(x, before)


class Elsewhere(torch.Tensor):
    """Says that it is on a GPU, which is not to be had here."""

    is_cpu = False
    device = torch.device("cuda", 0)


def test_other_devices():
    x = torch.ones(3).as_subclass(Elsewhere)
    with pytest.raises(ValueError, match="on cuda:0 isn't"):
        f.dropout(x)
    assert f.dropout(torch.ones(3, device="meta")).device.type == "meta"
