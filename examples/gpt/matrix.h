/* SPDX-License-Identifier: MIT */
/* Row-major matrices that may be views of others, and their products. */
#ifndef GPT_MATRIX_H
#define GPT_MATRIX_H

#include "real.h"

#include <stddef.h>
#include <stdint.h>

struct matrix {
    size_t rows, cols, ld;
    real *at; /* element (i, j) is at[i * ld + j] */
};

/* Says in one line, as printf does, why the program can't go on, and ends it with status 1. */
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Zeroed memory, aligned to 64 bytes: sums that a compiler splits by alignment are split alike.
   free() frees it; dies if there is none. */
void *allocate(size_t count, size_t size);

struct matrix matrix_new(size_t rows, size_t cols);

/* A view of some of the rows, and of some of the columns. */
static inline struct matrix rows_of(struct matrix m, size_t first, size_t count) {
    return (struct matrix){count, m.cols, m.ld, m.at + first * m.ld};
}
static inline struct matrix cols_of(struct matrix m, size_t first, size_t count) {
    return (struct matrix){m.rows, count, m.ld, m.at + first};
}

/* out = a b + beta out; with a^T; with b^T. */
void product(struct matrix a, struct matrix b, real beta, struct matrix out);
void product_tn(struct matrix a, struct matrix b, real beta, struct matrix out);
void product_nt(struct matrix a, struct matrix b, real beta, struct matrix out);

/* What random numbers are for: streams of different uses are independent of each other. */
enum use { FOR_MASKS, FOR_BATCHES, FOR_WEIGHTS, FOR_SAMPLES };

#endif
