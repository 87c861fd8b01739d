/* SPDX-License-Identifier: MIT */
/* The state of a topic that runs on one instruction set: driver.c checks it, arguments.c fills it. */
#ifndef SIMDROP_TESTS_FUZZ_STATE_H
#define SIMDROP_TESTS_FUZZ_STATE_H

#include "fuzz.h"

enum { ARENA = 1 << 20, MARGIN = 64, MAX_BUFFERS = 64, MAX_CALLS = 16 };

struct buffer {
    size_t at; /* in the arena, as all below in bytes */
    size_t size, rows, row, pitch, element;
    int is_result, call;
};

struct fuzz {
    const uint8_t *data; /* what is left of the input */
    size_t left;
    uint64_t random; /* makes the contents of memory */
    const char *isa;
    enum simdrop_type type;
    int nan_is_computed, buffers, calls;
    size_t used;
    const char *functions[MAX_CALLS];
    simdrop_status statuses[MAX_CALLS];
    struct buffer buffer[MAX_BUFFERS];
    _Alignas(64) uint8_t arena[ARENA + MARGIN];
};

#endif
