/* SPDX-License-Identifier: MIT */
/* The core's clock at this moment, from a timed chain of dependent operations of known latency. */
#ifndef BENCH_CLOCK_H
#define BENCH_CLOCK_H

#ifdef __cplusplus
extern "C" {
#endif

/* In Hz. Takes some 100 microseconds: three tries, so long that reading the time hardly counts. */
double bench_core_clock(void);

#ifdef __cplusplus
}
#endif

#endif
