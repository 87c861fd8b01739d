/* SPDX-License-Identifier: MIT */
/*
 * Apply kernels, scalar: the reference. Data may have any alignment, so it is copied in and out,
 * which compilers turn into plain loads and stores.
 *
 * An element takes a load, a multiplication, a test of its mask bit, a select and a store: about 6
 * operations, of which none waits for another element's.
 */
#include "scalar/scalar.h"

void NAME(apply_f32)(void *y, const void *x, const uint64_t *keep, size_t n, double scale) {
    const float s = (float)scale;
    for (size_t i = 0; i < n; ++i) {
        float value;
        memcpy(&value, (const char *)x + i * sizeof value, sizeof value);
        value = (keep[i / 64] >> (i % 64)) & 1 ? value * s : 0.0f;
        memcpy((char *)y + i * sizeof value, &value, sizeof value);
    }
}

void NAME(apply_f32_stream)(void *y, const void *x, const uint64_t *keep, size_t n, double scale) {
    NAME(apply_f32)(y, x, keep, n, scale);
}

void NAME(stream_end)(void) {}
