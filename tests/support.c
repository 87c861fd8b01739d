/* SPDX-License-Identifier: MIT */
/* What all test programs share. */
#include "support.h"

#include <simdrop/common.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static uint64_t seed, random_state;

static uint64_t environment_u64(const char *name, uint64_t otherwise) {
    const char *text = getenv(name);
    return text && *text ? strtoull(text, NULL, 0) : otherwise;
}

static uint64_t divisor(void) { return environment_u64("SIMDROP_TEST_DIVISOR", 1); }

static int begin(void **state) {
    random_state = seed;
    return *state && simdrop_isa_select(*state) != SIMDROP_OK;
}

static struct CMUnitTest cmocka_test(const struct test *test, const char *isa) {
    static char names[1024][64];
    static size_t used;
    char *name = names[used++];
    snprintf(name, sizeof names[0], "%s%s%s", isa ? isa : "", isa ? "/" : "", test->name);
    return (struct CMUnitTest){name, test->run, begin, NULL, (void *)(uintptr_t)isa};
}

int test_main(char **argv, const struct test *tests, size_t count) {
    const char *isas[16];
    const size_t isa_count = simdrop_isa_list(isas, COUNT(isas));
    struct CMUnitTest units[1024];
    size_t used = 0;
    for (size_t i = 0; i < count; ++i)
        if (!tests[i].per_isa) units[used++] = cmocka_test(&tests[i], NULL);
    for (size_t k = 0; k < isa_count; ++k)
        for (size_t i = 0; i < count; ++i)
            if (tests[i].per_isa) units[used++] = cmocka_test(&tests[i], isas[k]);
    seed = environment_u64("SIMDROP_TEST_SEED", (uint64_t)time(NULL) << 20 ^ (uint64_t)getpid());
    fprintf(stderr, "SIMDROP_TEST_SEED=%" PRIu64, seed);
    if (is_thinned()) fprintf(stderr, " SIMDROP_TEST_DIVISOR=%" PRIu64, divisor());
    fprintf(stderr, " replays this run\n");
    if (argv[1]) cmocka_set_test_filter(argv[1]);
    return _cmocka_run_group_tests(argv[0], units, used, NULL, NULL) != 0;
}

size_t scaled(size_t full) {
    const uint64_t part = full / divisor();
    return part ? (size_t)part : 1;
}

int is_thinned(void) { return divisor() > 1; }

uint64_t any_u64(void) { /* splitmix64 */
    uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

uint64_t any_below(uint64_t bound) { return any_u64() % bound; }

static uint64_t any_value(enum type type) {
    static const uint32_t f32[] = {
        0x00000000, 0x80000000, 0x7f800000, 0xff800000, /* 0, -0, Inf, -Inf */
        0x7fc00000, 0xffc12345, 0x7f800001, 0xffbfffff, /* quiet and signalling NaN */
        0x00000001, 0x807fffff, 0x00800000, 0x7f7fffff, /* least, denormal, normal, greatest */
    };
    static const uint64_t f64[] = {
        0x0000000000000000, 0x8000000000000000, 0x7ff0000000000000, 0xfff0000000000000,
        0x7ff8000000000000, 0xfff8000012345678, 0x7ff0000000000001, 0xfff7ffffffffffff,
        0x0000000000000001, 0x800fffffffffffff, 0x0010000000000000, 0x7fefffffffffffff,
    };
    _Static_assert(COUNT(f32) == COUNT(f64), "the same values of both types");
    const uint64_t random = any_u64();
    if (random >> 61) return random;
    return type == F64 ? f64[random % COUNT(f64)] : f32[random % COUNT(f32)];
}

void any_values(enum type type, void *out, size_t n) {
    const size_t size = size_of(type);
    for (size_t i = 0; i < n; ++i) {
        const uint64_t value = any_value(type);
        memcpy((char *)out + i * size, &value, size);
    }
}

size_t any_shift(void) {
    static const size_t alignments[] = {1, 4, 8, 64};
    const size_t alignment = alignments[any_below(COUNT(alignments))];
    return alignment * any_below(64 / alignment);
}

struct buffer buffer_new(size_t size, enum side side, size_t shift) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t usable = (size + shift + page) / page * page;
    struct buffer buffer = {.size = size, .pages_size = usable + 2 * page};
    buffer.pages = mmap(NULL, buffer.pages_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(buffer.pages != MAP_FAILED);
    assert_int_equal(mprotect(buffer.pages + page, usable, PROT_READ | PROT_WRITE), 0);
    memset(buffer.pages + page, CANARY, usable);
    buffer.data = buffer.pages + page + (side == AT_START ? shift : usable - shift - size);
    return buffer;
}

void buffer_free(struct buffer *buffer) { munmap(buffer->pages, buffer->pages_size); }

void assert_margins_untouched(const struct buffer *buffer) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    for (const unsigned char *p = buffer->pages + page; p < buffer->data; ++p)
        assert_int_equal(*p, CANARY);
    const unsigned char *end = buffer->pages + buffer->pages_size - page;
    for (const unsigned char *p = buffer->data + buffer->size; p < end; ++p)
        assert_int_equal(*p, CANARY);
}

void same_or_fail(const char *file, int line, const void *got, const void *want, size_t size,
                  const char *format, ...) {
    if (size == 0 || memcmp(got, want, size) == 0) return;
    const unsigned char *g = got, *w = want;
    size_t i = 0;
    while (g[i] == w[i]) ++i;
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    print_error("byte %zu of %zu is %02x, not %02x: %s\n", i, size, g[i], w[i], text);
    _fail(file, line);
}
