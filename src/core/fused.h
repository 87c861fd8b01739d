/* SPDX-License-Identifier: MIT */
/* Sinks of fused operations: parts of rows, and what else is in the same places. */
#ifndef SIMDROP_CORE_FUSED_H
#define SIMDROP_CORE_FUSED_H

#include "core/walk.h"

/* The operands of a sink: where its rows begin, with row 0, or NULL. The walk knows x and y. In the
   backward pass what it reads is dy, and what is read beside it x. */
struct simdrop_fusion {
    simdrop_fused_fn *kernel;
    const char *beside;  /* residual, or in the backward pass x */
    const char *bias;    /* one row */
    char *dbias;         /* one row */
    size_t beside_pitch; /* bytes from row to row */
    size_t size;         /* bytes of a tensor's element */
    size_t real_size;    /* and of what is computed in, as bias is */
    int is_backward;
};

/* `spend` of a sink whose operands begin with a struct simdrop_fusion. */
void simdrop_spend_fused(const struct simdrop_apply *part);

#endif
