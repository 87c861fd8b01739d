/* SPDX-License-Identifier: MIT */
/* The distributions as docs/distributions.md says them; shares no code with the library. */
#include "distributions.h"

#include "definition.h"

#include <float.h>
#include <math.h>
#include <string.h>

const struct setting settings[] = {
    {"uniform_f32 0 1", UNIFORM_F32, {0, 1}, UINT64_C(0x96de9702fa95d18d)},
    {"uniform_f32 -3 7.5", UNIFORM_F32, {-3, 7.5}, UINT64_C(0xbb9c95a980d34894)},
    {"uniform_f32 -0 1", UNIFORM_F32, {-0.0, 1}, UINT64_C(0x96de9702fa95d18d)},
    {"uniform_f32, step up", UNIFORM_F32, {0, 0x1.8p-125}, UINT64_C(0xeac282e137101f09)},
    {"uniform_f32, widest", UNIFORM_F32, {-FLT_MAX, 0}, UINT64_C(0xe3bab0b0b1b98026)},
    {"uniform_f32 0 0.3", UNIFORM_F32, {0, 0.3}, UINT64_C(0x2ec8bd6bd06495f0)},
    {"uniform_f32, tiny", UNIFORM_F32, {0, 0x1.8p-140}, UINT64_C(0x600f98ab98233825)},
    {"uniform_f32, 3 numbers", UNIFORM_F32, {1, 1 + 3 * 0x1p-23}, UINT64_C(0x4330f7cb5404399a)},
    {"uniform_f32, wide", UNIFORM_F32, {-0x1p126, 0x1.8p126}, UINT64_C(0xb46642596f90f3d2)},
    {"uniform_f32, subnormal", UNIFORM_F32, {-0x1p-140, 0x1p-139}, UINT64_C(0xdc29f08614b6d525)},
    {"uniform_f64 0 1", UNIFORM_F64, {0, 1}, UINT64_C(0x107989af40b0a85f)},
    {"uniform_f64 -3 7.5", UNIFORM_F64, {-3, 7.5}, UINT64_C(0x5b13d2fa88913813)},
    {"uniform_f64, 3 numbers", UNIFORM_F64, {1, 1 + 3 * 0x1p-52}, UINT64_C(0xfca22dc6acf78128)},
    {"uniform_bf16 0 1", UNIFORM_BF16, {0, 1}, UINT64_C(0xa215ffe8710200c8)},
    {"uniform_bf16 -3 7.5", UNIFORM_BF16, {-3, 7.5}, UINT64_C(0xbd7a9b3665b6df9a)},
    {"uniform_bf16 -0 1", UNIFORM_BF16, {-0.0, 1}, UINT64_C(0xa215ffe8710200c8)},
    {"uniform_bf16, one number", UNIFORM_BF16, {1, 1 + 0x1p-10}, UINT64_C(0xfaad7ed8b18d0465)},
    {"uniform_bf16, subnormal", UNIFORM_BF16, {0x1.4p-132, 0x1p-128}, UINT64_C(0x44ef7fbb8eb84563)},
    {"uniform_bf16, no ends",
     UNIFORM_BF16,
     {1 + 0x1p-20, 1 + 0x1p-5 + 0x1p-20},
     UINT64_C(0x58a12fd2c9fa5533)},
    {"uniform_f16 0 1", UNIFORM_F16, {0, 1}, UINT64_C(0x968ffcbd6ee73b36)},
    {"uniform_f16 -3 7.5", UNIFORM_F16, {-3, 7.5}, UINT64_C(0x12bca2f6b64b6789)},
    {"uniform_f16, greatest", UNIFORM_F16, {-65504, 65504}, UINT64_C(0x5d42bbfc3884f8d2)},
    {"uniform_f16, subnormal", UNIFORM_F16, {-0x1p-20, 0x1p-15}, UINT64_C(0x3877eb2aab45ec28)},
    {"bernoulli_u8 0.3", BERNOULLI_U8, {0.3}, UINT64_C(0x9820abe836546789)},
    {"bernoulli_u8 0", BERNOULLI_U8, {0}, UINT64_C(0xa6e4f0723147f065)},
    {"bernoulli_u8 1", BERNOULLI_U8, {1}, UINT64_C(0x5b646309fdbd5375)},
    {"bernoulli_u8 1 - 2^-32", BERNOULLI_U8, {1 - 0x1p-32}, UINT64_C(0x5b646309fdbd5375)},
    {"uniform_int_u32 1000", UNIFORM_INT_U32, {1000}, UINT64_C(0x31c192b5a76a0f11)},
    {"uniform_int_u32 1", UNIFORM_INT_U32, {1}, UINT64_C(0x600f98ab98233825)},
    {"uniform_int_u32 2^32 - 1", UNIFORM_INT_U32, {4294967295.0}, UINT64_C(0x875d9abb5b1f26ef)},
    {"normal_f32 0 1", NORMAL_F32, {0, 1}, UINT64_C(0xe1195cbf591d683a)},
    {"normal_f32 10 0.02", NORMAL_F32, {10, 0.02}, UINT64_C(0x82806749df73d6a4)},
    {"normal_f32 -1 0", NORMAL_F32, {-1, 0}, UINT64_C(0x96da38ef6adaada5)},
    {"normal_f64 0 1", NORMAL_F64, {0, 1}, UINT64_C(0x1ffb07ca83ab401c)},
    {"normal_f64 10 0.02", NORMAL_F64, {10, 0.02}, UINT64_C(0xd1f2e28efd7bbce9)},
    {"normal_bf16 0 1", NORMAL_BF16, {0, 1}, UINT64_C(0x94f2e49f3d11969d)},
    {"normal_f16 0 1", NORMAL_F16, {0, 1}, UINT64_C(0xad470c4452042e03)},
    {"normal_f16, subnormal", NORMAL_F16, {0, 0x1p-16}, UINT64_C(0x7ea89acd9bbcdf78)},
    {"normal_f16 4 9000", NORMAL_F16, {4, 9000}, UINT64_C(0x3f6566385211f6fe)},
    {"exponential_f32 1", EXPONENTIAL_F32, {1}, UINT64_C(0x66ccf7e18f59c42)},
    {"exponential_f32 0.3", EXPONENTIAL_F32, {0.3}, UINT64_C(0xf80adcfe4a63f987)},
    {"exponential_f64 1", EXPONENTIAL_F64, {1}, UINT64_C(0x4051cc63ee630245)},
    {"exponential_f64 0.3", EXPONENTIAL_F64, {0.3}, UINT64_C(0xe9866551ba54fe66)},
    {"gumbel_f32 0 1", GUMBEL_F32, {0, 1}, UINT64_C(0xa2e8dc0f6133fc3b)},
    {"gumbel_f32 3 0.7", GUMBEL_F32, {3, 0.7}, UINT64_C(0x57039c6c38b761e6)},
    {"gumbel_f64 0 1", GUMBEL_F64, {0, 1}, UINT64_C(0x3f554cc01d19adad)},
    {"gumbel_f64 3 0.7", GUMBEL_F64, {3, 0.7}, UINT64_C(0xfefd8d4dc1d782ab)},
    {"truncated_normal_f32 0 1 -2 2",
     TRUNCATED_NORMAL_F32,
     {0, 1, -2, 2},
     UINT64_C(0xf62931ec08a69c91)},
    {"truncated_normal_f32 0 0.02",
     TRUNCATED_NORMAL_F32,
     {0, 0.02, -0.04, 0.04},
     UINT64_C(0x13b4a5b196acfc33)},
    {"truncated_normal_f32 0 1 1.5 9",
     TRUNCATED_NORMAL_F32,
     {0, 1, 1.5, 9},
     UINT64_C(0x9ccf5eaceca85823)},
    {"truncated_normal_f32 0 1 -6 0.5",
     TRUNCATED_NORMAL_F32,
     {0, 1, -6, 0.5},
     UINT64_C(0xe8319a2b484902da)},
    {"truncated_normal_f32 1 1 -99 99",
     TRUNCATED_NORMAL_F32,
     {1, 1, -99, 99},
     UINT64_C(0x6b1ae0ed88f11395)},
    {"truncated_normal_f32, tiny",
     TRUNCATED_NORMAL_F32,
     {0, 1, 1, 1 + 0x1p-23},
     UINT64_C(0x970fab275f915064)},
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
    const float a = (float)p[0], b = (float)p[1];
    switch (setting->distribution) {
    case UNIFORM_F32: return simdrop_random_uniform_f32(seed, stream, offset, n, a, b, out);
    case UNIFORM_F64: return simdrop_random_uniform_f64(seed, stream, offset, n, p[0], p[1], out);
    case UNIFORM_BF16: return simdrop_random_uniform_bf16(seed, stream, offset, n, a, b, out);
    case UNIFORM_F16: return simdrop_random_uniform_f16(seed, stream, offset, n, a, b, out);
    case BERNOULLI_U8: return simdrop_random_bernoulli_u8(seed, stream, offset, n, p[0], out);
    case UNIFORM_INT_U32:
        return simdrop_random_uniform_int_u32(seed, stream, offset, n, (uint32_t)p[0], out);
#if defined(SIMDROP_HAVE_SLEEF)
    case NORMAL_F32: return simdrop_random_normal_f32(seed, stream, offset, n, a, b, out);
    case NORMAL_F64: return simdrop_random_normal_f64(seed, stream, offset, n, p[0], p[1], out);
    case NORMAL_BF16: return simdrop_random_normal_bf16(seed, stream, offset, n, a, b, out);
    case NORMAL_F16: return simdrop_random_normal_f16(seed, stream, offset, n, a, b, out);
    case EXPONENTIAL_F32: return simdrop_random_exponential_f32(seed, stream, offset, n, a, out);
    case EXPONENTIAL_F64: return simdrop_random_exponential_f64(seed, stream, offset, n, p[0], out);
    case GUMBEL_F32: return simdrop_random_gumbel_f32(seed, stream, offset, n, a, b, out);
    case GUMBEL_F64: return simdrop_random_gumbel_f64(seed, stream, offset, n, p[0], p[1], out);
    case TRUNCATED_NORMAL_F32:
        return simdrop_random_truncated_normal_f32(seed, stream, offset, n, a, b, (float)p[2],
                                                   (float)p[3], out);
#endif
    default: break;
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

/* The number of the type in [low, high) nearest to x. */
static double limited(const struct setting *setting, double x, double low, double high) {
    double y = rounded(setting, fmin(fmax(x, low), high));
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
