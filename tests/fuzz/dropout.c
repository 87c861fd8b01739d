/* SPDX-License-Identifier: MIT */
/* dropout.h: dropout of a range, inference, the mask as bits; and plans. */
#include "fuzz.h"

#include <string.h>

static void record_plan(struct fuzz *fuzz, const simdrop_dropout *dropout) {
    struct {
        double prob, scale;
        uint64_t threshold;
        int64_t bits;
    } plan = {simdrop_dropout_realized_prob(dropout), simdrop_dropout_scale(dropout),
              simdrop_dropout_threshold(dropout), simdrop_dropout_bits(dropout)};
    record(fuzz, &plan, sizeof plan);
}

/* A copy that gets another stream is the plan that init makes for it. */
static void set_stream(struct fuzz *fuzz, const simdrop_dropout *dropout) {
    const uint64_t stream = take(fuzz, 8);
    simdrop_dropout *const copy = result(fuzz, sizeof *copy, 1);
    if (copy && dropout) memcpy(copy, dropout, sizeof *copy);
    CALL(fuzz, simdrop_dropout_set_stream, copy, stream);
}

void fuzz_dropout(struct fuzz *fuzz) {
    const simdrop_dropout *const dropout = take_dropout(fuzz);
    record_plan(fuzz, dropout);
    set_stream(fuzz, dropout);
    switch (take_type(fuzz)) {
#define CASE(type, c_type, ...)                                                                    \
    case SIMDROP_##type: {                                                                         \
        const size_t n = take_count(fuzz, sizeof(c_type));                                         \
        const uint64_t offset = take_offset(fuzz, n);                                              \
        c_type *y = result(fuzz, sizeof *y, n);                                                    \
        c_type *x = apart_or_same(fuzz, y, input(fuzz, sizeof *y, n));                             \
        CALL(fuzz, simdrop_dropout_##type, dropout, offset, n, x, y);                              \
        y = result(fuzz, sizeof *y, n);                                                            \
        x = apart_or_same(fuzz, y, input(fuzz, sizeof *y, n));                                     \
        CALL(fuzz, simdrop_dropout_infer_##type, dropout, n, x, y);                                \
        break;                                                                                     \
    }
        SIMDROP_TYPES(CASE, )
#undef CASE
    default: break;
    }
    const size_t n = take_count(fuzz, 1);
    uint8_t *const mask = result(fuzz, 1, (n + 7) / 8);
    CALL(fuzz, simdrop_dropout_mask_bits, dropout, take_offset(fuzz, n), n, mask);
}
