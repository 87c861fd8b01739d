/* SPDX-License-Identifier: MIT */
/*
 * Port limits, measured: loops that issue the instructions of a kernel in its own proportions, on
 * independent registers, without its loads, stores and dependency chains.
 */
#ifndef BENCH_PROBES_H
#define BENCH_PROBES_H

#include "bench_isas.h"
#include "types.h"

#include <stddef.h>
#include <stdint.h>

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

/* The table of an instruction set; a group of philox blocks has `words` words of the stream, and
   APPLY_<type> is for as many elements. */
#define BENCH_PROBE_TABLE(isa, words)                                                              \
    BENCH_PROBE(fill_u32, DRAW)                                                                    \
    BENCH_PROBE(draw_mask_u8, DRAW MASK_U8)                                                        \
    BENCH_PROBE(draw_mask_u16, DRAW MASK_U16)                                                      \
    BENCH_PROBE(draw_mask_u32, DRAW MASK_U32)                                                      \
    SIMDROP_TYPES(BENCH_TYPE_PROBES, )                                                             \
    const struct bench_probe bench_probes_##isa[] = {                                              \
        {"fill_u32", words, run_fill_u32},                                                         \
        {"draw_mask_u8", 4 * words, run_draw_mask_u8},                                             \
        {"draw_mask_u16", 2 * words, run_draw_mask_u16},                                           \
        {"draw_mask_u32", words, run_draw_mask_u32},                                               \
        SIMDROP_TYPES(BENCH_TYPE_ROWS, words){NULL, 0, NULL},                                      \
    };
#define BENCH_TYPE_PROBES(type, c_type, ...)                                                       \
    BENCH_PROBE(apply_##type, APPLY_##type)                                                        \
    BENCH_PROBE(dropout_##type##_u8,                                                               \
                DRAW MASK_U8 APPLY_##type APPLY_##type APPLY_##type APPLY_##type)                  \
    BENCH_PROBE(dropout_##type##_u16, DRAW MASK_U16 APPLY_##type APPLY_##type)                     \
    BENCH_PROBE(dropout_##type##_u32, DRAW MASK_U32 APPLY_##type)
#define BENCH_TYPE_ROWS(type, c_type, words)                                                       \
    {"apply_" #type, words, run_apply_##type},                                                     \
        {"dropout_" #type "_u8", 4 * words, run_dropout_##type##_u8},                              \
        {"dropout_" #type "_u16", 2 * words, run_dropout_##type##_u16},                            \
        {"dropout_" #type "_u32", words, run_dropout_##type##_u32},

#endif
