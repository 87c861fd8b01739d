/* SPDX-License-Identifier: MIT */
/* Reading a text, and drawing pieces of it. */
#include "text.h"

#include "matrix.h"

#include <simdrop/simdrop.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void append(struct text *text, const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) die("gpt: can't read %s", path);
    uint8_t buffer[4096];
    for (size_t n; (n = fread(buffer, 1, sizeof buffer, file)) > 0; text->size += n) {
        text->bytes = realloc(text->bytes, text->size + n);
        if (!text->bytes) die("gpt: not enough memory for %s", path);
        memcpy(text->bytes + text->size, buffer, n);
    }
    if (ferror(file)) die("gpt: can't read %s", path);
    fclose(file);
}

static void append_folder(struct text *text, const char *path) {
    struct dirent **entries;
    const int count = scandir(path, &entries, NULL, alphasort);
    if (count < 0) die("gpt: can't read %s", path);
    for (int i = 0; i < count; ++i) {
        char name[4096];
        struct stat status;
        const int length = snprintf(name, sizeof name, "%s/%s", path, entries[i]->d_name);
        if (length < (int)sizeof name && !lstat(name, &status) && S_ISREG(status.st_mode))
            append(text, name);
        free(entries[i]);
    }
    free(entries);
}

struct text text_read(const char *path, size_t context) {
    struct text text = {0};
    struct stat status;
    if (stat(path, &status)) die("gpt: there is no %s", path);
    if (S_ISDIR(status.st_mode))
        append_folder(&text, path);
    else
        append(&text, path);
    text.train = text.size - text.size / 10;
    if (text.size - text.train < context + 1)
        die("gpt: %s is too short, %zu bytes, for a context of %zu", path, text.size, context);
    return text;
}

void text_free(struct text *text) { free(text->bytes); }

void text_draw(const struct text *text, uint64_t seed, uint64_t step, size_t batch, size_t context,
               uint8_t *out) {
    const uint64_t stream = simdrop_stream_derive(0, 0, FOR_BATCHES);
    for (size_t i = 0; i < batch; ++i) {
        uint32_t first;
        if (simdrop_random_uniform_int_u32(seed, stream, step * batch + i, 1,
                                           (uint32_t)(text->train - context), &first))
            die("gpt: a batch was refused");
        memcpy(out + i * (context + 1), text->bytes + first, context + 1);
    }
}

void text_validation(const struct text *text, size_t index, size_t count, size_t batch,
                     size_t context, uint8_t *out) {
    const size_t room = text->size - text->train - (context + 1), pieces = count * batch;
    for (size_t i = 0; i < batch; ++i) {
        const size_t piece = index * batch + i;
        const size_t first = text->train + (pieces > 1 ? room * piece / (pieces - 1) : 0);
        memcpy(out + i * (context + 1), text->bytes + first, context + 1);
    }
}
