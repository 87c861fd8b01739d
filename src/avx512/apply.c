/* SPDX-License-Identifier: MIT */
/*
 * Apply kernels, AVX-512.
 *
 * 16 elements of f32, or 8 of f64, take 1 test of mask bits, 1 multiplication, and a load and a
 * store; a broadcast of the mask from memory serves 32. One 64-byte store a cycle binds (Zen 5,
 * Intel): 16 elements of f32 a cycle, 8 of f64. On Zen 5, moving bits to a mask register instead of
 * testing them halves it.
 *
 * 32 elements of bf16 take 2 operations to become f32, 2 tests, 2 multiplications, 4 to sort the
 * upper and the lower halves, 3 to round; of f16 2 conversions (of 2 operations each on Zen 5 and
 * Intel) and an extraction, 2 tests, 2 multiplications, 2 conversions and an insertion: 13 and 14
 * operations. On four ports (Zen 5) that is 9.8 and 9 elements a cycle, on two half of that.
 */
#include "apply.h"

/* The bytes of the `at`th line and on that are among the first `bytes`. */
SIMDROP_INLINE __mmask64 there(size_t bytes, size_t at) {
    return bytes <= at ? 0 : bytes - at >= 64 ? UINT64_MAX : (UINT64_C(1) << (bytes - at)) - 1;
}

/* The last elements, fewer than 32. Lanes that are masked off can't fault. */
SIMDROP_INLINE void apply_tail(const struct course *c, piece_fn *piece, __m512i bits,
                               size_t bytes) {
    _Alignas(64) char part[256];
    for (size_t at = 0; at < sizeof part; at += 64)
        _mm512_store_si512(part + at, _mm512_maskz_loadu_epi8(there(bytes, at), c->x + at));
    struct course within = *c;
    within.x = within.y = part;
    piece(&within, bits, CACHED);
    for (size_t at = 0; at < sizeof part; at += 64)
        _mm512_mask_storeu_epi8(c->y + at, there(bytes, at), _mm512_load_si512(part + at));
}

SIMDROP_INLINE void apply(const struct simdrop_apply *a, piece_fn *piece, size_t size,
                          enum way way) {
    struct course c = course_of(a, way);
    const char *keep = (const char *)a->keep;
    size_t left = a->n;
    if (c.skew) { /* of a line of x no more is read than there is */
        for (; left * size >= 32 * size + 64; left -= 32, keep += 4) piece(&c, bits_at(keep), way);
        c.skew = 0;
    }
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
