/* SPDX-License-Identifier: MIT */
/*
 * Bias, activation, dropout and residual, forward and backward, written once for the lanes of any
 * instruction set and for the type REAL.
 *
 * NaN passes through activations. A derivative is taken within the range where it isn't 0 or 1 to
 * rounding yet: beyond it infinities would meet zeros.
 */
#ifndef SIMDROP_BODY_FUSED_H
#define SIMDROP_BODY_FUSED_H

#include "body/block_functions.h"

SIMDROP_INLINE block within(block t, double greatest) {
    return min(set(greatest), max(set(-greatest), t)); /* in the order that lets NaN pass */
}
SIMDROP_INLINE block logistic(block minus_t) { /* 1 / (1 + e^-t) */
    return div_(set(1), add(set(1), exp_(minus_t)));
}

SIMDROP_INLINE block act_none(block t) { return t; }

SIMDROP_INLINE block act_relu(block t) { return if_less(t, set(0), set(0), t); }
SIMDROP_INLINE block slope_relu(block t) { return if_less(set(0), t, set(1), set(0)); }

/* -2 sqrt(2/pi) (t + 0.044715 t^3): (1 + tanh(v)) / 2 = 1 / (1 + e^-2v). */
#define GELU_A -1.5957691216057307117597842397375274738
#define GELU_B (GELU_A * 0.044715)
SIMDROP_INLINE block act_gelu_tanh(block t) {
    const block factor = add(set(GELU_A), mul(set(GELU_B), mul(t, t)));
    return div_(t, add(set(1), exp_(mul(t, factor))));
}
SIMDROP_INLINE block slope_gelu_tanh(block any) {
    const block t = within(any, 40), square = mul(t, t);
    const block s = logistic(mul(t, add(set(GELU_A), mul(set(GELU_B), square))));
    const block inner = add(set(GELU_A), mul(set(3 * GELU_B), square)); /* minus its derivative */
    return sub(s, mul(mul(mul(t, s), sub(set(1), s)), inner));
}

SIMDROP_INLINE block act_silu(block t) { return div_(t, add(set(1), exp_(neg(t)))); }
SIMDROP_INLINE block slope_silu(block any) {
    const block t = within(any, 800), s = logistic(neg(t));
    return mul(s, add(set(1), mul(t, sub(set(1), s))));
}

#if defined(SIMDROP_HAVE_SLEEF)
SIMDROP_INLINE block normal_cdf(block t) {
    return mul(set(0.5), add(set(1), erf_(mul(t, set(0.70710678118654752440)))));
}
SIMDROP_INLINE block act_gelu(block t) { return mul(t, normal_cdf(t)); }
SIMDROP_INLINE block slope_gelu(block any) {
    const block t = within(any, 40), density = exp_(mul(set(-0.5), mul(t, t)));
    return add(normal_cdf(t), mul(mul(t, density), set(0.39894228040143267794)));
}
#endif

typedef block curve_fn(block t);

/* The bits of 16 elements, from a multiple of 16 on. */
SIMDROP_INLINE uint32_t bits_at(const uint64_t *keep, size_t i) {
    uint16_t bits;
    memcpy(&bits, (const char *)keep + i / 8, sizeof bits);
    return bits;
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
SIMDROP_INLINE block added(block x, struct addend a, size_t i, size_t n, enum simdrop_type type) {
    return add(load_part(a.at, i * a.step, n, type, 0), x);
}

struct operands {
    const struct simdrop_fused *of;
    struct addend bias, residual;
    block scale;
};

SIMDROP_INLINE void forward_part(const struct operands *o, size_t i, size_t n,
                                 enum simdrop_type type, curve_fn *act) {
    const block x = load_part(o->of->x, i, n, type, 0);
    const block a = act(added(x, o->bias, i, n, REAL_TYPE));
    const block kept = keep(mul(a, o->scale), bits_at(o->of->keep, i));
    store_part(o->of->y, i, n, added(kept, o->residual, i, n, type), type);
}

SIMDROP_INLINE void forward(const struct simdrop_fused *f, enum simdrop_type type, curve_fn *act) {
    real no_bias[BLOCK], no_residual[BLOCK];
    const struct operands o = {f, addend(f->bias, no_bias, REAL_TYPE),
                               addend(f->residual, no_residual, type), set(f->scale)};
    size_t i = 0;
    for (; i + BLOCK <= f->n; i += BLOCK) forward_part(&o, i, BLOCK, type, act);
    if (i < f->n) forward_part(&o, i, f->n - i, type, act);
}

SIMDROP_INLINE void backward_part(const struct operands *o, size_t i, size_t n,
                                  enum simdrop_type type, curve_fn *slope) {
    block g = mul(load_part(o->of->residual, i, n, type, 0), o->scale);
    if (slope) {
        const block x = load_part(o->of->x, i, n, type, 0);
        g = mul(g, slope(added(x, o->bias, i, n, REAL_TYPE)));
    }
    g = keep(g, bits_at(o->of->keep, i));
    real *const dbias = o->of->dbias;
    if (dbias) {
        const block sum = add(load_part(dbias, i, n, REAL_TYPE, 0), g);
        store_part(dbias, i, n, sum, REAL_TYPE);
    }
    store_part(o->of->y, i, n, g, type);
}

SIMDROP_INLINE void backward(const struct simdrop_fused *f, enum simdrop_type type,
                             curve_fn *slope) {
    real no_bias[BLOCK];
    const struct operands o = {
        .of = f, .bias = addend(f->bias, no_bias, REAL_TYPE), .scale = set(f->scale)};
    size_t i = 0;
    for (; i + BLOCK <= f->n; i += BLOCK) backward_part(&o, i, BLOCK, type, slope);
    if (i < f->n) backward_part(&o, i, f->n - i, type, slope);
}

#define FUSED(type, act, slope)                                                                    \
    void KERNEL(fused_##type##_##act)(const struct simdrop_fused *f) {                             \
        forward(f, SIMDROP_##type, act_##act);                                                     \
    }                                                                                              \
    void KERNEL(fused_backward_##type##_##act)(const struct simdrop_fused *f) {                    \
        backward(f, SIMDROP_##type, slope);                                                        \
    }

#endif
