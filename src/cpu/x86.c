/* SPDX-License-Identifier: MIT */
/* CPU features and caches by CPUID. Sources: Intel SDM volumes 1 (13) and 2, AMD APM volume 3. */
#include "cpu/cpu.h"

#include <cpuid.h>

/* CPUID leaf 1, ecx */
#define FMA (1u << 12)
#define OSXSAVE (1u << 27)
#define AVX (1u << 28)
#define F16C (1u << 29)
/* CPUID leaf 7, ebx */
#define AVX2 (1u << 5)
#define AVX512F (1u << 16)
#define AVX512DQ (1u << 17)
#define AVX512BW (1u << 30)
#define AVX512VL (1u << 31)
/* XCR0: the register files that the operating system saves when it switches threads. A virtual
   machine may show AVX in CPUID and yet not save its registers, so both must agree. */
#define XCR0_AVX 0x06u    /* xmm, ymm */
#define XCR0_AVX512 0xe6u /* and the mask registers, zmm0-15, zmm16-31 */

static int has_all(uint32_t value, uint32_t bits) { return (value & bits) == bits; }

uint32_t simdrop_cpu_x86_features(uint32_t leaf1, uint32_t leaf7, uint32_t xcr0) {
    if (!has_all(leaf1, OSXSAVE | AVX | F16C | FMA) || !has_all(leaf7, AVX2) ||
        !has_all(xcr0, XCR0_AVX))
        return 0;
    if (!has_all(leaf7, AVX512F | AVX512DQ | AVX512BW | AVX512VL) || !has_all(xcr0, XCR0_AVX512))
        return SIMDROP_CPU_AVX2;
    return SIMDROP_CPU_AVX2 | SIMDROP_CPU_AVX512;
}

static uint32_t read_xcr0(void) {
    uint32_t low, high;
    __asm__ __volatile__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

static uint32_t detect_features(void) {
    uint32_t eax, ebx, ecx, edx, leaf7;
    if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || !has_all(ecx, OSXSAVE)) return 0; /* no xgetbv */
    const uint32_t leaf1 = ecx;
    if (!__get_cpuid_count(7, 0, &eax, &leaf7, &ecx, &edx)) return 0;
    return simdrop_cpu_x86_features(leaf1, leaf7, read_xcr0());
}

/* Reads the caches from `leaf`: 4 on Intel, 0x8000001D, in the same format, on AMD. */
static void detect_caches(uint32_t leaf, struct simdrop_cpu *cpu) {
    for (uint32_t i = 0; i < 8; ++i) {
        uint32_t eax, ebx, ecx, edx;
        if (!__get_cpuid_count(leaf, i, &eax, &ebx, &ecx, &edx)) return;
        const uint32_t type = eax & 31, level = (eax >> 5) & 7;
        if (type == 0) return;
        if (type == 2 || level < 2) continue; /* instructions, or L1 */
        const size_t line = (ebx & 0xfff) + 1, partitions = ((ebx >> 12) & 0x3ff) + 1;
        const size_t ways = (ebx >> 22) + 1, sets = (size_t)ecx + 1;
        const size_t bytes = line * partitions * ways * sets;
        if (level == 2) cpu->l2_bytes = bytes;
        if (bytes > cpu->llc_bytes) cpu->llc_bytes = bytes;
    }
}

struct simdrop_cpu simdrop_cpu_detect(void) {
    struct simdrop_cpu cpu = {.features = detect_features()};
    detect_caches(4, &cpu);
    if (cpu.llc_bytes == 0) detect_caches(0x8000001D, &cpu);
    return cpu;
}
