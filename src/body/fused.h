/* SPDX-License-Identifier: MIT */
/*
 * Bias, activation, dropout and residual, forward and backward, written once for the lanes of any
 * instruction set and for the type REAL.
 */
#ifndef SIMDROP_BODY_FUSED_H
#define SIMDROP_BODY_FUSED_H

#include "body/block.h"

SIMDROP_INLINE block act_none(block t) { return t; }

SIMDROP_INLINE block act_relu(block t) { return if_less(t, set(0), set(0), t); }
SIMDROP_INLINE block slope_relu(block t) { return if_less(set(0), t, set(1), set(0)); }

typedef block curve_fn(block t);

/* The bits of a block of elements, from a multiple of its size on. */
SIMDROP_INLINE uint32_t bits_at(const uint64_t *keep, size_t i) {
    return (uint32_t)(keep[i / 64] >> i % 64);
}

/* An operand that may be absent, and then is -0 everywhere, which adding leaves as it is. */
struct addend {
    const void *at;
    size_t step;
};
SIMDROP_INLINE struct addend addend(const void *there, void *room, enum simdrop_type type) {
    if (there) return (struct addend){there, 1};
    store(room, 0, set(-0.0), type);
    return (struct addend){room, 0};
}
SIMDROP_INLINE block added(block x, struct addend a, size_t i, enum simdrop_type type) {
    return add(load(a.at, i * a.step, type), x);
}

/* The last elements, fewer than a block, as one of copies. */
static void tail(const struct simdrop_fused *f, size_t size, simdrop_fused_fn *kernel) {
    const size_t n = f->n % BLOCK, i = f->n - n;
    real y[BLOCK], x[BLOCK] = {0}, residual[BLOCK] = {0}, bias[BLOCK] = {0}, dbias[BLOCK] = {0};
    const uint64_t bits = bits_at(f->keep, i);
    struct simdrop_fused part = {.y = y, .keep = &bits, .n = BLOCK, .scale = f->scale};
#define COPY_PART(operand, size)                                                                   \
    if (f->operand) part.operand = memcpy(operand, (const char *)f->operand + i * size, n * size)
    COPY_PART(x, size);
    COPY_PART(residual, size);
    COPY_PART(bias, sizeof(real));
    COPY_PART(dbias, sizeof(real));
#undef COPY_PART
    kernel(&part);
    memcpy((char *)f->y + i * size, y, n * size);
    if (f->dbias) memcpy((char *)f->dbias + i * sizeof(real), dbias, n * sizeof(real));
}

/* Where a block is written, and that it has been: streams want whole lines, of the caches' size. */
enum { LINE = 64 };
struct output {
    char *y;
    size_t bytes; /* of a block */
    int streams;
    _Alignas(LINE) char lines[BLOCK * sizeof(real)];
};
SIMDROP_INLINE void put_block(struct output *out, block z, enum simdrop_type type) {
    store(out->streams ? out->lines : out->y, 0, z, type);
    for (size_t at = 0; out->streams && at < out->bytes; at += LINE)
        line_stream(out->y + at, out->lines + at);
    out->y += out->bytes;
}
SIMDROP_INLINE void output(struct output *out, const struct simdrop_fused *f,
                           enum simdrop_type type) {
    out->y = f->y;
    out->bytes = BLOCK * size_of(type);
    out->streams = f->streams && out->bytes % LINE == 0;
}

/* The lines of a block that is so many bytes ahead, if it's worth it and the tensor is there. */
SIMDROP_INLINE void ahead(const void *tensor, size_t i, size_t distance, enum simdrop_type type) {
    const size_t size = size_of(type);
    for (size_t at = 0; distance && tensor && at < BLOCK * size; at += LINE)
        __builtin_prefetch((const void *)((uintptr_t)tensor + i * size + at + distance));
}

SIMDROP_INLINE void forward(const struct simdrop_fused *f, enum simdrop_type type, curve_fn *act) {
    real no_bias[BLOCK], no_residual[BLOCK];
    const struct addend bias = addend(f->bias, no_bias, REAL_TYPE);
    const struct addend residual = addend(f->residual, no_residual, type);
    const block scale = set(f->scale);
    struct output y;
    output(&y, f, type);
    for (size_t i = 0; i + BLOCK <= f->n; i += BLOCK) {
        ahead(f->x, i, f->ahead, type);
        ahead(f->residual, i, f->ahead, type);
        const block a = act(added(load(f->x, i, type), bias, i, REAL_TYPE));
        const block kept = keep(mul(a, scale), bits_at(f->keep, i));
        put_block(&y, added(kept, residual, i, type), type);
    }
}

SIMDROP_INLINE void backward(const struct simdrop_fused *f, enum simdrop_type type,
                             curve_fn *slope) {
    real no_bias[BLOCK];
    const struct addend bias = addend(f->bias, no_bias, REAL_TYPE);
    const block scale = set(f->scale);
    struct output dx;
    output(&dx, f, type);
    for (size_t i = 0; i + BLOCK <= f->n; i += BLOCK) {
        ahead(f->residual, i, f->ahead, type);
        if (slope) ahead(f->x, i, f->ahead, type);
        block g = mul(load(f->residual, i, type), scale);
        if (slope) g = mul(g, slope(added(load(f->x, i, type), bias, i, REAL_TYPE)));
        g = keep(g, bits_at(f->keep, i));
        if (f->dbias) store(f->dbias, i, add(load(f->dbias, i, REAL_TYPE), g), REAL_TYPE);
        put_block(&dx, g, type);
    }
}

#define FUSED_KERNEL(name, pass, type, curve)                                                      \
    void KERNEL(name)(const struct simdrop_fused *f) {                                             \
        pass(f, SIMDROP_##type, curve);                                                            \
        if (f->n % BLOCK) tail(f, size_of(SIMDROP_##type), KERNEL(name));                          \
    }
#define FUSED(type, act, slope)                                                                    \
    FUSED_KERNEL(fused_##type##_##act, forward, type, act_##act)                                   \
    FUSED_KERNEL(fused_backward_##type##_##act, backward, type, slope)

#endif
