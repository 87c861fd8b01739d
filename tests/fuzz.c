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
    uint8_t ndim, shared, dims[SIMDROP_MAX_DIMS];
};

/* All that the library wrote. */
struct results {
    simdrop_status init, mask, words;
    uint8_t bits[ROOM], numbers[ROOM];
    struct {
        simdrop_status training, inference, broadcast, channels, channels_last, drop_path;
        uint8_t trained[ROOM], inferred[ROOM], dropped[4][ROOM];
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

/* A shape of MAX_N elements at most, few dimensions of which may be large. */
static int32_t shape_of(const struct arguments *a, size_t *shape, size_t *mask_shape) {
    const int32_t ndim = a->ndim % (SIMDROP_MAX_DIMS + 1);
    size_t n = 1;
    for (int32_t k = 0; k < ndim; ++k) {
        const uint8_t dim = a->dims[k]; /* 0 is the most frequent: a size of 1 */
        const size_t size = dim == 255 ? 0 : dim < 224 ? 1 + dim % 32 : (dim - 223) * (size_t)128;
        shape[k] = size * n <= MAX_N ? size : 1;
        mask_shape[k] = a->shared >> k & 1 ? 1 : shape[k];
        if (shape[k]) n *= shape[k];
    }
    if (a->strict % 16 == 15 && ndim) mask_shape[0] = a->strict / 16;
    return a->strict % 16 == 14 ? a->ndim - 128 : ndim;
}

/* The calls of masks that are broadcast, each with an output of its own. */
#define BROADCAST(type, c_type, ...)                                                               \
    static void broadcast_##type(const struct arguments *a, const simdrop_dropout *d,              \
                                 struct results *out, const void *x, size_t y_shift) {             \
        size_t s[SIMDROP_MAX_DIMS] = {0}, m[SIMDROP_MAX_DIMS] = {0};                               \
        const int32_t ndim = shape_of(a, s, m);                                                    \
        c_type *y[4];                                                                              \
        for (int i = 0; i < 4; ++i)                                                                \
            y[i] = (c_type *)(void *)(out->of[SIMDROP_##type].dropped[i] + y_shift);               \
        out->of[SIMDROP_##type].broadcast =                                                        \
            simdrop_dropout_nd_##type(d, a->offset, ndim, s, m, x, y[0]);                          \
        const size_t size = a->dims[1] % 16, samples = a->dims[0] % 16, channels = a->n / 256;     \
        out->of[SIMDROP_##type].channels =                                                         \
            simdrop_dropout_channels_##type(d, a->offset, samples, channels, size, x, y[1]);       \
        out->of[SIMDROP_##type].channels_last =                                                    \
            simdrop_dropout_channels_last_##type(d, a->offset, samples, size, channels, x, y[2]);  \
        out->of[SIMDROP_##type].drop_path =                                                        \
            simdrop_drop_path_##type(d, a->offset, samples, a->n / 16, a->shared % 2, x, y[3]);    \
    }
SIMDROP_TYPES(BROADCAST, )
#undef BROADCAST

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
#define BROADCAST(type, c_type, ...) broadcast_##type(a, &dropout, out, x + x_shift, y_shift);
    SIMDROP_TYPES(BROADCAST, )
#undef BROADCAST
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
