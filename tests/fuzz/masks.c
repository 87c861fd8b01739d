/* SPDX-License-Identifier: MIT */
/* masks.h: masks that are left, masks that are taken, and from bits to bytes and back. */
#include "fuzz.h"

static void masks_alone(struct fuzz *fuzz, const simdrop_dropout *dropout) {
    const size_t n = take_count(fuzz, 1), begin = take(fuzz, 1);
    uint8_t *to = result(fuzz, 1, n);
    CALL(fuzz, simdrop_dropout_mask_bytes, dropout, take_offset(fuzz, n), n, to);
    const uint8_t *const bytes = input(fuzz, 1, n);
    to = result_added(fuzz, 1, (begin + n + 7) / 8);
    CALL(fuzz, simdrop_mask_pack, bytes, n, to, begin);
    const uint8_t *const bits = input(fuzz, 1, (begin + n + 7) / 8);
    to = result(fuzz, 1, n);
    CALL(fuzz, simdrop_mask_unpack, bits, begin, n, to);
}

#define DEFINE(type, c_type, ...)                                                                  \
    static void store_##type(struct fuzz *fuzz, const simdrop_dropout *dropout, int as_bits) {     \
        const size_t n = take_count(fuzz, sizeof(c_type));                                         \
        const uint64_t offset = take_offset(fuzz, n);                                              \
        c_type *const y = result(fuzz, sizeof *y, n);                                              \
        c_type *const x = apart_or_same(fuzz, y, input(fuzz, sizeof *y, n));                       \
        uint8_t *const mask = result(fuzz, 1, as_bits ? (n + 7) / 8 : n);                          \
        if (as_bits)                                                                               \
            CALL(fuzz, simdrop_dropout_store_bits_##type, dropout, offset, n, x, y, mask);         \
        else                                                                                       \
            CALL(fuzz, simdrop_dropout_store_bytes_##type, dropout, offset, n, x, y, mask);        \
    }                                                                                              \
    static void take_##type(struct fuzz *fuzz, const simdrop_dropout *dropout, int as_bits) {      \
        const size_t n = take_count(fuzz, sizeof(c_type)), begin = as_bits ? take(fuzz, 1) : 0;    \
        c_type *const y = result(fuzz, sizeof *y, n);                                              \
        c_type *const x = apart_or_same(fuzz, y, input(fuzz, sizeof *y, n));                       \
        const uint8_t *const mask = input(fuzz, 1, as_bits ? (begin + n + 7) / 8 : n);             \
        if (as_bits)                                                                               \
            CALL(fuzz, simdrop_dropout_from_bits_##type, dropout, mask, begin, n, x, y);           \
        else                                                                                       \
            CALL(fuzz, simdrop_dropout_from_bytes_##type, dropout, mask, n, x, y);                 \
    }
SIMDROP_TYPES(DEFINE, )
#undef DEFINE

void fuzz_masks(struct fuzz *fuzz) {
    const simdrop_dropout *const dropout = take_dropout(fuzz);
    const uint64_t kind = take_below(fuzz, 5);
    const int as_bits = kind % 2 == 0;
    if (kind == 4) {
        masks_alone(fuzz, dropout);
        return;
    }
    switch (take_type(fuzz)) {
#define CASE(type, ...)                                                                            \
    case SIMDROP_##type:                                                                           \
        if (kind < 2)                                                                              \
            store_##type(fuzz, dropout, as_bits);                                                  \
        else                                                                                       \
            take_##type(fuzz, dropout, as_bits);                                                   \
        break;
        SIMDROP_TYPES(CASE, )
#undef CASE
    default: break;
    }
}
