/* SPDX-License-Identifier: MIT */
/* What all test programs share. */
#include "support.h"

#include "platform.h"

#include <simdrop/common.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

struct name {
    char text[64];
};

static struct CMUnitTest cmocka_test(struct name *name, const struct test *test, const char *isa) {
    snprintf(name->text, sizeof name->text, "%s%s%s", isa ? isa : "", isa ? "/" : "", test->name);
    return (struct CMUnitTest){name->text, test->run, begin, NULL, (void *)(uintptr_t)isa};
}

int test_main(char **argv, const struct test *tests, size_t count) {
    const size_t isa_count = simdrop_isa_list(NULL, 0), most = count * (isa_count + 1);
    const char **isas = calloc(isa_count, sizeof *isas);
    struct name *names = calloc(most, sizeof *names);
    struct CMUnitTest *units = calloc(most, sizeof *units);
    size_t used = 0;
    simdrop_isa_list(isas, isa_count);
    for (size_t i = 0; i < count; ++i)
        if (!tests[i].per_isa) units[used] = cmocka_test(&names[used], &tests[i], NULL), ++used;
    for (size_t k = 0; k < isa_count; ++k)
        for (size_t i = 0; i < count; ++i)
            if (tests[i].per_isa)
                units[used] = cmocka_test(&names[used], &tests[i], isas[k]), ++used;
    seed = environment_u64("SIMDROP_TEST_SEED", (uint64_t)time(NULL) << 20 ^ process_number());
    fprintf(stderr, "SIMDROP_TEST_SEED=%" PRIu64, seed);
    if (is_thinned()) fprintf(stderr, " SIMDROP_TEST_DIVISOR=%" PRIu64, divisor());
    fprintf(stderr, " replays this run\n");
    if (argv[1]) cmocka_set_test_filter(argv[1]);
    const int failed = _cmocka_run_group_tests(argv[0], units, used, NULL, NULL);
    free(units);
    free(names);
    free(isas);
    return failed != 0;
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

static uint64_t any_special(enum simdrop_type type) {
    const uint64_t sign = UINT64_C(1) << (8 * types[type].size - 1);
    const uint64_t least_normal = UINT64_C(1) << types[type].fraction;
    const uint64_t infinity = sign - least_normal, quiet = infinity + least_normal / 2;
    const uint64_t payload = any_below(least_normal / 2);
    const uint64_t values[] = {
        0,
        1, /* the least, the greatest denormal */
        least_normal - 1,
        least_normal,
        infinity - 1, /* the greatest number */
        infinity,
        infinity + 1, /* signalling NaN */
        infinity + (payload ? payload : 1),
        quiet,
        quiet + payload,
    };
    return values[any_below(COUNT(values))] | any_below(2) * sign;
}

void any_values(enum simdrop_type type, void *out, size_t n) {
    for (size_t i = 0; i < n; ++i)
        set_element(type, out, i, any_below(8) ? any_u64() : any_special(type));
}

size_t any_shift(void) {
    static const size_t alignments[] = {1, 4, 8, 64};
    const size_t alignment = alignments[any_below(COUNT(alignments))];
    return alignment * any_below(64 / alignment);
}

/* AddressSanitizer sees what is touched of the margins, too, within a line of memory. */
#if defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ASAN 1
#endif
#endif
#if defined(HAS_ASAN)
#include <sanitizer/asan_interface.h>
#define FORBID(from, to) ASAN_POISON_MEMORY_REGION(from, (size_t)((to) - (from)))
#define PERMIT(from, to) ASAN_UNPOISON_MEMORY_REGION(from, (size_t)((to) - (from)))
#else
#define FORBID(from, to) ((void)(from), (void)(to))
#define PERMIT(from, to) ((void)(from), (void)(to))
#endif

struct buffer buffer_new(size_t size, enum side side, size_t shift) {
    const size_t page = page_size();
    const size_t usable = (size + shift + page) / page * page;
    struct buffer buffer = {.size = size, .pages_size = usable + 2 * page};
    buffer.pages = pages_reserve(buffer.pages_size);
    assert_non_null(buffer.pages);
    assert_int_equal(pages_permit(buffer.pages + page, usable), 0);
    memset(buffer.pages + page, CANARY, usable);
    buffer.data = buffer.pages + page + (side == AT_START ? shift : usable - shift - size);
    FORBID(buffer.pages + page, buffer.data);
    FORBID(buffer.data + size, buffer.pages + page + usable);
    return buffer;
}

void buffer_free(struct buffer *buffer) {
    const size_t page = page_size();
    PERMIT(buffer->pages + page, buffer->pages + buffer->pages_size - page);
    assert_int_equal(pages_release(buffer->pages, buffer->pages_size), 0);
}

static void assert_untouched(const unsigned char *begin, const unsigned char *end) {
    while (begin < end && *begin == CANARY) ++begin;
    if (begin < end) fail_msg("written outside: %02x", *begin);
}

void assert_margins_untouched(const struct buffer *buffer) {
    const size_t page = page_size();
    PERMIT(buffer->pages + page, buffer->pages + buffer->pages_size - page);
    assert_untouched(buffer->pages + page, buffer->data);
    assert_untouched(buffer->data + buffer->size, buffer->pages + buffer->pages_size - page);
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
