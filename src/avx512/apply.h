/* SPDX-License-Identifier: MIT */
/* Mask and scale, AVX-512: 32 elements of each type, the pieces of apply.c, which counts them, and
   of dropout.c. */
#ifndef SIMDROP_AVX512_APPLY_H
#define SIMDROP_AVX512_APPLY_H

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
    unsigned skew;      /* if not 0: bytes of x past a line, to be joined of whole lines */
    __m512i join, line; /* then: the permutation, and the line where x begins */
    __m512 scale;
    __m512d scale_f64;
};

SIMDROP_INLINE __m512i numbers(void) {
    return _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

/* From memory, loads that cross cache lines cost a quarter of the speed. So if x isn't aligned as y,
   which is streamed, its aligned lines are loaded, and two of them joined by a permutation: of words
   of 32 bits, as one of 16 is slow on Intel. Of 64 elements x has all of its first line. */
SIMDROP_INLINE struct course course_of(const struct simdrop_apply *apply, enum way way) {
    struct course c = {.y = apply->y,
                       .x = apply->x,
                       .ahead = apply->ahead,
                       .scale = _mm512_set1_ps((float)apply->scale),
                       .scale_f64 = _mm512_set1_pd(apply->scale)};
    const unsigned skew = (uintptr_t)c.x % 64;
    if (way == STREAMS && skew && skew % 4 == 0 && apply->n >= 64) {
        c.skew = skew;
        c.join = _mm512_add_epi32(_mm512_set1_epi32((int)(skew / 4)), numbers());
        c.line = _mm512_maskz_load_epi32((__mmask16)(0xffffu << skew / 4), c.x - skew);
    }
    return c;
}

/* A compiler would make a load an operand of the masked multiplication, and CPUs don't prefetch
   after masked loads: a fifth of the speed in memory. */
SIMDROP_INLINE __m512i loaded_by_itself(__m512i line) {
    __asm__("" : "+v"(line));
    return line;
}

SIMDROP_INLINE const char *beyond(const char *p, size_t bytes) {
    return (const char *)((uintptr_t)p + bytes); /* perhaps past its end */
}

/* The 64 bytes of x that are `at` bytes on. From memory the far ones come into L2: the buffers that
   L1 waits with are too few. */
SIMDROP_INLINE __m512i load_line(struct course *c, size_t at, enum way way) {
    if (way == STREAMS) {
        _mm_prefetch(beyond(c->x, at + c->ahead), _MM_HINT_T1);
        _mm_prefetch(beyond(c->x, at + LEAD), _MM_HINT_T0);
    } else {
        if (way == CACHED) return _mm512_loadu_si512(c->x + at);
        _mm_prefetch(beyond(c->x, at + c->ahead), _MM_HINT_T0);
    }
    if (way != STREAMS || !c->skew) return loaded_by_itself(_mm512_loadu_si512(c->x + at));
    const __m512i next = _mm512_load_si512(c->x - c->skew + at + 64);
    const __m512i line = _mm512_permutex2var_epi32(c->line, c->join, next);
    c->line = next;
    return line;
}

SIMDROP_INLINE void store_line(struct course *c, size_t at, __m512i line, enum way way) {
    if (way == STREAMS) {
        _mm512_stream_si512((void *)(c->y + at), line);
    } else {
        if (way == DRAWING) _mm_prefetch(beyond(c->y, at + LEAD), _MM_HINT_T0);
        _mm512_storeu_si512(c->y + at, line);
    }
}

SIMDROP_INLINE void advance(struct course *c, size_t bytes) { c->x += bytes, c->y += bytes; }

/* The next 32 mask bits, in every lane. */
SIMDROP_INLINE __m512i bits_at(const char *keep) {
    int32_t bits;
    memcpy(&bits, keep, sizeof bits);
    return _mm512_set1_epi32(bits);
}

/* The bit of each lane's element: of the lower or the upper 16 in order, or of the even or the odd
   ones; in lanes of 64 bits, of a quarter. */
SIMDROP_INLINE __m512i in_order(unsigned half) {
    return _mm512_slli_epi32(_mm512_sllv_epi32(_mm512_set1_epi32(1), numbers()), 16 * half);
}
SIMDROP_INLINE __m512i in_pairs(unsigned odd) {
    const __m512i twice = _mm512_slli_epi32(numbers(), 1);
    return _mm512_sllv_epi32(_mm512_set1_epi32(1 << odd), twice);
}
SIMDROP_INLINE __m512i in_order_64(unsigned quarter) {
    const __m512i lanes = _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm512_slli_epi64(_mm512_sllv_epi64(_mm512_set1_epi64(1), lanes), 8 * quarter);
}

SIMDROP_INLINE __m512 product(const struct course *c, __m512 x, __m512i bits, __m512i lanes) {
    return _mm512_maskz_mul_ps(_mm512_test_epi32_mask(bits, lanes), x, c->scale);
}

typedef void piece_fn(struct course *c, __m512i bits, enum way way);

SIMDROP_INLINE void sixteen_f32(struct course *c, __m512i bits, unsigned half, enum way way) {
    const __m512 x = _mm512_castsi512_ps(load_line(c, 64 * half, way));
    store_line(c, 64 * half, _mm512_castps_si512(product(c, x, bits, in_order(half))), way);
}
SIMDROP_INLINE void piece_f32(struct course *c, __m512i bits, enum way way) {
    sixteen_f32(c, bits, 0, way);
    sixteen_f32(c, bits, 1, way);
    advance(c, 128);
}

SIMDROP_INLINE void eight_f64(struct course *c, __m512i bits, unsigned quarter, enum way way) {
    const __m512d x = _mm512_castsi512_pd(load_line(c, 64 * quarter, way));
    const __mmask8 kept = _mm512_test_epi64_mask(bits, in_order_64(quarter));
    const __m512d y = _mm512_maskz_mul_pd(kept, x, c->scale_f64);
    store_line(c, 64 * quarter, _mm512_castpd_si512(y), way);
}
SIMDROP_INLINE void piece_f64(struct course *c, __m512i bits, enum way way) {
    eight_f64(c, bits, 0, way);
    eight_f64(c, bits, 1, way);
    eight_f64(c, bits, 2, way);
    eight_f64(c, bits, 3, way);
    advance(c, 256);
}

/* The upper halves of f32, which are bf16, rounded to nearest even by the lower ones; of NaN as they
   are, if the lower ones are 0, as they are of products of bf16. */
SIMDROP_INLINE __m512i upper_halves(__m512i even, __m512i odd) {
    const __mmask32 of_odd = 0xaaaaaaaa;
    const __m512i upper = _mm512_mask_blend_epi16(of_odd, _mm512_srli_epi32(even, 16), odd);
    const __m512i lower = _mm512_mask_blend_epi16(of_odd, even, _mm512_slli_epi32(odd, 16));
    /* above a half, or a half and the upper one is odd: lower | (upper & 1) */
    const __m512i rest = _mm512_ternarylogic_epi32(lower, upper, _mm512_set1_epi16(1), 0xf8);
    const __mmask32 up = _mm512_cmpgt_epu16_mask(rest, _mm512_set1_epi16((short)0x8000));
    return _mm512_mask_sub_epi16(upper, up, upper, _mm512_set1_epi16(-1));
}

/* bf16 is the upper half of f32: the even elements are shifted there, the odd ones are there. */
SIMDROP_INLINE void piece_bf16(struct course *c, __m512i bits, enum way way) {
    const __m512i line = load_line(c, 0, way);
    const __m512 even = _mm512_castsi512_ps(_mm512_slli_epi32(line, 16));
    const __m512 odd = _mm512_castsi512_ps(_mm512_and_si512(line, u32_set(0xffff0000)));
    const __m512i y0 = _mm512_castps_si512(product(c, even, bits, in_pairs(0)));
    const __m512i y1 = _mm512_castps_si512(product(c, odd, bits, in_pairs(1)));
    store_line(c, 0, upper_halves(y0, y1), way);
    advance(c, 64);
}

SIMDROP_INLINE __m256i sixteen_f16(const struct course *c, __m256i x, __m512i bits, unsigned half) {
    const __m512 y = product(c, _mm512_cvtph_ps(x), bits, in_order(half));
    return _mm512_cvtps_ph(y, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
SIMDROP_INLINE void piece_f16(struct course *c, __m512i bits, enum way way) {
    const __m512i line = load_line(c, 0, way);
    const __m256i y0 = sixteen_f16(c, _mm512_castsi512_si256(line), bits, 0);
    const __m256i y1 = sixteen_f16(c, _mm512_extracti64x4_epi64(line, 1), bits, 1);
    store_line(c, 0, _mm512_inserti64x4(_mm512_castsi256_si512(y0), y1, 1), way);
    advance(c, 64);
}

#endif
