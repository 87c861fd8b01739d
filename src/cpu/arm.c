/* SPDX-License-Identifier: MIT */
/* CPU features by getauxval, caches by sysconf: AArch64 keeps both from user code. */
#include "cpu/cpu.h"

#include <unistd.h>

#if defined(__linux__)
#include <sys/auxv.h>
#ifndef HWCAP_ASIMD
#define HWCAP_ASIMD (1 << 1)
#endif
static int has_neon(void) { return (getauxval(AT_HWCAP) & HWCAP_ASIMD) != 0; }
#else
static int has_neon(void) { return 1; } /* every AArch64 system with an ABI has it */
#endif

/* 0, unknown, where the C library doesn't know either. */
#if defined(_SC_LEVEL2_CACHE_SIZE)
#define CACHE_BYTES(level) cache_bytes(_SC_LEVEL##level##_CACHE_SIZE)
static size_t cache_bytes(int name) {
    const long bytes = sysconf(name);
    return bytes > 0 ? (size_t)bytes : 0;
}
#else
#define CACHE_BYTES(level) 0
#endif

struct simdrop_cpu simdrop_cpu_detect(void) {
    struct simdrop_cpu cpu = {
        .features = has_neon() ? SIMDROP_CPU_NEON : 0,
        .l2_bytes = CACHE_BYTES(2),
        .llc_bytes = CACHE_BYTES(3),
    };
    if (cpu.llc_bytes == 0) cpu.llc_bytes = cpu.l2_bytes;
    return cpu;
}
