// SPDX-License-Identifier: MIT
// Rows for alpha dropout and Gaussian noise, at the sizes of plain dropout's and memcpy's.
#include "rows.h"

#include <simdrop/noise.h>

namespace bench {

namespace {

constexpr std::size_t channel = 49; // elements: 7 * 7, the smallest maps of many networks

template <class T> struct Calls {
    const char *type; // "f32"
    simdrop_status (*alpha)(const simdrop_dropout *, uint64_t, size_t, const T *, T *);
    simdrop_status (*backward)(const simdrop_dropout *, uint64_t, size_t, const T *, T *);
    simdrop_status (*feature)(const simdrop_dropout *, uint64_t, size_t, size_t, size_t, const T *,
                              T *);
    simdrop_status (*gaussian)(uint64_t, uint64_t, double, uint64_t, size_t, const T *, T *);
    simdrop_status (*noise)(uint64_t, uint64_t, double, uint64_t, size_t, const T *, T *);
};

// Every call has an offset of its own: branch predictors learn a mask that returns by heart.
template <class T, class Call>
void add_call(const std::string &kernel, const std::string &isa, int bits, std::size_t n,
              Call call) {
    add({kernel, isa, bits, n, sizeof(T), 2 * sizeof(T), ""},
        [call, n, offset = uint64_t{0}]() mutable {
            offset += n;
            return call(offset, reinterpret_cast<const T *>(buffers().x),
                        reinterpret_cast<T *>(buffers().y));
        });
}

template <class T> void add_calls(const Calls<T> &calls, const std::string &isa, std::size_t n) {
    simdrop_dropout d;
    const simdrop_dropout_config config = simdrop_dropout_config_of(0.1, 42, 7);
    simdrop_dropout_init(&d, &config);
    const std::string type = calls.type;
    add_call<T>("alpha_dropout_" + type, isa, 16, n, [=](uint64_t offset, const T *x, T *y) {
        return calls.alpha(&d, offset, n, x, y);
    });
    add_call<T>(
        "alpha_dropout_backward_" + type, isa, 16, n,
        [=](uint64_t offset, const T *x, T *y) { return calls.backward(&d, offset, n, x, y); });
    add_call<T>("feature_alpha_dropout_" + type, isa, 16, n / channel * channel,
                [=](uint64_t offset, const T *x, T *y) {
                    return calls.feature(&d, offset, 1, n / channel, channel, x, y);
                });
    if (is_in_dram({"", "", 0, n, sizeof(T), 0, ""})) return;
    add_call<T>("gaussian_dropout_" + type, isa, 0, n, [=](uint64_t offset, const T *x, T *y) {
        return calls.gaussian(42, 7, 0.1, offset, n, x, y);
    });
    add_call<T>("gaussian_noise_" + type, isa, 0, n, [=](uint64_t offset, const T *x, T *y) {
        return calls.noise(42, 7, 0.1, offset, n, x, y);
    });
}

} // namespace

void add_noise(bool full) {
    for (const char *isa : shown_isas(full)) {
        simdrop_isa_select(isa);
#define ADD(name, type, ...)                                                                       \
    if (full || std::string(#name) == "f32")                                                       \
        for (const std::size_t n :                                                                 \
             sizes_at(is_plain() ? "L2" : "64 L2 L3 DRAM", sizeof(type), full))                    \
            add_calls<type>({#name, simdrop_alpha_dropout_##name,                                  \
                             simdrop_alpha_dropout_backward_##name,                                \
                             simdrop_feature_alpha_dropout_##name,                                 \
                             simdrop_gaussian_dropout_##name, simdrop_gaussian_noise_##name},      \
                            isa, n);
        SIMDROP_TYPES(ADD, )
#undef ADD
    }
    simdrop_isa_select(nullptr);
}

} // namespace bench
