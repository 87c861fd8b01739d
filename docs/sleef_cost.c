/* SPDX-License-Identifier: MIT */
/*
 * What bit-reproducible SLEEF functions (cinz) cost against its faster ones (finz), in the inner
 * loop of normal_f32: logf, sqrt, sincospif, on numbers in L1.
 *
 *     cc -O2 -march=native -ffp-contract=off docs/sleef_cost.c -lsleef -o cost && ./cost
 */
#include <immintrin.h>
#include <sleef.h>
#include <stdio.h>
#include <time.h>

enum { N = 1024, ROUNDS = 100, REPETITIONS = 101 };
static float u[N], v[N], y[2 * N];

static double seconds(void) {
    struct timespec now;
    timespec_get(&now, TIME_UTC);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

#define LOOP(name, lanes, vector, prefix, pair, log, sincospi)                                     \
    static void name(void) {                                                                       \
        for (int i = 0; i < N; i += lanes) {                                                       \
            const vector minus_two = prefix##_set1_ps(-2);                                         \
            const vector log_u = log(prefix##_loadu_ps(u + i));                                    \
            const vector r = prefix##_sqrt_ps(prefix##_mul_ps(minus_two, log_u));                  \
            const pair at = sincospi(prefix##_loadu_ps(v + i));                                    \
            prefix##_storeu_ps(y + i, prefix##_mul_ps(r, at.y));                                   \
            prefix##_storeu_ps(y + N + i, prefix##_mul_ps(r, at.x));                               \
        }                                                                                          \
    }
#if defined(__AVX512F__)
LOOP(cinz_avx512, 16, __m512, _mm512, Sleef___m512_2, Sleef_cinz_logf16_u35avx512fnofma,
     Sleef_cinz_sincospif16_u35avx512fnofma)
LOOP(finz_avx512, 16, __m512, _mm512, Sleef___m512_2, Sleef_finz_logf16_u35avx512f,
     Sleef_finz_sincospif16_u35avx512f)
#endif
LOOP(cinz_avx, 8, __m256, _mm256, Sleef___m256_2, Sleef_cinz_logf8_u35avx,
     Sleef_cinz_sincospif8_u35avx)
LOOP(finz_avx2, 8, __m256, _mm256, Sleef___m256_2, Sleef_finz_logf8_u35avx2,
     Sleef_finz_sincospif8_u35avx2)

/* The best of many interleaved repetitions, in ns for a value. */
static void compare(const char *isa, void (*cinz)(void), void (*finz)(void)) {
    void (*const loops[])(void) = {cinz, finz};
    double best[2] = {1e9, 1e9};
    for (int i = 0; i < 2 * REPETITIONS; ++i) {
        const double begin = seconds();
        for (int k = 0; k < ROUNDS; ++k) loops[i % 2]();
        const double took = (seconds() - begin) / ROUNDS / (2 * N);
        if (took < best[i % 2]) best[i % 2] = took;
    }
    printf("%-8s cinz %.3f ns, finz %.3f ns: %.2f times\n", isa, 1e9 * best[0], 1e9 * best[1],
           best[0] / best[1]);
}

int main(void) {
    for (int i = 0; i < N; ++i) {
        u[i] = ((float)i + 0.5f) / N;
        v[i] = 2 * u[(i * 7) % N] - 1;
    }
#if defined(__AVX512F__)
    compare("avx512", cinz_avx512, finz_avx512);
#endif
    compare("avx2", cinz_avx, finz_avx2);
    return 0;
}
