// SPDX-License-Identifier: MIT
// The machine that is measured: its name, the sizes that suit its caches, and the buffers.
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

extern "C" {
#include "cpu.h"
#include "kernels.h"
}

namespace bench {

// Elements of a tensor such that input and output together take at most half of L1, at most half of
// L2, or more than any cache has.
struct Sizes {
    std::size_t l1, l2, dram;
};
Sizes sizes(std::size_t element = sizeof(float));

// Aligned to 64 bytes, written before they are timed, and room for 64 bytes more than the elements
// of the largest row that will run. Made at the first call.
struct Buffers {
    float *x, *y;        // normal numbers as f64, too
    std::uint64_t *bits; // for masks to be drawn into
    std::uint64_t *keep; // a mask of p = 0.1
};
const Buffers &buffers();
void set_largest_row(std::size_t n); // of f32, before that; else it is sizes().dram

std::vector<const char *> isas(); // that this CPU can run, best first
bool can_run(const char *isa);

std::string cpu_name();
bool is_zen5(); // the core that the absolute goals are stated for

void describe_machine(); // to benchmark::AddCustomContext

} // namespace bench

#endif
