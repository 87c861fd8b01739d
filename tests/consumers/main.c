/* SPDX-License-Identifier: MIT */
/* What the consumer projects build, as C and as C++: prints the version and the instruction set. */
#include <simdrop/simdrop.h>

#include <stdio.h>

int main(void) {
    const simdrop_dropout_config config = simdrop_dropout_config_of(0.5, 42, 0);
    simdrop_dropout dropout;
    float x[1000];
    size_t kept = 0;
    for (size_t i = 0; i < 1000; ++i) x[i] = 1.0f;
    if (simdrop_dropout_init(&dropout, &config) != SIMDROP_OK) return 1;
    if (simdrop_dropout_f32(&dropout, 0, 1000, x, x) != SIMDROP_OK) return 1;
    for (size_t i = 0; i < 1000; ++i) kept += x[i] == 2.0f;
    printf("simdrop %s on %s kept %zu of 1000\n", simdrop_version(), simdrop_isa_name(), kept);
    return kept > 400 && kept < 600 ? 0 : 1;
}
