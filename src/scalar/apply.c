/* SPDX-License-Identifier: MIT */
/*
 * Apply kernels, scalar: the reference. Data may have any alignment, so it is copied in and out,
 * which compilers turn into plain loads and stores.
 *
 * An element takes a load, a multiplication, three operations on its mask bit, a select and a
 * store: 7 operations, of which none waits for another element's. The select is an and, because
 * compilers make a branch of ?: here, which random masks mispredict.
 */
#include "scalar/scalar.h"

void NAME(apply_f32)(void *y, const void *x, const uint64_t *keep, size_t n, double scale) {
    const float s = (float)scale;
    for (size_t i = 0; i < n; ++i) {
        const uint32_t bit = (uint32_t)(keep[i / 64] >> (i % 64)) & 1;
        float value;
        uint32_t bits;
        memcpy(&value, (const char *)x + i * sizeof value, sizeof value);
        value *= s;
        memcpy(&bits, &value, sizeof bits);
        bits &= 0 - bit;
        memcpy((char *)y + i * sizeof bits, &bits, sizeof bits);
    }
}

void NAME(apply_f32_stream)(void *y, const void *x, const uint64_t *keep, size_t n, double scale) {
    NAME(apply_f32)(y, x, keep, n, scale);
}

void NAME(apply_f64)(void *y, const void *x, const uint64_t *keep, size_t n, double scale) {
    for (size_t i = 0; i < n; ++i) {
        const uint64_t bit = keep[i / 64] >> (i % 64) & 1;
        double value;
        uint64_t bits;
        memcpy(&value, (const char *)x + i * sizeof value, sizeof value);
        value *= scale;
        memcpy(&bits, &value, sizeof bits);
        bits &= 0 - bit;
        memcpy((char *)y + i * sizeof bits, &bits, sizeof bits);
    }
}

void NAME(apply_f64_stream)(void *y, const void *x, const uint64_t *keep, size_t n, double scale) {
    NAME(apply_f64)(y, x, keep, n, scale);
}

void NAME(stream_end)(void) {}
