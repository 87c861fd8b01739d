/* SPDX-License-Identifier: MIT */
/* AdamW. */
#ifndef GPT_OPTIMIZER_H
#define GPT_OPTIMIZER_H

#include "model.h"

/* AdamW (Loshchilov and Hutter, 2019) with betas 0.9 and 0.99, epsilon 1e-8, and a weight decay of
   0.1 on matrices, none on vectors. */
struct adamw {
    real *mean, *square; /* moving averages of the gradient and its square */
    uint64_t steps;
};
void adamw_init(struct adamw *adamw, const struct gpt *net);
void adamw_free(struct adamw *adamw);

/* A step by net->grads, at this learning rate. */
void adamw_step(struct adamw *adamw, struct gpt *net, double rate);

#endif
