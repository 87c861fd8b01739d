/* SPDX-License-Identifier: MIT */
/* What is behind the public simdrop_dropout. */
#ifndef SIMDROP_PLAN_H
#define SIMDROP_PLAN_H

#include "core/philox.h"
#include "kernels.h"

#include <simdrop/dropout.h>

/* It lives in the caller's simdrop_dropout, whose declared type is an array: hence may_alias. */
struct __attribute__((may_alias)) simdrop_plan {
    uint64_t seal; /* of simdrop_dropout_init of this version, on the fields after the stream */
    struct simdrop_philox philox;
    uint64_t threshold; /* T */
    double train_scale; /* unrounded */
    double infer_scale; /* unrounded */
    int32_t bits;       /* r */
    uint32_t flags;
};

/* The plan in `dropout`, or NULL if there is none of this version, or it was written over. */
const struct simdrop_plan *simdrop_plan(const simdrop_dropout *dropout);

/* Which of the widths its draws have. */
static inline enum simdrop_width simdrop_plan_width(const struct simdrop_plan *plan) {
    return plan->bits == 8 ? SIMDROP_u8 : plan->bits == 16 ? SIMDROP_u16 : SIMDROP_u32;
}

/* T = 0: every element is kept. T = 2^r: every element is dropped. */
static inline int simdrop_plan_keeps_all(const struct simdrop_plan *plan) {
    return plan->threshold == 0;
}
static inline int simdrop_plan_drops_all(const struct simdrop_plan *plan) {
    return plan->threshold >> plan->bits != 0;
}

#endif
