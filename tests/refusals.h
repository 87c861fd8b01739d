/* SPDX-License-Identifier: MIT */
/* Bad arguments of calls on rows: the right status, and nothing written. */
#ifndef SIMDROP_TESTS_REFUSALS_H
#define SIMDROP_TESTS_REFUSALS_H

#include "support.h"

#include <simdrop/rows.h>

#include <string.h>

/* Memory for a call's tensors, of SIDE rows and columns, one after the other. */
enum { SIDE = 8, ROOM = 8 * SIDE * SIDE };
static union {
    double align;
    unsigned char bytes[8][ROOM];
} memory;
static inline void memory_begin(void) { memset(&memory, CANARY, sizeof memory); }
static inline void assert_invalid(simdrop_status status, const char *name, const char *what) {
    if (status != SIMDROP_ERR_INVALID_ARGUMENT)
        fail_msg("%s, %s: status %d", name, what, (int)status);
    for (size_t i = 0; i < sizeof memory; ++i)
        if (((unsigned char *)&memory)[i] != CANARY) fail_msg("%s, %s: written", name, what);
}

/* Drop probabilities: calls of the first and the last take short cuts. */
static const double refused_with[] = {0, 0.5, 1};

static const simdrop_rows square = {.rows = SIDE, .cols = SIDE};
static const simdrop_rows wide = {.rows = SIDE, .cols = SIDE, .ldx = SIDE + 1};
static const simdrop_rows empty_rows[] = {{.cols = SIDE}, {.rows = SIDE}, {0}};
static const simdrop_rows bad_rows[] = {
    {.rows = SIDE, .cols = SIDE, .ldx = SIDE - 1},
    {.rows = SIDE, .cols = SIDE, .ldy = SIDE - 1},
    {.rows = SIDE, .cols = SIDE, .reserved = {1}},
    {.rows = SIZE_MAX / 8, .cols = SIDE},
    {.rows = SIZE_MAX, .cols = 1},
    {.rows = SIZE_MAX / 2, .cols = 1},
    {.rows = 1, .cols = SIZE_MAX / 2 + 1},
    {.rows = SIDE, .cols = SIDE, .first_row = UINT64_MAX / SIDE},
    {.rows = SIDE, .cols = SIDE, .global_cols = SIDE, .first_col = 1},
};

#endif
