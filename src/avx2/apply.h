/* SPDX-License-Identifier: MIT */
/* Mask and scale, AVX2: 32 elements of each type, the pieces of apply.c, which counts them, and of
   dropout.c. */
#ifndef SIMDROP_AVX2_APPLY_H
#define SIMDROP_AVX2_APPLY_H

#include "lanes.h"

#include <string.h>

/* How a kernel reads and writes, a constant of inlined calls: from the caches; prefetching x; between
   draws, prefetching x and y; and from memory and around the caches. */
enum way { CACHED, AHEAD, DRAWING, STREAMS };

/* Bytes from a line to the one that is brought into L1 when it is used. What is only written no
   hardware prefetches: stores wait for L2, and if they fill their queue, so does all that follows
   (Intel). Tile by tile they are done while the next is drawn. */
enum { LEAD = 512 };

/* Where it does, and by what it multiplies. */
struct course {
    char *y;
    const char *x;
    size_t ahead;
    __m256 scale;
    __m256d scale_f64;
};

SIMDROP_INLINE struct course course_of(const struct simdrop_apply *apply) {
    return (struct course){.y = apply->y,
                           .x = apply->x,
                           .ahead = apply->ahead,
                           .scale = _mm256_set1_ps((float)apply->scale),
                           .scale_f64 = _mm256_set1_pd(apply->scale)};
}

SIMDROP_INLINE const char *beyond(const char *p, size_t bytes) {
    return (const char *)((uintptr_t)p + bytes); /* perhaps past its end */
}

/* The 32 bytes of x that are `at` bytes on; of two such halves of a line the first prefetches. From
   memory the far ones come into L2: the buffers that L1 waits with are too few. */
SIMDROP_INLINE __m256i load_half(const struct course *c, size_t at, enum way way) {
    if (at % 64 == 0 && way == STREAMS) {
        _mm_prefetch(beyond(c->x, at + c->ahead), _MM_HINT_T1);
        _mm_prefetch(beyond(c->x, at + LEAD), _MM_HINT_T0);
    } else if (at % 64 == 0 && way != CACHED) {
        _mm_prefetch(beyond(c->x, at + c->ahead), _MM_HINT_T0);
    }
    return _mm256_loadu_si256((const __m256i *)(c->x + at));
}

SIMDROP_INLINE void store_half(const struct course *c, size_t at, __m256i half, enum way way) {
    if (way == STREAMS) {
        _mm256_stream_si256((__m256i *)(c->y + at), half);
    } else {
        if (at % 64 == 0 && way == DRAWING) _mm_prefetch(beyond(c->y, at + LEAD), _MM_HINT_T0);
        _mm256_storeu_si256((__m256i *)(c->y + at), half);
    }
}

SIMDROP_INLINE void advance(struct course *c, size_t bytes) { c->x += bytes, c->y += bytes; }

/* The next 32 mask bits, in every lane. */
SIMDROP_INLINE __m256i bits_at(const char *keep) {
    int32_t bits;
    memcpy(&bits, keep, sizeof bits);
    return _mm256_set1_epi32(bits);
}

/* The bit of each lane's element: of a quarter of the 32 in order, or of the even or the odd ones of
   a half; in lanes of 64 bits, of an eighth. */
SIMDROP_INLINE __m256i in_order(int quarter) {
    return _mm256_slli_epi32(_mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128), 8 * quarter);
}
SIMDROP_INLINE __m256i in_pairs(int half, int odd) {
    const __m256i even = _mm256_setr_epi32(1, 4, 16, 64, 256, 1024, 4096, 16384);
    return _mm256_slli_epi32(even, 16 * half + odd);
}
SIMDROP_INLINE __m256i in_order_64(int eighth) {
    return _mm256_slli_epi64(_mm256_setr_epi64x(1, 2, 4, 8), 4 * eighth);
}

SIMDROP_INLINE __m256 product(const struct course *c, __m256 x, __m256i bits, __m256i lanes) {
    const __m256i kept = _mm256_cmpeq_epi32(_mm256_and_si256(bits, lanes), lanes);
    return _mm256_and_ps(_mm256_mul_ps(x, c->scale), _mm256_castsi256_ps(kept));
}

typedef void piece_fn(struct course *c, __m256i bits, enum way way);

SIMDROP_INLINE void eight_f32(const struct course *c, __m256i bits, int quarter, enum way way) {
    const size_t at = 32 * (size_t)quarter;
    const __m256 x = _mm256_castsi256_ps(load_half(c, at, way));
    store_half(c, at, _mm256_castps_si256(product(c, x, bits, in_order(quarter))), way);
}
SIMDROP_INLINE void piece_f32(struct course *c, __m256i bits, enum way way) {
    eight_f32(c, bits, 0, way);
    eight_f32(c, bits, 1, way);
    eight_f32(c, bits, 2, way);
    eight_f32(c, bits, 3, way);
    advance(c, 128);
}

SIMDROP_INLINE void four_f64(const struct course *c, __m256i bits, int eighth, enum way way) {
    const size_t at = 32 * (size_t)eighth;
    const __m256i lanes = in_order_64(eighth);
    const __m256i kept = _mm256_cmpeq_epi64(_mm256_and_si256(bits, lanes), lanes);
    const __m256d x = _mm256_castsi256_pd(load_half(c, at, way));
    const __m256d y = _mm256_and_pd(_mm256_mul_pd(x, c->scale_f64), _mm256_castsi256_pd(kept));
    store_half(c, at, _mm256_castpd_si256(y), way);
}
SIMDROP_INLINE void piece_f64(struct course *c, __m256i bits, enum way way) {
    four_f64(c, bits, 0, way);
    four_f64(c, bits, 1, way);
    four_f64(c, bits, 2, way);
    four_f64(c, bits, 3, way);
    four_f64(c, bits, 4, way);
    four_f64(c, bits, 5, way);
    four_f64(c, bits, 6, way);
    four_f64(c, bits, 7, way);
    advance(c, 256);
}

/* bf16 is the upper half of f32: the even elements are shifted there, the odd ones are there. */
SIMDROP_INLINE void sixteen_bf16(const struct course *c, __m256i bits, int half, enum way way) {
    const __m256i x = load_half(c, 32 * (size_t)half, way);
    const __m256 even = _mm256_castsi256_ps(_mm256_slli_epi32(x, 16));
    const __m256 odd = _mm256_castsi256_ps(_mm256_and_si256(x, u32_set(0xffff0000)));
    const __m256i y0 = f32_round_bf16(product(c, even, bits, in_pairs(half, 0)));
    const __m256i y1 = f32_round_bf16(product(c, odd, bits, in_pairs(half, 1)));
    const __m256i y = _mm256_blend_epi16(_mm256_srli_epi32(y0, 16), y1, 0xaa);
    store_half(c, 32 * (size_t)half, y, way);
}
SIMDROP_INLINE void piece_bf16(struct course *c, __m256i bits, enum way way) {
    sixteen_bf16(c, bits, 0, way);
    sixteen_bf16(c, bits, 1, way);
    advance(c, 64);
}

SIMDROP_INLINE __m128i eight_f16(const struct course *c, __m128i x, __m256i bits, int quarter) {
    const __m256 y = product(c, _mm256_cvtph_ps(x), bits, in_order(quarter));
    return _mm256_cvtps_ph(y, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
SIMDROP_INLINE void sixteen_f16(const struct course *c, __m256i bits, int half, enum way way) {
    const __m256i x = load_half(c, 32 * (size_t)half, way);
    const __m128i y0 = eight_f16(c, _mm256_castsi256_si128(x), bits, 2 * half);
    const __m128i y1 = eight_f16(c, _mm256_extracti128_si256(x, 1), bits, 2 * half + 1);
    store_half(c, 32 * (size_t)half, _mm256_setr_m128i(y0, y1), way);
}
SIMDROP_INLINE void piece_f16(struct course *c, __m256i bits, enum way way) {
    sixteen_f16(c, bits, 0, way);
    sixteen_f16(c, bits, 1, way);
    advance(c, 64);
}

#endif
