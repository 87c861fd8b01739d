/* SPDX-License-Identifier: MIT */
/*
 * Masks as bytes, scalar: the reference.
 *
 * To pack, a byte takes a load, a comparison, a shift and an or, and each or waits for the last: one
 * cycle. To unpack it takes a shift, an and, and a store.
 */
#include "set.h"

void KERNEL(pack_mask)(uint64_t *bits, size_t words, const uint8_t *bytes) {
    for (size_t k = 0; k < words; ++k, bytes += 64) {
        uint64_t word = 0;
        for (unsigned i = 0; i < 64; ++i) word |= (uint64_t)(bytes[i] != 0) << i;
        bits[k] = word;
    }
}

void KERNEL(unpack_mask)(uint8_t *bytes, size_t words, const uint64_t *bits) {
    for (size_t k = 0; k < words; ++k, bytes += 64)
        for (unsigned i = 0; i < 64; ++i) bytes[i] = bits[k] >> i & 1;
}
