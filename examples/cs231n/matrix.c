/* SPDX-License-Identifier: MIT */
/* Matrices on CBLAS, random numbers on simdrop. */
#include "matrix.h"

#include <cblas.h>
#include <simdrop/simdrop.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void die(const char *format, ...) {
    va_list values;
    va_start(values, format);
    vfprintf(stderr, format, values);
    va_end(values);
    fputc('\n', stderr);
    exit(1);
}

void *allocate(size_t count, size_t size) {
    void *memory = calloc(count ? count : 1, size);
    if (!memory) die("not enough memory for %zu times %zu bytes", count, size);
    return memory;
}

struct matrix matrix_new(size_t rows, size_t cols) {
    return (struct matrix){rows, cols, allocate(rows * cols, sizeof(real))};
}

void matrix_free(struct matrix *m) {
    free(m->at);
    *m = (struct matrix){0, 0, NULL};
}

double matrix_mean(const struct matrix *m) {
    double sum = 0;
    for (size_t i = 0; i < matrix_size(m); ++i) sum += (double)m->at[i];
    return sum / (double)matrix_size(m);
}

static void multiply(CBLAS_TRANSPOSE op_a, const struct matrix *a, CBLAS_TRANSPOSE op_b,
                     const struct matrix *b, struct matrix *out) {
    const size_t inner = op_a == CblasTrans ? a->rows : a->cols;
    GEMM(CblasRowMajor, op_a, op_b, (int)out->rows, (int)out->cols, (int)inner, 1, a->at,
         (int)a->cols, b->at, (int)b->cols, 0, out->at, (int)out->cols);
}

void product(const struct matrix *a, const struct matrix *b, struct matrix *out) {
    multiply(CblasNoTrans, a, CblasNoTrans, b, out);
}

void product_tn(const struct matrix *a, const struct matrix *b, struct matrix *out) {
    multiply(CblasTrans, a, CblasNoTrans, b, out);
}

void product_nt(const struct matrix *a, const struct matrix *b, struct matrix *out) {
    multiply(CblasNoTrans, a, CblasTrans, b, out);
}

uint64_t stream_of(enum use use, size_t number) {
    return simdrop_stream_derive((uint64_t)use, number, 0);
}

void fill_normal(struct matrix *m, double mean, double deviation, uint64_t seed, uint64_t stream) {
    if (NORMAL(seed, stream, 0, matrix_size(m), (real)mean, (real)deviation, m->at))
        die("normal numbers were refused");
}
