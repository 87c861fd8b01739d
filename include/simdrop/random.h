/* SPDX-License-Identifier: MIT */
/* simdrop: the random stream. docs/stream.md is its specification. */
#ifndef SIMDROP_RANDOM_H
#define SIMDROP_RANDOM_H

#include <simdrop/common.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * One block of Philox4x32: out = the four words for `counter` under `key`.
 *
 * rounds   1 to 16; the stream uses 10 (or 7)
 * counter  four words, least significant first
 * key      two words
 * out      four words; may be the same memory as `counter` or `key`
 *
 * Errors: SIMDROP_ERR_INVALID_ARGUMENT for NULL or for `rounds` out of range.
 * Thread-safe. Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3",
 * SC 2011; words in the order of Random123 and C++26 std::philox4x32.
 */
SIMDROP_API simdrop_status simdrop_philox4x32(int32_t rounds, const uint32_t counter[4],
                                              const uint32_t key[2], uint32_t out[4]);

/*
 * out[i] = word offset + i of stream `stream` of `seed`, for 0 <= i < n: Philox4x32-10 with key
 * {lo, hi of seed} and counter {lo, hi of block, lo, hi of stream}, four words per block. Uniform
 * over all 2^32 values.
 *
 * seed, stream  any values
 * offset        position of the first word; offset + n may be 2^64 but not more
 * out           n words of any alignment; may be NULL if n is 0
 *
 * Errors: SIMDROP_ERR_INVALID_ARGUMENT for NULL, for offset + n > 2^64, and for a byte size past
 * SIZE_MAX. Thread-safe; any split of a range into calls gives the same words.
 */
SIMDROP_API simdrop_status simdrop_random_u32(uint64_t seed, uint64_t stream, uint64_t offset,
                                              size_t n, uint32_t *out);

/*
 * A well-mixed stream number from up to three numbers, say layer, step and rank, so that each has a
 * stream of its own under one seed: the first 64-bit draw of block `a` of stream `b` of seed `c`.
 * Different triples collide as random 64-bit numbers do: likely only past some 2^32 of them.
 * Thread-safe, cannot fail.
 */
SIMDROP_API uint64_t simdrop_stream_derive(uint64_t a, uint64_t b, uint64_t c);

#ifdef __cplusplus
}
#endif

#endif
