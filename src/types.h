/* SPDX-License-Identifier: MIT */
/* The types of tensors: X(name, C type, ...). All that is for each type is made from this list. */
#ifndef SIMDROP_TYPES_H
#define SIMDROP_TYPES_H

#define SIMDROP_TYPES(X, ...)                                                                      \
    X(f32, float, __VA_ARGS__)                                                                     \
    X(f64, double, __VA_ARGS__)                                                                    \
    X(bf16, uint16_t, __VA_ARGS__)                                                                 \
    X(f16, uint16_t, __VA_ARGS__)

/* Those for which there is more than dropout: X(name, C type, what is computed in, ...). */
#define SIMDROP_REAL_TYPES(X, ...)                                                                 \
    X(f32, float, float, __VA_ARGS__)                                                              \
    X(f64, double, double, __VA_ARGS__)                                                            \
    X(bf16, uint16_t, float, __VA_ARGS__)

#define SIMDROP_TYPE_CONSTANT(name, c_type, ...) SIMDROP_##name,
enum simdrop_type { SIMDROP_TYPES(SIMDROP_TYPE_CONSTANT, ) SIMDROP_TYPE_COUNT };
#undef SIMDROP_TYPE_CONSTANT

#endif
