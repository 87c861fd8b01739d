/* SPDX-License-Identifier: MIT */
/*
 * The walk of a tensor: a source and a sink meet, tile by tile or pipelined. What it costs to read
 * and to write memory is decided here and nowhere else.
 */
#ifndef SIMDROP_WALK_H
#define SIMDROP_WALK_H

#include "core/leave.h"
#include "core/source.h"
#include "kernels.h"

/* What becomes of the words. */
struct simdrop_sink {
    simdrop_apply_fn *spend;
    simdrop_dropout_fn *pipelined; /* or NULL */
    const void *operands;          /* of `spend`, if it isn't a kernel: see simdrop_apply */
    double scale;
    unsigned bits; /* of an element in memory: 8 times its bytes, or 1 in a mask */
    struct simdrop_leaving *leaving; /* NULL, or in a walk of one range what is left of the mask */
    /* NULL, or in a walk of rows what is done with a row before its parts are spent, and after. The
       first says how many of its elements are spent, from the beginning. */
    size_t (*begin_row)(const void *operands, size_t row);
    void (*end_row)(const void *operands, size_t row);
};

/* A sink of masks: one bit for each element, padded with 0 to a whole byte; there is no x. */
extern const struct simdrop_sink simdrop_sink_of_bits;

/* And one of a byte for each element, 1 or 0. */
struct simdrop_sink simdrop_sink_of_bytes(const struct simdrop_kernels *kernels);

/* From the n elements of x, which may be NULL if the sink reads nothing, to those of y. `flags` are
   those of simdrop_dropout_config. */
void simdrop_walk(const struct simdrop_kernels *kernels, struct simdrop_source *source,
                  const struct simdrop_sink *sink, size_t n, const void *x, void *y,
                  uint32_t flags);

/* The same of blocks, each of `size` elements, for which the source has one bit. */
void simdrop_walk_blocks(const struct simdrop_kernels *kernels, struct simdrop_source *source,
                         const struct simdrop_sink *sink, size_t blocks, size_t size, const void *x,
                         void *y, uint32_t flags);

/* Of walks that together write `bytes` bytes of y, the flags with which each does what one would. */
uint32_t simdrop_walk_flags(const struct simdrop_sink *sink, size_t bytes, const void *x, void *y,
                            uint32_t flags);

/* From the rows of x to those of y, some of each. A sink with operands is told the row and the
   column where it is, and spends parts of one row at a time. */
void simdrop_walk_rows(const struct simdrop_kernels *kernels, struct simdrop_source *source,
                       const struct simdrop_sink *sink, const struct simdrop_layout *layout,
                       const void *x, void *y, uint32_t flags);

#endif
