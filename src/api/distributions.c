/* SPDX-License-Identifier: MIT */
/* Distributions: check the parameters, draw words in tiles, transform them. */
#include "core/normal_cdf.h"
#include "core/words.h"
#include "kernels.h"

#include <simdrop/distributions.h>

#include <float.h>
#include <math.h>
#include <string.h>

enum { GROUP = SIMDROP_GROUP, LARGEST_VALUE = 8 };

/* The words of a tile: with what is made of them they take less than half of L1, and are whole
   passes of every fill kernel, of 192, 128 or 64 words. */
enum { TILE_WORDS = 1536 };

/* A kernel's place in its table, words of the stream for each value, bytes of a value. */
struct distribution {
    size_t kernel, words, size;
};
#define DISTRIBUTION(kernel, words, type)                                                          \
    static const struct distribution kernel = {offsetof(struct simdrop_kernels, kernel), words,    \
                                               sizeof(type)};
DISTRIBUTION(uniform_f32, 1, float)
DISTRIBUTION(uniform_f64, 2, double)
DISTRIBUTION(uniform_bf16, 1, uint16_t)
DISTRIBUTION(uniform_f16, 1, uint16_t)
DISTRIBUTION(bernoulli_u8, 1, uint8_t)
DISTRIBUTION(uniform_int_u32, 2, uint32_t)
DISTRIBUTION(normal_f32, 1, float)
DISTRIBUTION(normal_f64, 2, double)
DISTRIBUTION(normal_bf16, 1, uint16_t)
DISTRIBUTION(normal_f16, 1, uint16_t)
DISTRIBUTION(exponential_f32, 1, float)
DISTRIBUTION(exponential_f64, 2, double)
DISTRIBUTION(gumbel_f32, 1, float)
DISTRIBUTION(gumbel_f64, 2, double)
DISTRIBUTION(truncated_normal_f32, 1, float)

/* The values that a caller wants. */
struct range {
    uint64_t seed, stream, offset;
    size_t n;
    void *out;
};

/* What makes them: words and a transform, or, if that is NULL, fill_f32. */
struct maker {
    const struct simdrop_kernels *kernels; /* one choice for the whole call */
    simdrop_transform_fn *kernel;
    const struct simdrop_transform *transform;
    struct simdrop_philox philox;
    size_t words, size;
};

/* Groups [group, group + count). */
static void make_groups(const struct maker *make, uint64_t group, size_t count, char *out) {
    _Alignas(64) uint32_t words[TILE_WORDS];
    const size_t blocks = GROUP / 4 * make->words, tile = TILE_WORDS / 4 / blocks;
    if (!make->kernel) {
        simdrop_fill_scaled((float *)(void *)out, count * blocks, group * blocks, make->kernels,
                            &make->philox, (float)make->transform->scale);
        return;
    }
    for (size_t m; count; group += m, count -= m, out += m * GROUP * make->size) {
        m = count < tile ? count : tile;
        simdrop_fill(words, m * blocks, group * blocks, make->kernels, &make->philox);
        make->kernel(out, m * GROUP, words, make->transform);
    }
}

/* Values [from, from + count) of one group. */
static void make_part(const struct maker *make, uint64_t group, size_t from, size_t count,
                      char *out) {
    _Alignas(64) char values[GROUP * LARGEST_VALUE];
    make_groups(make, group, 1, values);
    memcpy(out, values + from * make->size, count * make->size);
}

static void make_range(const struct maker *make, uint64_t offset, size_t n, char *out) {
    uint64_t group = offset / GROUP;
    if (offset % GROUP) {
        const size_t from = offset % GROUP, count = n < GROUP - from ? n : GROUP - from;
        make_part(make, group++, from, count, out);
        out += count * make->size, n -= count;
    }
    const size_t groups = n / GROUP;
    make_groups(make, group, groups, out);
    if (n % GROUP) make_part(make, group + groups, 0, n % GROUP, out + groups * GROUP * make->size);
}

static int range_is_valid(const struct range *range, const struct distribution *distribution) {
    const uint64_t last = UINT64_MAX / distribution->words;
    return range->n == 0 ||
           (range->out && simdrop_range_is_valid(range->offset, range->n, distribution->size) &&
            range->offset + (range->n - 1) <= last);
}

static simdrop_status generate(const struct distribution *distribution, struct range range,
                               const struct simdrop_transform *transform) {
    if (!range_is_valid(&range, distribution)) return SIMDROP_ERR_INVALID_ARGUMENT;
    const struct simdrop_kernels *kernels = simdrop_kernels();
    struct maker make = {.kernels = kernels,
                         .transform = transform,
                         .words = distribution->words,
                         .size = distribution->size};
    memcpy(&make.kernel, (const char *)kernels + distribution->kernel, sizeof make.kernel);
    if (!make.kernel) return SIMDROP_ERR_UNSUPPORTED;
    if (range.n == 0) return SIMDROP_OK;
    /* from there on the step is exact, and the greatest value below the bound */
    if (distribution == &uniform_f32 && transform->location == 0 && transform->scale >= FLT_MIN)
        make.kernel = NULL;
    simdrop_philox_init(&make.philox, range.seed, range.stream, 10);
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
    return generate(&uniform_f32, (struct range){seed, stream, offset, n, out}, &t);
}

simdrop_status simdrop_random_uniform_bf16(uint64_t seed, uint64_t stream, uint64_t offset,
                                           size_t n, float low, float high, uint16_t *out) {
    struct simdrop_transform t = {0};
    if (!uniform(&t, low, high, 0x1p8f) || !narrow(&t, low, high, &bf16))
        return SIMDROP_ERR_INVALID_ARGUMENT;
    return generate(&uniform_bf16, (struct range){seed, stream, offset, n, out}, &t);
}

simdrop_status simdrop_random_uniform_f16(uint64_t seed, uint64_t stream, uint64_t offset, size_t n,
                                          float low, float high, uint16_t *out) {
    struct simdrop_transform t = {0};
    if (!uniform(&t, low, high, 0x1p11f) || !narrow(&t, low, high, &f16))
        return SIMDROP_ERR_INVALID_ARGUMENT;
    return generate(&uniform_f16, (struct range){seed, stream, offset, n, out}, &t);
}

simdrop_status simdrop_random_uniform_f64(uint64_t seed, uint64_t stream, uint64_t offset, size_t n,
                                          double low, double high, double *out) {
    const struct simdrop_transform t = {
        .location = low, .scale = ldexp(high - low, -53), .greatest = nextafter(high, -INFINITY)};
    if (!(low < high && high - low <= DBL_MAX)) return SIMDROP_ERR_INVALID_ARGUMENT;
    return generate(&uniform_f64, (struct range){seed, stream, offset, n, out}, &t);
}

simdrop_status simdrop_random_bernoulli_u8(uint64_t seed, uint64_t stream, uint64_t offset,
                                           size_t n, double prob, uint8_t *out) {
    if (!(prob >= 0 && prob <= 1)) return SIMDROP_ERR_INVALID_ARGUMENT;
    const struct simdrop_transform t = {.bound = (uint64_t)floor(prob * 0x1p32 + 0.5)};
    return generate(&bernoulli_u8, (struct range){seed, stream, offset, n, out}, &t);
}

simdrop_status simdrop_random_uniform_int_u32(uint64_t seed, uint64_t stream, uint64_t offset,
                                              size_t n, uint32_t bound, uint32_t *out) {
    if (bound == 0) return SIMDROP_ERR_INVALID_ARGUMENT;
    const struct simdrop_transform t = {.bound = bound};
    return generate(&uniform_int_u32, (struct range){seed, stream, offset, n, out}, &t);
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
    return generate(&normal_f32, (struct range){seed, stream, offset, n, out}, &t);
}

simdrop_status simdrop_random_normal_bf16(uint64_t seed, uint64_t stream, uint64_t offset, size_t n,
                                          float mean, float stddev, uint16_t *out) {
    struct simdrop_transform t = {0};
    if (!linear(&t, (double)mean, (double)stddev, NORMAL_F32_REACH, bf16.greatest))
        return SIMDROP_ERR_INVALID_ARGUMENT;
    return generate(&normal_bf16, (struct range){seed, stream, offset, n, out}, &t);
}

simdrop_status simdrop_random_normal_f16(uint64_t seed, uint64_t stream, uint64_t offset, size_t n,
                                         float mean, float stddev, uint16_t *out) {
    struct simdrop_transform t = {0};
    if (!linear(&t, (double)mean, (double)stddev, NORMAL_F32_REACH, f16.greatest))
        return SIMDROP_ERR_INVALID_ARGUMENT;
    return generate(&normal_f16, (struct range){seed, stream, offset, n, out}, &t);
}

simdrop_status simdrop_random_normal_f64(uint64_t seed, uint64_t stream, uint64_t offset, size_t n,
                                         double mean, double stddev, double *out) {
    struct simdrop_transform t = {0};
    if (!linear(&t, mean, stddev, NORMAL_F64_REACH, DBL_MAX)) return SIMDROP_ERR_INVALID_ARGUMENT;
    return generate(&normal_f64, (struct range){seed, stream, offset, n, out}, &t);
}

static int rate_is_valid(double rate, double greatest) {
    return rate > 37 / greatest && rate <= greatest;
}

simdrop_status simdrop_random_exponential_f32(uint64_t seed, uint64_t stream, uint64_t offset,
                                              size_t n, float rate, float *out) {
    if (!rate_is_valid((double)rate, FLT_MAX)) return SIMDROP_ERR_INVALID_ARGUMENT;
    const struct simdrop_transform t = {.scale = (double)rate};
    return generate(&exponential_f32, (struct range){seed, stream, offset, n, out}, &t);
}

simdrop_status simdrop_random_exponential_f64(uint64_t seed, uint64_t stream, uint64_t offset,
                                              size_t n, double rate, double *out) {
    if (!rate_is_valid(rate, DBL_MAX)) return SIMDROP_ERR_INVALID_ARGUMENT;
    const struct simdrop_transform t = {.scale = rate};
    return generate(&exponential_f64, (struct range){seed, stream, offset, n, out}, &t);
}

simdrop_status simdrop_random_gumbel_f32(uint64_t seed, uint64_t stream, uint64_t offset, size_t n,
                                         float location, float scale, float *out) {
    struct simdrop_transform t = {0};
    if (!linear(&t, (double)location, (double)scale, GUMBEL_REACH, FLT_MAX))
        return SIMDROP_ERR_INVALID_ARGUMENT;
    return generate(&gumbel_f32, (struct range){seed, stream, offset, n, out}, &t);
}

simdrop_status simdrop_random_gumbel_f64(uint64_t seed, uint64_t stream, uint64_t offset, size_t n,
                                         double location, double scale, double *out) {
    struct simdrop_transform t = {0};
    if (!linear(&t, location, scale, GUMBEL_REACH, DBL_MAX)) return SIMDROP_ERR_INVALID_ARGUMENT;
    return generate(&gumbel_f64, (struct range){seed, stream, offset, n, out}, &t);
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
    return generate(&truncated_normal_f32, (struct range){seed, stream, offset, n, out}, &t);
}
