/* SPDX-License-Identifier: MIT */
/*
 * Masks as random variables, with fixed seeds: the keep rate, and the independence of elements,
 * seeds and streams. The tests of independence are themselves tested on faulty masks, among them
 * the one that several engines have shipped, where aligned groups of elements share one draw.
 */
#include "support.h"

#include <simdrop/dropout.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT 5.0 /* standard deviations */

static uint64_t ones(const uint64_t *words, size_t count) {
    uint64_t sum = 0;
    for (size_t i = 0; i < count; ++i) sum += (uint64_t)__builtin_popcountll(words[i]);
    return sum;
}

static void draw(uint64_t *words, size_t count, const simdrop_dropout_config *config,
                 uint64_t offset, double *keep_prob) {
    simdrop_dropout dropout;
    assert_int_equal(simdrop_dropout_init(&dropout, config), SIMDROP_OK);
    assert_int_equal(simdrop_dropout_mask_bits(&dropout, offset, 64 * count, (uint8_t *)words),
                     SIMDROP_OK);
    *keep_prob = 1.0 - simdrop_dropout_realized_prob(&dropout);
}

static void keep_rate(void **state) {
    (void)state;
    static const double probs[] = {0.001, 0.01, 0.1, 0.25, 0.5, 0.9, 0.99, 0.999};
    static uint64_t words[1 << 12];
    const size_t draws = 64 * COUNT(words), rounds = scaled(100000000) / draws + 1;
    for (size_t i = 0; i < COUNT(probs); ++i) {
        const simdrop_dropout_config config = {.drop_prob = probs[i], .seed = 2026, .stream = i};
        const double n = (double)(rounds * draws);
        double kept = 0, q = 0;
        for (size_t k = 0; k < rounds; ++k) {
            draw(words, COUNT(words), &config, k * draws, &q);
            kept += (double)ones(words, COUNT(words));
        }
        const double z = (kept - n * q) / sqrt(n * q * (1 - q));
        if (fabs(z) > LIMIT) fail_msg("p = %g: %g standard deviations", probs[i], z);
    }
}

/* Standard deviations by which the product of two centred bits, summed over n pairs, is off zero:
   `first` and `second` bits were set, and both in `both` pairs. */
static double covariance(double n, double first, double second, double both, double q) {
    return (both - q * (first + second) + n * q * q) / (sqrt(n) * q * (1 - q));
}

/* Elements e and e + lag, over all e. */
static double lag_deviation(const uint64_t *words, size_t count, size_t lag, double q) {
    const size_t skip = lag / 64, shift = lag % 64, n = count - skip - 1;
    uint64_t both = 0, later = 0;
    for (size_t i = 0; i < n; ++i) {
        const uint64_t low = words[i + skip] >> shift;
        const uint64_t moved = shift ? low | words[i + skip + 1] << (64 - shift) : low;
        later += (uint64_t)__builtin_popcountll(moved);
        both += (uint64_t)__builtin_popcountll(moved & words[i]);
    }
    return covariance(64.0 * (double)n, (double)ones(words, n), (double)later, (double)both, q);
}

/* columns[j] = bit j of each of 64 words: the draws of one lane in groups of 64. */
static void transpose(uint64_t columns[64], const uint64_t rows[64]) {
    memcpy(columns, rows, 64 * sizeof *rows);
    uint64_t low = UINT32_MAX;
    for (unsigned half = 32; half; half /= 2, low ^= low << half)
        for (unsigned k = 0; k < 64; k = (k + half + 1) & ~half) {
            const uint64_t swap = (columns[k] >> half ^ columns[k + half]) & low;
            columns[k] ^= swap << half;
            columns[k + half] ^= swap;
        }
}

/* The worst pair of lanes i < j in aligned groups of 64, which hold those of 2, 4, … 32; and the
   worst lane on its own. */
static double lane_deviation(const uint64_t *words, size_t count, double q) {
    static uint64_t both[64][64];
    memset(both, 0, sizeof both);
    for (size_t at = 0; at + 64 <= count; at += 64) {
        uint64_t columns[64];
        transpose(columns, words + at);
        for (size_t i = 0; i < 64; ++i)
            for (size_t j = i; j < 64; ++j)
                both[i][j] += (uint64_t)__builtin_popcountll(columns[i] & columns[j]);
    }
    const double n = (double)(count / 64 * 64);
    double worst = 0;
    for (size_t i = 0; i < 64; ++i) {
        worst = fmax(worst, fabs((double)both[i][i] - n * q) / sqrt(n * q * (1 - q)));
        for (size_t j = i + 1; j < 64; ++j)
            worst = fmax(worst, fabs(covariance(n, (double)both[i][i], (double)both[j][j],
                                                (double)both[i][j], q)));
    }
    return worst;
}

/* The worst lane on its own in groups of any size from 2 to 64, among the first elements. */
static double group_deviation(const uint64_t *words, size_t count, double q) {
    enum { WORDS = 1 << 14 };
    static uint8_t kept[64 * WORDS];
    const size_t elements = 64 * (count < WORDS ? count : WORDS);
    for (size_t e = 0; e < elements; ++e) kept[e] = words[e / 64] >> e % 64 & 1;
    double worst = 0;
    for (size_t group = 2; group <= 64; ++group) {
        uint32_t sums[64 * 64] = {0}; /* of 64 groups, which the compiler can add up in vectors */
        const size_t period = 64 * group, periods = elements / period;
        for (size_t i = 0; i < periods; ++i)
            for (size_t j = 0; j < period; ++j) sums[j] += kept[i * period + j];
        const double n = (double)(64 * periods);
        for (size_t lane = 0; lane < group; ++lane) {
            double sum = 0;
            for (size_t j = lane; j < period; j += group) sum += (double)sums[j];
            worst = fmax(worst, fabs(sum - n * q) / sqrt(n * q * (1 - q)));
        }
    }
    return worst;
}

/* Lags 1 to 64, then as far as kernels' groups and tiles reach, then lanes. */
static double worst_deviation(const uint64_t *words, size_t count, double q) {
    double worst = fmax(lane_deviation(words, count, q), group_deviation(words, count, q));
    for (size_t lag = 1; lag <= 2048; lag += lag < 64 ? 1 : 64)
        worst = fmax(worst, fabs(lag_deviation(words, count, lag, q)));
    return worst;
}

static void elements_are_independent(void **state) {
    (void)state;
    static const simdrop_dropout_config settings[] = {
        {.drop_prob = 0.5, .bits = 8, .seed = 3},
        {.drop_prob = 0.1, .bits = 8, .seed = 3},
        {.drop_prob = 0.5, .bits = 16, .seed = 3},
        {.drop_prob = 0.1, .bits = 16, .seed = 3},
        {.drop_prob = 0.5, .bits = 32, .seed = 3},
        {.drop_prob = 0.1, .bits = 32, .seed = 3},
        {.drop_prob = 0.1, .bits = 8, .rounds = 7, .seed = 3},
    };
    const size_t count = 4096 + scaled(1 << 18) / 64 * 64;
    uint64_t *words = malloc(8 * count);
    for (size_t i = 0; i < COUNT(settings); ++i) {
        double q;
        draw(words, count, &settings[i], 0, &q);
        const double worst = worst_deviation(words, count, q);
        if (worst > LIMIT) fail_msg("setting %zu: %g deviations", i, worst);
    }
    free(words);
}

/* A mask in which each aligned group of `group` elements takes the draw of its first. */
static void faulty_masks_are_detected(void **state) {
    (void)state;
    enum { WORDS = 4096 };
    static uint64_t good[WORDS], faulty[WORDS];
    const simdrop_dropout_config config = {.drop_prob = 0.1, .seed = 4};
    double q;
    draw(good, WORDS, &config, 0, &q);
    assert_true(worst_deviation(good, WORDS, q) < LIMIT);
    for (size_t group = 2; group <= 64; ++group) {
        memset(faulty, 0, sizeof faulty);
        for (size_t e = 0; e < 64 * WORDS; ++e) {
            const size_t first = e / group * group;
            faulty[e / 64] |= (good[first / 64] >> first % 64 & 1) << e % 64;
        }
        assert_true(fabs(lag_deviation(faulty, WORDS, 1, q)) > 4 * LIMIT);
        if (64 % group == 0) assert_true(lane_deviation(faulty, WORDS, q) > 4 * LIMIT);
    }
    for (size_t i = 0; i < WORDS; ++i) faulty[i] = good[i] | 1; /* a lane that is never dropped */
    assert_true(worst_deviation(faulty, WORDS, q) > 4 * LIMIT);
    memcpy(faulty, good, sizeof faulty); /* and one in groups of 12 */
    for (size_t e = 5; e < 64 * WORDS; e += 12) faulty[e / 64] |= UINT64_C(1) << e % 64;
    assert_true(group_deviation(faulty, WORDS, q) > 4 * LIMIT);
    assert_true(worst_deviation(faulty, WORDS, q) > 4 * LIMIT);
    for (size_t i = 8; i < WORDS; ++i) faulty[i] = good[i & ~(size_t)8]; /* every tile twice */
    assert_true(worst_deviation(faulty, WORDS, q) > 4 * LIMIT);
}

/* Seeds and streams that differ little, and that are each other's. */
static void seeds_and_streams_are_independent(void **state) {
    (void)state;
    enum { WORDS = 1 << 14, MASKS = 10 };
    static const uint64_t high = UINT64_C(1) << 32;
    static const uint64_t pairs[MASKS][2] = {{5, 0},    {6, 0},    {5 | high, 0}, {5, 1},
                                             {5, 2},    {5, high}, {0, 5},        {0, 0},
                                             {high, 0}, {0, high}};
    static uint64_t masks[MASKS][WORDS], both[WORDS];
    double q = 0;
    for (size_t i = 0; i < MASKS; ++i) {
        const simdrop_dropout_config config = {
            .drop_prob = 0.3, .seed = pairs[i][0], .stream = pairs[i][1]};
        draw(masks[i], WORDS, &config, 0, &q);
    }
    for (size_t i = 0; i < MASKS; ++i)
        for (size_t j = 0; j < i; ++j) {
            for (size_t k = 0; k < WORDS; ++k) both[k] = masks[i][k] & masks[j][k];
            const double z =
                covariance((double)(64 * WORDS), (double)ones(masks[i], WORDS),
                           (double)ones(masks[j], WORDS), (double)ones(both, WORDS), q);
            if (fabs(z) > LIMIT) fail_msg("masks %zu and %zu: %g deviations", i, j, z);
        }
}

int main(int argc, char **argv) {
    (void)argc;
    const struct test tests[] = {
        ONCE(faulty_masks_are_detected),
        PER_ISA(keep_rate),
        PER_ISA(elements_are_independent),
        PER_ISA(seeds_and_streams_are_independent),
    };
    return test_main(argv, tests, COUNT(tests));
}
