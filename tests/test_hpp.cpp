// SPDX-License-Identifier: MIT
// The C++ interface: every overload is its C function, and costs nothing.
#include <simdrop/simdrop.hpp>

#include <cstdio>
#include <cstring>
#include <vector>

namespace {

int failures = 0;
void expect(bool holds, const char *what) {
    if (holds) return;
    std::printf("failed: %s\n", what);
    ++failures;
}

enum { N = 1000 };

// The C++ call and the C call, on elements that differ, leave the same bytes.
template <class T, class C, class Cpp, class Of_c> void same(const char *what, Cpp cpp, Of_c of_c) {
    static_assert(sizeof(T) == sizeof(C) && alignof(T) == alignof(C), "elements are C's");
    std::vector<T> x(N), y(N);
    std::vector<C> c_x(N), c_y(N);
    for (std::size_t i = 0; i < N; ++i) {
        const C value = static_cast<C>(i % 100 + 1);
        std::memcpy(&x[i], &value, sizeof value);
        c_x[i] = value;
    }
    expect(static_cast<bool>(cpp(x.data(), y.data())), what);
    expect(of_c(c_x.data(), c_y.data()) == SIMDROP_OK, what);
    expect(std::memcmp(y.data(), c_y.data(), N * sizeof(T)) == 0, what);
    const std::vector<C> zeros(N);
    expect(std::memcmp(c_y.data(), zeros.data(), N * sizeof(C)) != 0, what);
}

void check_types(const simdrop::plan &plan) {
    same<float, float>(
        "f32", [&](auto x, auto y) { return simdrop::dropout(plan, 5, N, x, y); },
        [&](auto x, auto y) { return simdrop_dropout_f32(plan, 5, N, x, y); });
    same<double, double>(
        "f64", [&](auto x, auto y) { return simdrop::dropout(plan, 5, N, x, y); },
        [&](auto x, auto y) { return simdrop_dropout_f64(plan, 5, N, x, y); });
    same<simdrop::bf16, std::uint16_t>(
        "bf16", [&](auto x, auto y) { return simdrop::dropout(plan, 5, N, x, y); },
        [&](auto x, auto y) { return simdrop_dropout_bf16(plan, 5, N, x, y); });
    same<simdrop::f16, std::uint16_t>(
        "f16", [&](auto x, auto y) { return simdrop::dropout(plan, 5, N, x, y); },
        [&](auto x, auto y) { return simdrop_dropout_f16(plan, 5, N, x, y); });
}

void check_topics(const simdrop::plan &plan) {
    simdrop_rows rows = {};
    rows.rows = 10, rows.cols = 100;
    const simdrop_rows *r = &rows;
    std::vector<std::uint8_t> mask(N), c_mask(N);
    same<simdrop::bf16, std::uint16_t>(
        "rows", [&](auto x, auto y) { return simdrop::dropout_rows(plan, r, x, y); },
        [&](auto x, auto y) { return simdrop_dropout_rows_bf16(plan, r, x, y); });
    same<float, float>(
        "store bits",
        [&](auto x, auto y) { return simdrop::dropout_store_bits(plan, 0, N, x, y, mask.data()); },
        [&](auto x, auto y) {
            return simdrop_dropout_store_bits_f32(plan, 0, N, x, y, c_mask.data());
        });
    expect(mask == c_mask, "stored bits");
    const float *const no_bias = nullptr;
    same<simdrop::bf16, std::uint16_t>(
        "fused",
        [&](auto x, auto y) {
            return simdrop::dropout_fused(plan, r, SIMDROP_ACT_SILU, x, no_bias, x, y);
        },
        [&](auto x, auto y) {
            return simdrop_dropout_fused_bf16(plan, r, SIMDROP_ACT_SILU, x, no_bias, x, y);
        });
    same<simdrop::f16, std::uint16_t>(
        "drop path", [&](auto x, auto y) { return simdrop::drop_path(plan, 0, 10, 100, 1, x, y); },
        [&](auto x, auto y) { return simdrop_drop_path_f16(plan, 0, 10, 100, 1, x, y); });
    same<double, double>(
        "softmax",
        [&](auto x, auto y) {
            return simdrop::softmax_dropout(plan, r, nullptr, x, nullptr, nullptr, y);
        },
        [&](auto x, auto y) {
            return simdrop_softmax_dropout_f64(plan, r, nullptr, x, nullptr, nullptr, y);
        });
    same<float, float>(
        "uniform", [&](auto, auto y) { return simdrop::random_uniform(1, 2, 3, N, 0.0f, 1.0f, y); },
        [&](auto, auto y) { return simdrop_random_uniform_f32(1, 2, 3, N, 0, 1, y); });
}

void check_plans(const simdrop::plan &plan) {
    simdrop_dropout c;
    const auto config = simdrop_dropout_config_of(0.1, 42, 7);
    expect(simdrop_dropout_init(&c, &config) == SIMDROP_OK, "init");
    const simdrop_dropout *const mine = plan;
    expect(std::memcmp(mine, &c, sizeof c) == 0, "the plan is C's");
    expect(plan.bits() == 16 && plan.threshold() == 6554, "width and threshold");
    expect(plan.scale() == simdrop_dropout_scale(&c), "scale");
    expect(plan.realized_prob() == simdrop_dropout_realized_prob(&c), "probability");
    simdrop::plan other = plan;
    expect(static_cast<bool>(other.set_stream(8)), "another stream");
    expect(simdrop_dropout_set_stream(&c, 8) == SIMDROP_OK, "another stream, in C");
    expect(std::memcmp(static_cast<const simdrop_dropout *>(other), &c, sizeof c) == 0, "its plan");
    expect(simdrop::stream_derive(1, 2, 3) == simdrop_stream_derive(1, 2, 3), "streams");
}

void check_errors(const simdrop::plan &plan) {
    const simdrop::plan bad(2.0);
    float x = 1, y = 5;
    expect(!bad.made() && bad.made().code() == SIMDROP_ERR_INVALID_ARGUMENT, "a bad plan");
    expect(!simdrop::dropout(bad, 0, 1, &x, &y) && y == 5, "is refused");
    const simdrop::status refused = simdrop::dropout(plan, 0, 1, static_cast<float *>(nullptr), &y);
    expect(!refused && std::strcmp(refused.what(), simdrop_status_string(1)) == 0, "the sentence");
#if defined(__cpp_exceptions)
    try {
        refused.or_throw();
        expect(false, "throws");
    } catch (const simdrop::error &error) {
        expect(error.code() == SIMDROP_ERR_INVALID_ARGUMENT, "the code");
        expect(std::strcmp(error.what(), refused.what()) == 0, "the sentence thrown");
    }
    simdrop::dropout(plan, 0, 1, &x, &y).or_throw();
#endif
}

#if defined(__cpp_lib_span)
void check_spans(const simdrop::plan &plan) {
    std::vector<float> x(N, 1.0f), y(N), c_y(N);
    const std::span<const float> all(x);
    expect(static_cast<bool>(simdrop::dropout(plan, 5, all, std::span(y))), "spans");
    expect(simdrop_dropout_f32(plan, 5, N, x.data(), c_y.data()) == SIMDROP_OK, "in C");
    expect(y == c_y, "spans are pointers and sizes");
    expect(!simdrop::dropout(plan, 5, all.first(3), std::span(y)), "of one size");
}
#endif

} // namespace

int main() {
    const simdrop::plan plan(0.1, 42, 7);
    expect(static_cast<bool>(plan.made()), "a plan");
    check_types(plan);
    check_topics(plan);
    check_plans(plan);
    check_errors(plan);
#if defined(__cpp_lib_span)
    check_spans(plan);
#endif
    return failures != 0;
}
