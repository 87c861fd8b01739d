/* SPDX-License-Identifier: MIT */
/*
 * Distributions: their formulas, the same bits on every instruction set and in any split, limits,
 * and statistics. SIMDROP_TEST_VALUES=1000000000 in the environment compares as many values of each
 * between the instruction sets, rather than ten million.
 */
#include "distributions.h"
#include "support.h"

#include "kernels.h"
#include "sleef/normal_cdf.h"

#include <simdrop/distributions.h>
#include <simdrop/dropout.h>
#include <simdrop/random.h>

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FOR_EACH_SETTING(setting)                                                                  \
    for (const struct setting *setting = settings; setting < settings + setting_count; ++setting)  \
        if (is_built_in(setting))

static void select_isa(const char *name) { assert_int_equal(simdrop_isa_select(name), SIMDROP_OK); }

static void make(const struct setting *setting, uint64_t seed, uint64_t stream, uint64_t offset,
                 size_t n, void *out) {
    assert_int_equal(generate(setting, seed, stream, offset, n, out), SIMDROP_OK);
}

/* An offset of `n` values, near the start, anywhere, at a carry of counter word 0, or at the end. */
static uint64_t any_offset(const struct setting *setting, size_t n) {
    const uint64_t end = end_of_positions(setting),
                   carry = end ? UINT64_C(1) << 33 : UINT64_C(1) << 34;
    switch (any_below(4)) {
    case 0: return any_below(200);
    case 1: return any_below((end ? end : UINT64_MAX) - n);
    case 2: return carry * (1 + any_below(1000)) - any_below(n + 40);
    default: return end - n - any_below(40);
    }
}

/* How many spacings of the type a result may be off the formula's, by its distribution. */
static double tolerance(const struct setting *setting) {
    switch (setting->distribution) {
    case NORMAL_BF16:
    case NORMAL_F16: return 0.51;
    case TRUNCATED_NORMAL_F32: return 8;
    default: return 6;
    }
}

/* Spacings are counted at the value, but not at less than this, where terms cancel. */
static double least_scale(const struct setting *setting) {
    const double *p = setting->parameters;
    switch (setting->distribution) {
    case EXPONENTIAL_F32:
    case EXPONENTIAL_F64: return 0;
    case GUMBEL_F32:
    case GUMBEL_F64:
    case TRUNCATED_NORMAL_F32: return fmax(fabs(p[0]), p[1]);
    default: return fabs(p[0]);
    }
}

static int is_within_bounds(const struct setting *setting, double value) {
    const double *p = setting->parameters;
    if (setting->distribution <= UNIFORM_F16) return value >= p[0] && value < p[1];
    if (setting->distribution == TRUNCATED_NORMAL_F32)
        return value >= (double)(float)p[2] && value <= (double)(float)p[3];
    return 1;
}

static void formulas(void **state) {
    (void)state;
    enum { N = 500 };
    static double buffer[N];
    FOR_EACH_SETTING(setting) {
        double worst = 0;
        for (size_t round = 0; round < 4 + scaled(40); ++round) {
            const uint64_t seed = any_u64(), stream = any_u64();
            const uint64_t offset = any_offset(setting, N);
            make(setting, seed, stream, offset, N, buffer);
            for (size_t i = 0; i < N; ++i) {
                const double got = value_at(setting, buffer, i);
                assert_true(is_within_bounds(setting, got));
                const long double want = defined_value(setting, seed, stream, offset + i);
                if (is_exact(setting)) {
                    if (got != (double)want)
                        fail_msg("%s: value %" PRIu64 " is %a, not %a", setting->name, offset + i,
                                 got, (double)want);
                    continue;
                }
                const double unit =
                    spacing_at(setting, fmax(fabs((double)want), least_scale(setting)));
                const double off = (double)fabsl((long double)got - want) / unit;
                if (off > worst) worst = off;
            }
        }
        if (worst > tolerance(setting)) fail_msg("%s: %g spacings off", setting->name, worst);
    }
}

static const char *const reference = "scalar";

/* A call at any offset, alignment and side of a guard page, against a part of a scalar call that
   began earlier, by up to a whole group. */
static void check_part(const struct setting *setting, const char *isa, size_t n) {
    const size_t size = size_of_value(setting), before = any_below(40);
    const uint64_t seed = any_u64(), stream = any_u64(), offset = any_offset(setting, n + before);
    const enum side side = any_below(2) ? AT_START : AT_END;
    struct buffer out = buffer_new(n * size, side, any_below(2) * any_below(64));
    char *want = malloc((n + before) * size + 1);
    select_isa(reference);
    make(setting, seed, stream, offset, n + before, want);
    select_isa(isa);
    make(setting, seed, stream, offset + before, n, out.data);
    assert_same(out.data, want + before * size, n * size,
                "%s, seed %" PRIu64 ", stream %" PRIu64 ", offset %" PRIu64 ", n %zu",
                setting->name, seed, stream, offset + before, n);
    assert_margins_untouched(&out);
    free(want);
    buffer_free(&out);
}

static void every_size(void **state) {
    FOR_EACH_SETTING(setting) {
        for (size_t n = 0; n <= 300; n += is_thinned() ? 1 + any_below(20) : 1)
            check_part(setting, *state, n);
        for (size_t i = 0; i < scaled(20); ++i) check_part(setting, *state, any_below(5000));
    }
}

/* uniform_f32 from 0 has a kernel of its own, unless its steps are subnormal; of other distributions
   parameters make no difference to the kernel. */
static int has_own_kernel(const struct setting *setting) {
    return setting->distribution == UNIFORM_F32 && setting->parameters[0] == 0 &&
           setting->parameters[1] >= 0x1p-102;
}

static int is_repetition(const struct setting *setting) {
    for (const struct setting *earlier = settings; earlier < setting; ++earlier)
        if (earlier->distribution == setting->distribution &&
            has_own_kernel(earlier) == has_own_kernel(setting))
            return 1;
    return 0;
}

/* Ten million values, or what the environment says, of each distribution on all sets at once. */
static void sets_agree(void **state) {
    (void)state;
    enum { N = 1 << 14 };
    static double want[N], got[N];
    const char *isas[16];
    const size_t isa_count = simdrop_isa_list(isas, COUNT(isas));
    const char *wish = getenv("SIMDROP_TEST_VALUES");
    const size_t values = wish ? (size_t)strtoull(wish, NULL, 0) : scaled(10000000);
    const uint64_t seed = any_u64(), stream = any_u64();
    FOR_EACH_SETTING(setting) {
        if (is_repetition(setting)) continue;
        for (uint64_t at = 0; at < values; at += N) {
            select_isa(reference);
            make(setting, seed, stream, at, N, want);
            for (size_t k = 0; k < isa_count; ++k) {
                select_isa(isas[k]);
                make(setting, seed, stream, at, N, got);
                assert_same(got, want, N * size_of_value(setting),
                            "%s on %s, seed %" PRIu64 ", stream %" PRIu64 ", offset %" PRIu64,
                            setting->name, isas[k], seed, stream, at);
            }
        }
    }
}

/* A transform kernel by the setting that uses it, with the parameters (0, 1) and its words. */
struct kernel {
    simdrop_transform_fn *kernel;
    const struct setting *setting;
    size_t words;
    double least, greatest;
};

static const struct setting *first_setting(enum distribution distribution) {
    const struct setting *setting = settings;
    while (setting->distribution != distribution) ++setting;
    return setting;
}

/* Words at the ends and in the middle of their range, in all pairs: nothing is infinite or NaN,
   nothing leaves its limits, the tails reach as far as promised. */
static void extreme_words(void **state) {
    static const uint32_t extremes[16] = {0,          1,          2,          0xff,
                                          0x100,      0x1ff,      0x7fffffff, 0x80000000,
                                          0x80000001, 0x3fffffff, 0x40000000, 0xbfffffff,
                                          0xc0000000, 0xffffff7f, 0xfffffffe, 0xffffffff};
    select_isa(*state);
    const struct simdrop_kernels *kernels = simdrop_kernels();
#if defined(SIMDROP_HAVE_SLEEF)
    const struct simdrop_sleef_kernels *sleef = simdrop_sleef_kernels();
    assert_string_equal(sleef->name, *state);
#endif
    const struct kernel all[] = {
        {kernels->uniform_f32, first_setting(UNIFORM_F32), 1, 0, 1 - 0x1p-24},
        {kernels->uniform_f64, first_setting(UNIFORM_F64), 2, 0, 1 - 0x1p-53},
        {kernels->uniform_bf16, first_setting(UNIFORM_BF16), 1, 0, 1 - 0x1p-8},
        {kernels->uniform_f16, first_setting(UNIFORM_F16), 1, 0, 1 - 0x1p-11},
        {kernels->uniform_int_u32, first_setting(UNIFORM_INT_U32), 2, 0, 999},
#if defined(SIMDROP_HAVE_SLEEF)
        {sleef->normal_f32, first_setting(NORMAL_F32), 1, -6.56, 6.56},
        {sleef->normal_f64, first_setting(NORMAL_F64), 2, -8.58, 8.58},
        {sleef->normal_bf16, first_setting(NORMAL_BF16), 1, -6.57, 6.57},
        {sleef->normal_f16, first_setting(NORMAL_F16), 1, -6.56, 6.56},
        {sleef->exponential_f32, first_setting(EXPONENTIAL_F32), 1, 0x1p-24, 21.5},
        {sleef->exponential_f64, first_setting(EXPONENTIAL_F64), 2, 0x1p-53, 36.8},
        {sleef->gumbel_f32, first_setting(GUMBEL_F32), 1, -2.82, 21.5},
        {sleef->gumbel_f64, first_setting(GUMBEL_F64), 2, -3.61, 36.8},
        {sleef->truncated_normal_f32, first_setting(TRUNCATED_NORMAL_F32), 1, -2, 2},
#endif
    };
    static const int scales[] = {24, 53, 8, 11};
    for (const struct kernel *k = all; k < all + COUNT(all); ++k) {
        const enum distribution d = k->setting->distribution;
        struct simdrop_transform t = {.scale = d <= UNIFORM_F16 ? ldexp(1, -scales[d]) : 1,
                                      .least = k->least,
                                      .greatest = k->greatest};
        if (d == UNIFORM_INT_U32) t.bound = 1000;
        if (d == TRUNCATED_NORMAL_F32) t.below = t.above = 0.0227501, t.within = 0.9544997;
        double low = INFINITY, high = -INFINITY;
        for (size_t turn = 0; turn < 256; ++turn) {
            uint32_t words[2 * SIMDROP_GROUP];
            double out[SIMDROP_GROUP];
            for (size_t i = 0; i < COUNT(words); ++i) {
                const size_t half = i / (16 * k->words), pick = half ? turn % 16 : turn / 16;
                words[i] = extremes[(i / k->words + (i % k->words + 1) * pick) % 16];
            }
            k->kernel(out, SIMDROP_GROUP, words, &t);
            for (size_t i = 0; i < SIMDROP_GROUP; ++i) {
                const double x = value_at(k->setting, out, i);
                if (!(x >= k->least && x <= k->greatest))
                    fail_msg("%s: %a from an extreme word", k->setting->name, x);
                low = fmin(low, x), high = fmax(high, x);
            }
        }
        if (high < k->greatest - 0.1 || low > k->least + 0.1)
            fail_msg("%s: only %g to %g", k->setting->name, low, high);
    }
}

/* Published values never change. */
static void golden_values(void **state) {
    (void)state;
    enum { N = 10000 };
    static unsigned char values[8 * N];
    FOR_EACH_SETTING(setting) {
        uint64_t hash = UINT64_C(0xcbf29ce484222325);
        make(setting, 42, 7, 0, N, values);
        for (size_t i = 0; i < N * size_of_value(setting); ++i)
            hash = (hash ^ values[i]) * UINT64_C(0x100000001b3);
        if (hash != setting->hash)
            fail_msg("%s: hash 0x%" PRIx64 " (is SLEEF another than 3.5.1?)", setting->name, hash);
    }
}

/* The words around a threshold, and the ends. */
static void bernoulli_of_words(void **state) {
    static const uint64_t bounds[] = {0, 1, 0x7fffffff, 0x80000000, UINT32_MAX, UINT64_C(1) << 32};
    select_isa(*state);
    for (size_t k = 0; k < COUNT(bounds); ++k) {
        const struct simdrop_transform t = {.bound = bounds[k]};
        uint32_t words[SIMDROP_GROUP];
        uint8_t got[SIMDROP_GROUP];
        for (size_t i = 0; i < SIMDROP_GROUP; ++i)
            words[i] = i < 2 ? 0 - (uint32_t)i : (uint32_t)bounds[k] + (uint32_t)(i % 5) - 2;
        simdrop_kernels()->bernoulli_u8(got, SIMDROP_GROUP, words, &t);
        for (size_t i = 0; i < SIMDROP_GROUP; ++i) assert_int_equal(got[i], words[i] < bounds[k]);
    }
}

/* As the header says, 1 where dropout with that probability and 32 bits drops: also if that is
   nearly a drawn word. */
static void bernoulli_is_dropout(void **state) {
    (void)state;
    enum { N = 200 };
    for (size_t turn = 0; turn < 200; ++turn) {
        const uint64_t seed = any_u64(), stream = any_u64(), offset = any_u64() >> 1;
        uint32_t word;
        simdrop_random_u32(seed, stream, offset + any_below(N), 1, &word);
        const double p = ((double)word + 0.25 * (double)any_below(5)) * 0x1p-32;
        const simdrop_dropout_config config = {
            .drop_prob = p, .seed = seed, .stream = stream, .bits = 32};
        simdrop_dropout dropout;
        uint8_t ones[N], mask[N / 8];
        if (simdrop_dropout_init(&dropout, &config) != SIMDROP_OK) continue; /* p is nearly 0 */
        simdrop_dropout_mask_bits(&dropout, offset, N, mask);
        assert_int_equal(simdrop_random_bernoulli_u8(seed, stream, offset, N, p, ones), SIMDROP_OK);
        for (size_t i = 0; i < N; ++i) assert_int_equal(ones[i], !(mask[i / 8] >> i % 8 & 1));
    }
}

#if defined(SIMDROP_HAVE_SLEEF)
static void normal_cdf(void **state) {
    (void)state;
    for (double x = -30; x <= 30; x += 0.0078125) {
        const double want = erfc(-x / sqrt(2)) / 2, got = simdrop_normal_cdf(x);
        if (!(fabs(got - want) <= 1e-10 * want)) fail_msg("at %g: %a, not %a", x, got, want);
    }
}
#endif

static int by_size(const void *x, const void *y) {
    const double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

/* Kolmogorov and Smirnov's distance, times sqrt(n): above 1.95 once in a thousand times. The type's
   own spacing adds to it, so that narrow types have their neighbours' limits. */
static double ks_distance(const struct setting *setting, double *values, size_t n) {
    double worst = 0;
    qsort(values, n, sizeof *values, by_size);
    for (size_t i = 0; i < n; ++i) {
        const double p = defined_cdf(setting, values[i]);
        worst = fmax(worst, fmax(p - (double)i / (double)n, (double)(i + 1) / (double)n - p));
    }
    return worst * sqrt((double)n);
}

/* The correlation of values `lag` apart, in standard deviations. */
static double correlation(const double *values, size_t n, size_t lag) {
    double sum = 0, squares = 0, products = 0;
    for (size_t i = 0; i < n; ++i) sum += values[i];
    const double mean = sum / (double)n;
    for (size_t i = 0; i < n; ++i) squares += (values[i] - mean) * (values[i] - mean);
    for (size_t i = 0; i + lag < n; ++i) products += (values[i] - mean) * (values[i + lag] - mean);
    return products / squares * sqrt((double)n);
}

static void statistics(void **state) {
    (void)state;
    enum { N = 1 << 17 };
    static double raw[N], values[N], squares[N];
    const size_t n = is_thinned() ? N / 8 : N;
    FOR_EACH_SETTING(setting) {
        const enum distribution d = setting->distribution;
        const int is_narrow = size_of_value(setting) < 4 || strchr(setting->name, ',');
        if (is_narrow || d == UNIFORM_INT_U32 || setting->parameters[1] == 0) continue;
        make(setting, 2026, d, 0, n, raw);
        for (size_t i = 0; i < n; ++i) {
            values[i] = value_at(setting, raw, i);
            squares[i] = values[i] * values[i];
        }
        for (size_t lag = 1; lag <= 64; ++lag) {
            const double z = fabs(correlation(values, n, lag));
            const double z2 = fabs(correlation(squares, n, lag));
            if (z > 5 || z2 > 5) fail_msg("%s, lag %zu: %g and %g", setting->name, lag, z, z2);
        }
        const double distance = ks_distance(setting, values, n);
        if (distance > 1.95) fail_msg("%s: distance %g", setting->name, distance);
    }
}

/* Mean, variance, and the fourth moment in terms of the squared variance. */
struct moments {
    double mean, variance, fourth;
};

static struct moments moments_of(const struct setting *setting) {
    const double a = setting->parameters[0], b = setting->parameters[1], pi2 = 9.8696044010893586;
    const int bits = setting->distribution == UNIFORM_BF16 ? 8 : 11;
    switch (setting->distribution) {
    case BERNOULLI_U8: return (struct moments){a, a * (1 - a), 1 / (a * (1 - a)) - 3};
    case UNIFORM_INT_U32: return (struct moments){(a - 1) / 2, (a * a - 1) / 12, 1.8};
    case UNIFORM_F32:
    case UNIFORM_F64: return (struct moments){(a + b) / 2, (b - a) * (b - a) / 12, 1.8};
    case UNIFORM_BF16:
    case UNIFORM_F16: /* the middle of the steps, not of the interval */
        return (struct moments){(a + b) / 2 - ldexp(b - a, -bits - 1), (b - a) * (b - a) / 12, 1.8};
    case EXPONENTIAL_F32:
    case EXPONENTIAL_F64: return (struct moments){1 / a, 1 / (a * a), 9};
    case GUMBEL_F32:
    case GUMBEL_F64: return (struct moments){a + 0.57721566490153286 * b, b * b * pi2 / 6, 5.4};
    default: return (struct moments){a, b * b, 3};
    }
}

static void moments(void **state) {
    (void)state;
    enum { N = 1 << 17 };
    static double raw[N];
    const size_t n = is_thinned() ? N / 8 : N;
    FOR_EACH_SETTING(setting) {
        const struct moments m = moments_of(setting);
        if (strchr(setting->name, ',') || setting->distribution == TRUNCATED_NORMAL_F32 ||
            !(m.variance > 0 && m.fourth < 100))
            continue;
        double sum = 0, squares = 0;
        make(setting, 2027, setting->distribution, 0, n, raw);
        for (size_t i = 0; i < n; ++i) {
            const double x = value_at(setting, raw, i) - m.mean;
            sum += x, squares += x * x;
        }
        const double z = sum / sqrt((double)n * m.variance);
        const double z2 = (squares / m.variance - (double)n) / sqrt((double)n * (m.fourth - 1));
        if (fabs(z) > 5 || fabs(z2) > 5) fail_msg("%s: %g and %g deviations", setting->name, z, z2);
    }
}

static void integers_are_equally_likely(void **state) {
    (void)state;
    enum { N = 1 << 20, BOUND = 1000 };
    static uint32_t values[N];
    static double counts[BOUND];
    const size_t n = is_thinned() ? N / 16 : N;
    memset(counts, 0, sizeof counts);
    assert_int_equal(simdrop_random_uniform_int_u32(2026, 1, 0, n, BOUND, values), SIMDROP_OK);
    for (size_t i = 0; i < n; ++i) counts[values[i]] += 1;
    const double expected = (double)n / (double)BOUND;
    double chi2 = 0;
    for (size_t k = 0; k < BOUND; ++k)
        chi2 += (counts[k] - expected) * (counts[k] - expected) / expected;
    const double z = (chi2 - (BOUND - 1)) / sqrt(2.0 * (BOUND - 1));
    if (fabs(z) > 5) fail_msg("chi^2 is %g, %g deviations off", chi2, z);
}

/* The greatest of logits plus Gumbel noise is a sample from their softmax. */
static void gumbel_max_samples_from_softmax(void **state) {
    (void)state;
    enum { LOGITS = 8, N = 1 << 14 };
    static const float logits[LOGITS] = {0, 1, -1, 2, 0.5f, -2, 1.5f, 0};
    static float noise[N][LOGITS];
    double counts[LOGITS] = {0}, total = 0;
    const double n = (double)N;
    if (!is_built_in(first_setting(GUMBEL_F32))) skip();
    make(first_setting(GUMBEL_F32), 2026, 2, 0, N * LOGITS, noise[0]);
    for (size_t i = 0; i < N; ++i) {
        size_t best = 0;
        for (size_t k = 1; k < LOGITS; ++k)
            if (logits[k] + noise[i][k] > logits[best] + noise[i][best]) best = k;
        counts[best] += 1;
    }
    for (size_t k = 0; k < LOGITS; ++k) total += exp((double)logits[k]);
    for (size_t k = 0; k < LOGITS; ++k) {
        const double p = exp((double)logits[k]) / total;
        const double z = (counts[k] - n * p) / sqrt(n * p * (1 - p));
        if (fabs(z) > 5) fail_msg("logit %zu: %g deviations", k, z);
    }
}

/* A bad call writes nothing. */
static double memory[64];
static void *const out = memory + 16;

#define ASSERT_INVALID(call)                                                                       \
    do {                                                                                           \
        memset(memory, CANARY, sizeof memory);                                                     \
        assert_int_equal(call, SIMDROP_ERR_INVALID_ARGUMENT);                                      \
        for (size_t at = 0; at < sizeof memory; ++at)                                              \
            assert_int_equal(((unsigned char *)memory)[at], CANARY);                               \
    } while (0)

static void bad_ranges(void **state) {
    (void)state;
    FOR_EACH_SETTING(setting) {
        const size_t size = size_of_value(setting);
        const uint64_t end = end_of_positions(setting);
        ASSERT_INVALID(generate(setting, 1, 2, 0, 1, NULL));
        ASSERT_INVALID(generate(setting, 1, 2, end - 9, 10, out));
        ASSERT_INVALID(generate(setting, 1, 2, end - 1, 2, out));
        ASSERT_INVALID(generate(setting, 1, 2, UINT64_MAX, 2, out));
        if (size > 1 || HUGE_SIZES) ASSERT_INVALID(generate(setting, 1, 2, 2, SIZE_MAX, out));
        if (size > 1) ASSERT_INVALID(generate(setting, 1, 2, 0, SIZE_MAX / size + 1, out));
        if (end) ASSERT_INVALID(generate(setting, 1, 2, end, 1, out));
        assert_int_equal(generate(setting, 1, 2, end - 9, 9, out), SIMDROP_OK);
        assert_int_equal(generate(setting, 1, 2, UINT64_MAX, 0, NULL), SIMDROP_OK);
    }
}

/* Just within the limits: accepted, and finite. */
static void good_parameters(void **state) {
    (void)state;
    static const struct setting good[] = {
        {"", UNIFORM_F64, {-DBL_MAX, 0}, 0},       {"", NORMAL_F32, {FLT_MAX, 0}, 0},
        {"", NORMAL_F32, {0, FLT_MAX / 7.01f}, 0}, {"", NORMAL_F64, {0, DBL_MAX / 9.01}, 0},
        {"", NORMAL_F16, {65504, 0}, 0},           {"", EXPONENTIAL_F32, {1.09e-37}, 0},
        {"", EXPONENTIAL_F64, {2.06e-307}, 0},     {"", GUMBEL_F32, {0, FLT_MAX / 37.01f}, 0},
        {"", GUMBEL_F64, {0, DBL_MAX / 37.01}, 0}, {"", TRUNCATED_NORMAL_F32, {0, 1, 2, 3}, 0},
    };
    enum { N = 4096 };
    static double values[N];
    for (size_t i = 0; i < COUNT(good); ++i) {
        if (!is_built_in(&good[i])) continue;
        assert_int_equal(generate(&good[i], 1, 2, 0, N, values), SIMDROP_OK);
        for (size_t k = 0; k < N; ++k) assert_true(isfinite(value_at(&good[i], values, k)));
    }
}

static void bad_parameters(void **state) {
    (void)state;
    static const struct setting bad[] = {
        {"", UNIFORM_F32, {1, 1}, 0},
        {"", UNIFORM_F32, {2, 1}, 0},
        {"", UNIFORM_F32, {NAN, 1}, 0},
        {"", UNIFORM_F32, {0, NAN}, 0},
        {"", UNIFORM_F32, {-INFINITY, 1}, 0},
        {"", UNIFORM_F32, {0, INFINITY}, 0},
        {"", UNIFORM_F32, {-FLT_MAX, FLT_MAX}, 0},
        {"", UNIFORM_F64, {1, 1}, 0},
        {"", UNIFORM_F64, {2, 1}, 0},
        {"", UNIFORM_F64, {NAN, 1}, 0},
        {"", UNIFORM_F64, {0, NAN}, 0},
        {"", UNIFORM_F64, {0, INFINITY}, 0},
        {"", UNIFORM_F64, {-DBL_MAX, DBL_MAX}, 0},
        {"", UNIFORM_BF16, {1, 1}, 0},
        {"", UNIFORM_BF16, {NAN, 1}, 0},
        {"", UNIFORM_BF16, {1 + 0x1p-20, 1 + 0x1p-19}, 0},
        {"", UNIFORM_BF16, {0, FLT_MAX}, 0},
        {"", UNIFORM_F16, {1, 1}, 0},
        {"", UNIFORM_F16, {NAN, 1}, 0},
        {"", UNIFORM_F16, {1 + 0x1p-20, 1 + 0x1p-19}, 0},
        {"", UNIFORM_F16, {0, 65505}, 0},
        {"", BERNOULLI_U8, {-0x1p-60}, 0},
        {"", BERNOULLI_U8, {1 + 0x1p-52}, 0},
        {"", BERNOULLI_U8, {NAN}, 0},
        {"", UNIFORM_INT_U32, {0}, 0},
        {"", NORMAL_F32, {0, -1}, 0},
        {"", NORMAL_F32, {NAN, 1}, 0},
        {"", NORMAL_F32, {0, NAN}, 0},
        {"", NORMAL_F32, {INFINITY, 1}, 0},
        {"", NORMAL_F32, {0, INFINITY}, 0},
        {"", NORMAL_F32, {0, FLT_MAX / 6.9f}, 0},
        {"", NORMAL_F64, {0, -1}, 0},
        {"", NORMAL_F64, {NAN, 1}, 0},
        {"", NORMAL_F64, {0, NAN}, 0},
        {"", NORMAL_F64, {-INFINITY, 1}, 0},
        {"", NORMAL_F64, {0, DBL_MAX / 8.9}, 0},
        {"", NORMAL_BF16, {0, -1}, 0},
        {"", NORMAL_BF16, {FLT_MAX, 0}, 0},
        {"", NORMAL_F16, {0, -1}, 0},
        {"", NORMAL_F16, {65505, 0}, 0},
        {"", NORMAL_F16, {0, 10000}, 0},
        {"", EXPONENTIAL_F32, {0}, 0},
        {"", EXPONENTIAL_F32, {-1}, 0},
        {"", EXPONENTIAL_F32, {NAN}, 0},
        {"", EXPONENTIAL_F32, {INFINITY}, 0},
        {"", EXPONENTIAL_F32, {1.08e-37}, 0},
        {"", EXPONENTIAL_F64, {0}, 0},
        {"", EXPONENTIAL_F64, {NAN}, 0},
        {"", EXPONENTIAL_F64, {2.05e-307}, 0},
        {"", GUMBEL_F32, {0, -1}, 0},
        {"", GUMBEL_F32, {NAN, 1}, 0},
        {"", GUMBEL_F32, {0, FLT_MAX / 36.9f}, 0},
        {"", GUMBEL_F64, {0, -1}, 0},
        {"", GUMBEL_F64, {0, NAN}, 0},
        {"", GUMBEL_F64, {0, DBL_MAX / 36.9}, 0},
        {"", TRUNCATED_NORMAL_F32, {0, 0, -1, 1}, 0},
        {"", TRUNCATED_NORMAL_F32, {0, -1, -1, 1}, 0},
        {"", TRUNCATED_NORMAL_F32, {NAN, 1, -1, 1}, 0},
        {"", TRUNCATED_NORMAL_F32, {0, NAN, -1, 1}, 0},
        {"", TRUNCATED_NORMAL_F32, {0, 1, 1, 1}, 0},
        {"", TRUNCATED_NORMAL_F32, {0, 1, NAN, 1}, 0},
        {"", TRUNCATED_NORMAL_F32, {0, 1, -1, NAN}, 0},
        {"", TRUNCATED_NORMAL_F32, {0, 1, -INFINITY, 1}, 0},
        {"", TRUNCATED_NORMAL_F32, {0, 1, -1, INFINITY}, 0},
        {"", TRUNCATED_NORMAL_F32, {0, 1, 2 + 0x1p-22, 3}, 0},
        {"", TRUNCATED_NORMAL_F32, {0, 1, -3, -2 - 0x1p-22}, 0},
    };
    for (size_t i = 0; i < COUNT(bad); ++i) {
        if (!is_built_in(&bad[i])) continue;
        ASSERT_INVALID(generate(&bad[i], 1, 2, 0, 8, out));
        ASSERT_INVALID(generate(&bad[i], 1, 2, 0, 0, NULL));
    }
}

int main(int argc, char **argv) {
    (void)argc;
    const struct test tests[] = {
        ONCE(bad_ranges),
        ONCE(bad_parameters),
        ONCE(good_parameters),
        ONCE(bernoulli_is_dropout),
#if defined(SIMDROP_HAVE_SLEEF)
        ONCE(normal_cdf),
#endif
        ONCE(sets_agree),
        ONCE(statistics),
        ONCE(moments),
        ONCE(integers_are_equally_likely),
        ONCE(gumbel_max_samples_from_softmax),
        PER_ISA(golden_values),
        PER_ISA(bernoulli_of_words),
        PER_ISA(extreme_words),
        PER_ISA(formulas),
        PER_ISA(every_size),
    };
    return test_main(argv, tests, COUNT(tests));
}
