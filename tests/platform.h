/* SPDX-License-Identifier: MIT */
/* What tests want of an operating system, of POSIX or Windows. */
#ifndef SIMDROP_TESTS_PLATFORM_H
#define SIMDROP_TESTS_PLATFORM_H

#include <stddef.h>

/* Pages that nobody may touch, or NULL; of which some are then for reading and writing. The last
   two return 0 if all went well. */
size_t page_size(void);
void *pages_reserve(size_t size);
int pages_permit(void *pages, size_t size);
int pages_release(void *pages, size_t size);

unsigned process_number(void);

/*
 * Runs `child` in a new process that has the environment variable `name` (without, if `value` is
 * NULL), and returns the exit status. What it writes to stdout and stderr is in `out` and `errors`,
 * of `capacity` bytes each. On Windows the process begins at main, with the argument CHILD, which
 * then has to call `child`. Elsewhere it is forked, as emulators can't follow exec.
 */
#define CHILD "--child"
int run_child(const char *name, const char *value, int (*child)(void), size_t capacity, char *out,
              char *errors);

#endif
