// SPDX-License-Identifier: MIT
// Rows of Random123, the reference implementation of Philox, with its own Box-Muller on libm.
#include "bench_random123.h"
#include "peers.h"

#if __has_include(<Random123/philox.h>)
#include <Random123/boxmuller.hpp>
#include <Random123/philox.h>
#include <Random123/uniform.hpp>

#include <cmath>

namespace bench::peers {

namespace {

// y[4i .. 4i + 4) = what `transform` makes of block i; n is a multiple of 4.
template <class T, class Transform>
void add_fill(const char *kernel, bool quick, Transform transform) {
    add_rows(kernel, "random123", quick, [transform](std::size_t n) {
        return [transform, n, block = uint64_t{0}]() mutable {
            T *y = static_cast<T *>(static_cast<void *>(buffers().y));
            r123::Philox4x32 philox;
            constexpr std::size_t values = 16 / sizeof(T);
            for (std::size_t i = 0; i < n; i += values, ++block) {
                const r123::Philox4x32::ctr_type counter = {
                    {static_cast<uint32_t>(block), static_cast<uint32_t>(block >> 32), 7, 0}};
                transform(philox(counter, {{42, 0}}), y + i);
            }
            benchmark::ClobberMemory();
            return 0;
        };
    });
}

using Words = r123::Philox4x32::ctr_type;

uint64_t pair(const Words &words, std::size_t i) {
    return words[i] | static_cast<uint64_t>(words[i + 1]) << 32;
}

} // namespace

void add_random123(bool quick) {
    note_version("Random123", BENCH_RANDOM123);
    add_fill<uint32_t>("random_u32", quick, [](const Words &words, uint32_t *y) {
        for (std::size_t j = 0; j < 4; ++j) y[j] = words[j];
    });
    add_fill<float>("random_uniform_f32", quick, [](const Words &words, float *y) {
        for (std::size_t j = 0; j < 4; ++j) y[j] = r123::u01<float>(words[j]);
    });
    add_fill<float>("random_exponential_f32", quick, [](const Words &words, float *y) {
        for (std::size_t j = 0; j < 4; ++j) y[j] = -std::log(r123::u01<float>(words[j]));
    });
    add_fill<float>("random_normal_f32", quick, [](const Words &words, float *y) {
        for (std::size_t j = 0; j < 4; j += 2) {
            const r123::float2 z = r123::boxmuller(words[j], words[j + 1]);
            y[j] = z.x;
            y[j + 1] = z.y;
        }
    });
    add_fill<double>("random_normal_f64", quick, [](const Words &words, double *y) {
        const r123::double2 z = r123::boxmuller(pair(words, 0), pair(words, 2));
        y[0] = z.x;
        y[1] = z.y;
    });
}

} // namespace bench::peers
#else
namespace bench::peers {

void add_random123(bool) { note_skipped("Random123", "built without librandom123-dev"); }

} // namespace bench::peers
#endif
