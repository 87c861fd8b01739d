/* SPDX-License-Identifier: MIT */
/*
 * Apply kernels, AVX2.
 *
 * 8 elements of f32, or 4 of f64, take 1 and, 1 comparison, 1 multiplication with a load, 1 more
 * and, and a store; a broadcast of the mask from memory serves 32. Four operations on four ports
 * (Zen 3 to 5) or three (Intel): 8 or 6 elements of f32 a cycle, 4 or 3 of f64.
 *
 * 16 elements of bf16 take 2 operations to become f32, 8 for mask and scale, 8 to round, 2 to come
 * together; of f16 2 conversions (of 2 operations each) and an extraction, 8 for mask and scale, 2
 * conversions and an insertion: 20 and 18 operations; 3.2 and 3.6 elements a cycle on four ports.
 */
#include "apply.h"

/* The last elements, fewer than 32. */
SIMDROP_INLINE void apply_tail(const struct course *c, piece_fn *piece, __m256i bits,
                               size_t bytes) {
    _Alignas(32) char part[256] = {0};
    memcpy(part, c->x, bytes);
    struct course within = *c;
    within.x = within.y = part;
    piece(&within, bits, CACHED);
    memcpy(c->y, part, bytes);
}

SIMDROP_INLINE void apply(const struct simdrop_apply *a, piece_fn *piece, size_t size,
                          enum way way) {
    struct course c = course_of(a);
    const char *keep = (const char *)a->keep;
    size_t left = a->n;
    for (; left >= 32; left -= 32, keep += 4) piece(&c, bits_at(keep), way);
    if (left) apply_tail(&c, piece, bits_at(keep), left * size);
}

#define APPLY(type, c_type, ...)                                                                   \
    void KERNEL(apply_##type)(const struct simdrop_apply *a) {                                     \
        if (a->streams)                                                                            \
            apply(a, piece_##type, sizeof(c_type), STREAMS);                                       \
        else if (a->ahead)                                                                         \
            apply(a, piece_##type, sizeof(c_type), AHEAD);                                         \
        else                                                                                       \
            apply(a, piece_##type, sizeof(c_type), CACHED);                                        \
    }
SIMDROP_TYPES(APPLY, )

void KERNEL(stream_end)(void) { _mm_sfence(); }
