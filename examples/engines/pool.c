/* SPDX-License-Identifier: MIT */
/* Dropout in an engine of C with a pool of threads: forward, and backward with the mask drawn again. */
#include "../gpt/pool.h"

#include <simdrop/simdrop.h>

#include <stdio.h>
#include <string.h>

enum { N = 1 << 20, TILE = 1 << 14 }; /* any tile will do; rows of a matrix, say */

/* A pass of a layer: what its tasks have in common. */
struct pass {
    simdrop_dropout dropout; /* plain data: tasks share it */
    const float *from;
    float *to;
    int32_t failed; /* tasks write it only if they fail, all the same */
};

static void tile(void *context, size_t task) {
    struct pass *pass = context;
    const size_t at = task * TILE, n = N - at < TILE ? N - at : TILE;
    /* the offset, not the thread, decides on the mask */
    if (simdrop_dropout_f32(&pass->dropout, at, n, pass->from + at, pass->to + at))
        pass->failed = 1;
}

/* The mask of a layer in a step: the same in the forward pass, its recomputation and the backward. */
static int run_pass(struct pool *pool, uint64_t layer, uint64_t step, const float *from,
                    float *to) {
    const uint64_t rank = 0; /* of data parallel processes, each with samples of its own */
    const simdrop_dropout_config config = {
        .drop_prob = 0.1, .seed = 42, .stream = simdrop_stream_derive(layer, step, rank)};
    struct pass pass = {.from = from, .to = to};
    if (simdrop_dropout_init(&pass.dropout, &config)) return 0;
    pool_run(pool, tile, &pass, (N + TILE - 1) / TILE);
    return !pass.failed;
}

static float x[N], dy[N], y[4][N], dx[4][N];

int main(void) {
    static const size_t threads[] = {1, 2, 3, 7};
    for (size_t i = 0; i < N; ++i) x[i] = (float)(i % 1000), dy[i] = 1;
    int fine = 1;
    for (size_t k = 0; k < 4 && fine; ++k) {
        struct pool *pool = pool_new(threads[k]);
        if (!pool) return 1;
        fine = run_pass(pool, 3, 1000, x, y[k]) && run_pass(pool, 3, 1000, dy, dx[k]) &&
               memcmp(y[k], y[0], sizeof y[0]) == 0 && memcmp(dx[k], dx[0], sizeof dx[0]) == 0;
        pool_free(pool);
    }
    puts(fine ? "the same bits with 1, 2, 3 and 7 threads" : "failed");
    return !fine;
}
