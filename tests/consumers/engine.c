/* SPDX-License-Identifier: MIT */
/* A library that has simdrop inside, and exports one function of its own. */
#include <simdrop/simdrop.h>

__attribute__((visibility("default"))) int engine_dropout(size_t n, float *x);

int engine_dropout(size_t n, float *x) {
    const simdrop_dropout_config config = simdrop_dropout_config_of(0.5, 42, 0);
    simdrop_dropout dropout;
    const simdrop_status status = simdrop_dropout_init(&dropout, &config);
    return status == SIMDROP_OK ? simdrop_dropout_f32(&dropout, 0, n, x, x) : status;
}
