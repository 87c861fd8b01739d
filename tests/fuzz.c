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
};

/* All that the library wrote. */
struct results {
    simdrop_status init, mask, words;
    _Alignas(double) uint8_t bits[ROOM], numbers[ROOM];
    struct {
        simdrop_status training, inference;
        uint8_t trained[ROOM], inferred[ROOM];
    } of[SIMDROP_TYPE_COUNT];
    struct normed {
        simdrop_status forward, backward;
        _Alignas(double) uint8_t z[ROOM], y[ROOM], dx[ROOM], dresidual[ROOM];
        double mean[MAX_N], rstd[MAX_N], dweight[MAX_N], dbias[MAX_N];
    } layer_normed[SIMDROP_TYPE_COUNT], rms_normed[SIMDROP_TYPE_COUNT];
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

/* NaN that were computed may differ in sign and payload. */
static void make_nan_equal(enum simdrop_type type, void *x, size_t n) {
    const uint64_t sign = UINT64_C(1) << (8 * types[type].size - 1);
    const uint64_t infinity = sign - (UINT64_C(1) << types[type].fraction);
    for (size_t i = 0; i < n; ++i)
        if ((element(type, x, i) & ~sign) > infinity) set_element(type, x, i, sign - 1);
}
static void make_norm_nan_equal(struct normed *out, enum simdrop_type type,
                                enum simdrop_type real) {
    uint8_t *const tensors[] = {out->z, out->y, out->dx, out->dresidual};
    double *const vectors[] = {out->mean, out->rstd, out->dweight, out->dbias};
    for (size_t i = 0; i < sizeof tensors / sizeof *tensors; ++i) {
        make_nan_equal(type, tensors[i], ROOM / types[type].size);
        make_nan_equal(real, vectors[i], sizeof out->mean / types[real].size);
    }
}

/* The n elements as rows, perhaps with gaps between them. */
static void run_norms(const struct arguments *a, const simdrop_dropout *dropout, const uint8_t *x,
                      struct results *out) {
    simdrop_rows rows = {.rows = 1 + a->x_shift % 32, .first_row = a->offset % 4096};
    rows.cols = a->n / rows.rows;
    if (a->y_shift & 64) rows.ldx = rows.ldy = rows.cols, rows.cols -= rows.cols / 8;
    const uint8_t *const mask = a->y_shift & 128 ? x : NULL;
#define RUN_NORMS(type, c_type, real, ...)                                                         \
    {                                                                                              \
        const c_type *const from = (const c_type *)(const void *)x;                                \
        const real *const weight = (const real *)(const void *)(x + 64);                           \
        const real eps = (real)(a->contents % 3);                                                  \
        struct normed *o = &out->layer_normed[SIMDROP_##type];                                     \
        o->forward = simdrop_dropout_layer_norm_##type(                                            \
            dropout, &rows, from, a->in_place & 2 ? from : NULL, weight, weight, eps,              \
            (c_type *)(void *)o->z, (c_type *)(void *)o->y, (real *)(void *)o->mean,               \
            (real *)(void *)o->rstd);                                                              \
        o->backward = simdrop_dropout_layer_norm_backward_##type(                                  \
            dropout, &rows, mask, from, a->in_place & 4 ? from : NULL, (c_type *)(void *)o->z,     \
            weight, (real *)(void *)o->mean, (real *)(void *)o->rstd, (c_type *)(void *)o->dx,     \
            a->in_place & 8 ? (c_type *)(void *)o->dresidual : NULL, (real *)(void *)o->dweight,   \
            (real *)(void *)o->dbias);                                                             \
        make_norm_nan_equal(o, SIMDROP_##type, sizeof(real) == 4 ? SIMDROP_f32 : SIMDROP_f64);     \
        o = &out->rms_normed[SIMDROP_##type];                                                      \
        o->forward = simdrop_dropout_rms_norm_##type(                                              \
            dropout, &rows, from, a->in_place & 2 ? from : NULL, weight, eps,                      \
            (c_type *)(void *)o->z, (c_type *)(void *)o->y, (real *)(void *)o->rstd);              \
        o->backward = simdrop_dropout_rms_norm_backward_##type(                                    \
            dropout, &rows, mask, from, a->in_place & 4 ? from : NULL, (c_type *)(void *)o->z,     \
            weight, (real *)(void *)o->rstd, (c_type *)(void *)o->dx,                              \
            a->in_place & 8 ? (c_type *)(void *)o->dresidual : NULL, (real *)(void *)o->dweight);  \
        make_norm_nan_equal(o, SIMDROP_##type, sizeof(real) == 4 ? SIMDROP_f32 : SIMDROP_f64);     \
    }
    SIMDROP_REAL_TYPES(RUN_NORMS, )
}

static void run(const struct arguments *a, const uint8_t *x_bytes, struct results *out) {
    static _Alignas(double) uint8_t x[ROOM];
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
    }
    out->mask = simdrop_dropout_mask_bits(&dropout, a->offset, n, out->bits + y_shift);
    out->words = simdrop_random_u32(a->config.seed, a->config.stream, a->offset, n,
                                    (uint32_t *)(void *)(out->numbers + y_shift));
    run_norms(a, &dropout, x, out);
    if (memcmp(x, x_bytes, ROOM) != 0) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct results want, got;
    static uint8_t x[ROOM];
    struct arguments a;
    memset(&a, 0, sizeof a);
    memcpy(&a, data, size < sizeof a ? size : sizeof a);
    make_plausible(&a);
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
