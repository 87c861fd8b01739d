/* SPDX-License-Identifier: MIT */
/* What all test programs share: running per instruction set, random cases, guarded buffers. */
#ifndef SIMDROP_TESTS_SUPPORT_H
#define SIMDROP_TESTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "types.h"

/* Whether a size_t can say more than a position has room for: not where pointers have 32 bits. */
#define HUGE_SIZES (SIZE_MAX == UINT64_MAX)

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* A test that is run once, or once per instruction set that this CPU has, which is then selected
   and is the test's state. */
struct test {
    const char *name;
    CMUnitTestFunction run;
    int per_isa;
};
#define ONCE(function) {#function, function, 0}
#define PER_ISA(function) {#function, function, 1}

/*
 * Runs the tests, those that run once first, and returns the exit status for main. argv[1], if
 * there, selects tests by a pattern with * and ?, such as "avx2/" followed by a star.
 */
int test_main(char **argv, const struct test *tests, size_t count);

/* `full`, but divided by the environment's SIMDROP_TEST_DIVISOR (for emulators); at least 1. */
size_t scaled(size_t full);
int is_thinned(void); /* whether that divisor is more than 1 */

/* Random numbers. Every test begins with the same seed, which the program prints and takes from
   the environment's SIMDROP_TEST_SEED. */
uint64_t any_u64(void);
uint64_t any_below(uint64_t bound);
/* All bit patterns, and many NaN, infinities, denormals, zeros. */
void any_values(enum simdrop_type type, void *out, size_t n);
size_t any_shift(void); /* of a buffer, below 64 bytes: often 0, or aligned to a type */

/*
 * Memory between two unmapped pages: touching either is a crash, and so a failed test. `data` lies
 * `shift` bytes from the page at its side; all bytes begin as CANARY.
 */
enum { CANARY = 0xa5 };
enum side { AT_START, AT_END };
struct buffer {
    unsigned char *data, *pages;
    size_t size, pages_size;
};
struct buffer buffer_new(size_t size, enum side side, size_t shift);
void buffer_free(struct buffer *buffer);
void assert_margins_untouched(const struct buffer *buffer); /* the bytes around `data` */

/* Fails with the first difference and the formatted description of the case. */
#define assert_same(got, want, size, ...)                                                          \
    same_or_fail(__FILE__, __LINE__, got, want, size, __VA_ARGS__)
void same_or_fail(const char *file, int line, const void *got, const void *want, size_t size,
                  const char *format, ...) __attribute__((format(printf, 6, 7)));

#endif
