/* SPDX-License-Identifier: MIT */
/* Philox4x32 in plain C: what every instruction set builds on. */
#ifndef SIMDROP_PHILOX_H
#define SIMDROP_PHILOX_H

#include "core/exact.h"

#include <stddef.h>
#include <stdint.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "simdrop's bit strings are little-endian, and so must the machine be"
#endif

enum { SIMDROP_PHILOX_MAX_ROUNDS = 10 };

/* The multipliers, and the Weyl increments of the key: golden ratio and sqrt(3) - 1. */
#define SIMDROP_PHILOX_M0 UINT64_C(0xD2511F53)
#define SIMDROP_PHILOX_M1 UINT64_C(0xCD9E8D57)
#define SIMDROP_PHILOX_W0 UINT32_C(0x9E3779B9)
#define SIMDROP_PHILOX_W1 UINT32_C(0xBB67AE85)

/* A stream: everything but the position. Part of struct simdrop_plan, hence may_alias. */
struct __attribute__((may_alias)) simdrop_philox {
    uint64_t key[2 * SIMDROP_PHILOX_MAX_ROUNDS]; /* round keys, zero-extended to vector lanes */
    uint64_t stream;
    int64_t rounds; /* 7 or 10; as wide as the rest, so that there is no padding */
};

static inline void simdrop_philox_init(struct simdrop_philox *philox, uint64_t seed,
                                       uint64_t stream, int32_t rounds) {
    uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
    for (int r = 0; r < SIMDROP_PHILOX_MAX_ROUNDS; ++r) {
        philox->key[2 * r] = k0;
        philox->key[2 * r + 1] = k1;
        k0 += SIMDROP_PHILOX_W0;
        k1 += SIMDROP_PHILOX_W1;
    }
    philox->stream = stream;
    philox->rounds = rounds;
}

/* The round keys, out of the compiler's sight: vector kernels would keep all of them in registers,
   and spill. */
static inline const uint64_t *simdrop_philox_hidden_keys(const struct simdrop_philox *philox) {
    const uint64_t *keys = philox->key;
    __asm__("" : "+r"(keys));
    return keys;
}

/* One round: each product's high half crosses over to meet the other side's odd word and a key. */
static inline void simdrop_philox_round(uint32_t x[4], uint32_t k0, uint32_t k1) {
    const uint64_t p0 = SIMDROP_PHILOX_M0 * x[0], p1 = SIMDROP_PHILOX_M1 * x[2];
    x[0] = (uint32_t)(p1 >> 32) ^ x[1] ^ k0;
    x[1] = (uint32_t)p1;
    x[2] = (uint32_t)(p0 >> 32) ^ x[3] ^ k1;
    x[3] = (uint32_t)p0;
}

/* The four words of block `block`. */
static inline void simdrop_philox_block(uint32_t out[4], uint64_t block,
                                        const struct simdrop_philox *philox) {
    uint32_t x[4] = {(uint32_t)block, (uint32_t)(block >> 32), (uint32_t)philox->stream,
                     (uint32_t)(philox->stream >> 32)};
    for (int r = 0; r < philox->rounds; ++r)
        simdrop_philox_round(x, (uint32_t)philox->key[2 * r], (uint32_t)philox->key[2 * r + 1]);
    for (int i = 0; i < 4; ++i) out[i] = x[i];
}

/*
 * Within one kernel call only counter word 0 varies, so half of the first rounds is the same for
 * all blocks. With counter {b, h, s, t}, multipliers M0, M1 and round keys k[0], k[1], …:
 *
 *   round 1:  x0 = hi(M1 s)^h^k[0] = A       x1 = lo(M1 s) = B
 *             x2 = hi(M0 b)^[t^k[1]]         x3 = lo(M0 b)
 *   round 2:  x0 = hi(M1 x2)^[B^k[2]]        x1 = lo(M1 x2)
 *             x2 = x3^[hi(M0 A)^k[3]]        x3 = [lo(M0 A)]
 *
 * These are the four bracketed constants, zero-extended.
 */
struct simdrop_philox_head {
    uint64_t round1_x2, round2_x0, round2_x2, round2_x3;
};

static inline struct simdrop_philox_head simdrop_philox_head(uint64_t block,
                                                             const struct simdrop_philox *philox) {
    const uint64_t *k = philox->key;
    const uint64_t m1s = SIMDROP_PHILOX_M1 * (uint32_t)philox->stream;
    const uint64_t m0a = SIMDROP_PHILOX_M0 * ((m1s >> 32) ^ (block >> 32) ^ k[0]);
    return (struct simdrop_philox_head){
        .round1_x2 = (philox->stream >> 32) ^ k[1],
        .round2_x0 = (uint32_t)m1s ^ k[2],
        .round2_x2 = (m0a >> 32) ^ k[3],
        .round2_x3 = (uint32_t)m0a,
    };
}

/*
 * Where words of a list are, for kernels with groups of blocks that need not follow one another:
 * M0 b for the first block of every four, `quads` of them in a word. The product grows linearly, so
 * a group's is one such number, or two, and what its lanes add. It is multiplied here, where the
 * vectors' multipliers aren't needed. Returns the number after the words.
 */
static inline const uint64_t *simdrop_philox_places(uint64_t *places, const uint64_t *number,
                                                    size_t words, unsigned quads) {
    for (; words; --words, ++number) {
        const uint64_t first = SIMDROP_PHILOX_M0 * (uint32_t)(4 * quads * *number);
        for (unsigned i = 0; i < quads; ++i) *places++ = first + 4 * SIMDROP_PHILOX_M0 * i;
    }
    return number;
}

#endif
