/* SPDX-License-Identifier: MIT */
/* A libFuzzer target: whatever the arguments, each instruction set answers as scalar does. */
#include "masks.h"
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
    uint8_t begin; /* of a stored mask, a bit */
    uint8_t ndim, shared, dims[SIMDROP_MAX_DIMS];
    simdrop_rows piece;
    uint64_t row_ids[8];
    uint8_t piece_kind;
    uint8_t causal, queries, mask_rows, mask_repeat;
    double softmax_scale;
};

/* All that the library wrote. */
struct results {
    simdrop_status init, mask, words, mask_bytes, packed, unpacked, set_stream;
    _Alignas(double) uint8_t bits[ROOM], numbers[ROOM], bytes[ROOM], packed_bits[ROOM],
        unpacked_bytes[ROOM];
    struct {
        simdrop_status training, inference;
        uint8_t trained[ROOM], inferred[ROOM];
        simdrop_status alpha[4], gaussian[2];
        uint8_t alphas[4][ROOM], gaussians[2][ROOM];
        struct {
            simdrop_status store, from;
            uint8_t mask[ROOM], stored[ROOM], taken[ROOM];
        } as[FORMATS];
        simdrop_status broadcast, channels, channels_last, drop_path;
        uint8_t dropped[4][ROOM];
        simdrop_status rows;
        uint8_t pieces[ROOM];
    } of[SIMDROP_TYPE_COUNT];
    struct normed {
        simdrop_status forward, backward;
        _Alignas(double) uint8_t z[ROOM], y[ROOM], dx[ROOM], dresidual[ROOM];
        double mean[MAX_N], rstd[MAX_N], dweight[MAX_N], dbias[MAX_N];
    } layer_normed[SIMDROP_TYPE_COUNT], rms_normed[SIMDROP_TYPE_COUNT];
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

/* `mask` is one to take, from element a->begin on; it has room for all. */
static void run_masks(const struct arguments *a, const simdrop_dropout *dropout,
                      enum simdrop_type type, const uint8_t *x, const uint8_t *mask,
                      struct results *out) {
    const size_t y_shift = a->y_shift % 64;
    for (enum format format = 0; format < FORMATS; ++format) {
        uint8_t *stored = out->of[type].as[format].stored + y_shift;
        uint8_t *taken = out->of[type].as[format].taken + y_shift;
        const uint8_t *to_store = x, *to_take = x;
        if (a->in_place % 2) {
            to_store = memcpy(stored, x, types[type].size * a->n);
            to_take = memcpy(taken, x, types[type].size * a->n);
        }
        out->of[type].as[format].store =
            mask_calls[type].store[format](dropout, a->offset, a->n, to_store, stored,
                                           out->of[type].as[format].mask + a->begin % 64);
        out->of[type].as[format].from =
            mask_calls[type].from[format](dropout, mask, a->begin, a->n, to_take, taken);
    }
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
    static _Alignas(double) uint8_t x[ROOM], kept[ROOM]; /* of these some are 0 */
    simdrop_dropout dropout;
    memset(&dropout, 0, sizeof dropout);
    memset(out, 0xa5, sizeof *out);
    memcpy(x, x_bytes, ROOM);
    for (size_t i = 0; i < ROOM; ++i) kept[i] = x[i] & 0x81 ? x[i] : 0;
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
        run_masks(a, &dropout, type, from, kept, out);
        uint8_t *pieces = out->of[type].pieces + y_shift;
        const uint8_t *to_drop = from;
        if (a->in_place % 2) to_drop = memcpy(pieces, from, types[type].size * MAX_N);
        out->of[type].rows = drop_rows(type, &dropout, &a->piece, to_drop, pieces);
    }
    run_noise(a, &dropout, x + x_shift, out);
#define BROADCAST(type, c_type, ...) broadcast_##type(a, &dropout, out, x + x_shift, y_shift);
    SIMDROP_TYPES(BROADCAST, )
#undef BROADCAST
    run_softmax(a, &dropout, x + x_shift, out);
    out->mask = simdrop_dropout_mask_bits(&dropout, a->offset, n, out->bits + y_shift);
    out->mask_bytes = simdrop_dropout_mask_bytes(&dropout, a->offset, n, out->bytes + y_shift);
    out->packed = simdrop_mask_pack(kept, n, out->packed_bits + y_shift, a->begin);
    out->unpacked = simdrop_mask_unpack(x_bytes, a->begin, n, out->unpacked_bytes + y_shift);
    out->words = simdrop_random_u32(a->config.seed, a->config.stream, a->offset, n,
                                    (uint32_t *)(void *)(out->numbers + y_shift));
    out->set_stream = simdrop_dropout_set_stream(&dropout, a->offset);
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
