/* SPDX-License-Identifier: MIT */
/* The instruction mixes of src/neon for a group of 4 blocks, as its head comments count them. */
#include "probes.h"

/* Sources are v28 to v31, which hold 1.0f; results go to v0 to v23. */
#define SETUP "fmov v28.4s, #1.0\n\tfmov v29.4s, #1.0\n\tfmov v30.4s, #1.0\n\tfmov v31.4s, #1.0\n\t"
#define LOOP "subs %0, %0, #1\n\tb.ne 1b\n\t"
#define CLOBBERS                                                                                   \
    "cc", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13",  \
        "v14", "v15", "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v28", "v29", "v30", \
        "v31"

#define OP(name, type, to) #name " v" #to "." #type ", v30." #type ", v31." #type "\n\t"
/* clang-format off */
#define ADD(to) OP(add, 4s, to)
#define XOR(to) OP(eor, 16b, to)
#define MUL(lo, hi)                                                                                \
    "umull v" #lo ".2d, v28.2s, v29.s[0]\n\tumull2 v" #hi ".2d, v28.4s, v29.s[0]\n\t"
#define PARTS(lo, hi) OP(uzp1, 4s, lo) OP(uzp2, 4s, hi)

#define BEGIN                                                                                      \
    ADD(0) MUL(1, 2) PARTS(3, 4) XOR(5) MUL(6, 7) PARTS(8, 9) XOR(10) XOR(11)
#define ROUND(a, b, c, d, e, f)                                                                    \
    MUL(a, b) MUL(c, d) PARTS(e, f) PARTS(a, b) XOR(c) XOR(d) XOR(e) XOR(f)
#define DRAW                                                                                       \
    BEGIN ROUND(12, 13, 14, 15, 16, 17) ROUND(18, 19, 20, 21, 22, 23) ROUND(0, 1, 2, 3, 4, 5)      \
    ROUND(6, 7, 8, 9, 10, 11) ROUND(12, 13, 14, 15, 16, 17) ROUND(18, 19, 20, 21, 22, 23)          \
    ROUND(0, 1, 2, 3, 4, 5) ROUND(6, 7, 8, 9, 10, 11)                                              \
    "dup v12.4s, v28.s[0]\n\tdup v13.4s, v29.s[0]\n\t"                                             \
    "dup v14.4s, v30.s[0]\n\tdup v15.4s, v31.s[0]\n\t"

/* Four comparisons, then what joins them, rounded to whole operations per group. */
#define COMPARE(type) OP(cmhs, type, 0) OP(cmhs, type, 1) OP(cmhs, type, 2) OP(cmhs, type, 3)
#define JOIN(type, bits, to) "sli v" #to "." #type ", v30." #type ", #" #bits "\n\t"
#define MASK_U8                                                                                    \
    COMPARE(16b) JOIN(16b, 4, 4) JOIN(16b, 4, 5) OP(and, 16b, 6) OP(and, 16b, 7)                   \
    OP(addp, 16b, 8) OP(addp, 16b, 9)
#define MASK_U16                                                                                   \
    COMPARE(8h) JOIN(8h, 2, 4) JOIN(8h, 2, 5) JOIN(8h, 4, 6) OP(and, 16b, 7) OP(addp, 8h, 8)
#define MASK_U32 COMPARE(4s) JOIN(4s, 1, 4) JOIN(4s, 1, 5) JOIN(4s, 2, 6) OP(uzp1, 8h, 7)

/* 16 elements. */
#define FOUR(a, b) OP(cmtst, 4s, a) OP(fmul, 4s, b) OP(and, 16b, a)
#define TWO(a, b) OP(cmtst, 2d, a) OP(fmul, 2d, b) OP(and, 16b, a)
#define APPLY_f32 FOUR(16, 17) FOUR(18, 19) FOUR(20, 21) FOUR(22, 23)
#define APPLY_f64                                                                                  \
    TWO(16, 17) TWO(18, 19) TWO(20, 21) TWO(22, 23) TWO(16, 17) TWO(18, 19) TWO(20, 21) TWO(22, 23)
#define FOUR_BF16(a, b)                                                                            \
    "shll v" #a ".4s, v30.4h, #16\n\t" FOUR(a, b) "shl v" #a ".4s, v30.4s, #15\n\t"                \
    "mov v" #b ".16b, v31.16b\n\tusra v" #b ".4s, v30.4s, #31\n\taddhn v" #a                       \
    ".4h, v30.4s, v31.4s\n\t"
#define APPLY_bf16 FOUR_BF16(16, 17) FOUR_BF16(18, 19) FOUR_BF16(20, 21) FOUR_BF16(22, 23)
#define FOUR_F16(a, b)                                                                             \
    "fcvtl v" #a ".4s, v30.4h\n\t" FOUR(a, b) "fcvtn v" #a ".4h, v31.4s\n\t"
#define APPLY_f16 FOUR_F16(16, 17) FOUR_F16(18, 19) FOUR_F16(20, 21) FOUR_F16(22, 23)
/* clang-format on */

BENCH_PROBE_TABLE(neon, 16)
