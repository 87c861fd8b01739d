/* SPDX-License-Identifier: MIT */
/* The core's clock at this moment, from a timed chain of dependent operations of known latency. */
#define _POSIX_C_SOURCE 199309L
#include "clock.h"

#include <stdint.h>
#include <time.h>

#define FOUR(x) x x x x

/* 64 operations that wait for each other; CYCLES is the latency of one. */
#if defined(__x86_64__)
/* 3 cycles on every Intel core since Nehalem and every AMD core since Zen */
#define CYCLES 3
#define CHAIN(x) __asm__ volatile(FOUR(FOUR(FOUR("imul %0, %0\n\t"))) : "+r"(x)::"cc")
#elif defined(__aarch64__)
/* not a multiplication, whose latency varies between cores */
#define CYCLES 1
#define CHAIN(x) __asm__ volatile(FOUR(FOUR(FOUR("eor %0, %0, %1\n\t"))) : "+r"(x) : "r"(x | 1))
#else
#define CYCLES 1
#define CHAIN(x) FOUR(FOUR(FOUR(++(x); __asm__ volatile("" : "+r"(x));)))
#endif

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double chain_seconds(int repeats) {
    uint64_t x = 3;
    const double start = now();
    for (int i = 0; i < repeats; ++i) {
        CHAIN(x);
    }
    return now() - start;
}

/* The shortest of several tries, because interruptions only lengthen them. */
double bench_core_clock(void) {
    const int repeats = 2000 / CYCLES, tries = 3; /* 128000 cycles each: 21 us at 6 GHz */
    double best = chain_seconds(repeats);
    for (int i = 1; i < tries; ++i) {
        const double seconds = chain_seconds(repeats);
        if (seconds < best) best = seconds;
    }
    return CYCLES * 64.0 * repeats / best;
}
