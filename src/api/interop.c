/* SPDX-License-Identifier: MIT */
/* The streams of other systems: which words they take, and what they make of them. */
#include "core/words.h"

#include <simdrop/interop.h>

#include <string.h>

/* What a word of 32 bits becomes, as the bits of the result. */
typedef void convert_fn(uint32_t *words, size_t n);

/* A stream of elements of 4 bytes. */
struct source {
    const struct simdrop_kernels *kernels; /* one choice for the whole call */
    struct simdrop_philox philox;
    uint64_t first_block;     /* the block of element 0 */
    unsigned words_per_block; /* 4, or 1 for word 0 alone */
    convert_fn *convert;      /* NULL for the words themselves */
};

static struct source source_of(uint64_t seed, uint64_t stream, uint64_t first_block,
                               unsigned words_per_block, convert_fn *convert) {
    struct source source = {
        .kernels = simdrop_kernels(),
        .first_block = first_block,
        .words_per_block = words_per_block,
        .convert = convert,
    };
    simdrop_philox_init(&source.philox, seed, stream, 10);
    return source;
}

/* Elements [offset, offset + n), tile by tile. */
static void run(const struct source *source, uint64_t offset, size_t n, void *out) {
    enum { TILE = 256 }; /* blocks */
    uint32_t words[4 * TILE];
    const unsigned per_block = source->words_per_block;
    for (char *to = out; n;) {
        const size_t skip = offset % per_block, most = (size_t)TILE * per_block - skip;
        const size_t m = n < most ? n : most;
        const size_t blocks = (skip + m + per_block - 1) / per_block;
        simdrop_fill(words, blocks, source->first_block + offset / per_block, source->kernels,
                     &source->philox);
        if (per_block == 1)
            for (size_t i = 1; i < m; ++i) words[i] = words[4 * i];
        if (source->convert) source->convert(words + skip, m);
        memcpy(to, words + skip, m * sizeof *words);
        to += m * sizeof *words, offset += m, n -= m;
    }
}

static simdrop_status run_checked(const struct source *source, uint64_t offset, size_t n,
                                  void *out) {
    if (n == 0) return SIMDROP_OK;
    if (!out || !simdrop_range_is_valid(offset, n, sizeof(uint32_t)))
        return SIMDROP_ERR_INVALID_ARGUMENT;
    run(source, offset, n, out);
    return SIMDROP_OK;
}

/* --- uniform numbers --- */

static inline void store_f32(uint32_t *word, float value) { memcpy(word, &value, sizeof value); }

/* Below 2^31 words are converted as int32_t, for which vectors have an instruction. */
static void torch_uniform(uint32_t *words, size_t n) {
    for (size_t i = 0; i < n; ++i)
        store_f32(&words[i], (float)(int32_t)(words[i] & 0xffffff) * 0x1p-24f);
}

static void tensorflow_uniform(uint32_t *words, size_t n) {
    for (size_t i = 0; i < n; ++i)
        store_f32(&words[i], (float)(int32_t)(words[i] & 0x7fffff) * 0x1p-23f);
}

static void curand_uniform(uint32_t *words, size_t n) {
    for (size_t i = 0; i < n; ++i)
        store_f32(&words[i], (float)words[i] * 0x1p-32f + 0x1p-33f); /* the product is exact */
}

#define BELOW_2_TO_MINUS_31 0x1.fffffep-32f /* times 2^31 it is below 1 */

static void inductor_rand(uint32_t *words, size_t n) {
    for (size_t i = 0; i < n; ++i)
        store_f32(&words[i], (float)(int32_t)(words[i] & 0x7fffffff) * BELOW_2_TO_MINUS_31);
}

static void triton_rand(uint32_t *words, size_t n) {
    for (size_t i = 0; i < n; ++i) {
        const uint32_t sign = 0 - (words[i] >> 31); /* all ones for a negative int32 */
        store_f32(&words[i], (float)(int32_t)(words[i] ^ sign) * BELOW_2_TO_MINUS_31);
    }
}

/* --- PyTorch --- */

simdrop_status simdrop_torch_u32(const uint64_t key[2], uint64_t offset, size_t n, uint32_t *out) {
    if (n == 0) return SIMDROP_OK;
    if (!key) return SIMDROP_ERR_INVALID_ARGUMENT;
    const struct source source = source_of(key[0], 0, key[1], 4, NULL);
    return run_checked(&source, offset, n, out);
}

simdrop_status simdrop_torch_uniform_f32(const uint64_t key[2], uint64_t offset, size_t n,
                                         float *out) {
    if (n == 0) return SIMDROP_OK;
    if (!key) return SIMDROP_ERR_INVALID_ARGUMENT;
    const struct source source = source_of(key[0], 0, key[1], 4, torch_uniform);
    return run_checked(&source, offset, n, out);
}

simdrop_status simdrop_torch_split(const uint64_t key[2], uint64_t first, size_t n, uint64_t *out) {
    if (n == 0) return SIMDROP_OK;
    if (!key || !out || !simdrop_range_is_valid(first, n, 2 * sizeof *out))
        return SIMDROP_ERR_INVALID_ARGUMENT;
    const struct source source = source_of(key[0], 0, key[1], 4, NULL);
    simdrop_fill((uint32_t *)(void *)out, n, key[1] + first, source.kernels,
                 &source.philox); /* a block is a key */
    return SIMDROP_OK;
}

simdrop_status simdrop_torch_fold_in(const uint64_t key[2], uint64_t data, uint64_t out[2]) {
    return simdrop_torch_split(key, data, 1, out);
}

simdrop_status simdrop_inductor_rand_f32(uint64_t seed, uint64_t offset, size_t n, float *out) {
    if (n == 0) return SIMDROP_OK;
    if (!out || !simdrop_range_is_valid(offset, n, sizeof *out))
        return SIMDROP_ERR_INVALID_ARGUMENT;
    const struct source source = source_of((uint32_t)seed, 0, 0, 1, inductor_rand);
    for (char *to = (char *)out; n;) { /* every 2^32 elements it begins again */
        const uint64_t room = (UINT64_C(1) << 32) - (uint32_t)offset;
        const size_t m = n < room ? n : (size_t)room;
        run(&source, (uint32_t)offset, m, to);
        to += m * sizeof *out, offset += m, n -= m;
    }
    return SIMDROP_OK;
}

/* --- cuRAND --- */

simdrop_status simdrop_curand_uniform_f32(uint64_t seed, uint64_t subsequence, uint64_t offset,
                                          size_t n, float *out) {
    const struct source source = source_of(seed, subsequence, 0, 4, curand_uniform);
    return run_checked(&source, offset, n, out);
}

/* --- Triton --- */

simdrop_status simdrop_triton_randint_u32(uint64_t seed, uint64_t offset, size_t n, uint32_t *out) {
    const struct source source = source_of(seed, 0, 0, 1, NULL);
    return run_checked(&source, offset, n, out);
}

simdrop_status simdrop_triton_rand_f32(uint64_t seed, uint64_t offset, size_t n, float *out) {
    const struct source source = source_of(seed, 0, 0, 1, triton_rand);
    return run_checked(&source, offset, n, out);
}

simdrop_status simdrop_triton_rand4x_f32(uint64_t seed, uint64_t offset, size_t n, float *out) {
    if (!simdrop_range_is_valid(offset, n, 4 * sizeof *out)) return SIMDROP_ERR_INVALID_ARGUMENT;
    const struct source source = source_of(seed, 0, offset, 4, triton_rand);
    return run_checked(&source, 0, 4 * n, out);
}

/* --- TensorFlow --- */

simdrop_status simdrop_tensorflow_stream(const int64_t seed[2], uint64_t *philox_seed,
                                         uint64_t *stream) {
    if (!seed || !philox_seed || !stream) return SIMDROP_ERR_INVALID_ARGUMENT;
    struct simdrop_philox philox;
    uint32_t words[4];
    simdrop_philox_init(&philox, UINT64_C(0x02461e293ec8f720), (uint64_t)seed[1], 10);
    simdrop_philox_block(words, (uint64_t)seed[0], &philox);
    *philox_seed = words[0] | (uint64_t)words[1] << 32;
    *stream = words[2] | (uint64_t)words[3] << 32;
    return SIMDROP_OK;
}

simdrop_status simdrop_tensorflow_uniform_f32(const int64_t seed[2], uint64_t offset, size_t n,
                                              float *out) {
    uint64_t philox_seed, stream;
    if (n == 0) return SIMDROP_OK;
    if (simdrop_tensorflow_stream(seed, &philox_seed, &stream) != SIMDROP_OK)
        return SIMDROP_ERR_INVALID_ARGUMENT;
    const struct source source = source_of(philox_seed, stream, 0, 4, tensorflow_uniform);
    return run_checked(&source, offset, n, out);
}

/* --- oneDNN --- */

simdrop_status simdrop_onednn_mask_bytes(float drop_prob, uint64_t seed, uint64_t dropout_offset,
                                         uint64_t offset, size_t n, uint8_t *mask) {
    if (!(drop_prob >= 0.0f && drop_prob <= 1.0f) || dropout_offset == 0 ||
        !simdrop_range_is_valid(offset, n, 1) || (n != 0 && !mask))
        return SIMDROP_ERR_INVALID_ARGUMENT;
    const uint32_t last_dropped = (uint32_t)(4294967295.0 * (double)drop_prob);
    struct simdrop_philox philox;
    simdrop_philox_init(&philox, seed, 0, 10);
    uint32_t words[4];
    for (size_t i = 0; i < n; ++i) {
        const uint64_t e = offset + i;
        if (i == 0 || e % 4 == 0) {
            philox.stream = e & ~UINT64_C(3);
            simdrop_philox_block(words, dropout_offset, &philox);
        }
        mask[i] = words[e % 4] > last_dropped;
    }
    return SIMDROP_OK;
}
