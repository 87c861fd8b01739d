/* SPDX-License-Identifier: MIT */
/* What this CPU can do, and how large its caches are. */
#ifndef SIMDROP_CPU_H
#define SIMDROP_CPU_H

#include <stddef.h>
#include <stdint.h>

/* What a kernel table may need. A bit is set only if the operating system saves those registers. */
#define SIMDROP_CPU_AVX2 (1u << 0)   /* AVX2, F16C and FMA */
#define SIMDROP_CPU_AVX512 (1u << 1) /* AVX-512 F, BW, DQ and VL, and the above */
#define SIMDROP_CPU_NEON (1u << 2)

struct simdrop_cpu {
    uint32_t features;
    size_t l2_bytes;  /* 0 if unknown */
    size_t llc_bytes; /* the last-level cache; 0 if unknown */
};

/* What was found out at the first call. Thread-safe. */
struct simdrop_cpu simdrop_cpu(void);

#if defined(__x86_64__)
/* The features that CPUID (ecx of leaf 1, ebx of leaf 7) and XCR0 grant together. */
uint32_t simdrop_cpu_x86_features(uint32_t leaf1, uint32_t leaf7, uint32_t xcr0);
#endif

/* Asks the CPU: x86.c or arm.c or other.c. Slow on a virtual machine. */
struct simdrop_cpu simdrop_cpu_detect(void);

#endif
