/* SPDX-License-Identifier: MIT */
/* The number type of a program: f64 for the parts that check themselves, f32 for the experiment. */
#ifndef CS231N_REAL_H
#define CS231N_REAL_H

#ifdef REAL_IS_F32
typedef float real;
#define GEMM cblas_sgemm
#define DROPOUT simdrop_dropout_f32
#define DROPOUT_INFER simdrop_dropout_infer_f32
#define NORMAL simdrop_random_normal_f32
#else
typedef double real;
#define GEMM cblas_dgemm
#define DROPOUT simdrop_dropout_f64
#define DROPOUT_INFER simdrop_dropout_infer_f64
#define NORMAL simdrop_random_normal_f64
#endif

#endif
