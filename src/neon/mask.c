/* SPDX-License-Identifier: MIT */
/*
 * Masks as bytes, NEON.
 *
 * To pack, 64 bytes take 4 loads, 4 tests, 4 ands, 4 additions of pairs, and a store: 13 operations,
 * 3.3 cycles on the four vector pipes of Neoverse V1 and V2. To unpack, 16 bytes take 1 table
 * lookup, 1 test, 1 shift and a store, and a broadcast of the bits serves 64: 4.3 cycles for those.
 */
#include "set.h"

#include <arm_neon.h>

/* Each lane's bit of its eight. */
SIMDROP_INLINE uint8x16_t bit_of_lanes(void) {
    return vreinterpretq_u8_u64(vdupq_n_u64(UINT64_C(0x8040201008040201)));
}

SIMDROP_INLINE uint8x16_t bits_of_16(const uint8_t *bytes) {
    const uint8x16_t x = vld1q_u8(bytes);
    return vandq_u8(vtstq_u8(x, x), bit_of_lanes());
}

void KERNEL(pack_mask)(uint64_t *bits, size_t words, const uint8_t *bytes) {
    for (size_t k = 0; k < words; ++k, bytes += 64) {
        const uint8x16_t low = vpaddq_u8(bits_of_16(bytes), bits_of_16(bytes + 16));
        const uint8x16_t high = vpaddq_u8(bits_of_16(bytes + 32), bits_of_16(bytes + 48));
        const uint8x16_t four = vpaddq_u8(low, high), eight = vpaddq_u8(four, four);
        bits[k] = vgetq_lane_u64(vreinterpretq_u64_u8(eight), 0);
    }
}

/* Of the word in `bits` the two bytes from `byte` on, each to eight lanes. */
SIMDROP_INLINE void put_16(uint8_t *bytes, uint8x16_t bits, uint8_t byte) {
    const uint8x16_t lanes = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1};
    const uint8x16_t spread = vqtbl1q_u8(bits, vaddq_u8(lanes, vdupq_n_u8(byte)));
    vst1q_u8(bytes, vshrq_n_u8(vtstq_u8(spread, bit_of_lanes()), 7));
}

void KERNEL(unpack_mask)(uint8_t *bytes, size_t words, const uint64_t *bits) {
    for (size_t k = 0; k < words; ++k, bytes += 64) {
        const uint8x16_t word = vreinterpretq_u8_u64(vdupq_n_u64(bits[k]));
        put_16(bytes, word, 0);
        put_16(bytes + 16, word, 2);
        put_16(bytes + 32, word, 4);
        put_16(bytes + 48, word, 6);
    }
}
