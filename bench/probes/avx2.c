/* SPDX-License-Identifier: MIT */
/* The instruction mixes of src/avx2 for a group of 4 blocks, as its head comments count them. */
#include "probes.h"

/* Sources are ymm12 to ymm15, which hold 1.0f; results go to ymm0 to ymm11, ecx and edx. */
#define SETUP                                                                                      \
    "vpcmpeqd %%ymm12, %%ymm12, %%ymm12\n\t"                                                       \
    "vpsrld $25, %%ymm12, %%ymm12\n\t"                                                             \
    "vpslld $23, %%ymm12, %%ymm12\n\t"                                                             \
    "vmovdqa %%ymm12, %%ymm13\n\t"                                                                 \
    "vmovdqa %%ymm12, %%ymm14\n\t"                                                                 \
    "vmovdqa %%ymm12, %%ymm15\n\t"
#define LOOP "dec %0\n\tjnz 1b\n\tvzeroupper\n\t"
#define CLOBBERS                                                                                   \
    "cc", "rcx", "rdx", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8",    \
        "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15"

/* clang-format off */
#define ADD(to) "vpaddq %%ymm12, %%ymm13, %%ymm" #to "\n\t"
#define MUL(to) "vpmuludq %%ymm12, %%ymm13, %%ymm" #to "\n\t"
#define HIGH(to) "vpsrlq $32, %%ymm14, %%ymm" #to "\n\t"
#define TO_HIGH(to) "vpsllq $32, %%ymm15, %%ymm" #to "\n\t"
#define XOR(to) "vpxor %%ymm14, %%ymm15, %%ymm" #to "\n\t"
#define ORDER(to) "vshufps $0x11, %%ymm12, %%ymm13, %%ymm" #to "\n\t"

#define BEGIN ADD(0) HIGH(1) XOR(2) MUL(3) HIGH(4) XOR(5) XOR(6)
#define ROUND(a, b, c, d) MUL(a) MUL(b) HIGH(c) HIGH(d) XOR(a) XOR(b) XOR(c) XOR(d)
#define FINISH                                                                                     \
    MUL(0) MUL(1) TO_HIGH(2) TO_HIGH(3) XOR(4) XOR(5) XOR(6) XOR(7) ORDER(8) ORDER(9)
#define DRAW                                                                                       \
    BEGIN ROUND(7, 8, 9, 10) ROUND(11, 0, 1, 2) ROUND(3, 4, 5, 6) ROUND(7, 8, 9, 10)               \
    ROUND(11, 0, 1, 2) ROUND(3, 4, 5, 6) ROUND(7, 8, 9, 10) FINISH

#define COMPARE(size, to)                                                                          \
    "vpmaxu" size " %%ymm14, %%ymm15, %%ymm" #to "\n\tvpcmpeq" size " %%ymm12, %%ymm13, %%ymm" #to \
    "\n\t"
#define MASK_U8                                                                                    \
    COMPARE("b", 0) COMPARE("b", 1) "vpmovmskb %%ymm14, %%ecx\n\tvpmovmskb %%ymm15, %%edx\n\t"
#define MASK_U16                                                                                   \
    COMPARE("w", 0) COMPARE("w", 1)                                                                \
    "vpacksswb %%ymm12, %%ymm13, %%ymm2\n\tvpmovmskb %%ymm14, %%ecx\n\t"
#define MASK_U32                                                                                   \
    COMPARE("d", 0) COMPARE("d", 1) "vmovmskps %%ymm14, %%ecx\n\tvmovmskps %%ymm15, %%edx\n\t"

/* 16 elements. */
#define EIGHT(a, b)                                                                                \
    "vpand %%ymm14, %%ymm15, %%ymm" #a "\n\tvpcmpeqd %%ymm12, %%ymm13, %%ymm" #a                   \
    "\n\tvmulps %%ymm12, %%ymm13, %%ymm" #b "\n\tvandps %%ymm14, %%ymm15, %%ymm" #b "\n\t"
#define FOUR(a, b)                                                                                 \
    "vpand %%ymm14, %%ymm15, %%ymm" #a "\n\tvpcmpeqq %%ymm12, %%ymm13, %%ymm" #a                   \
    "\n\tvmulpd %%ymm12, %%ymm13, %%ymm" #b "\n\tvandpd %%ymm14, %%ymm15, %%ymm" #b "\n\t"
#define APPLY_f32 EIGHT(3, 4) EIGHT(5, 6)
#define APPLY_f64 FOUR(3, 4) FOUR(5, 6) FOUR(7, 8) FOUR(9, 10)
#define ROUND_BF16(a, b, c)                                                                        \
    "vpsrld $16, %%ymm12, %%ymm" #a "\n\tvpand %%ymm13, %%ymm14, %%ymm" #b                         \
    "\n\tvpaddd %%ymm14, %%ymm15, %%ymm" #c "\n\tvpaddd %%ymm12, %%ymm15, %%ymm" #a "\n\t"
#define APPLY_bf16                                                                                 \
    "vpslld $16, %%ymm14, %%ymm7\n\tvpand %%ymm14, %%ymm15, %%ymm8\n\t"                            \
    EIGHT(3, 4) EIGHT(5, 6) ROUND_BF16(0, 1, 2) ROUND_BF16(9, 10, 11)                              \
    "vpsrld $16, %%ymm15, %%ymm7\n\tvpblendw $0xaa, %%ymm14, %%ymm15, %%ymm8\n\t"
#define APPLY_f16                                                                                  \
    "vcvtph2ps %%xmm12, %%ymm0\n\tvcvtph2ps %%xmm13, %%ymm1\n\t"                                   \
    "vextracti128 $1, %%ymm14, %%xmm2\n\t" EIGHT(3, 4) EIGHT(5, 6)                                 \
    "vcvtps2ph $0, %%ymm14, %%xmm7\n\tvcvtps2ph $0, %%ymm15, %%xmm8\n\t"                           \
    "vinserti128 $1, %%xmm12, %%ymm13, %%ymm9\n\t"
/* clang-format on */

BENCH_PROBE_TABLE(avx2, 16)
