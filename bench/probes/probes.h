/* SPDX-License-Identifier: MIT */
/*
 * Port limits, measured: loops that issue the instructions of a kernel in its own proportions, on
 * independent registers, without its loads, stores and dependency chains.
 */
#ifndef BENCH_PROBES_H
#define BENCH_PROBES_H

#include "bench_isas.h"

#include <stddef.h>

struct bench_probe {
    const char *kernel; /* "fill_u32", or "dropout_f32_u16" for a draw and an apply; or NULL */
    size_t elements;    /* that one repetition stands for */
    void (*run)(size_t repetitions);
};

#define BENCH_DECLARE_PROBES(isa) extern const struct bench_probe bench_probes_##isa[];

#ifdef __cplusplus
extern "C" {
#endif
BENCH_PROBES(BENCH_DECLARE_PROBES)
#ifdef __cplusplus
}
#endif

/* Defines run_<name>, which repeats `body`; loops end on `decrement`. */
#define BENCH_PROBE(name, body)                                                                    \
    static void run_##name(size_t repetitions) {                                                   \
        __asm__ volatile(SETUP ".p2align 6\n1:\n\t" body LOOP : "+r"(repetitions)::CLOBBERS);      \
    }

/* The table of an instruction set; a group of philox blocks has `words` words of the stream. */
#define BENCH_PROBE_TABLE(isa, words)                                                              \
    BENCH_PROBE(fill_u32, DRAW)                                                                    \
    BENCH_PROBE(draw_mask_u8, DRAW MASK_U8)                                                        \
    BENCH_PROBE(draw_mask_u16, DRAW MASK_U16)                                                      \
    BENCH_PROBE(draw_mask_u32, DRAW MASK_U32)                                                      \
    BENCH_PROBE(apply_f32, APPLY_F32)                                                              \
    BENCH_PROBE(apply_f64, APPLY_F64)                                                              \
    BENCH_PROBE(dropout_f32_u8, DRAW MASK_U8 APPLY_F32 APPLY_F32 APPLY_F32 APPLY_F32)              \
    BENCH_PROBE(dropout_f32_u16, DRAW MASK_U16 APPLY_F32 APPLY_F32)                                \
    BENCH_PROBE(dropout_f32_u32, DRAW MASK_U32 APPLY_F32)                                          \
    BENCH_PROBE(dropout_f64_u8, DRAW MASK_U8 APPLY_F64 APPLY_F64 APPLY_F64 APPLY_F64)              \
    BENCH_PROBE(dropout_f64_u16, DRAW MASK_U16 APPLY_F64 APPLY_F64)                                \
    BENCH_PROBE(dropout_f64_u32, DRAW MASK_U32 APPLY_F64)                                          \
    const struct bench_probe bench_probes_##isa[] = {                                              \
        {"fill_u32", words, run_fill_u32},                                                         \
        {"draw_mask_u8", 4 * words, run_draw_mask_u8},                                             \
        {"draw_mask_u16", 2 * words, run_draw_mask_u16},                                           \
        {"draw_mask_u32", words, run_draw_mask_u32},                                               \
        {"apply_f32", words, run_apply_f32},                                                       \
        {"apply_f64", words, run_apply_f64},                                                       \
        {"dropout_f32_u8", 4 * words, run_dropout_f32_u8},                                         \
        {"dropout_f32_u16", 2 * words, run_dropout_f32_u16},                                       \
        {"dropout_f32_u32", words, run_dropout_f32_u32},                                           \
        {"dropout_f64_u8", 4 * words, run_dropout_f64_u8},                                         \
        {"dropout_f64_u16", 2 * words, run_dropout_f64_u16},                                       \
        {"dropout_f64_u32", words, run_dropout_f64_u32},                                           \
        {NULL, 0, NULL},                                                                           \
    };

#endif
