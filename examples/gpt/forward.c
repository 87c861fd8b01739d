/* SPDX-License-Identifier: MIT */
/* The forward pass and the loss. Sequences don't depend on each other: one is one task. */
#include "model.h"

#include <stdlib.h>
#include <string.h>
#include <tgmath.h>

simdrop_rows rows_of_sequence(const struct gpt *net, size_t sequence, size_t cols) {
    const size_t context = net->config.context;
    return (simdrop_rows){
        .rows = context, .cols = cols, .ldx = cols, .ldy = cols, .first_row = sequence * context};
}

static const uint8_t *tokens_of(const struct gpt *net, size_t sequence) {
    return net->batch + sequence * (net->config.context + 1);
}

/* Adds the branch to the residual stream and normalises: norm number i of the network. */
static void add_branch(struct gpt *net, size_t i, size_t sequence) {
    const size_t width = net->config.width, row = sequence * net->config.context;
    const simdrop_rows rows = rows_of_sequence(net, sequence, width);
    const struct normed *norm = &net->norms[i];
    const size_t at = row * width;
    net->config.way->add_norm(&net->sites[i], &rows, net->branch.at + at,
                              i ? net->norms[i - 1].z.at + at : NULL, net->w.norms[i].weight,
                              net->w.norms[i].bias, norm->z.at + at, norm->y.at + at,
                              norm->mean + row, norm->rstd + row);
}

void block_inside(struct gpt *net, size_t layer, size_t sequence) {
    const struct gpt_config *config = &net->config;
    const size_t context = config->context, row = sequence * context, wide = 4 * config->width;
    const struct block *block = &net->blocks[layer];
    const struct normed *in = &net->norms[2 * layer], *mid = &net->norms[2 * layer + 1];
    product(rows_of(in->y, row, context), net->w.blocks[layer].qkv, 0,
            rows_of(block->qkv, row, context));
    attention_forward(net, layer, sequence);
    product(rows_of(block->attended, row, context), net->w.blocks[layer].proj, 0,
            rows_of(net->branch, row, context));
    add_branch(net, 2 * layer + 1, sequence);
    product(rows_of(mid->y, row, context), net->w.blocks[layer].up, 0,
            rows_of(block->up, row, context));
    const simdrop_rows rows = rows_of_sequence(net, sequence, wide);
    config->way->activate(&rows, block->up.at + row * wide, net->w.blocks[layer].up_bias,
                          block->active.at + row * wide);
}

/* The sum of a sequence's cross entropies; logits become the gradient of the batch's mean. */
static double cross_entropy(const struct gpt *net, size_t sequence) {
    const size_t context = net->config.context, vocab = net->config.vocab;
    const real share = 1 / (real)(net->config.batch * context);
    double loss = 0;
    for (size_t t = 0; t < context; ++t) {
        real *const row = net->logits.at + (sequence * context + t) * vocab;
        const size_t target = tokens_of(net, sequence)[t + 1];
        real most = row[0], sum = 0;
        for (size_t j = 1; j < vocab; ++j) most = row[j] > most ? row[j] : most;
        const real of_target = row[target] - most;
        for (size_t j = 0; j < vocab; ++j) sum += row[j] = exp(row[j] - most);
        loss += (double)(log(sum) - of_target);
        for (size_t j = 0; j < vocab; ++j) row[j] *= share / sum;
        row[target] -= share;
    }
    return loss;
}

static void run_sequence(struct gpt *net, size_t sequence) {
    const struct gpt_config *config = &net->config;
    const size_t context = config->context, row = sequence * context, width = config->width;
    for (size_t t = 0; t < context; ++t) {
        const real *const token = net->w.tokens.at + tokens_of(net, sequence)[t] * width;
        const real *const position = net->w.positions.at + t * width;
        real *const sum = net->branch.at + (row + t) * width;
        for (size_t j = 0; j < width; ++j) sum[j] = token[j] + position[j];
    }
    add_branch(net, 0, sequence);
    for (size_t i = 0; i < config->layers; ++i) {
        block_inside(net, i, sequence);
        product(rows_of(net->blocks[i].active, row, context), net->w.blocks[i].down, 0,
                rows_of(net->branch, row, context));
        add_branch(net, 2 * i + 2, sequence);
    }
    product_nt(rows_of(net->norms[2 * config->layers].y, row, context), net->w.head, 0,
               rows_of(net->logits, row, context));
}

static void sequence_task(void *context, size_t sequence) {
    struct gpt *net = context;
    run_sequence(net, sequence);
    net->loss_seq[sequence] = cross_entropy(net, sequence);
}

/* This step's masks: a stream for each site, or none. */
static void set_sites(struct gpt *net, int drops) {
    const struct gpt_config *config = &net->config;
    const simdrop_dropout_config plan = {.drop_prob = drops ? config->drop_prob : 0,
                                         .seed = config->seed};
    simdrop_dropout dropout;
    if (simdrop_dropout_init(&dropout, &plan)) die("drop_prob must be in [0, 1]");
    for (size_t i = 0; i < 3 * config->layers + 1; ++i) {
        struct site *site = &net->sites[i];
        site->stream = simdrop_stream_derive(i, net->step, FOR_MASKS);
        site->plan = dropout;
        simdrop_dropout_set_stream(&site->plan, site->stream);
        site->drops = drops && config->drop_prob > 0;
    }
}

static double loss_of(struct gpt *net, const uint8_t *batch, int drops) {
    const struct gpt_config *config = &net->config;
    set_sites(net, drops);
    net->batch = batch;
    pool_run(net->pool, sequence_task, net, config->batch);
    double loss = 0;
    for (size_t i = 0; i < config->batch; ++i) loss += net->loss_seq[i];
    return loss / (double)(config->batch * config->context);
}

double gpt_infer(struct gpt *net, const uint8_t *batch) { return loss_of(net, batch, 0); }

double gpt_train(struct gpt *net, const uint8_t *batch) {
    const double loss = loss_of(net, batch, 1);
    gpt_backward(net);
    return loss;
}

const real *gpt_next(struct gpt *net, const uint8_t *tokens, size_t length) {
    uint8_t *const padded = allocate(net->config.context + 1, 1);
    memcpy(padded, tokens, length);
    set_sites(net, 0);
    net->batch = padded;
    run_sequence(net, 0);
    free(padded);
    return net->logits.at + (length - 1) * net->config.vocab;
}
