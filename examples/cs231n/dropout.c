/* SPDX-License-Identifier: MIT */
/* Inverted dropout on simdrop: a layer is a range of a random stream. */
#include "dropout.h"

#include <simdrop/simdrop.h>

#include <pthread.h>

/* A test is training without dropout: p = 0 copies bit for bit. */
static simdrop_dropout prepare(const struct dropout_param *param) {
    const simdrop_dropout_config config = {
        .drop_prob = param->mode == TRAIN ? param->drop_prob : 0.0,
        .seed = param->seed,
        .stream = param->stream,
    };
    simdrop_dropout dropout;
    if (simdrop_dropout_init(&dropout, &config)) die("drop_prob must be in [0, 1]");
    return dropout;
}

/* One thread's part of a call. */
struct part {
    const simdrop_dropout *dropout;
    uint64_t offset;
    size_t n;
    const real *x;
    real *y;
};

static void *run_part(void *argument) {
    const struct part *part = argument;
    if (DROPOUT(part->dropout, part->offset, part->n, part->x, part->y))
        die("a dropout call was refused");
    return NULL;
}

/* y = dropout(x). Any split gives the same bits, so the parts needn't be aligned to anything. */
static void run(const struct dropout_param *param, size_t n, const real *x, real *y) {
    const simdrop_dropout dropout = prepare(param);
    const size_t threads = param->threads ? param->threads : 1;
    struct part parts[MAX_THREADS];
    pthread_t ids[MAX_THREADS];
    if (threads > MAX_THREADS) die("%zu threads are too many", threads);
    for (size_t t = 0; t < threads; ++t) {
        const size_t first = n * t / threads, end = n * (t + 1) / threads;
        parts[t] =
            (struct part){&dropout, param->offset + first, end - first, x + first, y + first};
        if (t > 0 && pthread_create(&ids[t], NULL, run_part, &parts[t]))
            die("can't start %zu threads", threads);
    }
    run_part(&parts[0]);
    for (size_t t = 1; t < threads; ++t) pthread_join(ids[t], NULL);
}

void dropout_forward(const struct matrix *x, const struct dropout_param *param, struct matrix *out,
                     uint8_t *mask) {
    run(param, matrix_size(x), x->at, out->at);
    if (!mask) return;
    const simdrop_dropout dropout = prepare(param);
    if (simdrop_dropout_mask_bits(&dropout, param->offset, matrix_size(x), mask))
        die("a mask was refused");
}

void dropout_backward(const struct matrix *dout, const struct dropout_param *param,
                      struct matrix *dx) {
    run(param, matrix_size(dout), dout->at, dx->at);
}
