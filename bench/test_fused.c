/* SPDX-License-Identifier: MIT */
/* Whether the plain loops draw simdrop's stream and drop what it drops: or they are no match. */
#include "fused.h"

#include <simdrop/simdrop.h>

#include <stdio.h>
#include <string.h>

enum { N = (1 << 20) + 24 }; /* 16 draws at the threshold; whole groups, and three blocks more */

static const uint64_t seed = 42, stream = 7;

static int words_differ(bench_words_fn *words) {
    static uint32_t own[N], plain[N];
    const uint64_t first = UINT64_C(0xfffffff0); /* the counter's low word overflows */
    struct simdrop_philox philox;
    simdrop_philox_init(&philox, seed, stream, 10);
    words(plain, N, first, &philox);
    return simdrop_random_u32(seed, stream, 4 * first, N, own) || memcmp(own, plain, sizeof own);
}

static int dropout_differs(bench_fused_fn *fused) {
    static float x[N], own[N], plain[N];
    for (int i = 0; i < N; ++i) x[i] = (float)(i + 1);
    struct simdrop_philox philox;
    simdrop_philox_init(&philox, seed, stream, 10);
    const simdrop_dropout_config config = {
        .drop_prob = 0.1, .bits = 16, .seed = seed, .stream = stream};
    simdrop_dropout dropout;
    if (simdrop_dropout_init(&dropout, &config) || simdrop_dropout_f32(&dropout, 0, N, x, own))
        return 1;
    const uint32_t threshold = 6554; /* 0.1 of 2^16, rounded */
    fused(plain, x, N, &philox, threshold, (float)simdrop_dropout_scale(&dropout));
    return memcmp(own, plain, sizeof own) != 0;
}

static int check(const char *build, bench_words_fn *words, bench_fused_fn *fused) {
    const int wrong = words_differ(words) + 2 * dropout_differs(fused);
    printf("%s: %s\n", build, wrong ? "not simdrop's bits" : "simdrop's bits");
    return wrong;
}

int main(void) {
    int wrong = check("baseline", bench_words_baseline, bench_fused_baseline);
#define CHECK(isa)                                                                                 \
    if (simdrop_isa_select(#isa) == SIMDROP_OK)                                                    \
        wrong |= check(#isa, bench_words_##isa, bench_fused_##isa);
    BENCH_ISAS(CHECK)
    return wrong != 0;
}
