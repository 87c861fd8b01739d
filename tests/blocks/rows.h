/* SPDX-License-Identifier: MIT */
/* The function of blocks.h for REAL and the set that it is compiled for. */
#include "blocks.h"

#include "body/block_functions.h"

#include <math.h>

SIMDROP_INLINE block result(const struct row *row, size_t i, block x, block y) {
    switch (row->operation) {
    case NEG: return neg(x);
    case ABS: return abs_(x);
    case MIN: return min(x, y);
    case MAX: return max(x, y);
    case IF_LESS: return if_less(x, y, neg(x), y);
    case KEEP: return keep(x, row->bits >> i % 16);
    case ADD: return add(x, y);
    case SUB: return sub(x, y);
    case MUL: return mul(x, y);
    case DIV: return div_(x, y);
    case SQRT: return sqrt_(x);
    case EXP: return exp_(x);
    case NORMAL_CDF: return normal_cdf(x);
    case NORMAL_DENSITY: return normal_density(x);
    default: return x;
    }
}

SIMDROP_INLINE size_t count(size_t i, size_t n) { return n - i < BLOCK ? n - i : BLOCK; }

row_fn ROW_FUNCTION(REAL, SIMDROP_SET);
void ROW_FUNCTION(REAL, SIMDROP_SET)(const struct row *row) {
    const enum simdrop_type from = row->from, to = row->to;
    const size_t n = row->n;
    sums all = no_sums();
    block greatest = set((double)-INFINITY);
    switch (row->operation) {
    case DEAD:
        for (size_t i = 0; i < LANES_OF_DEAD; i += BLOCK)
            store(row->out, i, load_part(row->x, i, i < n ? count(i, n) : 0, from, 7), to);
        break;
    case SUM:
        for (size_t i = 0; i < n; i += BLOCK)
            sum_up(&all, i, load_part(row->x, i, count(i, n), from, 0));
        memcpy(row->out, &(real){sum(all)}, sizeof(real));
        break;
    case MAX_OF:
        for (size_t i = 0; i < n; i += BLOCK)
            greatest = max(load_part(row->x, i, count(i, n), from, (double)-INFINITY), greatest);
        memcpy(row->out, &(real){max_of(greatest)}, sizeof(real));
        break;
    default:
        for (size_t i = 0; i < n; i += BLOCK) {
            const block x = load_part(row->x, i, count(i, n), from, 0);
            const block y = load_part(row->y, i, count(i, n), from, 0);
            store_part(row->out, i, count(i, n), result(row, i, x, y), to);
        }
    }
}
