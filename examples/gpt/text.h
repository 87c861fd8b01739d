/* SPDX-License-Identifier: MIT */
/* A text to learn, as bytes. */
#ifndef GPT_TEXT_H
#define GPT_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct text {
    uint8_t *bytes;
    size_t size, train; /* the first `train` are to train on, the others to validate */
};

/* A file, or the files of a folder by name, without links. Dies if they can't be read, or if the
   last tenth, for validation, hasn't `context` + 1 bytes. */
struct text text_read(const char *path, size_t context);
void text_free(struct text *text);

/* Pieces of `context` + 1 bytes: drawn from the training part, all in the batch of that step; and
   evenly spread over the validation part, the ones of batch number `index` of `count`. */
void text_draw(const struct text *text, uint64_t seed, uint64_t step, size_t batch, size_t context,
               uint8_t *out);
void text_validation(const struct text *text, size_t index, size_t count, size_t batch,
                     size_t context, uint8_t *out);

#endif
