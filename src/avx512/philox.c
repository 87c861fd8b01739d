/* SPDX-License-Identifier: MIT */
/* Draw kernels, AVX-512. */
#include "kernels.h"

#include <immintrin.h>

SIMDROP_DECLARE_KERNELS(avx512)

/* Eight blocks: one counter word per register, one block per 64-bit lane. A word is the low half of
   its lane; the high half is garbage, which the multiplier ignores. */
typedef struct {
    __m512i x0, x1, x2, x3;
} blocks;

/* Six of those, because a round takes about 7 cycles and only other blocks can fill them. */
typedef struct {
    blocks a, b, c, d, e, f;
} six;

/* The same blocks as words of the stream: blocks 0-3 and 4-7. */
typedef struct {
    __m512i lo, hi;
} words;

#define INLINE static inline __attribute__((always_inline))

INLINE __m512i broadcast(uint64_t value) { return _mm512_set1_epi64((long long)value); }
INLINE __m512i mul(__m512i x, uint64_t m) { return _mm512_mul_epu32(x, broadcast(m)); }
INLINE __m512i high(__m512i p) { return _mm512_shuffle_epi32(p, 0xF5); }
INLINE __m512i to_high(__m512i x) { return _mm512_slli_epi64(x, 32); }
INLINE __m512i xor2(__m512i a, __m512i b) { return _mm512_xor_si512(a, b); }
INLINE __m512i xor3(__m512i a, __m512i b, __m512i c) {
    return _mm512_ternarylogic_epi64(a, b, c, 0x96);
}

/* Rounds 1 and 2, whose constant half is in `h`; p0 = M0 times counter word 0. */
INLINE blocks begin(__m512i p0, const struct simdrop_philox_head *h) {
    const __m512i x2 = xor2(high(p0), broadcast(h->round1_x2));
    const __m512i p1 = mul(x2, SIMDROP_PHILOX_M1);
    return (blocks){xor2(high(p1), broadcast(h->round2_x0)), p1,
                    xor2(p0, broadcast(h->round2_x2)), broadcast(h->round2_x3)};
}

INLINE blocks round_of(blocks v, __m512i k0, __m512i k1) {
    const __m512i p0 = mul(v.x0, SIMDROP_PHILOX_M0), p1 = mul(v.x2, SIMDROP_PHILOX_M1);
    return (blocks){xor3(high(p1), v.x1, k0), p1, xor3(high(p0), v.x3, k1), p0};
}

INLINE words finish(blocks v, __m512i k0, __m512i k1) {
    const __m512i p0 = mul(v.x0, SIMDROP_PHILOX_M0), p1 = mul(v.x2, SIMDROP_PHILOX_M1);
    const __m512 x10 = _mm512_castsi512_ps(xor3(p1, to_high(v.x1), to_high(k0)));
    const __m512 x32 = _mm512_castsi512_ps(xor3(p0, to_high(v.x3), to_high(k1)));
    return (words){_mm512_castps_si512(_mm512_shuffle_ps(x10, x32, 0x11)),
                   _mm512_castps_si512(_mm512_shuffle_ps(x10, x32, 0xBB))};
}

INLINE six round_six(six v, const uint64_t *k) {
    const __m512i k0 = broadcast(k[0]), k1 = broadcast(k[1]);
    return (six){round_of(v.a, k0, k1), round_of(v.b, k0, k1), round_of(v.c, k0, k1),
                 round_of(v.d, k0, k1), round_of(v.e, k0, k1), round_of(v.f, k0, k1)};
}

INLINE __m512i start(uint64_t block) {
    const __m512i lane = _mm512_setr_epi64(0, 4, 1, 5, 2, 6, 3, 7);
    return mul(_mm512_add_epi32(broadcast((uint32_t)block), lane), SIMDROP_PHILOX_M0);
}
#define STEP (8 * SIMDROP_PHILOX_M0)

INLINE six begin_six(__m512i p0, const struct simdrop_philox_head *h) {
    return (six){begin(p0, h),
                 begin(_mm512_add_epi64(p0, broadcast(1 * STEP)), h),
                 begin(_mm512_add_epi64(p0, broadcast(2 * STEP)), h),
                 begin(_mm512_add_epi64(p0, broadcast(3 * STEP)), h),
                 begin(_mm512_add_epi64(p0, broadcast(4 * STEP)), h),
                 begin(_mm512_add_epi64(p0, broadcast(5 * STEP)), h)};
}

INLINE void store(uint32_t *out, words w) {
    _mm512_storeu_si512(out, w.lo);
    _mm512_storeu_si512(out + 16, w.hi);
}

#ifdef UNROLL
INLINE void fill(uint32_t *out, size_t nblocks, uint64_t first_block,
                    const struct simdrop_philox *philox, const int rounds)
#else
void simdrop_fill_u32_avx512(uint32_t *out, size_t nblocks, uint64_t first_block,
                    const struct simdrop_philox *philox)
#endif
{
    const struct simdrop_philox_head h = simdrop_philox_head(first_block, philox);
    __m512i p0 = start(first_block);
    for (; nblocks >= 48; nblocks -= 48, out += 192) {
        six v = begin_six(p0, &h);
        p0 = _mm512_add_epi64(p0, broadcast(6 * STEP));
        const uint64_t *k = philox->key;
        __asm__("" : "+r"(k));
#ifdef UNROLL
#pragma GCC unroll 16
        for (int r = 2; r < rounds - 1; ++r) v = round_six(v, k + 2 * r);
#else
        const int rounds = philox->rounds;
        const uint64_t *last = k + 2 * rounds - 2;
        for (k += 4; k != last; k += 2) v = round_six(v, k);
        k -= 2 * rounds - 2;
#endif
        const __m512i k0 = broadcast(k[2 * rounds - 2]), k1 = broadcast(k[2 * rounds - 1]);
        store(out, finish(v.a, k0, k1));
        store(out + 32, finish(v.b, k0, k1));
        store(out + 64, finish(v.c, k0, k1));
        store(out + 96, finish(v.d, k0, k1));
        store(out + 128, finish(v.e, k0, k1));
        store(out + 160, finish(v.f, k0, k1));
    }
}
#ifdef UNROLL
void simdrop_fill_u32_avx512(uint32_t *out, size_t nblocks, uint64_t first_block,
                    const struct simdrop_philox *philox) {
if (philox->rounds == 10) fill(out, nblocks, first_block, philox, 10);
else fill(out, nblocks, first_block, philox, 7);
}
#endif
