/* SPDX-License-Identifier: MIT */
/*
 * What the topics of the fuzzer share. A topic is a function that takes arguments from the input,
 * asks for memory and calls the library by CALL. It runs once on each instruction set. The driver
 * checks each call: it changes nothing but its results, and nothing at all if it fails; and all
 * sets give the same statuses and the same bytes.
 */
#ifndef SIMDROP_TESTS_FUZZ_H
#define SIMDROP_TESTS_FUZZ_H

#include "../../src/types.h"

#include <simdrop/simdrop.h>

/* X(name) for each: a file, and a function fuzz_<name>. TOPICS is in tests/meson.build. */
struct fuzz;
#define DECLARE(topic) void fuzz_##topic(struct fuzz *fuzz);
TOPICS(DECLARE)
#undef DECLARE

enum { MAX_N = 4096, MAX_ROWS = 64, MAX_ROW_IDS = 8 };

/* The input, from its beginning; missing bytes are zero. */
uint64_t take(struct fuzz *fuzz, size_t bytes);
uint64_t take_below(struct fuzz *fuzz, uint64_t bound); /* up to 2^16 */
double take_double(struct fuzz *fuzz);
float take_float(struct fuzz *fuzz);

/* Arguments of which most are valid. */
size_t take_count(struct fuzz *fuzz, size_t size); /* of elements; or more bytes than SIZE_MAX */
uint64_t take_offset(struct fuzz *fuzz, size_t n);
double take_probability(struct fuzz *fuzz);
const simdrop_dropout_config *take_config(struct fuzz *fuzz);
const simdrop_dropout *take_dropout(struct fuzz *fuzz); /* perhaps NULL, or zeroed */
const simdrop_rows *take_rows(struct fuzz *fuzz);
enum simdrop_type take_type(struct fuzz *fuzz);      /* and numbers of 2 bytes are then of it */
enum simdrop_type take_real_type(struct fuzz *fuzz); /* of SIMDROP_REAL_TYPES */

/* From now on NaN of results are made equal: they were computed. */
void compute_nan(struct fuzz *fuzz);

/*
 * Memory for the next call, perhaps NULL; of any alignment, but where there is one element. Inputs
 * have any bytes or small numbers; results all have the same byte, or what inputs have if they are
 * added to. Of rows those of a piece with the leading dimension ld, 0 meaning its columns; a
 * result's gaps may not change.
 */
void *input(struct fuzz *fuzz, size_t size, size_t n);
void *input_rows(struct fuzz *fuzz, size_t size, const simdrop_rows *rows, size_t ld);
void *result(struct fuzz *fuzz, size_t size, size_t n);
void *result_added(struct fuzz *fuzz, size_t size, size_t n);
void *result_rows(struct fuzz *fuzz, size_t size, const simdrop_rows *rows, size_t ld);

/* `apart`, or now and then the result `y` itself, or a place within its first row. */
void *apart_or_same(struct fuzz *fuzz, void *y, void *apart);

/* Half the times NULL. */
void *or_null(struct fuzz *fuzz, void *pointer);

/* What a function returned that isn't a status, to be the same on all sets. */
void record(struct fuzz *fuzz, const void *value, size_t size);

/* simdrop_status CALL(fuzz, function, its arguments...), in which no memory is asked for. */
#define CALL(fuzz, function, ...)                                                                  \
    (begin_call(fuzz, #function), end_call(fuzz, function(__VA_ARGS__)))
void begin_call(struct fuzz *fuzz, const char *function);
simdrop_status end_call(struct fuzz *fuzz, simdrop_status status);

const char *selected_isa(const struct fuzz *fuzz);

/* Says what is wrong with the last call, and aborts. */
_Noreturn void fail(const struct fuzz *fuzz, const char *what);

#endif
