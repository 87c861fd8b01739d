/* SPDX-License-Identifier: MIT */
/* The fully connected network: setting it up, forward, backward. */
#include "network.h"

#include <stdio.h>
#include <stdlib.h>

static size_t width(const struct network_config *config, size_t layer) {
    return layer + 1 < config->layers ? config->hidden[layer] : config->classes;
}

/* Makes room for a parameter, or with memory already there sets the two views of it. */
static void add_tensor(struct network *net, const char *kind, size_t layer, size_t rows,
                       size_t cols, struct matrix *value, struct matrix *grad) {
    struct tensor *tensor = &net->tensors[net->tensor_count++];
    snprintf(tensor->name, sizeof tensor->name, "%s%zu", kind, layer + 1);
    tensor->first = net->size;
    tensor->size = rows * cols;
    net->size += tensor->size;
    if (!net->params) return;
    *value = (struct matrix){rows, cols, net->params + tensor->first};
    *grad = (struct matrix){rows, cols, net->grads + tensor->first};
}

static void lay_out(struct network *net) {
    const struct network_config *config = &net->config;
    net->size = net->tensor_count = 0;
    size_t inputs = config->inputs;
    for (size_t i = 0; i < config->layers; ++i) {
        struct layer *layer = &net->layers[i];
        const size_t outputs = width(config, i);
        const int normalizes = config->batch_norm && i + 1 < config->layers;
        add_tensor(net, "W", i, inputs, outputs, &layer->w, &layer->dw);
        if (normalizes) {
            add_tensor(net, "gamma", i, 1, outputs, &layer->norm.gamma, &layer->norm.dgamma);
            add_tensor(net, "beta", i, 1, outputs, &layer->norm.beta, &layer->norm.dbeta);
        } else {
            add_tensor(net, "b", i, 1, outputs, &layer->b, &layer->db);
        }
        inputs = outputs;
    }
}

static void init_batch_norm(struct batch_norm *norm, size_t rows, size_t cols) {
    norm->running_mean = matrix_new(1, cols);
    norm->running_var = matrix_new(1, cols);
    norm->inverse_deviation = matrix_new(1, cols);
    norm->normalized = matrix_new(rows, cols);
    for (size_t j = 0; j < cols; ++j) norm->gamma.at[j] = 1;
}

void network_init(struct network *net, const struct network_config *config) {
    *net = (struct network){.config = *config};
    if (!config->way.forward)
        net->config.way = (struct dropout_way){dropout_forward, dropout_backward};
    lay_out(net); /* counts */
    net->params = allocate(net->size, sizeof *net->params);
    net->grads = allocate(net->size, sizeof *net->grads);
    lay_out(net); /* sets the views */
    size_t widest = config->classes;
    for (size_t i = 0; i < config->layers; ++i) {
        struct layer *layer = &net->layers[i];
        const size_t outputs = width(config, i);
        fill_normal(&layer->w, 0, config->weight_scale, config->seed, stream_of(FOR_WEIGHTS, i));
        layer->before = matrix_new(config->max_rows, outputs);
        layer->after = matrix_new(config->max_rows, outputs);
        if (layer->norm.gamma.at) init_batch_norm(&layer->norm, config->max_rows, outputs);
        layer->drop = (struct dropout_param){
            .drop_prob = config->drop_prob,
            .seed = config->seed,
            .stream = stream_of(FOR_MASKS, i),
            .threads = config->threads,
        };
        if (outputs > widest) widest = outputs;
    }
    for (int i = 0; i < 2; ++i) net->flow[i] = matrix_new(config->max_rows, widest);
}

void network_free(struct network *net) {
    for (size_t i = 0; i < net->config.layers; ++i) {
        struct layer *layer = &net->layers[i];
        matrix_free(&layer->before);
        matrix_free(&layer->after);
        matrix_free(&layer->norm.running_mean);
        matrix_free(&layer->norm.running_var);
        matrix_free(&layer->norm.inverse_deviation);
        matrix_free(&layer->norm.normalized);
    }
    for (int i = 0; i < 2; ++i) matrix_free(&net->flow[i]);
    free(net->params);
    free(net->grads);
}

struct matrix network_scores(struct network *net, const struct matrix *x, enum mode mode) {
    const struct network_config *config = &net->config;
    struct matrix in = *x;
    for (size_t i = 0; i < config->layers; ++i) {
        struct layer *layer = &net->layers[i];
        struct matrix before = matrix_top(&layer->before, x->rows);
        affine_forward(&in, &layer->w, layer->b.at ? &layer->b : NULL, &before);
        if (i + 1 == config->layers) return before;
        if (config->batch_norm && mode == TRAIN) batch_norm_train(&layer->norm, &before);
        if (config->batch_norm && mode == TEST) batch_norm_test(&layer->norm, &before);
        struct matrix after = matrix_top(&layer->after, x->rows);
        relu_forward(&before, &after);
        layer->drop.mode = mode;
        layer->drop.offset = net->step * config->max_rows * after.cols;
        if (config->drop_prob > 0) config->way.forward(&after, &layer->drop, &after, NULL);
        in = after;
    }
    return in;
}

/* The gradients, from that of the scores in `flow`: each layer reads one flow, writes the other. */
static void backward(struct network *net, const struct matrix *x, struct matrix dout) {
    const struct network_config *config = &net->config;
    for (size_t i = config->layers; i-- > 0;) {
        struct layer *layer = &net->layers[i];
        if (i + 1 < config->layers) {
            const struct matrix before = matrix_top(&layer->before, x->rows);
            if (config->drop_prob > 0) config->way.backward(&dout, &layer->drop, &dout);
            relu_backward(&dout, &before, &dout);
            if (config->batch_norm) batch_norm_backward(&layer->norm, &dout);
        }
        const struct matrix in = i ? matrix_top(&net->layers[i - 1].after, x->rows) : *x;
        struct matrix *other = dout.at == net->flow[0].at ? &net->flow[1] : &net->flow[0];
        struct matrix dx = {x->rows, in.cols, other->at};
        affine_backward(&dout, &in, &layer->w, i ? &dx : NULL, &layer->dw,
                        layer->b.at ? &layer->db : NULL);
        dout = dx;
    }
}

double network_loss(struct network *net, const struct matrix *x, const uint8_t *labels,
                    int wants_grads) {
    const struct matrix scores = network_scores(net, x, TRAIN);
    struct matrix dscores = {x->rows, scores.cols, net->flow[0].at};
    const double loss = softmax_loss(&scores, labels, wants_grads ? &dscores : NULL);
    if (wants_grads) backward(net, x, dscores);
    return loss;
}
