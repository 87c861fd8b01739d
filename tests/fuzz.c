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
    uint8_t samples, channels;
    double stddev;
    uint8_t causal, queries, mask_rows, mask_repeat;
    double softmax_scale;
};

/* All that the library wrote. */
struct results {
    simdrop_status init, mask, words;
    uint8_t bits[ROOM], numbers[ROOM];
    struct {
        simdrop_status training, inference;
        uint8_t trained[ROOM], inferred[ROOM];
        simdrop_status alpha[4], gaussian[2];
        uint8_t alphas[4][ROOM], gaussians[2][ROOM];
    } of[SIMDROP_TYPE_COUNT];
    struct {
        simdrop_status forward, backward;
        uint8_t probs[ROOM], y[ROOM], dx[ROOM];
    } softmax[SIMDROP_TYPE_COUNT];
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
    if (a->strict % 16 < 8) a->stddev = 8 * a->config.drop_prob;
    a->causal %= 2;
    if (a->strict % 16 < 8) a->softmax_scale = 2 * a->config.drop_prob;
}

/* What x is for a result in `y`: in place, or apart. */
static const uint8_t *input(const struct arguments *a, const uint8_t *from, uint8_t *y,
                            size_t bytes) {
    return a->in_place % 2 ? memcpy(y, from, bytes) : from;
}

/* Channels have as many elements as n has for each. */
#define NOISE(type, c_type, ...)                                                                   \
    {                                                                                              \
        const size_t n = a->n, shift = a->y_shift % 64, bytes = n * sizeof(c_type);                \
        const size_t samples = a->samples % 8, channels = a->channels;                             \
        const size_t size = samples * channels ? n / (samples * channels) : n;                     \
        const uint64_t seed = a->config.seed, stream = a->config.stream;                           \
        void *y[6], *xs[6];                                                                        \
        for (size_t i = 0; i < 6; ++i) {                                                           \
            y[i] = (i < 4 ? out->of[SIMDROP_##type].alphas[i]                                      \
                          : out->of[SIMDROP_##type].gaussians[i - 4]) +                            \
                   shift;                                                                          \
            xs[i] = (void *)(uintptr_t)input(a, from, y[i], bytes);                                \
        }                                                                                          \
        simdrop_status *const alpha = out->of[SIMDROP_##type].alpha;                               \
        simdrop_status *const gaussian = out->of[SIMDROP_##type].gaussian;                         \
        alpha[0] = simdrop_alpha_dropout_##type(dropout, a->offset, n, xs[0], y[0]);               \
        alpha[1] = simdrop_alpha_dropout_backward_##type(dropout, a->offset, n, xs[1], y[1]);      \
        alpha[2] = simdrop_feature_alpha_dropout_##type(dropout, a->offset, samples, channels,     \
                                                        size, xs[2], y[2]);                        \
        alpha[3] = simdrop_feature_alpha_dropout_backward_##type(dropout, a->offset, samples,      \
                                                                 channels, size, xs[3], y[3]);     \
        gaussian[0] = simdrop_gaussian_dropout_##type(seed, stream, a->config.drop_prob,           \
                                                      a->offset, n, xs[4], y[4]);                  \
        gaussian[1] =                                                                              \
            simdrop_gaussian_noise_##type(seed, stream, a->stddev, a->offset, n, xs[5], y[5]);     \
    }
static void run_noise(const struct arguments *a, const simdrop_dropout *dropout,
                      const uint8_t *from, struct results *out) {
    SIMDROP_TYPES(NOISE, )
}

/* NaN that were computed may differ in sign and payload. */
static void make_nan_equal(enum simdrop_type type, void *x, size_t n) {
    const uint64_t sign = UINT64_C(1) << (8 * types[type].size - 1);
    const uint64_t infinity = sign - (UINT64_C(1) << types[type].fraction);
    for (size_t i = 0; i < n; ++i)
        if ((element(type, x, i) & ~sign) > infinity) set_element(type, x, i, sign - 1);
}

/* The n elements as rows, perhaps with gaps between them; the mask is of the same bytes as x. */
static void run_softmax(const struct arguments *a, const simdrop_dropout *dropout,
                        const uint8_t *from, struct results *out) {
    simdrop_rows rows = {.rows = 1 + a->x_shift % 32, .first_row = a->offset % 4096};
    rows.cols = a->n / rows.rows;
    if (a->y_shift & 64) rows.ldx = rows.ldy = rows.cols, rows.cols -= rows.cols / 8;
    const simdrop_softmax_config config = {.scale = a->softmax_scale,
                                           .causal = a->causal,
                                           .queries = a->queries,
                                           .mask_rows = 1 + a->mask_rows % rows.rows,
                                           .mask_repeat = a->mask_repeat};
    const void *const x = from, *const mask = a->in_place & 2 ? from : NULL;
    const uint8_t *const keep = a->y_shift & 128 ? from : NULL;
#define SOFTMAX(type, c_type, ...)                                                                 \
    {                                                                                              \
        const size_t shift = a->y_shift % 64, n = (ROOM - shift) / sizeof(c_type);                 \
        void *const probs = out->softmax[SIMDROP_##type].probs + shift;                            \
        void *const y = out->softmax[SIMDROP_##type].y + shift;                                    \
        void *const dx = out->softmax[SIMDROP_##type].dx + shift;                                  \
        out->softmax[SIMDROP_##type].forward = simdrop_softmax_dropout_##type(                     \
            dropout, &rows, &config, x, mask, a->in_place & 4 ? NULL : probs, y);                  \
        out->softmax[SIMDROP_##type].backward = simdrop_softmax_dropout_backward_##type(           \
            dropout, &rows, &config, keep, a->in_place & 8 ? y : x, probs, dx);                    \
        make_nan_equal(SIMDROP_##type, probs, n);                                                  \
        make_nan_equal(SIMDROP_##type, y, n);                                                      \
        make_nan_equal(SIMDROP_##type, dx, n);                                                     \
    }
    SIMDROP_REAL_TYPES(SOFTMAX, )
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
    }
    run_noise(a, &dropout, x + x_shift, out);
    run_softmax(a, &dropout, x + x_shift, out);
    out->mask = simdrop_dropout_mask_bits(&dropout, a->offset, n, out->bits + y_shift);
    out->words = simdrop_random_u32(a->config.seed, a->config.stream, a->offset, n,
                                    (uint32_t *)(void *)(out->numbers + y_shift));
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
