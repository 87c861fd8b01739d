/* SPDX-License-Identifier: MIT */
/*
 * Apply kernels, NEON.
 *
 * 4 elements of f32, or 2 of f64, take a load, a multiplication, a test of mask bits, an and, and a
 * store; a broadcast of mask bits serves 32. On Neoverse V1 and V2 a store needs one of four vector
 * pipes as well: 1 cycle, so 4 or 2 elements a cycle. Neoverse N1 has two: 1.5 to 2 cycles.
 *
 * 8 elements of bf16 take 2 operations to become f32, 6 for mask and scale, 8 to round and come
 * together; of f16 2 conversions, 6, 2 conversions: 16 and 10 operations, and the store; 1.9 and 2.9
 * elements a cycle on four pipes. The conversions of f16 are those that every aarch64 CPU has; its
 * arithmetic in f16, which some have, isn't used. llvm-mca-19 -mtriple=aarch64 -mcpu=neoverse-v2 says
 * 6.3 cycles for 32 elements of f32, 12.3 of f64, 12.0 of bf16 and 16.0 of f16 (gcc 12's loops; N1:
 * 13.5, 27.5, 24, 32).
 */
#include "apply.h"

/* The last elements, fewer than 32. */
SIMDROP_INLINE void apply_tail(const struct course *c, piece_fn *piece, uint32_t bits,
                               size_t bytes) {
    uint8_t part[256] = {0};
    memcpy(part, c->x, bytes);
    struct course within = *c;
    within.x = within.y = part;
    within.ahead = 0;
    piece(&within, bits);
    memcpy(c->y, part, bytes);
}

SIMDROP_INLINE void apply(const struct simdrop_apply *a, piece_fn *piece, size_t size) {
    struct course c = course_of(a);
    const char *keep = (const char *)a->keep;
    size_t left = a->n;
    for (; left >= 32; left -= 32, keep += 4) piece(&c, bits_at(keep));
    if (left) apply_tail(&c, piece, bits_at(keep), left * size);
}

#define APPLY(type, c_type, ...)                                                                   \
    void KERNEL(apply_##type)(const struct simdrop_apply *a) {                                     \
        apply(a, piece_##type, sizeof(c_type));                                                    \
    }
SIMDROP_TYPES(APPLY, )

void KERNEL(stream_end)(void) {}
