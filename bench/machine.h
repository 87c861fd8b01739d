// SPDX-License-Identifier: MIT
// The machine that is measured: its name, the sizes that suit its caches, and the buffers.
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

extern "C" {
#include "cpu/cpu.h"
#include "kernels.h"
}

namespace bench {

// Where the tensors of a row are, and the bytes of its input and output together.
struct Level {
    const char *name; // "L2"
    std::size_t bytes;
};
// L1, L2, L3 (if there is one beyond L2) and DRAM.
const std::vector<Level> &levels();

// Aligned to 64 bytes, written before they are timed, and room for 64 bytes more than the tensors
// of the largest row that will run. Made at the first call.
struct Buffers {
    float *x, *y;        // normal numbers as any type
    std::uint64_t *bits; // for masks to be drawn into
    std::uint64_t *keep; // a mask of p = 0.1, ...
    std::uint8_t *bytes; // ... and the same, a byte an element
};
const Buffers &buffers();
// The bytes of a tensor, and its elements, before that.
void set_largest_row(std::size_t bytes, std::size_t elements);

std::vector<const char *> isas(); // that this CPU can run, best first
// For calls that all sets make of the same kernels: all, or without `full` the best and the baseline.
std::vector<const char *> shown_isas(bool full);
bool can_run(const char *isa);
bool is_plain(); // the one in use: too slow for calls or memory to matter

void describe_machine(); // to benchmark::AddCustomContext

} // namespace bench

#endif
