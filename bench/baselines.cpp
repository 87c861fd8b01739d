// SPDX-License-Identifier: MIT
// Rows for what simdrop is measured against: plain loops of dropout, copies, and y = scale * x.
#include "fused.h"
#include "rows.h"

#include <cstring>

namespace bench {

namespace {

void add_fused(const std::string &variant, bench_fused_fn *fused, std::size_t n) {
    simdrop_philox philox;
    simdrop_philox_init(&philox, 42, 7, 10);
    add({"dropout_f32", variant, 16, n, 4, 8, ""}, [fused, philox, n] {
        fused(buffers().y, buffers().x, n, &philox, 6554, 1.1f);
        return SIMDROP_OK;
    });
}

void add_copy(const std::string &variant, bench_copy_fn *copy, std::size_t n) {
    add({"copy_f32", variant, 0, n, 4, 8, ""}, [copy, n] {
        copy(buffers().y, buffers().x, n);
        return SIMDROP_OK;
    });
}

void add_scale(bench_scale_fn *scale, std::size_t n) {
    add({"scale_f32", "plain", 0, n, 4, 8, ""}, [scale, n] {
        scale(buffers().y, buffers().x, n, 1.1f);
        return SIMDROP_OK;
    });
}

void call_memcpy(float *y, const float *x, size_t n) { std::memcpy(y, x, n * sizeof *x); }

// The copies as wide as this CPU can make them.
struct Copies {
    bench_copy_fn *plain, *stream, *stream_prefetch;
    bench_scale_fn *scale;
};
Copies copies() {
#define COPIES(build)                                                                              \
    bench_copy_##build, bench_copy_stream_##build, bench_copy_stream_prefetch_##build,             \
        bench_scale_##build
#define TRY(isa)                                                                                   \
    if (can_run(#isa)) return {COPIES(isa)};
    BENCH_ISAS(TRY)
    return {COPIES(baseline)};
#undef TRY
#undef COPIES
}

} // namespace

void add_baselines(bool full) {
    const Copies own = copies();
    for (const std::size_t n : sizes_at("L1 L2 L3 DRAM", sizeof(float), full)) {
        add_copy("memcpy", call_memcpy, n);
        add_copy("plain", own.plain, n);
        add_copy("stream", own.stream, n);
        add_copy("stream_prefetch", own.stream_prefetch, n);
        add_scale(own.scale, n);
        add_fused("scalar_fused", bench_fused_baseline, n);
#define ADD(isa)                                                                                   \
    if (can_run(#isa)) add_fused("autovec_" #isa, bench_fused_##isa, n);
        BENCH_ISAS(ADD)
#undef ADD
    }
}

} // namespace bench
