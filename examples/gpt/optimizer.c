/* SPDX-License-Identifier: MIT */
/* AdamW, on the pool. */
#include "optimizer.h"

#include <stdlib.h>
#include <tgmath.h>

void adamw_init(struct adamw *adamw, const struct gpt *net) {
    adamw->mean = allocate(net->size, sizeof(real));
    adamw->square = allocate(net->size, sizeof(real));
    adamw->steps = 0;
}

void adamw_free(struct adamw *adamw) {
    free(adamw->mean);
    free(adamw->square);
}

static const double betas[] = {0.9, 0.99}, epsilon = 1e-8, decay = 0.1;

struct update {
    struct adamw *adamw;
    struct gpt *net;
    real rate, unbias1, unbias2; /* 1 / (1 - beta^steps) */
};

enum { PARTS = 16 };

static void update_range(const struct update *update, size_t first, size_t end, real keeps) {
    const real beta1 = (real)betas[0], beta2 = (real)betas[1];
    real *const mean = update->adamw->mean, *const square = update->adamw->square;
    real *const params = update->net->params;
    const real *const grads = update->net->grads;
    for (size_t i = first; i < end; ++i) {
        mean[i] = beta1 * mean[i] + (1 - beta1) * grads[i];
        square[i] = beta2 * square[i] + (1 - beta2) * grads[i] * grads[i];
        params[i] = keeps * params[i] - update->rate * (mean[i] * update->unbias1) /
                                            (sqrt(square[i] * update->unbias2) + (real)epsilon);
    }
}

static void update_part(void *context, size_t part) {
    const struct update *update = context;
    const size_t size = update->net->size, vectors = update->net->vectors;
    const size_t first = size * part / PARTS, end = size * (part + 1) / PARTS;
    const size_t middle = vectors < first ? first : vectors < end ? vectors : end;
    update_range(update, first, middle, 1);
    update_range(update, middle, end, 1 - update->rate * (real)decay);
}

void adamw_step(struct adamw *adamw, struct gpt *net, double rate) {
    const double steps = (double)++adamw->steps;
    struct update update = {adamw, net, (real)rate, (real)(1 / (1 - pow(betas[0], steps))),
                            (real)(1 / (1 - pow(betas[1], steps)))};
    pool_run(net->pool, update_part, &update, PARTS);
}
