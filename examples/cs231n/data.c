/* SPDX-License-Identifier: MIT */
/* Fashion-MNIST (IDX files) and CIFAR-10 (binary batches), compressed by gzip or not. */
#include "data.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

struct file {
    char name[4096];
    gzFile handle;
};

/* The handle is NULL, and errno set, if the file can't be opened. */
static struct file file_open(const char *folder, const char *name) {
    struct file file;
    errno = ENOMEM; /* all that gzopen may leave unsaid */
    const int length = snprintf(file.name, sizeof file.name, "%s/%s", folder, name);
    if (length < 0 || (size_t)length >= sizeof file.name) die("%s: too long a name", folder);
    file.handle = gzopen(file.name, "rb");
    return file;
}

static size_t file_read(struct file *file, void *out, size_t size) {
    size_t got = 0;
    while (got < size) {
        const size_t left = size - got, part = left < 1 << 30 ? left : 1 << 30;
        const int n = gzread(file->handle, (char *)out + got, (unsigned)part);
        if (n < 0) die("%s: damaged: %s", file->name, gzerror(file->handle, &(int){0}));
        if (n == 0) break;
        got += (size_t)n;
    }
    return got;
}

static void file_read_all_of(struct file *file, void *out, size_t size) {
    if (file_read(file, out, size) != size) die("%s: damaged: it ends too early", file->name);
}

/* Checksums show when reading past the end; that a compressed file was cut off shows here. */
static void file_close(struct file *file) {
    if (gzclose(file->handle) != Z_OK) die("%s: damaged: it ends too early", file->name);
}

static void file_close_at_end(struct file *file) {
    char more;
    if (file_read(file, &more, 1) != 0) die("%s: damaged: it is too long", file->name);
    file_close(file);
}

static void check_label(uint8_t label, const struct file *file, size_t image) {
    if (label >= CLASSES)
        die("%s: damaged: label %u of image %zu is not below %d", file->name, label, image,
            CLASSES);
}

/* An IDX file of bytes: 0, 0, 8 for "unsigned byte", the number of dimensions, their sizes as
   big-endian 32-bit integers, the bytes. */
static uint8_t *read_idx(struct file *file, size_t dimensions, size_t *sizes) {
    if (!file->handle)
        die("%s: %s; install the Debian package dataset-fashion-mnist, or name the folder of your "
            "copy with --fashion-mnist",
            file->name, strerror(errno));
    uint8_t header[4], bytes[4];
    file_read_all_of(file, header, sizeof header);
    const uint8_t wanted[4] = {0, 0, 8, (uint8_t)dimensions};
    if (memcmp(header, wanted, sizeof header) != 0)
        die("%s: damaged: not an IDX file of bytes in %zu dimensions", file->name, dimensions);
    size_t size = 1;
    for (size_t i = 0; i < dimensions; ++i) {
        file_read_all_of(file, bytes, sizeof bytes);
        sizes[i] =
            (size_t)bytes[0] << 24 | (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3];
        if (sizes[i] == 0 || sizes[i] > (1u << 30) / size)
            die("%s: damaged: dimension %zu is %zu", file->name, i + 1, sizes[i]);
        size *= sizes[i];
    }
    uint8_t *content = allocate(size, 1);
    file_read_all_of(file, content, size);
    file_close_at_end(file);
    return content;
}

static struct file open_part(const char *folder, const char *set, const char *part) {
    char name[64];
    snprintf(name, sizeof name, "%s-%s-ubyte.gz", set, part);
    return file_open(folder, name);
}

struct data data_fashion_mnist(const char *folder, const char *set) {
    struct file images = open_part(folder, set, "images-idx3");
    size_t image_sizes[3], label_count;
    struct data data = {0};
    data.images = read_idx(&images, 3, image_sizes);
    data.count = image_sizes[0];
    data.pixels = image_sizes[1] * image_sizes[2];
    struct file labels = open_part(folder, set, "labels-idx1");
    data.labels = read_idx(&labels, 1, &label_count);
    if (label_count != data.count)
        die("%s: damaged: %zu labels for %zu images", labels.name, label_count, data.count);
    for (size_t i = 0; i < data.count; ++i) check_label(data.labels[i], &labels, i);
    return data;
}

/* A record is a label and 3 planes of 32 x 32 pixels. */
enum { CIFAR_PIXELS = 3 * 32 * 32, CIFAR_RECORD = 1 + CIFAR_PIXELS };

enum { CIFAR_BATCHES = 5, CIFAR_BATCH = 10000 };

static void read_cifar_batch(struct file *file, struct data *data) {
    uint8_t record[CIFAR_RECORD];
    size_t size;
    for (size_t i = 0; (size = file_read(file, record, sizeof record)) != 0; ++i, ++data->count) {
        if (size != sizeof record)
            die("%s: damaged: it ends within a record of %d bytes", file->name, CIFAR_RECORD);
        if (i == CIFAR_BATCH) die("%s: damaged: it is too long", file->name);
        check_label(record[0], file, i);
        data->labels[data->count] = record[0];
        memcpy(data->images + data->count * CIFAR_PIXELS, record + 1, CIFAR_PIXELS);
    }
    file_close(file);
}

struct data data_cifar10(const char *folder) {
    struct data data = {.pixels = CIFAR_PIXELS};
    data.images = allocate(CIFAR_BATCHES * CIFAR_BATCH, CIFAR_PIXELS);
    data.labels = allocate(CIFAR_BATCHES * CIFAR_BATCH, 1);
    struct file missing = {.handle = NULL};
    for (int i = 1; i <= CIFAR_BATCHES; ++i) {
        char name[32];
        snprintf(name, sizeof name, "data_batch_%d.bin", i);
        struct file file = file_open(folder, name);
        if (!file.handle && i > 1 && errno == ENOENT) {
            missing = file;
            continue;
        }
        if (!file.handle)
            die("%s: %s; unpack cifar-10-binary.tar.gz and name its folder", file.name,
                strerror(errno));
        if (missing.name[0]) die("%s: missing, though %s is there", missing.name, name);
        read_cifar_batch(&file, &data);
    }
    return data;
}

void data_free(struct data *data) {
    free(data->images);
    free(data->labels);
    *data = (struct data){0};
}

struct matrix data_mean(const struct data *data, size_t count) {
    struct matrix mean = matrix_new(1, data->pixels);
    for (size_t j = 0; j < data->pixels; ++j) {
        uint64_t sum = 0;
        for (size_t i = 0; i < count; ++i) sum += data->images[i * data->pixels + j];
        mean.at[j] = (real)((double)sum / (double)count);
    }
    return mean;
}

void data_image(const struct data *data, size_t index, const struct matrix *mean, real *out) {
    const uint8_t *image = data->images + index * data->pixels;
    for (size_t j = 0; j < data->pixels; ++j) out[j] = (real)image[j] - mean->at[j];
}

struct examples data_examples(const struct data *data, size_t first, size_t n,
                              const struct matrix *mean) {
    struct examples examples = {matrix_new(n, data->pixels), allocate(n, 1)};
    for (size_t i = 0; i < n; ++i)
        data_image(data, first + i, mean, examples.x.at + i * data->pixels);
    memcpy(examples.labels, data->labels + first, n);
    return examples;
}

void examples_free(struct examples *examples) {
    matrix_free(&examples->x);
    free(examples->labels);
    examples->labels = NULL;
}
