/* SPDX-License-Identifier: MIT */
/*
 * A GPT (Radford et al., 2019) on bytes:
 *
 *     dropout(token + position) - {norm - attention - [+] - norm - MLP - [+]} x layers - norm - logits
 *
 * where attention is qkv product, causal softmax, dropout, product with v, projection; MLP is
 * product, bias, GELU, product; and [+] is dropout and the residual. Only the MLP has a bias.
 */
#ifndef GPT_MODEL_H
#define GPT_MODEL_H

#include "matrix.h"
#include "pool.h"
#include "way.h"

enum { MAX_LAYERS = 32, MAX_TENSORS = 16 + 9 * MAX_LAYERS };

struct gpt_config {
    size_t layers, heads, width; /* width is a multiple of heads */
    size_t context, batch;       /* tokens of a sequence, sequences of a step */
    size_t vocab;                /* at most 256 */
    size_t query_tile;           /* queries whose scores are in memory at once; 0: 64 */
    int untied;                  /* 1: logits have weights of their own, not the tokens' */
    int recomputes;              /* 1: keep only blocks' inputs, compute the rest again */
    double drop_prob;
    uint64_t seed;
    size_t threads;        /* 0: 1; results are the same with any number */
    const struct way *way; /* NULL: way_fused */
};

/* Parameters, or their gradients: views of one array. Matrices are inputs x outputs. */
struct weights {
    struct {
        real *weight, *bias;
    } norms[2 * MAX_LAYERS + 1]; /* before attention, before the MLP, ..., the last */
    struct {
        struct matrix qkv, proj, up, down;
        real *up_bias;
    } blocks[MAX_LAYERS];
    struct matrix tokens, positions, head; /* vocab x width, context x width, vocab x width */
};

/* The name of some of the parameters, such as "qkv 1", and where they lie in the array. */
struct tensor {
    char name[32];
    size_t first, size;
};

/* What an add_norm leaves, for all rows, which are batch x context tokens. */
struct normed {
    struct matrix z, y;
    real *mean, *rstd;
};

/* What the forward pass of a block leaves for its backward. */
struct block {
    struct matrix qkv, attended, up, active;
    struct matrix probs; /* batch x heads x queries rows, a column for each key */
};

/* Gradients on their way back through a block. */
struct flow {
    struct matrix stream;    /* of z */
    struct matrix branch[2]; /* of what the MLP adds: this block's, and the one's before */
    struct matrix proj;      /* of what attention adds */
    struct matrix normed, attended, qkv, active;
};

struct gpt {
    struct gpt_config config;
    size_t size, vectors;   /* parameters; the first are the vectors, matrices follow */
    real *params, *grads;   /* arrays of that size */
    struct weights w, dw;   /* views of them */
    struct weights *dw_seq; /* each sequence's gradients of vectors, to be summed in order */
    real *grads_seq;
    struct tensor tensors[MAX_TENSORS];
    size_t tensor_count;

    struct normed norms[2 * MAX_LAYERS + 1];
    struct block blocks[MAX_LAYERS];
    struct matrix branch, logits;
    struct matrix *tiles; /* for each sequence two: context columns, query_tile rows */
    struct flow flow;
    double *loss_seq;

    uint64_t step;                         /* training steps done: every step draws other masks */
    struct site sites[3 * MAX_LAYERS + 1]; /* of the norms, then of attention */
    struct pool *pool;
    const uint8_t *batch; /* of the pass that runs: batch x (context + 1) tokens */
};

void gpt_init(struct gpt *net, const struct gpt_config *config);
void gpt_free(struct gpt *net);

/* The mean cross entropy, in nats a token, of predicting each sequence's tokens 1 ... context from
   those before: of inference, and of a training step with its gradients, in net->grads. */
double gpt_infer(struct gpt *net, const uint8_t *batch);
double gpt_train(struct gpt *net, const uint8_t *batch);

/* The logits that follow `length` tokens, at most `context`: `vocab` numbers. */
const real *gpt_next(struct gpt *net, const uint8_t *tokens, size_t length);

/* The piece of a site's matrix that is a sequence's. */
simdrop_rows rows_of_sequence(const struct gpt *net, size_t sequence, size_t cols);

/* Parts of the passes, called for one sequence, and for one tile of the weights' gradients. */
void block_inside(struct gpt *net, size_t layer, size_t sequence); /* all but its last product */
void attention_forward(struct gpt *net, size_t layer, size_t sequence);
void attention_backward(struct gpt *net, size_t layer, size_t sequence);
void gpt_backward(struct gpt *net); /* all of it, on the pool; logits are their gradients */

#endif
