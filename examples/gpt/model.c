/* SPDX-License-Identifier: MIT */
/* Setting a GPT up: parameters, their first values, and memory for the passes. */
#include "model.h"

#include <cblas.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Memory for some of the parameters, the first. */
struct room {
    real *at;
    size_t size;
};

/* Counts a parameter, and returns where it is, or NULL where there is no room. */
static real *add(struct gpt *net, struct room room, const char *name, size_t layer, size_t size) {
    struct tensor *tensor = &net->tensors[net->tensor_count++];
    snprintf(tensor->name, sizeof tensor->name, "%s %zu", name, layer);
    tensor->first = net->size;
    tensor->size = size;
    net->size += size;
    return net->size <= room.size ? room.at + tensor->first : NULL;
}

static struct matrix add_matrix(struct gpt *net, struct room room, const char *name, size_t layer,
                                size_t rows, size_t cols) {
    return (struct matrix){rows, cols, cols, add(net, room, name, layer, rows * cols)};
}

static void lay_out(struct gpt *net, struct room room, struct weights *w) {
    const struct gpt_config *config = &net->config;
    const size_t width = config->width;
    net->size = net->tensor_count = 0;
    for (size_t i = 0; i < 2 * config->layers + 1; ++i) {
        w->norms[i].weight = add(net, room, "norm weight", i, width);
        w->norms[i].bias = add(net, room, "norm bias", i, width);
    }
    for (size_t i = 0; i < config->layers; ++i)
        w->blocks[i].up_bias = add(net, room, "up bias", i, 4 * width);
    net->vectors = net->size;
    for (size_t i = 0; i < config->layers; ++i) {
        w->blocks[i].qkv = add_matrix(net, room, "qkv", i, width, 3 * width);
        w->blocks[i].proj = add_matrix(net, room, "proj", i, width, width);
        w->blocks[i].up = add_matrix(net, room, "up", i, width, 4 * width);
        w->blocks[i].down = add_matrix(net, room, "down", i, 4 * width, width);
    }
    w->tokens = add_matrix(net, room, "tokens", 0, config->vocab, width);
    w->positions = add_matrix(net, room, "positions", 0, config->context, width);
    w->head = w->tokens;
    if (config->untied) w->head = add_matrix(net, room, "head", 0, config->vocab, width);
}

/* GPT-2's: normal numbers, those of products that end in the residual stream scaled down. */
static void set_first_weights(struct gpt *net) {
    const struct gpt_config *config = &net->config;
    for (size_t i = 0; i < 2 * config->layers + 1; ++i)
        for (size_t j = 0; j < config->width; ++j) net->w.norms[i].weight[j] = 1;
    const real deviation = (real)0.02;
    real *const matrices = net->params + net->vectors;
    if (OF_REAL(simdrop_random_normal)(config->seed, simdrop_stream_derive(0, 0, FOR_WEIGHTS), 0,
                                       net->size - net->vectors, 0, deviation, matrices))
        die("normal numbers were refused");
    const real less = (real)(1 / sqrt(2 * (double)config->layers));
    for (size_t i = 0; i < config->layers; ++i) {
        const struct matrix last[] = {net->w.blocks[i].proj, net->w.blocks[i].down};
        for (size_t k = 0; k < 2; ++k)
            for (size_t j = 0; j < last[k].rows * last[k].cols; ++j) last[k].at[j] *= less;
    }
}

static void make_states(struct gpt *net) {
    const struct gpt_config *config = &net->config;
    const size_t rows = config->batch * config->context, width = config->width;
    for (size_t i = 0; i < 2 * config->layers + 1; ++i) {
        const int is_input = i % 2 == 0; /* of a block, or of the logits */
        struct normed *norm = &net->norms[i];
        if (config->recomputes && i > 1) norm->y = net->norms[i % 2].y;
        if (config->recomputes && i > 1 && !is_input) {
            *norm = net->norms[1];
            continue;
        }
        norm->z = matrix_new(rows, width);
        if (!norm->y.at) norm->y = matrix_new(rows, width);
        norm->mean = allocate(rows, sizeof *norm->mean);
        norm->rstd = allocate(rows, sizeof *norm->rstd);
    }
    for (size_t i = 0; i < config->layers; ++i) {
        struct block *block = &net->blocks[i];
        if (config->recomputes && i > 0) {
            *block = net->blocks[0];
            continue;
        }
        block->qkv = matrix_new(rows, 3 * width);
        block->attended = matrix_new(rows, width);
        block->up = matrix_new(rows, 4 * width);
        block->active = matrix_new(rows, 4 * width);
        block->probs = matrix_new(rows * config->heads, config->context);
    }
    net->branch = matrix_new(rows, width);
    net->logits = matrix_new(rows, config->vocab);
    net->flow = (struct flow){.stream = matrix_new(rows, width),
                              .branch = {matrix_new(rows, width), matrix_new(rows, width)},
                              .proj = matrix_new(rows, width),
                              .normed = matrix_new(rows, width),
                              .attended = matrix_new(rows, width),
                              .qkv = matrix_new(rows, 3 * width),
                              .active = matrix_new(rows, 4 * width)};
    net->tiles = allocate(2 * config->batch, sizeof *net->tiles);
    for (size_t i = 0; i < 2 * config->batch; ++i)
        net->tiles[i] = matrix_new(config->query_tile, config->context);
    net->loss_seq = allocate(config->batch, sizeof *net->loss_seq);
}

static void free_states(struct gpt *net) {
    const size_t layers = net->config.layers;
    const int recomputes = net->config.recomputes;
    for (size_t i = 0; i < 2 * layers + 1; ++i) {
        struct normed *norm = &net->norms[i];
        if (!recomputes || i < 2) free(norm->y.at);
        if (recomputes && i > 1 && i % 2) continue;
        free(norm->z.at);
        free(norm->mean);
        free(norm->rstd);
    }
    for (size_t i = 0; i < (recomputes ? 1 : layers); ++i) {
        struct block *block = &net->blocks[i];
        free(block->qkv.at);
        free(block->attended.at);
        free(block->up.at);
        free(block->active.at);
        free(block->probs.at);
    }
    struct flow *flow = &net->flow;
    struct matrix *const shared[] = {
        &net->branch, &net->logits,  &flow->stream,   &flow->branch[0], &flow->branch[1],
        &flow->proj,  &flow->normed, &flow->attended, &flow->qkv,       &flow->active};
    for (size_t i = 0; i < sizeof shared / sizeof *shared; ++i) free(shared[i]->at);
    for (size_t i = 0; i < 2 * net->config.batch; ++i) free(net->tiles[i].at);
    free(net->tiles);
    free(net->loss_seq);
}

static void make_sites(struct gpt *net) {
    const struct gpt_config *config = &net->config;
    const size_t norms = 2 * config->layers + 1, rows = config->batch * config->context;
    for (size_t i = 0; i < norms + config->layers; ++i) {
        struct site *site = &net->sites[i];
        const size_t size = rows * (i < norms ? config->width : config->heads * config->context);
        if (config->way->stores_masks) site->kept = allocate(size, 1);
        site->drop_prob = config->drop_prob;
    }
}

void gpt_init(struct gpt *net, const struct gpt_config *config) {
    *net = (struct gpt){.config = *config};
    if (!config->way) net->config.way = &way_fused;
    if (!config->query_tile) net->config.query_tile = 64;
    if (config->layers > MAX_LAYERS || !config->layers || !config->heads || !config->width ||
        config->width % config->heads || !config->context || !config->batch || !config->vocab ||
        config->vocab > 256)
        die("no such network: layers, heads, width, context, batch or vocab out of range");
    lay_out(net, (struct room){NULL, 0}, &net->w); /* counts */
    net->params = allocate(net->size, sizeof *net->params);
    net->grads = allocate(net->size, sizeof *net->grads);
    net->grads_seq = allocate(config->batch * net->vectors, sizeof *net->grads_seq);
    net->dw_seq = allocate(config->batch, sizeof *net->dw_seq);
    const size_t size = net->size, vectors = net->vectors;
    for (size_t i = 0; i < config->batch; ++i)
        lay_out(net, (struct room){net->grads_seq + i * vectors, vectors}, &net->dw_seq[i]);
    lay_out(net, (struct room){net->params, size}, &net->w);
    lay_out(net, (struct room){net->grads, size}, &net->dw);
    set_first_weights(net);
    make_states(net);
    make_sites(net);
    openblas_set_num_threads(1); /* the pool splits the work */
    net->pool = pool_new(config->threads);
    if (!net->pool) die("can't start %zu threads", config->threads);
}

void gpt_free(struct gpt *net) {
    pool_free(net->pool);
    free_states(net);
    for (size_t i = 0; i < 3 * net->config.layers + 1; ++i) free(net->sites[i].kept);
    free(net->params);
    free(net->grads);
    free(net->grads_seq);
    free(net->dw_seq);
}
