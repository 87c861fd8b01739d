#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes onednn.txt with oneDNN 3.13, by an eltwise primitive with the dropout attribute, on a CPU.

pip install onednn==2026.1.0 puts it into LIB, which is lib/ of the environment:
LD_LIBRARY_PATH=LIB OCL_ICD_FILENAMES=LIB/libintelocl.so python3 make_onednn.py
"""

import ctypes
import itertools

import vectors

try:
    DNNL = ctypes.CDLL("libdnnl.so.3")
except OSError as error:
    vectors.fail(f"needs oneDNN in LD_LIBRARY_PATH: {error}")

# The values of oneapi/dnnl/dnnl_types.h and dnnl_common_types.h.
CPU, IN_ORDER, FORWARD_TRAINING, LINEAR = 1, 1, 64, 0x26
F32, U8, S64, TAG_A, TAG_AB = 3, 6, 16, 2, 3
SRC, DST, OFFSET, MASK, PROBABILITY, SEED = 1, 17, 507, 509, 510, 511
N = 4099


class Argument(ctypes.Structure):
    _fields_ = [("index", ctypes.c_int), ("memory", ctypes.c_void_p)]


class Version(ctypes.Structure):
    _fields_ = [("major", ctypes.c_int), ("minor", ctypes.c_int), ("patch", ctypes.c_int)]


def call(name, *arguments):
    status = getattr(DNNL, "dnnl_" + name)(*arguments)
    if status != 0:
        vectors.fail(f"dnnl_{name} returned {status}")


def make(name, *arguments):
    handle = ctypes.c_void_p()
    call(name, ctypes.byref(handle), *arguments)
    return handle


def vector_of(n, data_type):
    return make("memory_desc_create_with_tag", 1, (ctypes.c_int64 * 1)(n), data_type, TAG_A)


def row_of(n, data_type):
    return make("memory_desc_create_with_tag", 2, (ctypes.c_int64 * 2)(1, n), data_type, TAG_AB)


class Memory:
    def __init__(self, engine, n, data_type, c_type):
        allocate = ctypes.c_void_p(2**64 - 1)
        describe = vector_of if n == 1 else row_of
        self.handle = make("memory_create", describe(n, data_type), engine, allocate)
        self.n, self.c_type = n, c_type

    def values(self, new=None):
        pointer = make_mapped(self.handle)
        array = (self.c_type * self.n).from_address(pointer.value)
        if new is not None:
            array[:] = new
        result = list(array)
        call("memory_unmap_data", self.handle, pointer)
        return result


def make_mapped(memory):
    pointer = ctypes.c_void_p()
    call("memory_map_data", memory, ctypes.byref(pointer))
    return pointer


def main():
    engine = make("engine_create", CPU, ctypes.c_size_t(0))
    stream = make("stream_create", engine, IN_ORDER)
    attributes = make("primitive_attr_create")
    call("primitive_attr_set_dropout_v2", attributes, row_of(N, U8), S64, 1, 0)
    data = row_of(N, F32)
    descriptor = make(
        "eltwise_forward_primitive_desc_create",
        engine,
        FORWARD_TRAINING,
        LINEAR,
        data,
        data,
        ctypes.c_float(1),
        ctypes.c_float(0),
        attributes,
    )
    primitive = make("primitive_create", descriptor)
    memories = {
        SRC: Memory(engine, N, F32, ctypes.c_float),
        DST: Memory(engine, N, F32, ctypes.c_float),
        MASK: Memory(engine, N, U8, ctypes.c_uint8),
        PROBABILITY: Memory(engine, 1, F32, ctypes.c_float),
        SEED: Memory(engine, 1, S64, ctypes.c_int64),
        OFFSET: Memory(engine, 1, S64, ctypes.c_int64),
    }
    memories[SRC].values([1.0] * N)

    def mask(p, seed, offset):
        memories[PROBABILITY].values([p])
        memories[SEED].values([seed])
        memories[OFFSET].values([offset])
        arguments = (Argument * len(memories))(
            *(Argument(index, memory.handle) for index, memory in memories.items())
        )
        call("primitive_execute", primitive, stream, len(memories), arguments)
        call("stream_wait", stream)
        kept = memories[MASK].values()
        if kept != [int(y != 0) for y in memories[DST].values()]:
            vectors.fail("the mask is not that of the result")
        return kept

    DNNL.dnnl_version.restype = ctypes.POINTER(Version)
    version = DNNL.dnnl_version().contents
    lines = []
    for p, (seed, offset) in itertools.product(
        (0.0, 0.1, 0.5, 0.9, 1.0), ((0, 1), (42, 2**32 + 7), (-1, -1), (2**63 - 1, -(2**63)))
    ):
        kept = mask(p, seed, offset)
        for first in (0, 41, 1027, N - 40):
            text = "".join(map(str, kept[first : first + 40]))
            lines.append(
                vectors.line(
                    "mask", [vectors.bits_of_f32(p), seed % 2**64, offset % 2**64, first], [text]
                )
            )
    if any(len(set(group)) != 1 for group in zip(*[iter(mask(0.5, 42, 0))] * 4)):
        vectors.fail("at offset 0 aligned groups of 4 elements do not share a bit")
    vectors.write(
        "onednn",
        f"oneDNN {version.major}.{version.minor}.{version.patch}, on a CPU",
        [
            "mask p seed dropout_offset offset -> one digit for each element, 1 = kept",
        ],
        lines,
    )


main()
