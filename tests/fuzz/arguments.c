/* SPDX-License-Identifier: MIT */
/* Arguments from the bytes of an input. Most are made valid, by choices that a fuzzer finds one bit at
   a time. */
#include "state.h"

#include <string.h>

uint64_t take(struct fuzz *fuzz, size_t bytes) {
    uint64_t value = 0;
    for (size_t i = 0; i < bytes && fuzz->left; ++i, --fuzz->left)
        value |= (uint64_t)*fuzz->data++ << 8 * i;
    return value;
}

uint64_t take_below(struct fuzz *fuzz, uint64_t bound) {
    return take(fuzz, bound > 256 ? 2 : 1) % bound;
}

double take_double(struct fuzz *fuzz) {
    const uint64_t kind = take(fuzz, 1), bits = take(fuzz, kind % 4 ? 2 : 8);
    double value;
    memcpy(&value, &bits, sizeof value);
    if (kind % 4) value = (double)(int16_t)bits / (kind % 4 == 1 ? 1 : 4096);
    return value;
}

float take_float(struct fuzz *fuzz) {
    const double value = take_double(fuzz);
    return value > -3e38 && value < 3e38 ? (float)value : value > 0 ? 3e38f : -3e38f;
}

size_t take_count(struct fuzz *fuzz, size_t size) {
    const uint64_t kind = take(fuzz, 1), n = take_below(fuzz, MAX_N + 1);
    return kind == 255 && size > 1 ? SIZE_MAX / size + 1 + n : n;
}

/* Near the places where counters carry, and near the end of the stream. */
uint64_t take_offset(struct fuzz *fuzz, size_t n) {
    static const uint64_t bases[] = {
        0, 0, UINT64_C(1) << 34, UINT64_C(1) << 35, UINT64_C(1) << 36, UINT64_C(1) << 63};
    const uint64_t kind = take(fuzz, 1), by = take(fuzz, 2) % 8192;
    if (kind % 8 < 6) return bases[kind % 8] + by - (kind & 8 ? 4096 : 0);
    return (kind & 16 ? UINT64_C(1) << 63 : 0) - (uint64_t)n - by % (kind & 8 ? 2 : 8192) +
           (kind & 32 ? 1 : 0);
}

double take_probability(struct fuzz *fuzz) {
    switch (take_below(fuzz, 4)) {
    case 0: return (double)take(fuzz, 1) / 256;
    case 1: return (double)take(fuzz, 2) / 65535;
    case 2: return (double)take(fuzz, 8) / 18446744073709551616.0;
    default: return take_double(fuzz);
    }
}

const simdrop_dropout_config *take_config(struct fuzz *fuzz) {
    static const int32_t bits[] = {0, 8, 16, 32}, rounds[] = {0, 7, 10, 10};
    simdrop_dropout_config *config = input(fuzz, sizeof *config, 1);
    if (!config) return NULL;
    const double prob = take_probability(fuzz);
    const uint64_t seed = take(fuzz, 8), stream = take(fuzz, 4), kind = take(fuzz, 2);
    *config = simdrop_dropout_config_of(prob, seed, stream << (kind & 256 ? 32 : 0));
    config->bits = bits[kind % 4];
    config->rounds = rounds[kind / 4 % 4];
    config->mode = kind / 16 % 2;
    config->flags = kind / 32 % 8 % 3;
    if (kind >> 12 != 15) return config;
    config->bits = (int32_t)take(fuzz, 1) - 1;
    config->rounds = (int32_t)take(fuzz, 1) - 1;
    config->mode = (int32_t)take(fuzz, 1) - 1;
    config->flags = (uint32_t)take(fuzz, 1);
    config->reserved[take_below(fuzz, 6)] = take(fuzz, 1);
    return config;
}

const simdrop_dropout *take_dropout(struct fuzz *fuzz) {
    const simdrop_dropout_config *config = take_config(fuzz);
    simdrop_dropout *dropout = result(fuzz, sizeof *dropout, 1);
    if (dropout) memset(dropout, 0, sizeof *dropout);
    CALL(fuzz, simdrop_dropout_init, dropout, config);
    return dropout;
}

/* A row of the whole: the first ones, one near a place where a counter carries, or near the last. */
static uint64_t take_row(struct fuzz *fuzz, const simdrop_rows *r) {
    const uint64_t global = r->global_cols ? r->global_cols : r->cols ? r->cols : 1;
    const uint64_t last = UINT64_MAX / global - r->rows;
    const uint64_t kind = take(fuzz, 1), by = take(fuzz, 1);
    if (kind % 4 == 3) return last - by;
    return kind % 4 == 2 ? (UINT64_C(1) << (34 + kind / 4 % 3)) / global - by % 8 : by;
}

static void take_hostile_rows(struct fuzz *fuzz, simdrop_rows *r, size_t most) {
    r->ldx = take(fuzz, 2) % (most + 1);
    r->ldy = take(fuzz, 2) % (most + 1);
    switch (take_below(fuzz, 6)) {
    case 0: r->global_cols = take(fuzz, 8); break;
    case 1: r->first_col = take(fuzz, 8); break;
    case 2: r->first_row = take(fuzz, 8); break;
    case 3: r->cols = SIZE_MAX - take(fuzz, 1); break;
    case 4: r->rows = SIZE_MAX / 2 + take(fuzz, 1), r->cols += 2; break;
    default: r->reserved[take_below(fuzz, 4)] = take(fuzz, 1);
    }
}

const simdrop_rows *take_rows(struct fuzz *fuzz) {
    const uint64_t kind = take(fuzz, 1);
    uint64_t *ids = kind & 1 ? input(fuzz, MAX_ROW_IDS * sizeof *ids, 1) : NULL;
    simdrop_rows *r = input(fuzz, sizeof *r, 1);
    if (!r) return NULL;
    memset(r, 0, sizeof *r);
    const uint64_t unit = kind & 2 ? 64 : 1; /* whole words have ways of their own */
    r->rows = take_below(fuzz, ids ? MAX_ROW_IDS + 1 : MAX_ROWS + 1);
    r->cols = take_below(fuzz, 1 + MAX_N / (r->rows ? r->rows : 1)) & ~(unit - 1);
    const size_t most = r->rows > 1 ? (MAX_N - r->cols) / (r->rows - 1) : MAX_N;
    if (kind & 4) r->ldx = r->cols + take(fuzz, 1) % (most - r->cols + 1);
    r->ldy = r->ldx;
    if (kind & 8) r->ldy = r->cols + take(fuzz, 1) % (most - r->cols + 1);
    const uint64_t more = kind & 16 ? take(fuzz, 1) : 0;
    if (more) r->global_cols = r->cols + more * unit;
    if (more) r->first_col = take_below(fuzz, more + 1) * unit;
    r->first_row = take_row(fuzz, r);
    for (size_t i = 0; ids && i < MAX_ROW_IDS; ++i) ids[i] = take_row(fuzz, r);
    r->row_ids = ids;
    if (kind >> 5 == 7) take_hostile_rows(fuzz, r, most);
    return r;
}

enum simdrop_type take_type(struct fuzz *fuzz) {
    return fuzz->type = (enum simdrop_type)take_below(fuzz, SIMDROP_TYPE_COUNT);
}

enum simdrop_type take_real_type(struct fuzz *fuzz) {
#define CONSTANT(type, ...) SIMDROP_##type,
    static const enum simdrop_type types[] = {SIMDROP_REAL_TYPES(CONSTANT, )};
#undef CONSTANT
    return fuzz->type = types[take_below(fuzz, sizeof types / sizeof *types)];
}

void *or_null(struct fuzz *fuzz, void *pointer) { return take(fuzz, 1) & 1 ? NULL : pointer; }
