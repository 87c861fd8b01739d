/* SPDX-License-Identifier: MIT */
/* simdrop: status codes, version, and the choice of instruction set. */
#ifndef SIMDROP_COMMON_H
#define SIMDROP_COMMON_H

#if !defined(__cplusplus) && (!defined(__STDC_VERSION__) || __STDC_VERSION__ < 199901L)
#error "simdrop's headers are of C99 and later, and of C++11 and later"
#endif

#include <stddef.h>
#include <stdint.h>

/* Before every function: that a shared library exports it. Who links a static one into a library of
   his own, which is to export nothing of it, compiles simdrop with SIMDROP_API defined as nothing.
   SIMDROP_BUILD is defined by the builds of simdrop itself. */
#if !defined(SIMDROP_API)
#if defined(_WIN32)
#if defined(SIMDROP_BUILD)
#define SIMDROP_API __declspec(dllexport)
#else
#define SIMDROP_API
#endif
#elif defined(__GNUC__)
#define SIMDROP_API __attribute__((visibility("default")))
#else
#define SIMDROP_API
#endif
#endif

/* The same of those that are in libsimdrop_sleef, and not in libsimdrop. */
#if !defined(SIMDROP_SLEEF_API)
#define SIMDROP_SLEEF_API SIMDROP_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Every function that can fail returns a status. On anything but SIMDROP_OK it has written nothing.
 * No function aborts, allocates, locks, prints (but for one message on a bad SIMDROP_ISA) or starts
 * a thread.
 */
typedef int32_t simdrop_status;

#define SIMDROP_OK 0
#define SIMDROP_ERR_INVALID_ARGUMENT 1 /* NULL, NaN, out of range, overflow, partial overlap */
#define SIMDROP_ERR_UNSUPPORTED 2      /* a valid request that this build or this CPU can't serve */

/* A constant English sentence for `status`, never NULL, also for values that are no status. Never
   free it. Thread-safe. */
SIMDROP_API const char *simdrop_status_string(simdrop_status status);

/* The library's version at run time, "major.minor.patch", a constant. Thread-safe. */
SIMDROP_API const char *simdrop_version(void);

/*
 * The kernels exist once per instruction set, all with the same results, bit for bit. The first
 * call that needs them picks the best set that this CPU and its operating system can run, or the
 * one named in the environment variable SIMDROP_ISA, in any case; a name there that can't be used
 * is reported on stderr once, with those that can, and ignored. Thread-safe, unless another thread changes the environment meanwhile.
 */

/* The set in use: "avx512", "avx2", "neon", "generic" or "scalar". Thread-safe. */
SIMDROP_API const char *simdrop_isa_name(void);

/*
 * Uses the set called `name`, in any case, from now on, for the whole process; NULL chooses again as at the first
 * call. SIMDROP_ERR_UNSUPPORTED, and no change, if simdrop_isa_list doesn't have it. Thread-safe: a
 * call running on another thread finishes with the kernels it began with, and no result changes.
 */
SIMDROP_API simdrop_status simdrop_isa_select(const char *name);

/*
 * Writes the names of the sets that this CPU can run, best first, to names[0 .. capacity), and
 * returns how many there are, which may be more than `capacity`. `names` may be NULL if `capacity`
 * is 0. The strings are constants. Thread-safe.
 */
SIMDROP_API size_t simdrop_isa_list(const char **names, size_t capacity);

#ifdef __cplusplus
}
#endif

#endif
