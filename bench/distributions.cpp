// SPDX-License-Identifier: MIT
// Rows for every distribution, for the plain loop that normal numbers compare with, and in --full for
// the streams of other systems.
#include "normal.h"
#include "rows.h"

#include <simdrop/distributions.h>
#include <simdrop/interop.h>

namespace bench {

namespace {

struct Distribution {
    const char *name;
    std::size_t bytes; // of a value
    simdrop_status (*call)(uint64_t offset, std::size_t n, void *y);
};

#define CALL(name, type, ...)                                                                      \
    {"random_" #name, sizeof(type), [](uint64_t offset, std::size_t n, void *y) {                  \
         return simdrop_random_##name(42, 7, offset, n, __VA_ARGS__, static_cast<type *>(y));      \
     }}
const Distribution distributions[] = {
    CALL(uniform_f32, float, 0, 1),
    CALL(uniform_f64, double, 0, 1),
    CALL(uniform_bf16, uint16_t, 0, 1),
    CALL(uniform_f16, uint16_t, 0, 1),
    CALL(bernoulli_u8, uint8_t, 0.1),
    CALL(uniform_int_u32, uint32_t, 1000),
    CALL(normal_f32, float, 0, 1),
    CALL(normal_f64, double, 0, 1),
    CALL(normal_bf16, uint16_t, 0, 1),
    CALL(normal_f16, uint16_t, 0, 1),
    CALL(exponential_f32, float, 1),
    CALL(exponential_f64, double, 1),
    CALL(gumbel_f32, float, 0, 1),
    CALL(gumbel_f64, double, 0, 1),
    CALL(truncated_normal_f32, float, 0, 1, -2, 2),
};

#undef CALL
#define CALL(name, type, ...)                                                                      \
    {#name, sizeof(type), [](uint64_t offset, std::size_t n, void *y) {                            \
         return simdrop_##name(__VA_ARGS__, offset, n, static_cast<type *>(y));                    \
     }}
const uint64_t torch_key[] = {42, 7};
const int64_t tensorflow_seed[] = {42, 7};
const Distribution interop[] = {
    CALL(torch_u32, uint32_t, torch_key),
    CALL(torch_uniform_f32, float, torch_key),
    CALL(inductor_rand_f32, float, 42),
    CALL(curand_uniform_f32, float, 42, 7),
    CALL(triton_randint_u32, uint32_t, 42),
    CALL(triton_rand_f32, float, 42),
    CALL(tensorflow_uniform_f32, float, tensorflow_seed),
    CALL(onednn_mask_bytes, uint8_t, 0.1f, 42, 7),
};
#undef CALL

// Every call has an offset of its own: branch predictors learn numbers that return by heart.
void add_distribution(const Distribution &distribution, const std::string &isa, std::size_t n) {
    add({distribution.name, isa, 0, n, distribution.bytes, static_cast<double>(distribution.bytes),
         ""},
        [call = distribution.call, n, offset = uint64_t{0}]() mutable {
            offset += n;
            return call(offset, n, buffers().y);
        });
}

void add_plain_normal(std::size_t n) {
    simdrop_philox philox;
    simdrop_philox_init(&philox, 42, 7, 10);
    add({"random_normal_f32", "scalar_fused", 0, n, 4, 4, ""},
        [philox, n, block = uint64_t{0}]() mutable {
            bench_normal_f32(buffers().y, n, block, &philox);
            block += n / 4;
            return SIMDROP_OK;
        });
}

// Values cost more than memory does, so no size past the caches shows anything new.
std::vector<std::size_t> sizes_of(std::size_t bytes, bool full) {
    std::vector<std::size_t> sizes = sizes_at(is_plain() ? "L1 L2" : "64 L1 L2", bytes, full);
    while (2 * sizes.back() * bytes >= levels().back().bytes) sizes.pop_back();
    return sizes;
}

} // namespace

void add_distributions(bool full) {
    for (const char *isa : isas()) {
        simdrop_isa_select(isa);
        for (const Distribution &distribution : distributions) {
            for (const std::size_t n : sizes_of(distribution.bytes, full))
                add_distribution(distribution, isa, n);
        }
        for (const Distribution &stream : interop)
            if (full) add_distribution(stream, isa, sizes_at("L2", stream.bytes, false).front());
    }
    simdrop_isa_select(nullptr);
    for (const std::size_t n : sizes_of(sizeof(float), full)) add_plain_normal(n);
}

} // namespace bench
