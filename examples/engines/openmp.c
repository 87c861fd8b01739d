/* SPDX-License-Identifier: MIT */
/* Dropout in an engine with OpenMP: rows of a matrix, of which each thread takes some. */
#include <simdrop/simdrop.h>

#include <stdio.h>
#include <string.h>

enum { ROWS = 1000, COLS = 777, LD = 800, BLOCK = 16 };
static float x[ROWS][LD], y[ROWS][LD], all[ROWS][LD];

static simdrop_status drop(const simdrop_dropout *dropout, size_t first, size_t rows) {
    const simdrop_rows piece = {
        .rows = rows, .cols = COLS, .ldx = LD, .ldy = LD, .first_row = first};
    return simdrop_dropout_rows_f32(dropout, &piece, x[first], y[first]);
}

int main(void) {
    for (int i = 0; i < ROWS; ++i)
        for (int j = 0; j < COLS; ++j) x[i][j] = (float)(i + j);
    const simdrop_dropout_config config = {.drop_prob = 0.25, .seed = 42};
    simdrop_dropout dropout;
    int failed = simdrop_dropout_init(&dropout, &config) != SIMDROP_OK;

#pragma omp parallel for reduction(| : failed)
    for (size_t first = 0; first < ROWS; first += BLOCK)
        failed |= drop(&dropout, first, first + BLOCK < ROWS ? BLOCK : ROWS - first) != SIMDROP_OK;

    memcpy(all, y, sizeof all);
    failed |= drop(&dropout, 0, ROWS) != SIMDROP_OK || memcmp(all, y, sizeof all) != 0;
    puts(failed ? "failed" : "the same bits in blocks of rows and as a whole");
    return failed;
}
