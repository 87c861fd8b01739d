/* SPDX-License-Identifier: MIT */
/* What libsimdrop uses of the C library of macOS, declared as its headers do: there is no SDK here. */
#ifndef SIMDROP_TESTS_MACOS_LIBC_H
#define SIMDROP_TESTS_MACOS_LIBC_H

#include <stddef.h>

/* math.h */
#define INFINITY __builtin_inff()
#define NAN __builtin_nanf("")
double ceil(double);
double fabs(double);
double floor(double);
double frexp(double, int *);
double ldexp(double, int);
double nextafter(double, double);
double sqrt(double);
float fabsf(float);
float nextafterf(float, float);
float sqrtf(float);

/* stdio.h */
typedef struct __sFILE FILE;
extern FILE *__stderrp;
#define stderr __stderrp
int fprintf(FILE *restrict, const char *restrict, ...);

/* stdlib.h; the first two for the compiler's own headers */
void *malloc(size_t);
void free(void *);
char *getenv(const char *);

/* string.h */
void *memcpy(void *restrict, const void *restrict, size_t);
void *memset(void *, int, size_t);
char *strncat(char *restrict, const char *restrict, size_t);
size_t strlen(const char *);

/* unistd.h */
long sysconf(int);

#endif
