/* SPDX-License-Identifier: MIT */
/*
 * Causal attention of one sequence, head by head, by tiles of queries: a tile's scores are of the
 * keys up to its last query's only, so that about half of the matrix is never computed, drawn or
 * touched.
 */
#include "model.h"

#include <math.h>

/* Some queries of one head, and where what belongs to them lies. */
struct tile {
    simdrop_rows rows;           /* of all sequences' and heads' scores */
    struct matrix probs;         /* queries x keys */
    struct matrix dropped, dy;   /* the same, in scratch memory */
    size_t first, queries, keys; /* within the sequence */
};

static struct tile tile_of(const struct gpt *net, size_t layer, size_t sequence, size_t head,
                           size_t first) {
    const struct gpt_config *config = &net->config;
    const size_t left = config->context - first;
    const size_t queries = left < config->query_tile ? left : config->query_tile;
    const size_t keys = first + queries;
    const size_t row = (sequence * config->heads + head) * config->context + first;
    const struct matrix probs = rows_of(net->blocks[layer].probs, row, queries);
    const struct matrix *const scratch = net->tiles + 2 * sequence;
    return (struct tile){
        .rows = {.rows = queries,
                 .cols = keys,
                 .ldx = config->context,
                 .ldy = config->context,
                 .first_row = row,
                 .global_cols = config->context},
        .probs = cols_of(probs, 0, keys),
        .dropped = cols_of(rows_of(scratch[0], 0, queries), 0, keys),
        .dy = cols_of(rows_of(scratch[1], 0, queries), 0, keys),
        .first = first,
        .queries = queries,
        .keys = keys,
    };
}

/* The rows of a sequence and the columns of a head in q (0), k (1) or v (2). */
static struct matrix part_of(const struct gpt *net, struct matrix qkv, size_t which,
                             size_t sequence, size_t head) {
    const struct gpt_config *config = &net->config;
    const size_t wide = config->width / config->heads;
    return cols_of(rows_of(qkv, sequence * config->context, config->context),
                   which * config->width + head * wide, wide);
}

static real scale_of(const struct gpt *net) {
    return (real)(1 / sqrt((double)(net->config.width / net->config.heads)));
}

static const struct site *site_of(const struct gpt *net, size_t layer) {
    return &net->sites[2 * net->config.layers + 1 + layer];
}

void attention_forward(struct gpt *net, size_t layer, size_t sequence) {
    const struct gpt_config *config = &net->config;
    const struct block *block = &net->blocks[layer];
    for (size_t head = 0; head < config->heads; ++head) {
        const struct matrix q = part_of(net, block->qkv, 0, sequence, head);
        const struct matrix k = part_of(net, block->qkv, 1, sequence, head);
        const struct matrix v = part_of(net, block->qkv, 2, sequence, head);
        const struct matrix out = part_of(net, block->attended, 0, sequence, head);
        for (size_t first = 0; first < config->context; first += config->query_tile) {
            struct tile tile = tile_of(net, layer, sequence, head, first);
            product_nt(rows_of(q, first, tile.queries), rows_of(k, 0, tile.keys), 0, tile.probs);
            const real *const dropped = config->way->softmax(
                site_of(net, layer), &tile.rows, scale_of(net), tile.probs.at, tile.dropped.at);
            tile.dropped.at = (real *)dropped;
            product(tile.dropped, rows_of(v, 0, tile.keys), 0, rows_of(out, first, tile.queries));
        }
    }
}

void attention_backward(struct gpt *net, size_t layer, size_t sequence) {
    const struct gpt_config *config = &net->config;
    const struct block *block = &net->blocks[layer];
    const size_t tiles = (config->context + config->query_tile - 1) / config->query_tile;
    for (size_t head = 0; head < config->heads; ++head) {
        const struct matrix q = part_of(net, block->qkv, 0, sequence, head);
        const struct matrix k = part_of(net, block->qkv, 1, sequence, head);
        const struct matrix v = part_of(net, block->qkv, 2, sequence, head);
        const struct matrix dq = part_of(net, net->flow.qkv, 0, sequence, head);
        const struct matrix dk = part_of(net, net->flow.qkv, 1, sequence, head);
        const struct matrix dv = part_of(net, net->flow.qkv, 2, sequence, head);
        const struct matrix dout = part_of(net, net->flow.attended, 0, sequence, head);
        for (size_t i = tiles; i-- > 0;) { /* the last sees all keys, so it writes, others add */
            const size_t first = i * config->query_tile;
            const real beta = i + 1 < tiles;
            struct tile tile = tile_of(net, layer, sequence, head, first);
            const struct matrix dout_tile = rows_of(dout, first, tile.queries);
            product_nt(dout_tile, rows_of(v, 0, tile.keys), 0, tile.dy);
            const real *const dropped =
                config->way->softmax_backward(site_of(net, layer), &tile.rows, scale_of(net),
                                              tile.probs.at, tile.dropped.at, tile.dy.at);
            tile.dropped.at = (real *)dropped;
            product_tn(tile.dropped, dout_tile, beta, rows_of(dv, 0, tile.keys));
            product(tile.dy, rows_of(k, 0, tile.keys), 0, rows_of(dq, first, tile.queries));
            product_tn(tile.dy, rows_of(q, first, tile.queries), beta, rows_of(dk, 0, tile.keys));
        }
    }
}
