/* SPDX-License-Identifier: MIT */
/*
 * Activations that take e^x, and their derivatives. NaN passes. A derivative is taken within a
 * range beyond which it is 0 or 1, but for 2^-113, and infinities would meet zeros.
 */
#ifndef SIMDROP_BODY_CURVES_H
#define SIMDROP_BODY_CURVES_H

#include "body/block_functions.h"

SIMDROP_INLINE block within(block t, double greatest) {
    return min(set(greatest), max(set(-greatest), t)); /* in the order that lets NaN pass */
}

/* (1 + tanh(v)) / 2 = 1 / (1 + e^-2v) = 1 / (1 + 2^w), w = -2 / ln 2 sqrt(2/pi) (t + 0.044715 t^3). */
#define GELU_A -2.302208198144324889133895
#define GELU_B (GELU_A * 0.044715)
SIMDROP_INLINE block act_gelu_tanh(block t) {
    const block factor = add(set(GELU_A), mul(set(GELU_B), mul(t, t)));
    return div_(t, add(set(1), exp2_(mul(t, factor))));
}
SIMDROP_INLINE block slope_gelu_tanh(block any) {
    const double ln_2 = 0.6931471805599453094;
    const block t = within(any, 10), square = mul(t, t);
    const block e = exp2_(mul(t, add(set(GELU_A), mul(set(GELU_B), square))));
    const block s = div_(set(1), add(set(1), e)); /* 1 - s = e s */
    /* minus the derivative of 2v */
    const block inner = add(set(ln_2 * GELU_A), mul(set(3 * ln_2 * GELU_B), square));
    return sub(s, mul(mul(mul(t, s), mul(e, s)), inner));
}

SIMDROP_INLINE block act_silu(block t) { return div_(t, add(set(1), exp_(neg(t)))); }
SIMDROP_INLINE block slope_silu(block any) {
    const block t = within(any, 87), e = exp_(neg(t)), s = div_(set(1), add(set(1), e));
    return mul(s, add(set(1), mul(t, mul(e, s))));
}

SIMDROP_INLINE block act_gelu(block t) { return mul(t, normal_cdf(t)); }
SIMDROP_INLINE block slope_gelu(block any) {
    const block t = within(any, 40);
    return add(normal_cdf(t), mul(t, normal_density(t)));
}

#endif
