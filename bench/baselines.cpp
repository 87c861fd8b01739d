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
    add({"dropout_f32", variant, 16, n, 8, "", 0}, [fused, philox, n] {
        fused(buffers().y, buffers().x, n, &philox, 6554, 1.1f);
        return SIMDROP_OK;
    });
}

void add_copy(const std::string &variant, bench_copy_fn *copy, std::size_t n) {
    add({"copy_f32", variant, 0, n, 8, "", 0}, [copy, n] {
        copy(buffers().y, buffers().x, n);
        return SIMDROP_OK;
    });
}

void add_scale(bench_scale_fn *scale, std::size_t n) {
    add({"scale_f32", "plain", 0, n, 8, "", 0}, [scale, n] {
        scale(buffers().y, buffers().x, n, 1.1f);
        return SIMDROP_OK;
    });
}

void call_memcpy(float *y, const float *x, size_t n) { std::memcpy(y, x, n * sizeof *x); }

// The copies as wide as this CPU can make them.
struct Copies {
    bench_copy_fn *plain, *stream;
    bench_scale_fn *scale;
};
Copies copies() {
#if defined(__x86_64__)
    if (can_run("avx512")) return {bench_copy_avx512, bench_copy_stream_avx512, bench_scale_avx512};
    if (can_run("avx2")) return {bench_copy_avx2, bench_copy_stream_avx2, bench_scale_avx2};
#endif
    return {bench_copy_baseline, bench_copy_stream_baseline, bench_scale_baseline};
}

} // namespace

void add_baselines(bool full) {
    const Copies own = copies();
    for (const std::size_t n : sizes_of(Scope::kernels, full)) {
        add_copy("memcpy", call_memcpy, n);
        add_copy("plain", own.plain, n);
        add_copy("stream", own.stream, n);
        add_scale(own.scale, n);
        add_fused("scalar_fused", bench_fused_baseline, n);
#if defined(__x86_64__)
        if (can_run("avx2")) add_fused("autovec_avx2", bench_fused_avx2, n);
        if (can_run("avx512")) add_fused("autovec_avx512", bench_fused_avx512, n);
#elif defined(__aarch64__)
        add_fused("autovec_neon", bench_fused_neon, n);
#endif
    }
}

} // namespace bench
