/* SPDX-License-Identifier: MIT */
/* Row-major matrices, and random numbers to fill them with. */
#ifndef CS231N_MATRIX_H
#define CS231N_MATRIX_H

#include "real.h"

#include <stddef.h>
#include <stdint.h>

struct matrix {
    size_t rows, cols;
    real *at; /* element (i, j) is at[i * cols + j] */
};

/* Says in one line, as printf does, why the program can't go on, and ends it with status 1. */
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Zeroed memory; dies if there is none. */
void *allocate(size_t count, size_t size);

struct matrix matrix_new(size_t rows, size_t cols); /* zeros */
void matrix_free(struct matrix *m);
static inline size_t matrix_size(const struct matrix *m) { return m->rows * m->cols; }

/* The first rows of a matrix, without a copy. */
static inline struct matrix matrix_top(const struct matrix *m, size_t rows) {
    return (struct matrix){rows, m->cols, m->at};
}

double matrix_mean(const struct matrix *m);

/* out = a b, a^T b and a b^T. */
void product(const struct matrix *a, const struct matrix *b, struct matrix *out);
void product_tn(const struct matrix *a, const struct matrix *b, struct matrix *out);
void product_nt(const struct matrix *a, const struct matrix *b, struct matrix *out);

/*
 * Random numbers for one seed come from simdrop too: each use has a stream of its own, so that
 * networks which differ in their dropout begin with the same weights and see the same batches.
 */
enum use { FOR_DATA, FOR_WEIGHTS, FOR_BATCHES, FOR_MASKS };
uint64_t stream_of(enum use use, size_t number);

/* Normal numbers with this mean and standard deviation. */
void fill_normal(struct matrix *m, double mean, double deviation, uint64_t seed, uint64_t stream);

#endif
