/* SPDX-License-Identifier: MIT */
/* The fuzzer's program: runs the topic that an input names on all instruction sets, and checks
   every call. */
#include "state.h"

#include "../types.h"

#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef void topic_fn(struct fuzz *fuzz);
#define TOPIC(topic) fuzz_##topic,
static topic_fn *const topics[] = {TOPICS(TOPIC)};
#undef TOPIC

_Noreturn void fail(const struct fuzz *fuzz, const char *what) {
    const int call = fuzz->calls;
    fprintf(stderr, "%s, call %d, %s: %s\n", fuzz->isa, call,
            call < MAX_CALLS && fuzz->functions[call] ? fuzz->functions[call] : "none", what);
    abort();
}

const char *selected_isa(const struct fuzz *fuzz) { return fuzz->isa; }

static uint8_t before[ARENA + MARGIN]; /* the arena, before a call */

/* To the address sanitizer all but the buffers is out of bounds. */
void begin_call(struct fuzz *fuzz, const char *function) {
    if (fuzz->calls == MAX_CALLS) fail(fuzz, "too many calls");
    fuzz->functions[fuzz->calls] = function;
    memcpy(before, fuzz->arena, fuzz->used + MARGIN);
    ASAN_POISON_MEMORY_REGION(fuzz->arena, sizeof fuzz->arena);
    for (int i = 0; i < fuzz->buffers; ++i)
        ASAN_UNPOISON_MEMORY_REGION(fuzz->arena + fuzz->buffer[i].at, fuzz->buffer[i].size);
}

static void check_unchanged(const struct fuzz *fuzz, size_t from, size_t to, const char *what) {
    if (memcmp(fuzz->arena + from, before + from, to - from) != 0) fail(fuzz, what);
}

static void make_nan_equal(enum simdrop_type type, void *x, size_t n) {
    const uint64_t sign = UINT64_C(1) << (8 * types[type].size - 1);
    const uint64_t infinity = sign - (UINT64_C(1) << types[type].fraction);
    for (size_t i = 0; i < n; ++i)
        if ((element(type, x, i) & ~sign) > infinity) set_element(type, x, i, sign - 1);
}

static void make_result_nan_equal(struct fuzz *fuzz, const struct buffer *b) {
    const enum simdrop_type type = b->element == sizeof(float)    ? SIMDROP_f32
                                   : b->element == sizeof(double) ? SIMDROP_f64
                                                                  : fuzz->type;
    if (b->element > 1) make_nan_equal(type, fuzz->arena + b->at, b->size / b->element);
}

simdrop_status end_call(struct fuzz *fuzz, simdrop_status status) {
    ASAN_UNPOISON_MEMORY_REGION(fuzz->arena, sizeof fuzz->arena);
    size_t unchanged = 0;
    for (int i = 0; i < fuzz->buffers; ++i) {
        const struct buffer *b = &fuzz->buffer[i];
        if (status != SIMDROP_OK || !b->is_result || b->call != fuzz->calls) continue;
        for (size_t row = b->at, k = 0; k < b->rows; ++k, row += b->pitch) {
            check_unchanged(fuzz, unchanged, row, "wrote beside its results");
            unchanged = row + b->row;
        }
    }
    check_unchanged(fuzz, unchanged, fuzz->used + MARGIN,
                    status ? "failed, but wrote" : "wrote beside its results");
    for (int i = 0; i < fuzz->buffers; ++i)
        if (fuzz->nan_is_computed && fuzz->buffer[i].is_result &&
            fuzz->buffer[i].call == fuzz->calls)
            make_result_nan_equal(fuzz, &fuzz->buffer[i]);
    return fuzz->statuses[fuzz->calls++] = status;
}

static void run(struct fuzz *fuzz, const char *isa, const uint8_t *data, size_t size) {
    memset(fuzz, 0, offsetof(struct fuzz, arena));
    fuzz->isa = isa;
    fuzz->data = data;
    fuzz->left = size;
    if (simdrop_isa_select(isa) != SIMDROP_OK) fail(fuzz, "isn't selected");
    const uint64_t topic = take_below(fuzz, sizeof topics / sizeof *topics);
    fuzz->random = take(fuzz, 2);
    topics[topic](fuzz);
}

static void compare(struct fuzz *got, const struct fuzz *want) {
    if (got->buffers != want->buffers || got->calls != want->calls)
        fail(got, "made others than on scalar");
    for (int i = 0; i < want->calls; ++i)
        if (got->statuses[i] != want->statuses[i]) {
            got->calls = i;
            fail(got, "another status than on scalar");
        }
    for (int i = 0; i < want->buffers; ++i) {
        const struct buffer *b = &want->buffer[i];
        if (memcmp(got->arena + b->at, want->arena + b->at, b->size) == 0) continue;
        got->calls = b->call;
        fail(got, "other results than on scalar");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    /* in the same place, so that pointers are the same, and alignments */
    static struct fuzz state, want;
    const char *isas[16];
    const size_t count = simdrop_isa_list(isas, 16);
    run(&state, "scalar", data, size);
    memcpy(&want, &state, offsetof(struct fuzz, arena) + state.used);
    for (size_t i = 0; i < count; ++i) {
        if (strcmp(isas[i], "scalar") == 0) continue;
        run(&state, isas[i], data, size);
        compare(&state, &want);
    }
    return 0;
}
