/* SPDX-License-Identifier: MIT */
/* The number type of a program: f32 to train with, f64 to check gradients. */
#ifndef GPT_REAL_H
#define GPT_REAL_H

#ifdef REAL_IS_F32
typedef float real;
#define OF_REAL(name) name##_f32
#define GEMM cblas_sgemm
#else
typedef double real;
#define OF_REAL(name) name##_f64
#define GEMM cblas_dgemm
#endif

#endif
