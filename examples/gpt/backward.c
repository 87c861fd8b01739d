/* SPDX-License-Identifier: MIT */
/*
 * The backward pass, on the pool. Gradients of activations are computed sequence by sequence, those
 * of weights, which sum over sequences, tile by tile: both splits are the same for any number of
 * threads.
 */
#include "model.h"

#include <string.h>

enum { TILES = 4 }; /* of one matrix's gradient */

struct job {
    struct gpt *net;
    size_t layer;
};

/* Back through norm number i: from flow.normed and flow.stream into flow.stream and `branch`. */
static void norm_backward(struct gpt *net, size_t i, size_t sequence, struct matrix branch) {
    const size_t width = net->config.width, row = sequence * net->config.context;
    const simdrop_rows rows = rows_of_sequence(net, sequence, width);
    const struct normed *norm = &net->norms[i];
    const struct weights *const sums = &net->dw_seq[sequence];
    const size_t at = row * width;
    net->config.way->add_norm_backward(&net->sites[i], &rows, net->flow.normed.at + at,
                                       net->flow.stream.at + at, norm->z.at + at,
                                       net->w.norms[i].weight, norm->mean + row, norm->rstd + row,
                                       branch.at + at, sums->norms[i].weight, sums->norms[i].bias);
}

static void head_task(void *context, size_t sequence) {
    struct gpt *net = context;
    const size_t length = net->config.context, row = sequence * length, last = net->config.layers;
    const size_t width = net->config.width;
    memset(net->grads_seq + sequence * net->vectors, 0, net->vectors * sizeof *net->grads_seq);
    memset(net->flow.stream.at + row * width, 0, length * width * sizeof *net->flow.stream.at);
    product(rows_of(net->logits, row, length), net->w.head, 0,
            rows_of(net->flow.normed, row, length));
    norm_backward(net, 2 * last, sequence, net->flow.branch[last % 2]);
}

/* The norm that a block begins with, again from its input, which was kept: as the branch, with
   nothing to drop. */
static void norm_again(struct gpt *net, size_t layer, size_t sequence) {
    const size_t width = net->config.width, row = sequence * net->config.context;
    const simdrop_rows rows = rows_of_sequence(net, sequence, width);
    const simdrop_dropout_config nothing = {0};
    const struct normed *norm = &net->norms[2 * layer];
    struct site site = {0};
    const size_t at = row * width;
    if (simdrop_dropout_init(&site.plan, &nothing)) die("a plan without dropout was refused");
    net->config.way->add_norm(&site, &rows, norm->z.at + at, NULL, net->w.norms[2 * layer].weight,
                              net->w.norms[2 * layer].bias, norm->z.at + at, norm->y.at + at,
                              norm->mean + row, norm->rstd + row);
}

static void block_task(void *context, size_t sequence) {
    const struct job *job = context;
    struct gpt *net = job->net;
    const struct flow *flow = &net->flow;
    const size_t layer = job->layer, length = net->config.context, row = sequence * length;
    const size_t wide = 4 * net->config.width;
    const struct block *block = &net->blocks[layer];
    if (net->config.recomputes) {
        norm_again(net, layer, sequence);
        block_inside(net, layer, sequence);
    }
    product_nt(rows_of(flow->branch[(layer + 1) % 2], row, length), net->w.blocks[layer].down, 0,
               rows_of(flow->active, row, length));
    const simdrop_rows rows = rows_of_sequence(net, sequence, wide);
    net->config.way->activate_backward(&rows, block->up.at + row * wide,
                                       net->w.blocks[layer].up_bias, flow->active.at + row * wide,
                                       net->dw_seq[sequence].blocks[layer].up_bias);
    product_nt(rows_of(flow->active, row, length), net->w.blocks[layer].up, 0,
               rows_of(flow->normed, row, length));
    norm_backward(net, 2 * layer + 1, sequence, flow->proj);
    product_nt(rows_of(flow->proj, row, length), net->w.blocks[layer].proj, 0,
               rows_of(flow->attended, row, length));
    attention_backward(net, layer, sequence);
    product_nt(rows_of(flow->qkv, row, length), net->w.blocks[layer].qkv, 0,
               rows_of(flow->normed, row, length));
    norm_backward(net, 2 * layer, sequence, flow->branch[layer % 2]);
}

/* Some rows of dw = x^T dy. */
static void weight_tile(struct matrix x, struct matrix dy, struct matrix dw, size_t tile) {
    const size_t first = x.cols * tile / TILES, end = x.cols * (tile + 1) / TILES;
    if (first < end)
        product_tn(cols_of(x, first, end - first), dy, 0, rows_of(dw, first, end - first));
}

static void weights_task(void *context, size_t task) {
    const struct job *job = context;
    struct gpt *net = job->net;
    const size_t layer = job->layer;
    const struct flow *flow = &net->flow;
    const struct block *block = &net->blocks[layer];
    const struct {
        struct matrix x, dy, dw;
    } products[] = {
        {block->active, flow->branch[(layer + 1) % 2], net->dw.blocks[layer].down},
        {net->norms[2 * layer + 1].y, flow->active, net->dw.blocks[layer].up},
        {net->norms[2 * layer].y, flow->qkv, net->dw.blocks[layer].qkv},
        {block->attended, flow->proj, net->dw.blocks[layer].proj},
    };
    const size_t i = task / TILES;
    weight_tile(products[i].x, products[i].dy, products[i].dw, task % TILES);
}

static void head_weights_task(void *context, size_t tile) {
    struct gpt *net = context;
    weight_tile(net->logits, net->norms[2 * net->config.layers].y, net->dw.head, tile);
}

/* Some columns of the embeddings' gradients, and some of the vectors', which sum over sequences. */
static void sums_task(void *context, size_t tile) {
    struct gpt *net = context;
    const struct gpt_config *config = &net->config;
    const size_t width = config->width, length = config->context;
    const size_t first = width * tile / TILES, end = width * (tile + 1) / TILES;
    const struct matrix tokens = net->dw.tokens, positions = net->dw.positions;
    for (size_t i = 0; config->untied && i < tokens.rows; ++i)
        memset(tokens.at + i * width + first, 0, (end - first) * sizeof *tokens.at);
    for (size_t i = 0; i < positions.rows; ++i)
        memset(positions.at + i * width + first, 0, (end - first) * sizeof *positions.at);
    for (size_t i = 0; i < config->batch * length; ++i) {
        const size_t t = i % length, token = net->batch[i / length * (length + 1) + t];
        const real *const dx = net->flow.branch[0].at + i * width;
        for (size_t j = first; j < end; ++j) {
            tokens.at[token * width + j] += dx[j];
            positions.at[t * width + j] += dx[j];
        }
    }
    const size_t last = net->vectors * (tile + 1) / TILES;
    for (size_t i = net->vectors * tile / TILES; i < last; ++i) {
        real sum = 0;
        for (size_t k = 0; k < config->batch; ++k) sum += net->grads_seq[k * net->vectors + i];
        net->grads[i] = sum;
    }
}

void gpt_backward(struct gpt *net) {
    const size_t batch = net->config.batch;
    pool_run(net->pool, head_task, net, batch);
    pool_run(net->pool, head_weights_task, net, TILES);
    for (size_t layer = net->config.layers; layer-- > 0;) {
        struct job job = {net, layer};
        pool_run(net->pool, block_task, &job, batch);
        pool_run(net->pool, weights_task, &job, 4 * TILES);
    }
    pool_run(net->pool, sums_task, net, TILES);
}
