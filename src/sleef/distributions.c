/* SPDX-License-Identifier: MIT */
/* Distributions that take SLEEF: check the parameters, ask for words, transform them. */
#include "api/values.h"
#include "sleef/normal_cdf.h"

#include <simdrop/random.h>

#include <float.h>
#include <math.h>

VALUES(normal_f32, simdrop_sleef_kernels, 1, float)
VALUES(normal_f64, simdrop_sleef_kernels, 2, double)
VALUES(normal_bf16, simdrop_sleef_kernels, 1, uint16_t)
VALUES(normal_f16, simdrop_sleef_kernels, 1, uint16_t)
VALUES(exponential_f32, simdrop_sleef_kernels, 1, float)
VALUES(exponential_f64, simdrop_sleef_kernels, 2, double)
VALUES(gumbel_f32, simdrop_sleef_kernels, 1, float)
VALUES(gumbel_f64, simdrop_sleef_kernels, 2, double)
VALUES(truncated_normal_f32, simdrop_sleef_kernels, 1, float)

#define BF16_MAX 0x1.fep127
#define F16_MAX 65504.0

static void fill(const void *from, void *out, size_t blocks, uint64_t first) {
    const struct range *range = from;
    (void)simdrop_random_u32(range->seed, range->stream, 4 * first, 4 * blocks, out);
}

static simdrop_status generate(const struct values *values, struct range range,
                               const struct simdrop_transform *transform) {
    if (!range_is_valid(&range, values)) return SIMDROP_ERR_INVALID_ARGUMENT;
    if (range.n == 0) return SIMDROP_OK;
    const struct maker make = {.fill = fill,
                               .from = &range,
                               .kernel = kernel_of(values, simdrop_sleef_kernels()),
                               .transform = transform,
                               .values = values};
    make_range(&make, range.offset, range.n, range.out);
    return SIMDROP_OK;
}

/* Sets up location + scale * x for |x| <= reach, which stays within `greatest`. */
static int linear(struct simdrop_transform *t, double location, double scale, double reach,
                  double greatest) {
    t->location = location;
    t->scale = scale;
    return scale >= 0 && fabs(location) <= greatest &&
           scale <= (greatest - fabs(location)) / reach; /* NaN and infinities fail */
}

enum { NORMAL_F32_REACH = 7, NORMAL_F64_REACH = 9, GUMBEL_REACH = 37 };

simdrop_status simdrop_random_normal_f32(uint64_t seed, uint64_t stream, uint64_t offset, size_t n,
                                         float mean, float stddev, float *out) {
    struct simdrop_transform t = {0};
    if (!linear(&t, (double)mean, (double)stddev, NORMAL_F32_REACH, FLT_MAX))
        return SIMDROP_ERR_INVALID_ARGUMENT;
    return generate(&values_normal_f32, (struct range){seed, stream, offset, n, out}, &t);
}

simdrop_status simdrop_random_normal_bf16(uint64_t seed, uint64_t stream, uint64_t offset, size_t n,
                                          float mean, float stddev, uint16_t *out) {
    struct simdrop_transform t = {0};
    if (!linear(&t, (double)mean, (double)stddev, NORMAL_F32_REACH, BF16_MAX))
        return SIMDROP_ERR_INVALID_ARGUMENT;
    return generate(&values_normal_bf16, (struct range){seed, stream, offset, n, out}, &t);
}

simdrop_status simdrop_random_normal_f16(uint64_t seed, uint64_t stream, uint64_t offset, size_t n,
                                         float mean, float stddev, uint16_t *out) {
    struct simdrop_transform t = {0};
    if (!linear(&t, (double)mean, (double)stddev, NORMAL_F32_REACH, F16_MAX))
        return SIMDROP_ERR_INVALID_ARGUMENT;
    return generate(&values_normal_f16, (struct range){seed, stream, offset, n, out}, &t);
}

simdrop_status simdrop_random_normal_f64(uint64_t seed, uint64_t stream, uint64_t offset, size_t n,
                                         double mean, double stddev, double *out) {
    struct simdrop_transform t = {0};
    if (!linear(&t, mean, stddev, NORMAL_F64_REACH, DBL_MAX)) return SIMDROP_ERR_INVALID_ARGUMENT;
    return generate(&values_normal_f64, (struct range){seed, stream, offset, n, out}, &t);
}

static int rate_is_valid(double rate, double greatest) {
    return rate > 37 / greatest && rate <= greatest;
}

simdrop_status simdrop_random_exponential_f32(uint64_t seed, uint64_t stream, uint64_t offset,
                                              size_t n, float rate, float *out) {
    if (!rate_is_valid((double)rate, FLT_MAX)) return SIMDROP_ERR_INVALID_ARGUMENT;
    const struct simdrop_transform t = {.scale = (double)rate};
    return generate(&values_exponential_f32, (struct range){seed, stream, offset, n, out}, &t);
}

simdrop_status simdrop_random_exponential_f64(uint64_t seed, uint64_t stream, uint64_t offset,
                                              size_t n, double rate, double *out) {
    if (!rate_is_valid(rate, DBL_MAX)) return SIMDROP_ERR_INVALID_ARGUMENT;
    const struct simdrop_transform t = {.scale = rate};
    return generate(&values_exponential_f64, (struct range){seed, stream, offset, n, out}, &t);
}

simdrop_status simdrop_random_gumbel_f32(uint64_t seed, uint64_t stream, uint64_t offset, size_t n,
                                         float location, float scale, float *out) {
    struct simdrop_transform t = {0};
    if (!linear(&t, (double)location, (double)scale, GUMBEL_REACH, FLT_MAX))
        return SIMDROP_ERR_INVALID_ARGUMENT;
    return generate(&values_gumbel_f32, (struct range){seed, stream, offset, n, out}, &t);
}

simdrop_status simdrop_random_gumbel_f64(uint64_t seed, uint64_t stream, uint64_t offset, size_t n,
                                         double location, double scale, double *out) {
    struct simdrop_transform t = {0};
    if (!linear(&t, location, scale, GUMBEL_REACH, DBL_MAX)) return SIMDROP_ERR_INVALID_ARGUMENT;
    return generate(&values_gumbel_f64, (struct range){seed, stream, offset, n, out}, &t);
}

/* Sets up the inverse of the distribution function between its values at low and high. */
static int truncated(struct simdrop_transform *t, double mean, double stddev, double low,
                     double high) {
    if (!(low < high && low >= -FLT_MAX && high <= FLT_MAX)) return 0;
    if (!(stddev > 0 && linear(t, mean, stddev, NORMAL_F32_REACH, FLT_MAX))) return 0;
    const double from = (low - mean) / stddev, to = (high - mean) / stddev;
    t->least = low;
    t->greatest = high;
    t->below = simdrop_normal_cdf(from);
    t->above = simdrop_normal_cdf(-to);
    t->within = simdrop_normal_cdf(to) - t->below;
    return from <= 2 && to >= -2;
}

simdrop_status simdrop_random_truncated_normal_f32(uint64_t seed, uint64_t stream, uint64_t offset,
                                                   size_t n, float mean, float stddev, float low,
                                                   float high, float *out) {
    struct simdrop_transform t = {0};
    if (!truncated(&t, (double)mean, (double)stddev, (double)low, (double)high))
        return SIMDROP_ERR_INVALID_ARGUMENT;
    return generate(&values_truncated_normal_f32, (struct range){seed, stream, offset, n, out}, &t);
}
