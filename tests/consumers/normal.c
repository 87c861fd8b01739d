/* SPDX-License-Identifier: MIT */
/* What consumers of libsimdrop_sleef build, as C and as C++: the same numbers on every set. */
#include <simdrop/simdrop.h>

#include <stdio.h>
#include <string.h>

int main(void) {
    float z[1000], y[1000], first[1000];
    const char *sets[16];
    const size_t count = simdrop_isa_list(sets, 16);
    double sum = 0, squares = 0;
    for (size_t k = 0; k < count && k < 16; ++k) {
        if (simdrop_isa_select(sets[k]) != SIMDROP_OK) return 1;
        if (simdrop_random_normal_f32(42, 0, 0, 1000, 0, 1, z) != SIMDROP_OK) return 1;
        if (simdrop_gaussian_noise_f32(42, 1, 0.5, 0, 1000, z, y) != SIMDROP_OK) return 1;
        if (k == 0) memcpy(first, y, sizeof first);
        if (memcmp(first, y, sizeof first) != 0) return 1;
    }
    for (size_t i = 0; i < 1000; ++i) sum += (double)z[i], squares += (double)(z[i] * z[i]);
    printf("mean %.3f, mean square %.3f on %zu sets\n", sum / 1000, squares / 1000, count);
    return sum < 100 && sum > -100 && squares > 900 && squares < 1100 ? 0 : 1;
}
