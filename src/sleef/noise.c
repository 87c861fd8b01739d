/* SPDX-License-Identifier: MIT */
/* Gaussian dropout and noise. */
#include "api/check.h"
#include "kernels.h"

#include <simdrop/distributions.h>
#include <simdrop/noise.h>

#include <float.h>
#include <math.h>

/* Normal numbers, as many as distributions.c makes of a tile of words: y is made of a tile at a
   time, beginning with a group where it can. */
enum { TILE_BYTES = 6144 };

static simdrop_status normal(enum simdrop_type type, uint64_t seed, uint64_t stream,
                             uint64_t offset, size_t n, double mean, double stddev, void *out) {
    if (type == SIMDROP_f64)
        return simdrop_random_normal_f64(seed, stream, offset, n, mean, stddev, out);
    return simdrop_random_normal_f32(seed, stream, offset, n, (float)mean, (float)stddev, out);
}

/* y = x op z, z of a normal distribution. */
struct noise {
    enum simdrop_type type;
    uint64_t seed, stream, offset;
    double mean, stddev;
    size_t n;
    const void *x;
    void *y;
};

static void make_noise(const struct noise *noise, simdrop_pair_fn *op) {
    _Alignas(64) char values[TILE_BYTES];
    const size_t size = simdrop_size_of[noise->type];
    const size_t tile = TILE_BYTES / (noise->type == SIMDROP_f64 ? sizeof(double) : sizeof(float));
    const char *x = noise->x;
    char *y = noise->y;
    uint64_t offset = noise->offset;
    for (size_t left = noise->n, m; left; left -= m, offset += m, x += m * size, y += m * size) {
        m = tile - offset % SIMDROP_GROUP;
        if (m > left) m = left;
        normal(noise->type, noise->seed, noise->stream, offset, m, noise->mean, noise->stddev,
               values);
        op(y, x, values, m);
    }
}

enum op { MULTIPLY, ADD };

static simdrop_status apply_noise(struct noise noise, enum op op) {
    const size_t size = simdrop_size_of[noise.type];
    const int is_f64 = noise.type == SIMDROP_f64;
    const uint64_t last = is_f64 ? UINT64_MAX / 2 : UINT64_MAX;
    if (!(noise.stddev >= 0 && noise.stddev <= (is_f64 ? DBL_MAX : FLT_MAX)) ||
        !simdrop_range_is_valid(noise.offset, noise.n, size) ||
        (noise.n != 0 && (noise.offset + (noise.n - 1) > last ||
                          !simdrop_buffers_are_valid(noise.x, noise.y, noise.n * size))))
        return SIMDROP_ERR_INVALID_ARGUMENT;
    const simdrop_status status =
        normal(noise.type, noise.seed, noise.stream, 0, 0, noise.mean, noise.stddev, NULL);
    if (status != SIMDROP_OK || noise.n == 0) return status;
    if (noise.stddev == 0 || (!is_f64 && (float)noise.stddev == 0)) {
        simdrop_copy(noise.y, noise.x, noise.n * size);
        return SIMDROP_OK;
    }
    const struct simdrop_sleef_kernels *kernels = simdrop_sleef_kernels();
    make_noise(&noise, op == MULTIPLY ? kernels->mul[noise.type] : kernels->add[noise.type]);
    return SIMDROP_OK;
}

static double stddev_of(double drop_prob) { /* -1, which is refused, if there is none */
    return drop_prob >= 0 && drop_prob < 1 ? sqrt(drop_prob / (1 - drop_prob)) : -1;
}

#define DEFINE(type, c_type, ...)                                                                  \
    simdrop_status simdrop_gaussian_dropout_##type(uint64_t seed, uint64_t stream,                 \
                                                   double drop_prob, uint64_t offset, size_t n,    \
                                                   const c_type *x, c_type *y) {                   \
        const struct noise noise = {SIMDROP_##type,       seed, stream, offset, 1,                 \
                                    stddev_of(drop_prob), n,    x,      y};                        \
        return apply_noise(noise, MULTIPLY);                                                       \
    }                                                                                              \
    simdrop_status simdrop_gaussian_noise_##type(uint64_t seed, uint64_t stream, double stddev,    \
                                                 uint64_t offset, size_t n, const c_type *x,       \
                                                 c_type *y) {                                      \
        const struct noise noise = {SIMDROP_##type, seed, stream, offset, 0, stddev, n, x, y};     \
        return apply_noise(noise, ADD);                                                            \
    }
SIMDROP_TYPES(DEFINE, )
