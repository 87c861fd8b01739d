/* SPDX-License-Identifier: MIT */
/* Alpha dropout, of elements and of channels, Gaussian dropout and noise against their formulas. */
#include "definition.h"
#include "support.h"

#include <simdrop/distributions.h>
#include <simdrop/noise.h>
#include <simdrop/random.h>

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The calls of each type. */
typedef simdrop_status alpha_fn(const simdrop_dropout *dropout, uint64_t offset, size_t n,
                                const void *x, void *y);
typedef simdrop_status feature_fn(const simdrop_dropout *dropout, uint64_t offset, size_t samples,
                                  size_t channels, size_t size, const void *x, void *y);
typedef simdrop_status gaussian_fn(uint64_t seed, uint64_t stream, double parameter,
                                   uint64_t offset, size_t n, const void *x, void *y);
enum pass { FORWARD, BACKWARD, PASSES };
enum noise { DROPOUT, ADDITION, NOISES };
struct calls {
    alpha_fn *alpha[PASSES];
    feature_fn *feature[PASSES];
    gaussian_fn *gaussian[NOISES];
};

#define ALPHA(name, type)                                                                          \
    static simdrop_status name##_##type(const simdrop_dropout *d, uint64_t offset, size_t n,       \
                                        const void *x, void *y) {                                  \
        return simdrop_##name##_##type(d, offset, n, x, y);                                        \
    }
#define FEATURE(name, type)                                                                        \
    static simdrop_status name##_##type(const simdrop_dropout *d, uint64_t offset, size_t samples, \
                                        size_t channels, size_t size, const void *x, void *y) {    \
        return simdrop_##name##_##type(d, offset, samples, channels, size, x, y);                  \
    }
#define GAUSSIAN(name, type)                                                                       \
    static simdrop_status name##_##type(uint64_t seed, uint64_t stream, double parameter,          \
                                        uint64_t offset, size_t n, const void *x, void *y) {       \
        return simdrop_##name##_##type(seed, stream, parameter, offset, n, x, y);                  \
    }
#define CALLS(type, ...)                                                                           \
    ALPHA(alpha_dropout, type)                                                                     \
    ALPHA(alpha_dropout_backward, type)                                                            \
    FEATURE(feature_alpha_dropout, type)                                                           \
    FEATURE(feature_alpha_dropout_backward, type)                                                  \
    GAUSSIAN(gaussian_dropout, type)                                                               \
    GAUSSIAN(gaussian_noise, type)
SIMDROP_TYPES(CALLS, )
#define ROW(type, ...)                                                                             \
    {{alpha_dropout_##type, alpha_dropout_backward_##type},                                        \
     {feature_alpha_dropout_##type, feature_alpha_dropout_backward_##type},                        \
     {gaussian_dropout_##type, gaussian_noise_##type}},
static const struct calls calls[] = {SIMDROP_TYPES(ROW, )};

/* n elements of one draw each, or draws of `size` elements. */
struct trial {
    simdrop_dropout_config config;
    uint64_t offset;
    size_t samples, channels, size, n, x_shift, y_shift;
    enum side side;
    int in_place;
};

static const char *text_of(const struct trial *t) {
    static char text[400];
    snprintf(text, sizeof text,
             "p %a, seed %" PRIu64 ", stream %" PRIu64 ", bits %d, flags %u, offset %" PRIu64
             ", %zu * %zu * %zu, n %zu, shifts %zu %zu, side %d, in place %d",
             t->config.drop_prob, t->config.seed, t->config.stream, t->config.bits, t->config.flags,
             t->offset, t->samples, t->channels, t->size, t->n, t->x_shift, t->y_shift, t->side,
             t->in_place);
    return text;
}

/* `positions` is what is drawn, and `end` where the stream ends, 2^64 as 0. */
static struct trial any_trial(size_t n, size_t positions, uint64_t end) {
    static const double probs[] = {0, 1, 0.5, 0.25, 0.1, 0.9, 0.001, 0.999};
    struct trial t = {.samples = 1, .channels = n, .size = 1, .n = n};
    t.config.drop_prob = probs[any_below(COUNT(probs))];
    t.config.seed = any_u64();
    t.config.stream = any_u64();
    t.config.bits = t.config.drop_prob == 0.001 || t.config.drop_prob == 0.999
                        ? 0
                        : (int32_t)(8u << any_below(3)) * (int32_t)any_below(2);
    t.config.flags = (uint32_t)any_below(3);
    t.offset = any_below(3) == 0   ? end - positions
               : any_below(2) == 0 ? any_below(200)
                                   : any_below((end ? end : UINT64_MAX) - positions);
    if (positions == 0) t.offset = any_below(200);
    t.x_shift = any_shift();
    t.y_shift = any_shift();
    t.side = any_below(2) ? AT_START : AT_END;
    t.in_place = any_below(3) == 0;
    return t;
}

/* a, b and what becomes of dropped elements. */
struct coefficients {
    double a, b, dropped;
};
static struct coefficients coefficients_of(double p) {
    const double alpha = -1.7580993408473766, q = 1 - p;
    struct coefficients c;
    c.a = 1 / sqrt(q + alpha * alpha * q * p);
    c.b = -c.a * p * alpha;
    c.dropped = c.a * alpha + c.b;
    return c;
}

/* x * a + b, rounded twice, and then to the type; `volatile` against fused operations. */
static uint64_t defined_affine(enum simdrop_type type, uint64_t x, double a, double b) {
    const double value = defined_number(type, x);
    if (isnan(value)) return defined_quiet(type, x);
    if (type == SIMDROP_f64) {
        volatile double product = value * a;
        return defined_bits(type, product + b);
    }
    volatile float product = (float)value * (float)a;
    return defined_bits(type, (double)(product + (float)b));
}

static uint64_t defined_alpha(enum simdrop_type type, enum pass pass, double p, int is_kept,
                              uint64_t x) {
    if (p == 0) return x;
    if (p == 1) return 0;
    const struct coefficients c = coefficients_of(p);
    if (pass == BACKWARD) return is_kept ? defined_product(type, x, c.a) : 0;
    if (is_kept) return defined_affine(type, x, c.a, c.b);
    return defined_bits(type, type == SIMDROP_f64 ? c.dropped : (double)(float)c.dropped);
}

/* Buffers for a trial, x in values. */
struct buffers {
    struct buffer x, y;
    void *values, *want;
    size_t bytes;
};
static struct buffers buffers_for(const struct trial *t, enum simdrop_type type) {
    struct buffers b = {.bytes = types[type].size * t->n};
    b.x = buffer_new(b.bytes, t->side, t->x_shift);
    b.y = buffer_new(b.bytes, t->side, t->y_shift);
    b.values = malloc(b.bytes + 1);
    b.want = malloc(b.bytes + 1);
    any_values(type, b.values, t->n);
    memcpy(b.x.data, b.values, b.bytes);
    if (t->in_place) memcpy(b.y.data, b.values, b.bytes);
    return b;
}
static const void *from(const struct trial *t, const struct buffers *b) {
    return t->in_place ? b->y.data : b->x.data;
}
static void check_and_free(struct buffers *b, const char *what, enum simdrop_type type,
                           const struct trial *t) {
    assert_same(b->y.data, b->want, b->bytes, "%s of %s, %s", what, types[type].name, text_of(t));
    assert_same(b->x.data, b->values, b->bytes, "x has changed, %s", text_of(t));
    assert_margins_untouched(&b->y);
    assert_margins_untouched(&b->x);
    free(b->values);
    free(b->want);
    buffer_free(&b->x);
    buffer_free(&b->y);
}

static simdrop_dropout plan(const simdrop_dropout_config *config) {
    simdrop_dropout dropout;
    assert_int_equal(simdrop_dropout_init(&dropout, config), SIMDROP_OK);
    return dropout;
}

static void check_alpha(const struct trial *t) {
    const size_t draws = t->samples * t->channels;
    const simdrop_dropout dropout = plan(&t->config);
    const double p = defined_by(&t->config).realized_prob;
    uint8_t *mask = malloc(draws / 8 + 1);
    defined_mask_bits(&t->config, t->offset, draws, mask);
    FOR_EACH_TYPE(type) {
        for (enum pass pass = 0; pass < PASSES; ++pass) {
            struct buffers b = buffers_for(t, type);
            for (size_t i = 0; i < t->n; ++i) {
                const size_t draw = i / t->size;
                set_element(type, b.want, i,
                            defined_alpha(type, pass, p, mask[draw / 8] >> draw % 8 & 1,
                                          element(type, b.values, i)));
            }
            const int is_flat = t->size == 1 && any_below(2);
            const simdrop_status status =
                is_flat ? calls[type].alpha[pass](&dropout, t->offset, t->n, from(t, &b), b.y.data)
                        : calls[type].feature[pass](&dropout, t->offset, t->samples, t->channels,
                                                    t->size, from(t, &b), b.y.data);
            assert_int_equal(status, SIMDROP_OK);
            check_and_free(&b, pass == FORWARD ? "alpha dropout" : "its gradient", type, t);
        }
    }
    free(mask);
}

static void alpha(void **state) {
    (void)state;
    for (size_t i = 0; i < 200 + scaled(600); ++i) {
        const size_t n = i < 200 ? i : any_below(3000);
        const struct trial t = any_trial(n, n, 0);
        check_alpha(&t);
    }
}

/* Past tiles, caches that are prefetched from, and where the counter carries. */
static void alpha_of_large_tensors(void **state) {
    (void)state;
    for (size_t i = 0; i < scaled(12); ++i) {
        const size_t n = 30000 + any_below(is_thinned() ? 10000 : 100000);
        struct trial t = any_trial(n, n, 0);
        if (i % 2) t.offset = (UINT64_C(1) << 37) - any_below(n); /* with draws of 8 bits 2^36 */
        check_alpha(&t);
    }
}

static void alpha_of_channels(void **state) {
    (void)state;
    for (size_t i = 0; i < scaled(600); ++i) {
        const size_t samples = any_below(5), channels = any_below(any_below(8) ? 20 : 700);
        const size_t size = any_below(any_below(8) ? 70 : channels < 20 ? 3000 : 7);
        struct trial t = any_trial(samples * channels * size, samples * channels, 0);
        t.samples = samples, t.channels = channels, t.size = size ? size : 1;
        if (size) check_alpha(&t);
    }
}

/* All numbers of the types of 16 bits, kept and dropped. */
static void alpha_of_every_number(void **state) {
    (void)state;
    enum { MOST = UINT16_MAX + 1 };
    static uint16_t x[MOST], y[MOST], want[MOST];
    static uint8_t mask[MOST / 8];
    static const double probs[] = {0.1, 0.5, 0.999};
    for (size_t i = 0; i < MOST; ++i) x[i] = (uint16_t)i;
    FOR_EACH_TYPE(type) {
        for (size_t k = 0; k < COUNT(probs) && types[type].size == sizeof *x; ++k) {
            const simdrop_dropout_config config = {.drop_prob = probs[k], .seed = any_u64()};
            const simdrop_dropout dropout = plan(&config);
            const double p = defined_by(&config).realized_prob;
            defined_mask_bits(&config, 0, MOST, mask);
            for (size_t i = 0; i < MOST; ++i)
                want[i] = (uint16_t)defined_alpha(type, FORWARD, p, mask[i / 8] >> i % 8 & 1, x[i]);
            assert_int_equal(calls[type].alpha[FORWARD](&dropout, 0, MOST, x, y), SIMDROP_OK);
            assert_same(y, want, sizeof y, "%s, p %g", types[type].name, probs[k]);
        }
    }
}

/* Normal numbers are those of the library, which test_distributions compares with their formula. */
static void check_gaussian(enum simdrop_type type, enum noise noise, double parameter,
                           const struct trial *t) {
    const double stddev = noise == ADDITION ? parameter : sqrt(parameter / (1 - parameter));
    const double mean = noise == ADDITION ? 0 : 1;
    struct buffers b = buffers_for(t, type);
    double *numbers = malloc(sizeof *numbers * (t->n + 1));
    float *const narrow = (float *)(void *)numbers;
    const int is_f64 = type == SIMDROP_f64;
    assert_int_equal(is_f64 ? simdrop_random_normal_f64(t->config.seed, t->config.stream, t->offset,
                                                        t->n, mean, stddev, numbers)
                            : simdrop_random_normal_f32(t->config.seed, t->config.stream, t->offset,
                                                        t->n, (float)mean, (float)stddev, narrow),
                     SIMDROP_OK);
    for (size_t i = 0; i < t->n; ++i) {
        const uint64_t x = element(type, b.values, i);
        const double value = defined_number(type, x), z = is_f64 ? numbers[i] : (double)narrow[i];
        uint64_t y = x;
        if (isnan(value) && parameter != 0)
            y = defined_quiet(type, x);
        else if (is_f64 && parameter != 0)
            y = defined_bits(type, noise == ADDITION ? value + z : value * z);
        else if (parameter != 0)
            y = defined_bits(type, (double)(noise == ADDITION ? (float)value + (float)z
                                                              : (float)value * (float)z));
        set_element(type, b.want, i, y);
    }
    assert_int_equal(calls[type].gaussian[noise](t->config.seed, t->config.stream, parameter,
                                                 t->offset, t->n, from(t, &b), b.y.data),
                     SIMDROP_OK);
    free(numbers);
    check_and_free(&b, noise == ADDITION ? "noise" : "Gaussian dropout", type, t);
}

static void gaussian(void **state) {
    (void)state;
    static const double parameters[] = {0, 0.1, 0.25, 0.5, 0.9, 1e-3};
    for (size_t i = 0; i < 100 + scaled(400); ++i) {
        const size_t n = i < 100 ? i : any_below(any_below(10) ? 500 : 8000);
        FOR_EACH_TYPE(type) {
            const uint64_t end = type == SIMDROP_f64 ? UINT64_C(1) << 63 : 0;
            const struct trial t = any_trial(n, n, end);
            check_gaussian(type, any_below(2) ? DROPOUT : ADDITION,
                           parameters[any_below(COUNT(parameters))], &t);
        }
    }
}

/* A standard deviation that rounds to 0 leaves even signalling NaN alone. */
static void gaussian_of_next_to_nothing(void **state) {
    (void)state;
    enum { N = 100 };
    uint64_t x[N], y[N];
    FOR_EACH_TYPE(type) {
        for (enum noise noise = 0; noise < NOISES; ++noise) {
            const double least = type == SIMDROP_f64 ? 0 : DBL_TRUE_MIN;
            any_values(type, x, N);
            assert_int_equal(calls[type].gaussian[noise](1, 2, least * least, 3, N, x, y),
                             SIMDROP_OK);
            assert_same(y, x, N * types[type].size, "%s", types[type].name);
            if (noise == DROPOUT) continue; /* its deviation is a root */
            assert_int_equal(calls[type].gaussian[noise](1, 2, least, 3, N, x, y), SIMDROP_OK);
            assert_same(y, x, N * types[type].size, "%s", types[type].name);
        }
    }
}

static void mean_and_variance(const double *x, size_t n, double *mean, double *variance) {
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; ++i) sum += x[i];
    *mean = sum / (double)n;
    for (size_t i = 0; i < n; ++i) squares += (x[i] - *mean) * (x[i] - *mean);
    *variance = squares / (double)n;
}

/* SELU of normal numbers has mean 0 and variance 1, and alpha dropout leaves them so: to five
   standard errors of a million, as the fourth moment of the result is below 12. */
static void moments_are_kept(void **state) {
    (void)state;
    enum { N = 1 << 20 };
    static const double probs[] = {0.05, 0.1, 0.5};
    static double x[N], y[N];
    static uint32_t words[2 * N];
    double mean, variance;
    assert_int_equal(simdrop_random_u32(2017, 0, 0, 2 * N, words), SIMDROP_OK);
    for (size_t i = 0; i < N; ++i) {
        const double u = (words[2 * i] + 0.5) / 0x1p32, v = words[2 * i + 1] / 0x1p31;
        const double z = sqrt(-2 * log(u)) * cos(3.14159265358979324 * v);
        x[i] = 1.0507009873554805 * (z > 0 ? z : 1.6732632423543772 * expm1(z));
    }
    mean_and_variance(x, N, &mean, &variance);
    assert_true(fabs(mean) < 0.005 && fabs(variance - 1) < 0.01);
    for (size_t k = 0; k < COUNT(probs); ++k) {
        const simdrop_dropout_config config = {.drop_prob = probs[k], .seed = 7};
        const simdrop_dropout dropout = plan(&config);
        assert_int_equal(simdrop_alpha_dropout_f64(&dropout, 0, N, x, y), SIMDROP_OK);
        mean_and_variance(y, N, &mean, &variance);
        if (fabs(mean) > 0.005 || fabs(variance - 1) > 0.02)
            fail_msg("p %g: mean %g, variance %g", probs[k], mean, variance);
    }
    for (size_t i = 0; i < N; ++i) x[i] = 1;
    for (size_t k = 0; k < COUNT(probs); ++k) {
        const double want = probs[k] / (1 - probs[k]);
        assert_int_equal(simdrop_gaussian_dropout_f64(7, 1, probs[k], 0, N, x, y), SIMDROP_OK);
        mean_and_variance(y, N, &mean, &variance);
        if (fabs(mean - 1) > 0.005 || fabs(variance - want) > 0.01 * want)
            fail_msg("p %g: mean %g, variance %g", probs[k], mean, variance);
    }
}

/* The layer `which` of n elements. */
enum { ALPHA_LAYER, FEATURE_LAYER, GAUSSIAN_LAYER, LAYERS };
static void pass_through(int which, enum pass pass, const double *x, double *y, size_t n) {
    const simdrop_dropout_config config = {.drop_prob = 0.3, .seed = 9};
    const simdrop_dropout dropout = plan(&config);
    simdrop_status status;
    if (which == ALPHA_LAYER)
        status = calls[SIMDROP_f64].alpha[pass](&dropout, 5, n, x, y);
    else if (which == FEATURE_LAYER)
        status = calls[SIMDROP_f64].feature[pass](&dropout, 5, 2, n / 20, 10, x, y);
    else
        status = simdrop_gaussian_dropout_f64(1, 2, 0.3, 5, n, x, y);
    assert_int_equal(status, SIMDROP_OK);
}

/* Central differences; as the maps are linear, of any width. */
static void gradients(void **state) {
    (void)state;
    enum { N = 1000 };
    double x[N], dy[N], dx[N], above[N], below[N], after[N], before[N];
    for (size_t i = 0; i < N; ++i) {
        x[i] = ldexp((double)any_below(1u << 20), -19) - 1;
        dy[i] = ldexp((double)any_below(1u << 20), -19) - 1;
        above[i] = x[i] + 0.5;
        below[i] = x[i] - 0.5;
    }
    for (int which = 0; which < LAYERS; ++which) {
        pass_through(which, BACKWARD, dy, dx, N);
        pass_through(which, FORWARD, above, after, N);
        pass_through(which, FORWARD, below, before, N);
        size_t zeros = 0;
        for (size_t i = 0; i < N; ++i) {
            const double want = dy[i] * (after[i] - before[i]);
            zeros += dx[i] == 0;
            if (fabs(dx[i] - want) > 1e-10 * fmax(1, fabs(want)))
                fail_msg("layer %d, element %zu: %a, not %a", which, i, dx[i], want);
        }
        assert_true(which == GAUSSIAN_LAYER ? zeros == 0 || zeros < 5 : zeros > 0 && zeros < N);
    }
}

enum { SOME = 64 };
static union {
    double f64[4 * SOME];
    uint8_t bytes[4 * SOME * 8];
} memory;

#define ASSERT_INVALID(call)                                                                       \
    do {                                                                                           \
        memset(&memory, CANARY, sizeof memory);                                                    \
        assert_int_equal(call, SIMDROP_ERR_INVALID_ARGUMENT);                                      \
        for (size_t at = 0; at < sizeof memory; ++at) assert_int_equal(memory.bytes[at], CANARY);  \
    } while (0)

static void check_bad_plans(enum simdrop_type type, enum pass pass, const void *x, void *y) {
    simdrop_dropout zeros;
    memset(&zeros, 0, sizeof zeros);
    const simdrop_dropout_config configs[] = {{.drop_prob = 0.5, .mode = SIMDROP_VANILLA},
                                              {.drop_prob = 1, .mode = SIMDROP_VANILLA}};
    const simdrop_dropout vanilla = plan(&configs[0]), drops_all = plan(&configs[1]);
    const simdrop_dropout *const bad[] = {NULL, &zeros, &vanilla, &drops_all};
    for (size_t i = 0; i < COUNT(bad); ++i) {
        ASSERT_INVALID(calls[type].alpha[pass](bad[i], 0, SOME, x, y));
        ASSERT_INVALID(calls[type].feature[pass](bad[i], 0, 2, 4, 8, x, y));
    }
}

static void errors_of_alpha(void **state) {
    (void)state;
    static const double probs[] = {0, 0.1, 0.5, 1}, x[SOME];
    uint8_t *const y = memory.bytes + sizeof memory / 2;
    FOR_EACH_TYPE(type) {
        for (size_t i = 0; i < COUNT(probs) * PASSES; ++i) {
            const enum pass pass = i % PASSES;
            alpha_fn *const of_elements = calls[type].alpha[pass];
            feature_fn *const of_channels = calls[type].feature[pass];
            const simdrop_dropout_config config = {.drop_prob = probs[i / PASSES]};
            const simdrop_dropout d = plan(&config);
            check_bad_plans(type, pass, x, y);
            ASSERT_INVALID(of_elements(&d, 0, SOME, NULL, y));
            ASSERT_INVALID(of_elements(&d, 0, SOME, x, NULL));
            ASSERT_INVALID(of_elements(&d, UINT64_MAX - SOME + 2, SOME, x, y));
            ASSERT_INVALID(of_elements(&d, 0, SIZE_MAX / types[type].size + 1, x, y));
            ASSERT_INVALID(of_elements(&d, 0, SOME, y + 1, y));
            ASSERT_INVALID(of_elements(&d, 0, SOME, y - types[type].size * SOME + 1, y));
            ASSERT_INVALID(of_channels(&d, 0, 2, 4, 8, NULL, y));
            ASSERT_INVALID(of_channels(&d, 0, 2, 4, 8, x, NULL));
            ASSERT_INVALID(of_channels(&d, UINT64_MAX - 6, 2, 4, 8, x, y));
            ASSERT_INVALID(of_channels(&d, 0, 2, 4, 8, y - 1, y));
            ASSERT_INVALID(of_channels(&d, 0, SIZE_MAX / 2 + 1, 2, 1, x, y));
            ASSERT_INVALID(of_channels(&d, 0, SIZE_MAX / 2 + 1, 1, 2, x, y));
            ASSERT_INVALID(of_channels(&d, 0, 1, 2, SIZE_MAX / 2 + 1, x, y));
            ASSERT_INVALID(of_channels(&d, 0, 1, 1, SIZE_MAX / types[type].size + 1, x, y));
            assert_int_equal(of_elements(&d, UINT64_MAX, 0, NULL, NULL), SIMDROP_OK);
            assert_int_equal(of_channels(&d, UINT64_MAX, 0, 9, SIZE_MAX, NULL, NULL), SIMDROP_OK);
            assert_int_equal(of_channels(&d, 1, 9, SIZE_MAX, 0, x, y), SIMDROP_OK);
            assert_int_equal(of_channels(&d, UINT64_MAX - 7, 2, 4, 8, x, y), SIMDROP_OK);
            assert_int_equal(of_elements(&d, UINT64_MAX - SOME + 1, SOME, x, y), SIMDROP_OK);
        }
    }
    /* what is the identity has a vanilla form */
    const simdrop_dropout_config nothing = {.mode = SIMDROP_VANILLA};
    const simdrop_dropout d = plan(&nothing);
    assert_int_equal(calls[0].alpha[FORWARD](&d, 0, SOME, x, y), SIMDROP_OK);
}

static void errors_of_gaussian(void **state) {
    (void)state;
    static const double x[SOME];
    static const double bad_probs[] = {-DBL_TRUE_MIN, 1, 1.5, INFINITY, -INFINITY, NAN};
    static const double bad_stddevs[] = {-DBL_TRUE_MIN, -1, INFINITY, -INFINITY, NAN, DBL_MAX};
    uint8_t *const y = memory.bytes + sizeof memory / 2;
    FOR_EACH_TYPE(type) {
        const uint64_t last = type == SIMDROP_f64 ? INT64_MAX : UINT64_MAX;
        for (enum noise noise = 0; noise < NOISES; ++noise) {
            gaussian_fn *const call = calls[type].gaussian[noise];
            const double *const bad = noise == DROPOUT ? bad_probs : bad_stddevs;
            for (size_t i = 0; i < COUNT(bad_probs); ++i)
                ASSERT_INVALID(call(1, 2, bad[i], 0, SOME, x, y));
            for (size_t k = 0; k < 2; ++k) {
                const double parameter = 0.5 * (double)k;
                ASSERT_INVALID(call(1, 2, parameter, 0, SOME, NULL, y));
                ASSERT_INVALID(call(1, 2, parameter, 0, SOME, x, NULL));
                ASSERT_INVALID(call(1, 2, parameter, last - SOME + 2, SOME, x, y));
                ASSERT_INVALID(call(1, 2, parameter, UINT64_MAX, 2, x, y));
                ASSERT_INVALID(call(1, 2, parameter, 0, SIZE_MAX / types[type].size + 1, x, y));
                ASSERT_INVALID(call(1, 2, parameter, 0, SOME, y + 1, y));
                assert_int_equal(call(1, 2, parameter, UINT64_MAX, 0, NULL, NULL), SIMDROP_OK);
                assert_int_equal(call(1, 2, parameter, last - SOME + 1, SOME, x, y), SIMDROP_OK);
            }
        }
        assert_int_equal(calls[type].gaussian[DROPOUT](1, 2, 1 - DBL_EPSILON / 2, 0, SOME, x, y),
                         SIMDROP_OK);
    }
}

int main(int argc, char **argv) {
    (void)argc;
    const struct test tests[] = {
        ONCE(gradients),
        ONCE(moments_are_kept),
        PER_ISA(alpha),
        PER_ISA(alpha_of_large_tensors),
        PER_ISA(alpha_of_channels),
        PER_ISA(alpha_of_every_number),
        PER_ISA(gaussian),
        PER_ISA(gaussian_of_next_to_nothing),
        PER_ISA(errors_of_alpha),
        PER_ISA(errors_of_gaussian),
    };
    return test_main(argv, tests, COUNT(tests));
}
