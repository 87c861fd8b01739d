/* SPDX-License-Identifier: MIT */
/* Stored masks: left by dropout, taken for dropout, and from bits to bytes and back. */
#include "api/check.h"
#include "core/walk.h"

#include <simdrop/masks.h>

enum format { BITS, BYTES };

/* The bytes that elements [begin, begin + n) of a mask are in; begin + n is at most SIZE_MAX. */
static size_t size_of_mask(enum format format, size_t begin, size_t n) {
    return format == BYTES ? n : simdrop_bytes_of_bits(begin % 8 + n);
}

static int is_apart(const uint8_t *mask, size_t mask_bytes, const void *x, const void *y,
                    size_t bytes) {
    return mask && simdrop_buffers_are_apart(mask, mask_bytes, x, bytes) &&
           simdrop_buffers_are_apart(mask, mask_bytes, y, bytes);
}

/* All alike. */
static void fill_mask(enum format format, uint8_t *mask, size_t n, int keeps) {
    if (format == BITS)
        simdrop_fill_bits(mask, n, keeps);
    else
        memset(mask, keeps, n);
}

static simdrop_status store(enum simdrop_type type, enum format format,
                            const simdrop_dropout *dropout, uint64_t offset, size_t n,
                            const void *x, void *y, uint8_t *mask) {
    const struct simdrop_plan *plan = simdrop_plan(dropout);
    const size_t size = simdrop_size_of[type];
    if (!simdrop_call_is_valid(plan, offset, n, x, y, size)) return SIMDROP_ERR_INVALID_ARGUMENT;
    if (n == 0) return SIMDROP_OK;
    if (!is_apart(mask, size_of_mask(format, 0, n), x, y, n * size))
        return SIMDROP_ERR_INVALID_ARGUMENT;
    if (simdrop_plan_keeps_all(plan)) {
        simdrop_copy(y, x, n * size);
        fill_mask(format, mask, n, 1);
    } else if (simdrop_plan_drops_all(plan)) {
        memset(y, 0, n * size);
        fill_mask(format, mask, n, 0);
    } else {
        const struct simdrop_kernels *kernels = simdrop_kernels();
        const enum simdrop_width width = simdrop_plan_width(plan);
        struct simdrop_source source;
        struct simdrop_leaving leaving = {.to = mask,
                                          .unpack = format == BYTES ? kernels->unpack_mask : NULL};
        const struct simdrop_sink sink = {.spend = kernels->apply[type],
                                          .pipelined = kernels->dropout[type][width],
                                          .scale = plan->train_scale,
                                          .bits = 8 * (unsigned)size,
                                          .leaving = &leaving};
        simdrop_source_draws(&source, kernels, plan, offset);
        simdrop_walk(kernels, &source, &sink, n, x, y, plan->flags);
        simdrop_leave_end(&leaving);
    }
    return SIMDROP_OK;
}

static simdrop_status from(enum simdrop_type type, enum format format,
                           const simdrop_dropout *dropout, const uint8_t *mask, size_t begin,
                           size_t n, const void *x, void *y) {
    const struct simdrop_plan *plan = simdrop_plan(dropout);
    const size_t size = simdrop_size_of[type];
    if (!simdrop_call_is_valid(plan, begin, n, x, y, size)) return SIMDROP_ERR_INVALID_ARGUMENT;
    if (n == 0) return SIMDROP_OK;
    if (n > SIZE_MAX - begin || !mask ||
        !is_apart(mask + begin / 8, size_of_mask(format, begin, n), x, y, n * size))
        return SIMDROP_ERR_INVALID_ARGUMENT;
    if (plan->train_scale == 0.0) {
        memset(y, 0, n * size);
        return SIMDROP_OK;
    }
    const struct simdrop_kernels *kernels = simdrop_kernels();
    struct simdrop_source source;
    const struct simdrop_sink sink = {
        .spend = kernels->apply[type], .scale = plan->train_scale, .bits = 8 * (unsigned)size};
    if (format == BITS)
        simdrop_source_bits(&source, mask, begin, NULL);
    else
        simdrop_source_bytes(&source, kernels, mask);
    simdrop_walk(kernels, &source, &sink, n, x, y, plan->flags);
    return SIMDROP_OK;
}

#define DEFINE(type, c_type, ...)                                                                  \
    simdrop_status simdrop_dropout_store_bits_##type(const simdrop_dropout *dropout,               \
                                                     uint64_t offset, size_t n, const c_type *x,   \
                                                     c_type *y, uint8_t *mask) {                   \
        return store(SIMDROP_##type, BITS, dropout, offset, n, x, y, mask);                        \
    }                                                                                              \
    simdrop_status simdrop_dropout_store_bytes_##type(const simdrop_dropout *dropout,              \
                                                      uint64_t offset, size_t n, const c_type *x,  \
                                                      c_type *y, uint8_t *mask) {                  \
        return store(SIMDROP_##type, BYTES, dropout, offset, n, x, y, mask);                       \
    }                                                                                              \
    simdrop_status simdrop_dropout_from_bits_##type(const simdrop_dropout *dropout,                \
                                                    const uint8_t *mask, size_t bit_offset,        \
                                                    size_t n, const c_type *x, c_type *y) {        \
        return from(SIMDROP_##type, BITS, dropout, mask, bit_offset, n, x, y);                     \
    }                                                                                              \
    simdrop_status simdrop_dropout_from_bytes_##type(const simdrop_dropout *dropout,               \
                                                     const uint8_t *mask, size_t n,                \
                                                     const c_type *x, c_type *y) {                 \
        return from(SIMDROP_##type, BYTES, dropout, mask, 0, n, x, y);                             \
    }
SIMDROP_TYPES(DEFINE, )

simdrop_status simdrop_dropout_mask_bytes(const simdrop_dropout *dropout, uint64_t offset, size_t n,
                                          uint8_t *mask) {
    const struct simdrop_plan *plan = simdrop_plan(dropout);
    if (!plan || !simdrop_range_is_valid(offset, n, 1) || (n != 0 && !mask))
        return SIMDROP_ERR_INVALID_ARGUMENT;
    if (n == 0) return SIMDROP_OK;
    if (simdrop_plan_keeps_all(plan) || simdrop_plan_drops_all(plan)) {
        fill_mask(BYTES, mask, n, simdrop_plan_keeps_all(plan));
        return SIMDROP_OK;
    }
    const struct simdrop_kernels *kernels = simdrop_kernels();
    struct simdrop_source source;
    const struct simdrop_sink sink = simdrop_sink_of_bytes(kernels);
    simdrop_source_draws(&source, kernels, plan, offset);
    simdrop_walk(kernels, &source, &sink, n, NULL, mask, plan->flags);
    return SIMDROP_OK;
}

static int conversion_is_valid(const uint8_t *bytes, const uint8_t *bits, size_t begin, size_t n) {
    return bytes && bits && n <= SIZE_MAX - begin &&
           simdrop_buffers_are_apart(bytes, n, bits + begin / 8, size_of_mask(BITS, begin, n));
}

/* Bits [begin, begin + n) of a byte. */
static void pack_into(uint8_t *byte, size_t begin, const uint8_t *bytes, size_t n) {
    for (size_t i = 0; i < n; ++i) {
        const unsigned bit = 1u << (begin + i);
        *byte = (uint8_t)(bytes[i] ? *byte | bit : *byte & ~bit);
    }
}

simdrop_status simdrop_mask_pack(const uint8_t *bytes, size_t n, uint8_t *bits, size_t bit_offset) {
    if (n == 0) return SIMDROP_OK;
    if (!conversion_is_valid(bytes, bits, bit_offset, n)) return SIMDROP_ERR_INVALID_ARGUMENT;
    const size_t begin = bit_offset % 8, room = begin ? 8 - begin : 0, head = n < room ? n : room;
    uint8_t *to = bits + bit_offset / 8;
    if (head) pack_into(to++, begin, bytes, head);
    const size_t whole = (n - head) / 8 * 8;
    if (whole) {
        const struct simdrop_kernels *kernels = simdrop_kernels();
        struct simdrop_source source;
        simdrop_source_bytes(&source, kernels, bytes + head);
        simdrop_walk(kernels, &source, &simdrop_sink_of_bits, whole, NULL, to,
                     SIMDROP_STREAM_NEVER);
    }
    if (head + whole < n) pack_into(to + whole / 8, 0, bytes + head + whole, n - head - whole);
    return SIMDROP_OK;
}

simdrop_status simdrop_mask_unpack(const uint8_t *bits, size_t bit_offset, size_t n,
                                   uint8_t *bytes) {
    if (n == 0) return SIMDROP_OK;
    if (!conversion_is_valid(bytes, bits, bit_offset, n)) return SIMDROP_ERR_INVALID_ARGUMENT;
    const struct simdrop_kernels *kernels = simdrop_kernels();
    struct simdrop_source source;
    const struct simdrop_sink sink = simdrop_sink_of_bytes(kernels);
    simdrop_source_bits(&source, bits, bit_offset, NULL);
    simdrop_walk(kernels, &source, &sink, n, NULL, bytes, SIMDROP_STREAM_NEVER);
    return SIMDROP_OK;
}
