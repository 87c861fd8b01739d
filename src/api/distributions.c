/* SPDX-License-Identifier: MIT */
/* Uniform distributions: check the parameters, draw words, transform them. */
#include "api/values.h"

#include <float.h>
#include <math.h>

VALUES(uniform_f32, simdrop_kernels, 1, float)
VALUES(uniform_f64, simdrop_kernels, 2, double)
VALUES(uniform_bf16, simdrop_kernels, 1, uint16_t)
VALUES(uniform_f16, simdrop_kernels, 1, uint16_t)
VALUES(bernoulli_u8, simdrop_kernels, 1, uint8_t)
VALUES(uniform_int_u32, simdrop_kernels, 2, uint32_t)

/* Where words come from: one choice of kernels for the whole call. */
struct stream {
    const struct simdrop_kernels *kernels;
    struct simdrop_philox philox;
    float scale;
};

static void fill_words(const void *from, void *out, size_t blocks, uint64_t first) {
    const struct stream *stream = from;
    simdrop_fill(out, blocks, first, stream->kernels, &stream->philox);
}

static void fill_scaled(const void *from, void *out, size_t blocks, uint64_t first) {
    const struct stream *stream = from;
    simdrop_fill_scaled(out, blocks, first, stream->kernels, &stream->philox, stream->scale);
}

static simdrop_status generate(const struct values *values, struct range range,
                               const struct simdrop_transform *transform) {
    if (!range_is_valid(&range, values)) return SIMDROP_ERR_INVALID_ARGUMENT;
    if (range.n == 0) return SIMDROP_OK;
    struct stream stream = {.kernels = simdrop_kernels(), .scale = (float)transform->scale};
    struct maker make = {
        .fill = fill_words, .from = &stream, .transform = transform, .values = values};
    simdrop_philox_init(&stream.philox, range.seed, range.stream, 10);
    /* from there on the step is exact, and the greatest value below the bound */
    if (values == &values_uniform_f32 && transform->location == 0 && transform->scale >= FLT_MIN)
        make.fill = fill_scaled;
    else
        make.kernel = kernel_of(values, stream.kernels);
    make_range(&make, range.offset, range.n, range.out);
    return SIMDROP_OK;
}

/* The numbers of a type: digits of the significand, the exponent of the least, the greatest. */
struct format {
    int digits, least_exponent;
    double greatest;
};
static const struct format bf16 = {8, -133, 0x1.fep127};
static const struct format f16 = {11, -24, 65504};

/* The spacing of a type's numbers at x. */
static double spacing(double x, const struct format *format) {
    int exponent;
    frexp(x, &exponent);
    exponent -= format->digits;
    return ldexp(1, exponent > format->least_exponent ? exponent : format->least_exponent);
}

/* The greatest number of a type below x, and the least not below x. */
static double greatest_below(double x, const struct format *format) {
    const double below = nextafter(x, -INFINITY), step = spacing(below, format);
    return floor(below / step) * step;
}
static double least_from(double x, const struct format *format) {
    const double step = spacing(x, format);
    return ceil(x / step) * step;
}

/* Sets up low + k * scale for k below `count`. */
static int uniform(struct simdrop_transform *t, float low, float high, float count) {
    const float width = high - low;
    t->location = t->least = (double)low + 0.0; /* -0 becomes 0 */
    t->scale = (double)(width / count);
    t->greatest = (double)nextafterf(high, -INFINITY);
    return low < high && width <= FLT_MAX; /* NaN and infinities fail */
}

/* Within the numbers of a narrower type. */
static int narrow(struct simdrop_transform *t, float low, float high, const struct format *format) {
    t->least = least_from((double)low, format) + 0.0;
    t->greatest = greatest_below((double)high, format);
    return fabsf(low) <= format->greatest && fabsf(high) <= format->greatest &&
           t->least <= t->greatest;
}

simdrop_status simdrop_random_uniform_f32(uint64_t seed, uint64_t stream, uint64_t offset, size_t n,
                                          float low, float high, float *out) {
    struct simdrop_transform t = {0};
    if (!uniform(&t, low, high, 0x1p24f)) return SIMDROP_ERR_INVALID_ARGUMENT;
    return generate(&values_uniform_f32, (struct range){seed, stream, offset, n, out}, &t);
}

simdrop_status simdrop_random_uniform_bf16(uint64_t seed, uint64_t stream, uint64_t offset,
                                           size_t n, float low, float high, uint16_t *out) {
    struct simdrop_transform t = {0};
    if (!uniform(&t, low, high, 0x1p8f) || !narrow(&t, low, high, &bf16))
        return SIMDROP_ERR_INVALID_ARGUMENT;
    return generate(&values_uniform_bf16, (struct range){seed, stream, offset, n, out}, &t);
}

simdrop_status simdrop_random_uniform_f16(uint64_t seed, uint64_t stream, uint64_t offset, size_t n,
                                          float low, float high, uint16_t *out) {
    struct simdrop_transform t = {0};
    if (!uniform(&t, low, high, 0x1p11f) || !narrow(&t, low, high, &f16))
        return SIMDROP_ERR_INVALID_ARGUMENT;
    return generate(&values_uniform_f16, (struct range){seed, stream, offset, n, out}, &t);
}

simdrop_status simdrop_random_uniform_f64(uint64_t seed, uint64_t stream, uint64_t offset, size_t n,
                                          double low, double high, double *out) {
    const struct simdrop_transform t = {
        .location = low, .scale = ldexp(high - low, -53), .greatest = nextafter(high, -INFINITY)};
    if (!(low < high && high - low <= DBL_MAX)) return SIMDROP_ERR_INVALID_ARGUMENT;
    return generate(&values_uniform_f64, (struct range){seed, stream, offset, n, out}, &t);
}

simdrop_status simdrop_random_bernoulli_u8(uint64_t seed, uint64_t stream, uint64_t offset,
                                           size_t n, double prob, uint8_t *out) {
    if (!(prob >= 0 && prob <= 1)) return SIMDROP_ERR_INVALID_ARGUMENT;
    const struct simdrop_transform t = {.bound = (uint64_t)floor(prob * 0x1p32 + 0.5)};
    return generate(&values_bernoulli_u8, (struct range){seed, stream, offset, n, out}, &t);
}

simdrop_status simdrop_random_uniform_int_u32(uint64_t seed, uint64_t stream, uint64_t offset,
                                              size_t n, uint32_t bound, uint32_t *out) {
    if (bound == 0) return SIMDROP_ERR_INVALID_ARGUMENT;
    const struct simdrop_transform t = {.bound = bound};
    return generate(&values_uniform_int_u32, (struct range){seed, stream, offset, n, out}, &t);
}
