# SPDX-License-Identifier: MIT
"""What each worker of test_distributed.py does: workers.py RANK WORKERS STORE."""

import sys

import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor, Partial, Replicate, Shard, distribute_tensor
from torch.distributed.tensor.parallel import SequenceParallel, parallelize_module

import simdrop.torch as st

f = st.functional
KEY = st.key(3, 4)


def check_dtensors(workers):
    """Any placement has the masks of the whole, in both directions."""
    x = torch.randn(8, 6, 12, generator=torch.Generator().manual_seed(0)).requires_grad_()
    whole = f.dropout(x, 0.3, key=KEY)
    (gradient,) = torch.autograd.grad(whole.square().sum(), x)
    line = init_device_mesh("cpu", (workers,))
    square = init_device_mesh("cpu", (2, workers // 2))
    placements = [(line, [p]) for p in (Shard(0), Shard(1), Shard(2), Replicate())]
    placements += [(square, p) for p in ([Shard(0), Shard(2)], [Shard(1), Shard(2)])]
    placements += [(square, p) for p in ([Shard(0), Shard(0)], [Replicate(), Shard(1)])]
    for mesh, placement in placements:
        part = distribute_tensor(x.detach().clone(), mesh, placement).requires_grad_()
        y = f.dropout(part, 0.3, key=KEY)
        assert isinstance(y, DTensor)
        assert y.placements == part.placements
        assert torch.equal(y.full_tensor(), whole), placement
        y.square().sum().backward()
        assert torch.equal(part.grad.full_tensor(), gradient), placement
        f.dropout(part.detach(), 0.3, inplace=True, key=KEY)
        assert torch.equal(part.full_tensor(), whole), placement
    try:
        f.dropout(DTensor.from_local(x.detach(), line, [Partial()]), 0.3, key=KEY)
    except ValueError as error:
        assert "partial sum" in str(error)
    else:
        raise AssertionError("a partial sum has no elements to drop")


def network(position):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(16, 32), nn.Dropout(0.5), nn.ReLU(), nn.Linear(32, 16))
    model.append(nn.Dropout(0.3))
    return st.convert(model, position)


def check_parallel(rank, workers, kind):
    """A part of the batch on each worker: outputs of the whole, on DDP and on FSDP2."""
    position = st.Position(7, step=2)
    x = torch.randn(8, 5, 16, generator=torch.Generator().manual_seed(1))
    whole = network(position)(x)
    size = 8 // workers
    position.first_sample = rank * size
    model = network(position)
    if kind == "fsdp":
        model = fully_shard(model, mesh=init_device_mesh("cpu", (workers,)))
    else:
        model = nn.parallel.DistributedDataParallel(model)
    y = model(x[position.first_sample :][:size])
    expected = whole[position.first_sample :][:size]
    assert torch.equal(y == 0, expected == 0), kind
    torch.testing.assert_close(y, expected, rtol=1e-5, atol=1e-6)
    y.sum().backward()


def check_sequence_parallel(workers):
    """Modules with a tensor between them that is sharded along its sequence."""
    mesh = init_device_mesh("cpu", (workers,))
    position = st.Position(7)
    x = torch.randn(3, 8, 16, generator=torch.Generator().manual_seed(2))

    def network():
        torch.manual_seed(0)
        return st.convert(nn.Sequential(nn.LayerNorm(16), nn.Dropout(0.4)), position)

    whole = network()(x)
    plan = {"0": SequenceParallel(), "1": SequenceParallel()}
    model = parallelize_module(network(), mesh, plan)
    y = model(distribute_tensor(x, mesh, [Shard(1)]))
    assert y.placements == (Shard(1),)
    assert torch.equal(y.full_tensor(), whole)


def main(rank, workers, store):
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=workers)
    check_dtensors(workers)
    check_parallel(rank, workers, "ddp")
    check_parallel(rank, workers, "fsdp")
    check_sequence_parallel(workers)
    dist.barrier()
    dist.destroy_process_group()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
