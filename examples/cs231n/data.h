/* SPDX-License-Identifier: MIT */
/* Images and their labels, read from files whose every size is checked; examples for a network. */
#ifndef CS231N_DATA_H
#define CS231N_DATA_H

#include "matrix.h"

enum { CLASSES = 10 };

struct data {
    size_t count, pixels; /* of images, and of one image */
    uint8_t *images, *labels;
};

/* Both die, saying in one line which file is missing or damaged, and how. */

/* A set in the folder, "train" or, to test on, "t10k": <set>-images-idx3-ubyte.gz and
   <set>-labels-idx1-ubyte.gz. */
struct data data_fashion_mnist(const char *folder, const char *set);

/* The training set in the folder, "CIFAR-10 binary version": data_batch_1.bin to data_batch_5.bin,
   of which the last may be missing. */
struct data data_cifar10(const char *folder);

void data_free(struct data *data);

/* The mean of images [0, count), 1 x pixels. */
struct matrix data_mean(const struct data *data, size_t count);

/* out = image number `index` less the mean. */
void data_image(const struct data *data, size_t index, const struct matrix *mean, real *out);

/* Examples and their labels. */
struct examples {
    struct matrix x;
    uint8_t *labels;
};

/* Images [first, first + n), less the mean. */
struct examples data_examples(const struct data *data, size_t first, size_t n,
                              const struct matrix *mean);
void examples_free(struct examples *examples);

#endif
