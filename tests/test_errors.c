/* SPDX-License-Identifier: MIT */
/* Every bad argument of every function: the right status, and nothing written. */
#include "support.h"

#include "core/plan.h"

#include <simdrop/simdrop.h>

#include <float.h>
#include <math.h>
#include <string.h>

enum { N = 64, ROOM = 8 * N }; /* for N elements of any type */
static union {
    double f64[3 * N];
    uint32_t u32[6 * N];
    uint8_t bytes[3 * ROOM];
} memory;
static uint8_t *const y = memory.bytes + ROOM;
static const double x[N];

static void fill(void) { memset(&memory, CANARY, sizeof memory); }

#define ASSERT_INVALID(call)                                                                       \
    do {                                                                                           \
        fill();                                                                                    \
        assert_int_equal(call, SIMDROP_ERR_INVALID_ARGUMENT);                                      \
        for (size_t at = 0; at < sizeof memory; ++at) assert_int_equal(memory.bytes[at], CANARY);  \
    } while (0)

static simdrop_dropout plan(double p) {
    const simdrop_dropout_config config = {.drop_prob = p, .seed = 1};
    simdrop_dropout dropout;
    assert_int_equal(simdrop_dropout_init(&dropout, &config), SIMDROP_OK);
    return dropout;
}

static void philox(void **state) {
    (void)state;
    static const int32_t bad_rounds[] = {0, -1, 17, INT32_MIN, INT32_MAX};
    const uint32_t counter[4] = {0}, key[2] = {0};
    for (size_t i = 0; i < COUNT(bad_rounds); ++i)
        ASSERT_INVALID(simdrop_philox4x32(bad_rounds[i], counter, key, memory.u32));
    ASSERT_INVALID(simdrop_philox4x32(10, NULL, key, memory.u32));
    ASSERT_INVALID(simdrop_philox4x32(10, counter, NULL, memory.u32));
    ASSERT_INVALID(simdrop_philox4x32(10, counter, key, NULL));
}

static void random_u32(void **state) {
    (void)state;
    ASSERT_INVALID(simdrop_random_u32(1, 2, 0, 1, NULL));
    ASSERT_INVALID(simdrop_random_u32(1, 2, UINT64_MAX, 2, memory.u32));
    ASSERT_INVALID(simdrop_random_u32(1, 2, UINT64_MAX - 9, 11, memory.u32));
    ASSERT_INVALID(simdrop_random_u32(1, 2, 0, SIZE_MAX / 4 + 1, memory.u32));
    ASSERT_INVALID(simdrop_random_u32(1, 2, 0, SIZE_MAX, memory.u32));
    assert_int_equal(simdrop_random_u32(1, 2, UINT64_MAX - 9, 10, memory.u32), SIMDROP_OK);
    assert_int_equal(simdrop_random_u32(1, 2, UINT64_MAX, 0, NULL), SIMDROP_OK);
}

static void init(void **state) {
    (void)state;
    static const simdrop_dropout_config bad[] = {
        {.drop_prob = NAN},
        {.drop_prob = -DBL_TRUE_MIN},
        {.drop_prob = 1 + DBL_EPSILON},
        {.drop_prob = -1},
        {.drop_prob = INFINITY},
        {.drop_prob = -INFINITY},
        {.drop_prob = 0.5, .bits = 1},
        {.drop_prob = 0.5, .bits = 24},
        {.drop_prob = 0.5, .bits = 64},
        {.drop_prob = 0.5, .bits = -8},
        {.drop_prob = 0.5, .rounds = 1},
        {.drop_prob = 0.5, .rounds = 8},
        {.drop_prob = 0.5, .rounds = 11},
        {.drop_prob = 0.5, .rounds = -10},
        {.drop_prob = 0.5, .mode = 2},
        {.drop_prob = 0.5, .mode = -1},
        {.drop_prob = 0.5, .flags = 3},
        {.drop_prob = 0.5, .flags = UINT32_MAX},
        {.drop_prob = 0.5, .reserved = {1}},
        {.drop_prob = 0.5, .reserved = {0, 0, 0, 0, 0, 1}},
        {.drop_prob = 0x0.ffffp-9, .bits = 8}, /* T = 0 */
        {.drop_prob = 0x0.ffffp-17, .bits = 16},
        {.drop_prob = 0x0.ffffp-33, .bits = 32},
        {.drop_prob = DBL_TRUE_MIN, .bits = 32},
        {.drop_prob = 1 - 0x1p-9, .bits = 8}, /* T = 2^bits */
        {.drop_prob = 1 - 0x1p-17, .bits = 16},
        {.drop_prob = 1 - 0x1p-33, .bits = 32},
        {.drop_prob = 1 - DBL_EPSILON / 2, .bits = 32},
    };
    simdrop_dropout *const out = (simdrop_dropout *)(void *)&memory;
    _Static_assert(sizeof *out <= sizeof memory, "a plan must fit");
    for (size_t i = 0; i < COUNT(bad); ++i) ASSERT_INVALID(simdrop_dropout_init(out, &bad[i]));
    for (size_t i = 0; i < COUNT(bad[0].reserved); ++i) {
        simdrop_dropout_config config = {.drop_prob = 0.5};
        config.reserved[i] = UINT64_C(1) << 63;
        ASSERT_INVALID(simdrop_dropout_init(out, &config));
    }
    ASSERT_INVALID(simdrop_dropout_init(out, NULL));
    const simdrop_dropout_config zero = {0}, negative_zero = {.drop_prob = -0.0, .bits = 16};
    assert_int_equal(simdrop_dropout_init(NULL, &zero), SIMDROP_ERR_INVALID_ARGUMENT);
    assert_int_equal(simdrop_dropout_init(out, &zero), SIMDROP_OK);
    assert_int_equal(simdrop_dropout_init(out, &negative_zero), SIMDROP_OK);
}

static void check_getters_refuse(const simdrop_dropout *dropout) {
    assert_true(isnan(simdrop_dropout_realized_prob(dropout)));
    assert_true(isnan(simdrop_dropout_scale(dropout)));
    assert_int_equal(simdrop_dropout_bits(dropout), 0);
    assert_int_equal(simdrop_dropout_threshold(dropout), 0);
}

static void check_refused(const simdrop_dropout *dropout) {
    check_getters_refuse(dropout);
    ASSERT_INVALID(simdrop_dropout_mask_bits(dropout, 0, N, memory.bytes));
    FOR_EACH_TYPE(type) {
        ASSERT_INVALID(types[type].train(dropout, 0, N, x, y));
        ASSERT_INVALID(types[type].infer(dropout, N, x, y));
    }
}

static void plans_not_prepared(void **state) {
    (void)state;
    simdrop_dropout zeros, junk;
    memset(&zeros, 0, sizeof zeros);
    memset(&junk, CANARY, sizeof junk);
    check_refused(NULL);
    check_refused(&zeros);
    check_refused(&junk);
}

/* Each field by itself: what it can't be, and what it might be but isn't. */
static void plans_written_over(void **state) {
    (void)state;
    const simdrop_dropout good = plan(0.1);
    simdrop_dropout bad = good;
    struct simdrop_plan *const fields = (struct simdrop_plan *)&bad;
#define CHECK_FIELD(field, ...)                                                                    \
    do {                                                                                           \
        const __typeof__(fields->field) values[] = {__VA_ARGS__};                                  \
        for (size_t i = 0; i < COUNT(values); ++i) {                                               \
            bad = good;                                                                            \
            fields->field = values[i];                                                             \
            check_refused(&bad);                                                                   \
        }                                                                                          \
    } while (0)
    CHECK_FIELD(bits, -1, 0, 1, 7, 8, 24, 64, INT32_MIN, INT32_MAX);
    CHECK_FIELD(threshold, 0, 65537, UINT64_MAX);
    CHECK_FIELD(philox.rounds, -1, 0, 6, 7, 11, INT64_MAX);
    CHECK_FIELD(flags, 1, 3, UINT32_MAX);
    CHECK_FIELD(train_scale, -1, (double)NAN, (double)INFINITY, 0x1p33);
    CHECK_FIELD(infer_scale, -1, (double)NAN, (double)INFINITY, 2);
    CHECK_FIELD(seal, 0, UINT64_MAX);
#undef CHECK_FIELD
    bad = good;
    fields->threshold = good.opaque[22], fields->philox.rounds = 6554; /* exchanged */
    check_refused(&bad);
}

simdrop_status other_version_init(simdrop_dropout *dropout, const simdrop_dropout_config *config);
const struct simdrop_plan *other_version_plan(const simdrop_dropout *dropout);

static void plans_of_another_version(void **state) {
    (void)state;
    const simdrop_dropout_config config = {.drop_prob = 0.1};
    const simdrop_dropout mine = plan(0.1);
    simdrop_dropout other;
    assert_int_equal(other_version_init(&other, &config), SIMDROP_OK);
    assert_ptr_equal(other_version_plan(&other), &other);
    check_refused(&other);
    assert_null(other_version_plan(&mine));
}

static const double probs[] = {0.0, 0.1, 0.5, 1.0}; /* each has its own way through the library */

static void null_buffers(void **state) {
    (void)state;
    for (size_t k = 0; k < COUNT(probs); ++k) {
        const simdrop_dropout d = plan(probs[k]);
        ASSERT_INVALID(simdrop_dropout_mask_bits(&d, 0, N, NULL));
        FOR_EACH_TYPE(type) {
            ASSERT_INVALID(types[type].train(&d, 0, N, NULL, y));
            ASSERT_INVALID(types[type].train(&d, 0, N, x, NULL));
            ASSERT_INVALID(types[type].train(&d, 0, N, NULL, NULL));
            ASSERT_INVALID(types[type].infer(&d, N, NULL, y));
            ASSERT_INVALID(types[type].infer(&d, N, x, NULL));
            ASSERT_INVALID(types[type].infer(&d, N, NULL, NULL));
        }
    }
}

static void nothing_to_do(void **state) {
    (void)state;
    for (size_t k = 0; k < COUNT(probs); ++k) {
        const simdrop_dropout d = plan(probs[k]);
        fill();
        FOR_EACH_TYPE(type) {
            assert_int_equal(types[type].train(&d, UINT64_MAX, 0, NULL, NULL), SIMDROP_OK);
            assert_int_equal(types[type].train(&d, 0, 0, y, y), SIMDROP_OK);
            assert_int_equal(types[type].infer(&d, 0, NULL, y), SIMDROP_OK);
        }
        assert_int_equal(simdrop_dropout_mask_bits(&d, UINT64_MAX, 0, NULL), SIMDROP_OK);
        assert_int_equal(simdrop_dropout_mask_bits(&d, 1, 0, memory.bytes), SIMDROP_OK);
        for (size_t i = 0; i < sizeof memory; ++i) assert_int_equal(memory.bytes[i], CANARY);
    }
}

static void ranges(void **state) {
    (void)state;
    for (size_t k = 0; k < COUNT(probs); ++k) {
        const simdrop_dropout d = plan(probs[k]);
        FOR_EACH_TYPE(type) {
            const size_t too_many = SIZE_MAX / types[type].size + 1;
            ASSERT_INVALID(types[type].train(&d, UINT64_MAX - N + 2, N, x, y));
            ASSERT_INVALID(types[type].train(&d, UINT64_MAX, 2, x, y));
            ASSERT_INVALID(types[type].train(&d, 0, too_many, x, y));
            ASSERT_INVALID(types[type].train(&d, 0, too_many, y, y));
            ASSERT_INVALID(types[type].infer(&d, too_many, x, y));
            ASSERT_INVALID(types[type].infer(&d, SIZE_MAX, y, y));
            assert_int_equal(types[type].train(&d, UINT64_MAX - N + 1, N, x, y), SIMDROP_OK);
        }
        ASSERT_INVALID(simdrop_dropout_mask_bits(&d, UINT64_MAX - N + 2, N, memory.bytes));
        if (HUGE_SIZES) ASSERT_INVALID(simdrop_dropout_mask_bits(&d, 2, SIZE_MAX, memory.bytes));
        assert_int_equal(simdrop_dropout_mask_bits(&d, UINT64_MAX - N + 1, N, memory.bytes),
                         SIMDROP_OK);
    }
}

/* The same memory and neighbours are fine; by a byte to all but a byte is not. */
static void check_overlaps(enum simdrop_type type, const simdrop_dropout *d) {
    const size_t bytes = types[type].size * N;
    const size_t distances[] = {1, 3, 4, 8, 64, bytes - types[type].size, bytes - 1};
    for (size_t i = 0; i < COUNT(distances); ++i) {
        ASSERT_INVALID(types[type].train(d, 0, N, y - distances[i], y));
        ASSERT_INVALID(types[type].train(d, 0, N, y + distances[i], y));
        ASSERT_INVALID(types[type].infer(d, N, y - distances[i], y));
        ASSERT_INVALID(types[type].infer(d, N, y + distances[i], y));
    }
    const uint8_t *const apart[] = {y - bytes, y, y + bytes};
    for (size_t i = 0; i < COUNT(apart); ++i) {
        assert_int_equal(types[type].train(d, 0, N, apart[i], y), SIMDROP_OK);
        assert_int_equal(types[type].infer(d, N, apart[i], y), SIMDROP_OK);
    }
}

static void overlaps(void **state) {
    (void)state;
    for (size_t k = 0; k < COUNT(probs); ++k) {
        const simdrop_dropout d = plan(probs[k]);
        FOR_EACH_TYPE(type) check_overlaps(type, &d);
    }
}

static void texts(void **state) {
    (void)state;
    const char *ok = simdrop_status_string(SIMDROP_OK);
    const char *invalid = simdrop_status_string(SIMDROP_ERR_INVALID_ARGUMENT);
    const char *unsupported = simdrop_status_string(SIMDROP_ERR_UNSUPPORTED);
    assert_string_not_equal(ok, invalid);
    assert_string_not_equal(ok, unsupported);
    assert_string_not_equal(invalid, unsupported);
    static const simdrop_status unknown[] = {-1, 3, INT32_MIN, INT32_MAX};
    for (size_t i = 0; i < COUNT(unknown); ++i) assert_non_null(simdrop_status_string(unknown[i]));
    assert_string_equal(simdrop_version(), PROJECT_VERSION);
}

int main(int argc, char **argv) {
    (void)argc;
    const struct test tests[] = {
        ONCE(init),
        ONCE(philox),
        ONCE(texts),
        PER_ISA(random_u32),
        PER_ISA(ranges),
        PER_ISA(null_buffers),
        PER_ISA(nothing_to_do),
        PER_ISA(overlaps),
        PER_ISA(plans_not_prepared),
        PER_ISA(plans_written_over),
        PER_ISA(plans_of_another_version),
    };
    return test_main(argv, tests, COUNT(tests));
}
