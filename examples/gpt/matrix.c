/* SPDX-License-Identifier: MIT */
/* Matrices on CBLAS. */
#include "matrix.h"

#include <cblas.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void die(const char *format, ...) {
    va_list values;
    va_start(values, format);
    vfprintf(stderr, format, values);
    va_end(values);
    fputc('\n', stderr);
    exit(1);
}

void *allocate(size_t count, size_t size) {
    enum { LINE = 64 };
    const size_t most = SIZE_MAX / 2;
    const size_t bytes = size && count > most / size ? most : count * size;
    const size_t lines = (bytes + LINE) / LINE; /* at least one */
    void *memory = aligned_alloc(LINE, lines * LINE);
    if (!memory) die("not enough memory for %zu times %zu bytes", count, size);
    return memset(memory, 0, lines * LINE);
}

struct matrix matrix_new(size_t rows, size_t cols) {
    return (struct matrix){rows, cols, cols, allocate(rows * cols, sizeof(real))};
}

static void multiply(CBLAS_TRANSPOSE op_a, struct matrix a, CBLAS_TRANSPOSE op_b, struct matrix b,
                     real beta, struct matrix out) {
    const size_t inner = op_a == CblasTrans ? a.rows : a.cols;
    GEMM(CblasRowMajor, op_a, op_b, (int)out.rows, (int)out.cols, (int)inner, 1, a.at, (int)a.ld,
         b.at, (int)b.ld, beta, out.at, (int)out.ld);
}

void product(struct matrix a, struct matrix b, real beta, struct matrix out) {
    multiply(CblasNoTrans, a, CblasNoTrans, b, beta, out);
}

void product_tn(struct matrix a, struct matrix b, real beta, struct matrix out) {
    multiply(CblasTrans, a, CblasNoTrans, b, beta, out);
}

void product_nt(struct matrix a, struct matrix b, real beta, struct matrix out) {
    multiply(CblasNoTrans, a, CblasTrans, b, beta, out);
}
