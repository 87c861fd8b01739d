/* SPDX-License-Identifier: MIT */
/* Philox and the random stream: published answers, Random123, and the specification. */
#include "definition.h"
#include "support.h"

#include <simdrop/random.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_RANDOM123
#include <Random123/philox.h>
#endif

static void known_answers(void **state) {
    (void)state;
    FILE *file = fopen(KAT_FILE, "r");
    assert_non_null(file);
    char line[256];
    int answers = 0;
    while (fgets(line, sizeof line, file)) {
        int rounds;
        uint32_t c[4], k[2], want[4], got[4];
        if (line[0] == '#') continue;
        const int fields = sscanf(line,
                                  "%d %" SCNx32 "%" SCNx32 "%" SCNx32 "%" SCNx32 "%" SCNx32
                                  "%" SCNx32 "%" SCNx32 "%" SCNx32 "%" SCNx32 "%" SCNx32,
                                  &rounds, &c[0], &c[1], &c[2], &c[3], &k[0], &k[1], &want[0],
                                  &want[1], &want[2], &want[3]);
        assert_int_equal(fields, 11);
        assert_int_equal(simdrop_philox4x32(rounds, c, k, got), SIMDROP_OK);
        assert_same(got, want, sizeof got, "%s", line);
        defined_philox(rounds, c, k, got);
        assert_same(got, want, sizeof got, "the tests' own definition, %s", line);
        ++answers;
    }
    fclose(file);
    assert_int_equal(answers, 6);
}

static void result_may_replace_an_argument(void **state) {
    (void)state;
    const uint32_t counter[4] = {1, 2, 3, 4}, key[2] = {5, 6};
    uint32_t want[4], in_counter[4] = {1, 2, 3, 4}, in_key[4] = {5, 6, 0, 0};
    simdrop_philox4x32(10, counter, key, want);
    simdrop_philox4x32(10, in_counter, key, in_counter);
    simdrop_philox4x32(10, counter, in_key, in_key);
    assert_memory_equal(in_counter, want, sizeof want);
    assert_memory_equal(in_key, want, sizeof want);
}

/* The value that C++26 requires of a default-constructed std::philox4x32. */
static void ten_thousandth_of_the_cpp_engine(void **state) {
    (void)state;
    uint32_t out;
    assert_int_equal(simdrop_random_u32(20111115, 0, 9999, 1, &out), SIMDROP_OK);
    assert_int_equal(out, 1955073260);
}

static void random123_agrees(void **state) {
    (void)state;
#ifdef HAVE_RANDOM123
    for (size_t i = 0; i < scaled(200000); ++i) {
        const uint64_t a = any_u64(), b = any_u64(), s = any_u64();
        const philox4x32_ctr_t counter = {
            {(uint32_t)a, (uint32_t)(a >> 32), (uint32_t)b, (uint32_t)(b >> 32)}};
        const philox4x32_key_t key = {{(uint32_t)s, (uint32_t)(s >> 32)}};
        const int rounds = 1 + (int)any_below(16);
        const philox4x32_ctr_t want = philox4x32_R((unsigned)rounds, counter, key);
        uint32_t got[4];
        assert_int_equal(simdrop_philox4x32(rounds, counter.v, key.v, got), SIMDROP_OK);
        assert_same(got, want.v, sizeof got, "%d rounds, case %zu", rounds, i);
    }
#else
    skip();
#endif
}

static void derived_streams(void **state) {
    (void)state;
    for (size_t i = 0; i < 1000; ++i) {
        const uint64_t a = i < 8 ? i & 1 : any_u64(), b = i < 8 ? i >> 1 & 1 : any_u64();
        const uint64_t c = i < 8 ? i >> 2 : any_u64();
        const uint32_t key[2] = {(uint32_t)c, (uint32_t)(c >> 32)};
        const uint32_t counter[4] = {(uint32_t)a, (uint32_t)(a >> 32), (uint32_t)b,
                                     (uint32_t)(b >> 32)};
        uint32_t words[4];
        defined_philox(10, counter, key, words);
        assert_true(simdrop_stream_derive(a, b, c) == (words[0] | (uint64_t)words[1] << 32));
    }
}

static void check_words(uint64_t offset, size_t n) {
    const uint64_t seed = any_u64(), stream = any_u64();
    const enum side side = any_below(2) ? AT_START : AT_END;
    struct buffer out = buffer_new(4 * n, side, any_below(2) * any_below(64));
    uint32_t *want = malloc(4 * n + 1);
    for (size_t i = 0; i < n; ++i) want[i] = defined_draw(seed, stream, 10, 32, offset + i);
    assert_int_equal(simdrop_random_u32(seed, stream, offset, n, (uint32_t *)(void *)out.data),
                     SIMDROP_OK);
    assert_same(out.data, want, 4 * n,
                "seed %" PRIu64 ", stream %" PRIu64 ", offset %" PRIu64 ", n %zu", seed, stream,
                offset, n);
    assert_margins_untouched(&out);
    free(want);
    buffer_free(&out);
}

static void words_of_every_size(void **state) {
    (void)state;
    for (size_t n = 0; n <= 300; ++n) check_words(any_u64() >> any_below(64) >> 1, n);
    for (size_t i = 0; i < scaled(200); ++i)
        check_words(any_u64() >> any_below(64) >> 1, any_below(5000));
}

/* Counter word 0 overflows at every 2^34th word. */
static void words_across_the_carry(void **state) {
    (void)state;
    for (size_t i = 0; i < scaled(400); ++i) {
        const size_t n = 1 + any_below(1000);
        const uint64_t carry = (1 + any_below((UINT64_C(1) << 30) - 1)) << 34;
        check_words(carry - any_below(n + 8), n);
    }
}

static void words_at_the_end_of_the_stream(void **state) {
    (void)state;
    for (size_t n = 1; n < 100; ++n) {
        check_words(0 - (uint64_t)n, n);
        check_words(0 - (uint64_t)n - any_below(100), n);
    }
}

int main(int argc, char **argv) {
    (void)argc;
    const struct test tests[] = {
        ONCE(known_answers),
        ONCE(result_may_replace_an_argument),
        ONCE(random123_agrees),
        ONCE(derived_streams),
        PER_ISA(ten_thousandth_of_the_cpp_engine),
        PER_ISA(words_of_every_size),
        PER_ISA(words_across_the_carry),
        PER_ISA(words_at_the_end_of_the_stream),
    };
    return test_main(argv, tests, COUNT(tests));
}
