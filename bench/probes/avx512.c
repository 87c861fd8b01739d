/* SPDX-License-Identifier: MIT */
/* The instruction mixes of src/avx512 for a group of 8 blocks, as its head comments count them. */
#include "probes.h"

/* Sources are zmm28 to zmm31, which hold 1.0f; results go to zmm0 to zmm23, k1 to k7, ecx, edx. */
#define SETUP                                                                                      \
    "vpternlogd $0xff, %%zmm28, %%zmm28, %%zmm28\n\t"                                              \
    "vpsrld $25, %%zmm28, %%zmm28\n\t"                                                             \
    "vpslld $23, %%zmm28, %%zmm28\n\t"                                                             \
    "vmovdqa64 %%zmm28, %%zmm29\n\t"                                                               \
    "vmovdqa64 %%zmm28, %%zmm30\n\t"                                                               \
    "vmovdqa64 %%zmm28, %%zmm31\n\t"
#define LOOP "dec %0\n\tjnz 1b\n\tvzeroupper\n\t"
#define CLOBBERS                                                                                   \
    "cc", "rcx", "rdx", "k1", "k2", "k3", "k4", "k5", "k6", "k7", "xmm0", "xmm1", "xmm2", "xmm3",  \
        "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13",        \
        "xmm14", "xmm15", "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23",  \
        "xmm28", "xmm29", "xmm30", "xmm31"

/* clang-format off */
#define ADD(to) "vpaddq %%zmm28, %%zmm29, %%zmm" #to "\n\t"
#define MUL(to) "vpmuludq %%zmm28, %%zmm29, %%zmm" #to "\n\t"
#define HIGH(to) "vpshufd $0xf5, %%zmm30, %%zmm" #to "\n\t"
#define TO_HIGH(to) "vpsllq $32, %%zmm31, %%zmm" #to "\n\t"
#define XOR(to) "vpxorq %%zmm30, %%zmm31, %%zmm" #to "\n\t"
#define XOR3(to) "vpternlogq $0x96, %%zmm30, %%zmm31, %%zmm" #to "\n\t"
#define ORDER(to) "vshufps $0x11, %%zmm28, %%zmm29, %%zmm" #to "\n\t"

#define BEGIN ADD(0) HIGH(1) XOR(2) MUL(3) HIGH(4) XOR(5) XOR(6)
#define ROUND(a, b, c, d) MUL(a) MUL(b) HIGH(c) HIGH(d) XOR3(c) XOR3(d)
#define FINISH MUL(7) MUL(8) TO_HIGH(9) TO_HIGH(10) XOR3(9) XOR3(10) ORDER(11) ORDER(12)
#define DRAW                                                                                       \
    BEGIN ROUND(13, 14, 15, 16) ROUND(17, 18, 19, 20) ROUND(21, 22, 23, 0) ROUND(1, 2, 3, 4)       \
    ROUND(5, 6, 13, 14) ROUND(15, 16, 17, 18) ROUND(19, 20, 21, 22) FINISH

/* Two comparisons each; u8 stores both masks as they are, the others join them. */
#define MASK_U8                                                                                    \
    "vpcmpub $5, %%zmm28, %%zmm29, %%k1\n\tvpcmpub $5, %%zmm28, %%zmm29, %%k2\n\t"
#define MASK_U16                                                                                   \
    "vpcmpuw $5, %%zmm28, %%zmm29, %%k1\n\tvpcmpuw $5, %%zmm28, %%zmm29, %%k2\n\t"                 \
    "kmovd %%k1, %%ecx\n\tkmovd %%k2, %%edx\n\t"
#define MASK_U32                                                                                   \
    "vpcmpud $5, %%zmm28, %%zmm29, %%k1\n\tvpcmpud $5, %%zmm28, %%zmm29, %%k2\n\t"                 \
    "kmovw %%k1, %%ecx\n\tkmovw %%k2, %%edx\n\t"

/* 32 elements. */
#define SIXTEEN(kept, to)                                                                          \
    "vptestmd %%zmm30, %%zmm31, %%" #kept "\n\t"                                                   \
    "vmulps %%zmm28, %%zmm29, %%zmm" #to "%{%%" #kept "%}%{z%}\n\t"
#define EIGHT(kept, to)                                                                            \
    "vptestmq %%zmm30, %%zmm31, %%" #kept "\n\t"                                                   \
    "vmulpd %%zmm28, %%zmm29, %%zmm" #to "%{%%" #kept "%}%{z%}\n\t"
#define APPLY_f32 SIXTEEN(k3, 7) SIXTEEN(k4, 8)
#define APPLY_f64 EIGHT(k3, 7) EIGHT(k4, 8) EIGHT(k5, 9) EIGHT(k6, 10)
#define HALVES(shift, a, b)                                                                        \
    shift " $16, %%zmm28, %%zmm" #a "\n\tvpblendmw %%zmm29, %%zmm30, %%zmm" #b "%{%%k5%}\n\t"
#define ROUND_BF16                                                                                 \
    "vpternlogd $0xf8, %%zmm30, %%zmm31, %%zmm4\n\tvpcmpuw $6, %%zmm28, %%zmm29, %%k6\n\t"         \
    "vpsubw %%zmm30, %%zmm31, %%zmm5%{%%k7%}\n\t"
#define APPLY_bf16                                                                                 \
    "vpslld $16, %%zmm30, %%zmm11\n\tvpandd %%zmm30, %%zmm31, %%zmm12\n\t"                         \
    SIXTEEN(k3, 7) SIXTEEN(k4, 8) HALVES("vpsrld", 0, 1) HALVES("vpslld", 2, 3) ROUND_BF16
#define APPLY_f16                                                                                  \
    "vcvtph2ps %%ymm28, %%zmm0\n\tvcvtph2ps %%ymm29, %%zmm1\n\t"                                   \
    "vextracti64x4 $1, %%zmm30, %%ymm2\n\t" SIXTEEN(k3, 7) SIXTEEN(k4, 8)                          \
    "vcvtps2ph $0, %%zmm30, %%ymm3\n\tvcvtps2ph $0, %%zmm31, %%ymm4\n\t"                           \
    "vinserti64x4 $1, %%ymm28, %%zmm29, %%zmm5\n\t"
/* clang-format on */

BENCH_PROBE_TABLE(avx512, 32)
