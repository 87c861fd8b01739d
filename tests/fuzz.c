/* SPDX-License-Identifier: MIT */
/* A libFuzzer target: whatever the arguments, each instruction set answers as scalar does. */
#include "types.h"

#include <simdrop/simdrop.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_N = 4096, ROOM = 8 * MAX_N + 64 };

/* The input, bytes as they come; missing ones are zero. */
struct arguments {
    simdrop_dropout_config config;
    uint64_t offset, contents;
    uint16_t n;
    uint8_t offset_base, prob_kind, x_shift, y_shift, in_place, rounds, bits, mode, flags, strict;
    simdrop_rows piece;
    uint64_t row_ids[8];
    uint8_t piece_kind;
};

/* All that the library wrote. */
struct results {
    simdrop_status init, mask, words;
    uint8_t bits[ROOM], numbers[ROOM];
    simdrop_status set_stream;
    struct {
        simdrop_status training, inference, rows;
        uint8_t trained[ROOM], inferred[ROOM], pieces[ROOM];
    } of[SIMDROP_TYPE_COUNT];
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Most inputs are made valid, by choices that a fuzzer finds one bit at a time. */
static void make_plausible(struct arguments *a) {
    static const uint64_t bases[] = {
        0, 0, UINT64_C(1) << 34, UINT64_C(1) << 35, UINT64_C(1) << 36, UINT64_C(1) << 63};
    static const int32_t bits[] = {0, 8, 16, 32}, rounds[] = {0, 7, 10, 10};
    a->n %= MAX_N + 1;
    if (a->offset_base % 8 < 6)
        a->offset = bases[a->offset_base % 8] + a->offset % 8192 - (a->offset_base & 8 ? 4096 : 0);
    else
        a->offset = 0 - (uint64_t)a->n - a->offset % (a->offset_base & 8 ? 2 : 8192);
    if (a->strict % 16 == 15) return;
    a->config.bits = bits[a->bits % 4];
    a->config.rounds = rounds[a->rounds % 4];
    a->config.mode = a->mode % 2;
    a->config.flags = a->flags % 3;
    memset(a->config.reserved, 0, sizeof a->config.reserved);
    if (a->prob_kind % 4 != 3)
        a->config.drop_prob =
            (double)(a->contents >> (a->prob_kind % 4 * 8)) / 18446744073709551616.0;
}

/* Of a piece, as it came or small enough for the room; its ids are a pointer to those that came. */
static void make_piece_plausible(struct arguments *a) {
    simdrop_rows *const r = &a->piece;
    const size_t ids = sizeof a->row_ids / sizeof *a->row_ids;
    r->row_ids = a->piece_kind & 1 ? a->row_ids : NULL;
    r->rows %= r->row_ids ? ids + 1 : 65;
    r->cols %= 1 + MAX_N / (r->rows ? r->rows : 1);
    const size_t most = r->rows > 1 ? (MAX_N - r->cols) / (r->rows - 1) : MAX_N;
    r->ldx %= most + 1, r->ldy %= most + 1;
    if (a->piece_kind & 2) return;
    memset(r->reserved, 0, sizeof r->reserved);
    r->global_cols =
        r->cols + (r->global_cols % 300 & (a->piece_kind & 4 ? ~UINT64_C(63) : ~UINT64_C(0)));
    r->first_col %= r->global_cols - r->cols + 1;
    if (a->piece_kind & 4)
        r->cols &= ~(size_t)63, r->global_cols &= ~UINT64_C(63), r->first_col &= ~UINT64_C(63);
    if (r->ldx < r->cols) r->ldx = 0;
    if (r->ldy < r->cols || a->in_place % 2) r->ldy = r->ldx;
    const uint64_t last = UINT64_MAX / (r->global_cols ? r->global_cols : 1) - r->rows - 1;
    if (r->first_row > last) r->first_row = last - r->first_row % 64;
    for (size_t i = 0; i < ids; ++i)
        if (a->row_ids[i] > last) a->row_ids[i] = last - a->row_ids[i] % 64;
}

static simdrop_status drop_rows(enum simdrop_type type, const simdrop_dropout *dropout,
                                const simdrop_rows *rows, const void *x, void *y) {
    switch (type) {
#define CASE(type, c_type, ...)                                                                    \
    case SIMDROP_##type: return simdrop_dropout_rows_##type(dropout, rows, x, y);
        SIMDROP_TYPES(CASE, )
#undef CASE
    default: abort();
    }
}

static void run(const struct arguments *a, const uint8_t *x_bytes, struct results *out) {
    static uint8_t x[ROOM];
    simdrop_dropout dropout;
    memset(&dropout, 0, sizeof dropout);
    memset(out, 0xa5, sizeof *out);
    memcpy(x, x_bytes, ROOM);
    const size_t n = a->n, x_shift = a->x_shift % 64, y_shift = a->y_shift % 64;
    out->init = simdrop_dropout_init(&dropout, &a->config);
    FOR_EACH_TYPE(type) {
        const size_t bytes = types[type].size * n;
        uint8_t *trained = out->of[type].trained + y_shift;
        uint8_t *inferred = out->of[type].inferred + y_shift;
        const uint8_t *from = x + x_shift, *to_train = from, *to_infer = from;
        if (a->in_place % 2) {
            to_train = memcpy(trained, from, bytes);
            to_infer = memcpy(inferred, from, bytes);
        }
        out->of[type].training = types[type].train(&dropout, a->offset, n, to_train, trained);
        out->of[type].inference = types[type].infer(&dropout, n, to_infer, inferred);
        uint8_t *pieces = out->of[type].pieces + y_shift;
        const uint8_t *to_drop = from;
        if (a->in_place % 2) to_drop = memcpy(pieces, from, types[type].size * MAX_N);
        out->of[type].rows = drop_rows(type, &dropout, &a->piece, to_drop, pieces);
    }
    out->mask = simdrop_dropout_mask_bits(&dropout, a->offset, n, out->bits + y_shift);
    out->words = simdrop_random_u32(a->config.seed, a->config.stream, a->offset, n,
                                    (uint32_t *)(void *)(out->numbers + y_shift));
    out->set_stream = simdrop_dropout_set_stream(&dropout, a->offset);
    if (memcmp(x, x_bytes, ROOM) != 0) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct results want, got;
    static uint8_t x[ROOM];
    struct arguments a;
    memset(&a, 0, sizeof a);
    memcpy(&a, data, size < sizeof a ? size : sizeof a);
    make_plausible(&a);
    make_piece_plausible(&a);
    uint64_t random = a.contents;
    for (size_t i = 0; i < ROOM; ++i)
        x[i] = (uint8_t)((random = random * UINT64_C(6364136223846793005) + 1) >> 56);
    const char *isas[16];
    const size_t count = simdrop_isa_list(isas, 16);
    simdrop_isa_select("scalar");
    run(&a, x, &want);
    for (size_t i = 0; i < count; ++i) {
        if (simdrop_isa_select(isas[i]) != SIMDROP_OK) abort();
        run(&a, x, &got);
        if (memcmp(&got, &want, sizeof got) == 0) continue;
        fprintf(stderr, "%s differs from scalar: p %a, seed %llu, stream %llu, offset %llu, n %u\n",
                isas[i], a.config.drop_prob, (unsigned long long)a.config.seed,
                (unsigned long long)a.config.stream, (unsigned long long)a.offset, a.n);
        abort();
    }
    return 0;
}
