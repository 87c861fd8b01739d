/* SPDX-License-Identifier: MIT */
/* Remembers what the CPU said. Threads that race here store the same values. */
#include "cpu/cpu.h"

#include <stdatomic.h>

static atomic_bool known;
static _Atomic uint32_t features;
static atomic_size_t l2_bytes, llc_bytes;

struct simdrop_cpu simdrop_cpu(void) {
    if (!atomic_load_explicit(&known, memory_order_acquire)) {
        const struct simdrop_cpu cpu = simdrop_cpu_detect();
        atomic_store_explicit(&features, cpu.features, memory_order_relaxed);
        atomic_store_explicit(&l2_bytes, cpu.l2_bytes, memory_order_relaxed);
        atomic_store_explicit(&llc_bytes, cpu.llc_bytes, memory_order_relaxed);
        atomic_store_explicit(&known, 1, memory_order_release);
    }
    return (struct simdrop_cpu){
        .features = atomic_load_explicit(&features, memory_order_relaxed),
        .l2_bytes = atomic_load_explicit(&l2_bytes, memory_order_relaxed),
        .llc_bytes = atomic_load_explicit(&llc_bytes, memory_order_relaxed),
    };
}
