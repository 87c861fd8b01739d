/* SPDX-License-Identifier: MIT */
/* The distributions as docs/distributions.md says them; shares no code with the library. */
#include "distributions.h"

#include "definition.h"

#include <math.h>
#include <string.h>

const struct setting settings[] = {
    {"uniform_f32 0 1", UNIFORM_F32, {0, 1}},
    {"uniform_f32 -3 7.5", UNIFORM_F32, {-3, 7.5}},
    {"uniform_f32 0 0.3", UNIFORM_F32, {0, 0.3}},
    {"uniform_f32, from 0 to subnormal", UNIFORM_F32, {0, 0x1.8p-140}},
    {"uniform_f32, 3 numbers", UNIFORM_F32, {1, 1 + 3 * 0x1p-23}},
    {"uniform_f32, wide", UNIFORM_F32, {-0x1p126, 0x1.8p126}},
    {"uniform_f32, subnormal", UNIFORM_F32, {-0x1p-140, 0x1p-139}},
    {"uniform_f64 0 1", UNIFORM_F64, {0, 1}},
    {"uniform_f64 -3 7.5", UNIFORM_F64, {-3, 7.5}},
    {"uniform_f64, 3 numbers", UNIFORM_F64, {1, 1 + 3 * 0x1p-52}},
    {"uniform_bf16 0 1", UNIFORM_BF16, {0, 1}},
    {"uniform_bf16 -3 7.5", UNIFORM_BF16, {-3, 7.5}},
    {"uniform_bf16, no ends", UNIFORM_BF16, {1 + 0x1p-20, 1 + 0x1p-5 + 0x1p-20}},
    {"uniform_f16 0 1", UNIFORM_F16, {0, 1}},
    {"uniform_f16 -3 7.5", UNIFORM_F16, {-3, 7.5}},
    {"uniform_f16, greatest", UNIFORM_F16, {-65504, 65504}},
    {"uniform_f16, subnormal", UNIFORM_F16, {-0x1p-20, 0x1p-15}},
    {"bernoulli_u8 0.3", BERNOULLI_U8, {0.3}},
    {"bernoulli_u8 0", BERNOULLI_U8, {0}},
    {"bernoulli_u8 1", BERNOULLI_U8, {1}},
    {"bernoulli_u8 1 - 2^-32", BERNOULLI_U8, {1 - 0x1p-32}},
    {"uniform_int_u32 1000", UNIFORM_INT_U32, {1000}},
    {"uniform_int_u32 1", UNIFORM_INT_U32, {1}},
    {"uniform_int_u32 2^32 - 1", UNIFORM_INT_U32, {4294967295.0}},
    {"normal_f32 0 1", NORMAL_F32, {0, 1}},
    {"normal_f32 10 0.02", NORMAL_F32, {10, 0.02}},
    {"normal_f32 -1 0", NORMAL_F32, {-1, 0}},
    {"normal_f64 0 1", NORMAL_F64, {0, 1}},
    {"normal_f64 10 0.02", NORMAL_F64, {10, 0.02}},
    {"normal_bf16 0 1", NORMAL_BF16, {0, 1}},
    {"normal_f16 0 1", NORMAL_F16, {0, 1}},
    {"normal_f16, subnormal", NORMAL_F16, {0, 0x1p-16}},
    {"normal_f16 4 9000", NORMAL_F16, {4, 9000}},
    {"exponential_f32 1", EXPONENTIAL_F32, {1}},
    {"exponential_f32 0.3", EXPONENTIAL_F32, {0.3}},
    {"exponential_f64 1", EXPONENTIAL_F64, {1}},
    {"exponential_f64 0.3", EXPONENTIAL_F64, {0.3}},
    {"gumbel_f32 0 1", GUMBEL_F32, {0, 1}},
    {"gumbel_f32 3 0.7", GUMBEL_F32, {3, 0.7}},
    {"gumbel_f64 0 1", GUMBEL_F64, {0, 1}},
    {"gumbel_f64 3 0.7", GUMBEL_F64, {3, 0.7}},
    {"truncated_normal_f32 0 1 -2 2", TRUNCATED_NORMAL_F32, {0, 1, -2, 2}},
    {"truncated_normal_f32 0 0.02 -0.04 0.04", TRUNCATED_NORMAL_F32, {0, 0.02, -0.04, 0.04}},
    {"truncated_normal_f32 0 1 1.5 9", TRUNCATED_NORMAL_F32, {0, 1, 1.5, 9}},
    {"truncated_normal_f32 0 1 -6 0.5", TRUNCATED_NORMAL_F32, {0, 1, -6, 0.5}},
    {"truncated_normal_f32 1 1 -99 99", TRUNCATED_NORMAL_F32, {1, 1, -99, 99}},
};
const size_t setting_count = sizeof settings / sizeof settings[0];

enum value_type { OF_F32, OF_F64, OF_BF16, OF_F16, OF_U8, OF_U32 };

static enum value_type type_of(const struct setting *setting) {
    switch (setting->distribution) {
    case UNIFORM_F64:
    case NORMAL_F64:
    case EXPONENTIAL_F64:
    case GUMBEL_F64: return OF_F64;
    case UNIFORM_BF16:
    case NORMAL_BF16: return OF_BF16;
    case UNIFORM_F16:
    case NORMAL_F16: return OF_F16;
    case BERNOULLI_U8: return OF_U8;
    case UNIFORM_INT_U32: return OF_U32;
    default: return OF_F32;
    }
}

int is_built_in(const struct setting *setting) {
#if defined(SIMDROP_HAVE_SLEEF)
    (void)setting;
    return 1;
#else
    return setting->distribution < NORMAL_F32;
#endif
}

size_t size_of_value(const struct setting *setting) {
    static const size_t sizes[] = {4, 8, 2, 2, 1, 4};
    return sizes[type_of(setting)];
}

static int takes_64_bits(const struct setting *setting) {
    return type_of(setting) == OF_F64 || type_of(setting) == OF_U32;
}

uint64_t end_of_positions(const struct setting *setting) {
    return takes_64_bits(setting) ? UINT64_C(1) << 63 : 0;
}

simdrop_status generate(const struct setting *setting, uint64_t seed, uint64_t stream,
                        uint64_t offset, size_t n, void *out) {
    const double *p = setting->parameters;
    const float a = (float)p[0], b = (float)p[1], c = (float)p[2], d = (float)p[3];
    switch (setting->distribution) {
    case UNIFORM_F32: return simdrop_random_uniform_f32(seed, stream, offset, n, a, b, out);
    case UNIFORM_F64: return simdrop_random_uniform_f64(seed, stream, offset, n, p[0], p[1], out);
    case UNIFORM_BF16: return simdrop_random_uniform_bf16(seed, stream, offset, n, a, b, out);
    case UNIFORM_F16: return simdrop_random_uniform_f16(seed, stream, offset, n, a, b, out);
    case BERNOULLI_U8: return simdrop_random_bernoulli_u8(seed, stream, offset, n, p[0], out);
    case UNIFORM_INT_U32:
        return simdrop_random_uniform_int_u32(seed, stream, offset, n, (uint32_t)p[0], out);
    case NORMAL_F32: return simdrop_random_normal_f32(seed, stream, offset, n, a, b, out);
    case NORMAL_F64: return simdrop_random_normal_f64(seed, stream, offset, n, p[0], p[1], out);
    case NORMAL_BF16: return simdrop_random_normal_bf16(seed, stream, offset, n, a, b, out);
    case NORMAL_F16: return simdrop_random_normal_f16(seed, stream, offset, n, a, b, out);
    case EXPONENTIAL_F32: return simdrop_random_exponential_f32(seed, stream, offset, n, a, out);
    case EXPONENTIAL_F64: return simdrop_random_exponential_f64(seed, stream, offset, n, p[0], out);
    case GUMBEL_F32: return simdrop_random_gumbel_f32(seed, stream, offset, n, a, b, out);
    case GUMBEL_F64: return simdrop_random_gumbel_f64(seed, stream, offset, n, p[0], p[1], out);
    case TRUNCATED_NORMAL_F32:
        return simdrop_random_truncated_normal_f32(seed, stream, offset, n, a, b, c, d, out);
    }
    return SIMDROP_ERR_UNSUPPORTED;
}

static double from_f16(uint16_t bits) {
    const int exponent = bits >> 10 & 31, fraction = bits & 1023;
    const double size = exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24);
    return exponent == 31 ? (double)NAN : bits >> 15 ? -size : size;
}

double value_at(const struct setting *setting, const void *values, size_t i) {
    const char *at = (const char *)values + i * size_of_value(setting);
    float f32;
    double f64;
    uint32_t u32;
    uint16_t u16;
    switch (type_of(setting)) {
    case OF_F32: return memcpy(&f32, at, 4), (double)f32;
    case OF_F64: return memcpy(&f64, at, 8), f64;
    case OF_BF16:
        memcpy(&u16, at, 2);
        u32 = (uint32_t)u16 << 16;
        return memcpy(&f32, &u32, 4), (double)f32;
    case OF_F16: return memcpy(&u16, at, 2), from_f16(u16);
    case OF_U8: return (double)(unsigned char)*at;
    case OF_U32: return memcpy(&u32, at, 4), (double)u32;
    }
    return (double)NAN;
}

double spacing_at(const struct setting *setting, double x) {
    static const int digits[] = {24, 53, 8, 11}, least[] = {-149, -1074, -133, -24};
    const enum value_type type = type_of(setting);
    int exponent;
    frexp(x, &exponent);
    exponent -= digits[type];
    return ldexp(1, exponent > least[type] ? exponent : least[type]);
}

double rounded(const struct setting *setting, double x) {
    const double step = spacing_at(setting, x);
    return rint(x / step) * step;
}

int is_exact(const struct setting *setting) { return setting->distribution < NORMAL_F32; }

static uint64_t draw(const struct setting *setting, uint64_t seed, uint64_t stream, uint64_t e) {
    if (!takes_64_bits(setting)) return defined_draw(seed, stream, 10, 32, e);
    return defined_draw(seed, stream, 10, 32, 2 * e) |
           (uint64_t)defined_draw(seed, stream, 10, 32, 2 * e + 1) << 32;
}

/* The numbers of the type in [low, high) nearest to x: by steps, as there may be few. */
static double limited(const struct setting *setting, double x, double low, double high) {
    double y = rounded(setting, x);
    while (y < low) y += spacing_at(setting, nextafter(y, INFINITY));
    while (y >= high) y -= spacing_at(setting, nextafter(y, -INFINITY));
    return y;
}

static double defined_uniform(const struct setting *setting, uint64_t word) {
    const double *p = setting->parameters;
    if (type_of(setting) == OF_F64) {
        const double step = (p[1] - p[0]) * 0x1p-53, y = p[0] + (double)(word >> 11) * step;
        return y < p[1] ? y : nextafter(p[1], p[0]);
    }
    const int bits = type_of(setting) == OF_F32 ? 24 : type_of(setting) == OF_BF16 ? 8 : 11;
    const float low = (float)p[0], high = (float)p[1], step = (high - low) / (float)(1 << bits);
    return limited(setting, (double)(low + (float)(word >> (32 - bits)) * step), (double)low,
                   (double)high);
}

static double defined_int(uint64_t word, uint32_t bound) {
    const uint64_t high = (word >> 32) * bound, low = (word & UINT32_MAX) * bound;
    return (double)((high + (low >> 32)) >> 32);
}

/* In (0, 1], and in (0, 1). */
static long double positive(const struct setting *setting, uint64_t word) {
    if (type_of(setting) == OF_F64) return (long double)(word >> 11 | 1) * 0x1p-53L;
    return (long double)((float)(word >> 1 | 1) * 0x1p-31f);
}
static long double between(const struct setting *setting, uint64_t word) {
    const long double u = positive(setting, word);
    return u < 1 ? u : 1 - 0x1p-24L;
}

static const long double pi = 3.141592653589793238462643383279502884L;

static long double sine_of_turns(long double half_turns) {
    const long double x = fabsl(half_turns), y = x > 0.5L ? 1 - x : x;
    const long double sine = y > 0.25L ? cosl(pi * (0.5L - y)) : sinl(pi * y);
    return half_turns < 0 ? -sine : sine;
}
static long double cosine_of_turns(long double half_turns) {
    return sine_of_turns(0.5L - fabsl(half_turns));
}

static long double defined_z(const struct setting *setting, uint64_t seed, uint64_t stream,
                             uint64_t e) {
    const uint64_t first = e & ~(uint64_t)16, word = draw(setting, seed, stream, first + 16);
    const long double u = positive(setting, draw(setting, seed, stream, first));
    const long double v = type_of(setting) == OF_F64
                              ? (long double)(word >> 11) * 0x1p-52L - 1
                              : (long double)((float)(int32_t)(uint32_t)word * 0x1p-31f);
    return sqrtl(-2 * logl(u)) * (e & 16 ? sine_of_turns(v) : cosine_of_turns(v));
}

/* The normal distribution's quantile, by bisection. */
static double quantile(double left, double right) {
    double low = -40, high = 40;
    const double p = left < right ? left : right;
    for (int i = 0; i < 200; ++i) {
        const double middle = (low + high) / 2;
        if (0.5 * erfc(-middle * sqrt(0.5)) < p)
            low = middle;
        else
            high = middle;
    }
    return left < right ? low : -low;
}

static double normal_cdf(double x) { return 0.5 * erfc(-x * sqrt(0.5)); }

static double defined_truncated(const struct setting *setting, uint64_t word) {
    const double *p = setting->parameters, mean = (double)(float)p[0], stddev = (double)(float)p[1];
    const double from = ((double)(float)p[2] - mean) / stddev;
    const double to = ((double)(float)p[3] - mean) / stddev;
    const double within =
        from > 0 ? normal_cdf(-from) - normal_cdf(-to) : normal_cdf(to) - normal_cdf(from);
    const double u = (double)(word >> 7 | 1) * 0x1p-25;
    return mean +
           stddev * quantile(normal_cdf(from) + u * within, normal_cdf(-to) + (1 - u) * within);
}

long double defined_value(const struct setting *setting, uint64_t seed, uint64_t stream,
                          uint64_t e) {
    const uint64_t word = draw(setting, seed, stream, e);
    const int is_f64 = type_of(setting) == OF_F64;
    const double *p = setting->parameters;
    const long double a = is_f64 ? (long double)p[0] : (long double)(float)p[0];
    const long double b = is_f64 ? (long double)p[1] : (long double)(float)p[1];
    switch (setting->distribution) {
    case UNIFORM_F32:
    case UNIFORM_F64:
    case UNIFORM_BF16:
    case UNIFORM_F16: return (long double)defined_uniform(setting, word);
    case BERNOULLI_U8: return (double)word < floor(p[0] * 0x1p32 + 0.5);
    case UNIFORM_INT_U32: return (long double)defined_int(word, (uint32_t)p[0]);
    case NORMAL_F32:
    case NORMAL_F64:
    case NORMAL_BF16:
    case NORMAL_F16: return a + b * defined_z(setting, seed, stream, e);
    case EXPONENTIAL_F32:
    case EXPONENTIAL_F64: return -logl(between(setting, word)) / a;
    case GUMBEL_F32:
    case GUMBEL_F64: return a - b * logl(-log1pl(-between(setting, word)));
    case TRUNCATED_NORMAL_F32: return (long double)defined_truncated(setting, word);
    }
    return (long double)NAN;
}

double defined_cdf(const struct setting *setting, double x) {
    const double *p = setting->parameters, z = (x - p[0]) / p[1];
    switch (setting->distribution) {
    case EXPONENTIAL_F32:
    case EXPONENTIAL_F64: return -expm1(-p[0] * x);
    case GUMBEL_F32:
    case GUMBEL_F64: return exp(-exp(-z));
    case TRUNCATED_NORMAL_F32: {
        const double from = normal_cdf((p[2] - p[0]) / p[1]), to = normal_cdf((p[3] - p[0]) / p[1]);
        return (normal_cdf(z) - from) / (to - from);
    }
    case NORMAL_F32:
    case NORMAL_F64:
    case NORMAL_BF16:
    case NORMAL_F16: return normal_cdf(z);
    default: return (x - p[0]) / (p[1] - p[0]);
    }
}
