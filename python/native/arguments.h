/* SPDX-License-Identifier: MIT */
/* The arguments of a call from Python, taken by a format of one letter each. */
#ifndef SIMDROP_PYTHON_ARGUMENTS_H
#define SIMDROP_PYTHON_ARGUMENTS_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <simdrop/simdrop.h>
#include <stdbool.h>

enum element { NONE, F32, F64, BF16, F16 };

enum { MAX_BUFFERS = 14 };

/* One call: the buffers it holds, and what its tensors have in common. */
typedef struct call {
    Py_buffer buffers[MAX_BUFFERS];
    int used;
    enum element element; /* of all tensors */
    size_t n;             /* elements of the tensor that was taken first */
} call;

/*
 * Takes arguments as `format` has it, each to one or two pointers:
 *
 * p  const simdrop_dropout *   a plan, which is bytes
 * q  uint64_t
 * z  size_t
 * i  int32_t
 * d  double
 * x  void *             tensor to read, C-contiguous; NULL for None
 * y  void *             the same, to write
 * X  void *, size_t     matrix to read, with the elements from one row to the next
 * Y  void *, size_t     the same, to write
 * r  void *, size_t     array to read of what is computed in, f64 for tensors of f64, else f32, and
 *                       its size; NULL for None
 * w  void *, size_t     the same, to write
 * 1  void *, size_t     items of 1 byte to read, and how many; NULL for None; 8 is of 8 bytes
 * 2  void *, size_t     items of 1 byte to write, and how many; NULL for None; 4 and 9 are of 4 and 8
 *
 * All tensors of a call have one type and one number of elements. On failure an exception is set and
 * nothing held.
 */
bool take(call *c, PyObject *const *args, Py_ssize_t count, const char *format, ...);

/* Ends a call: releases the buffers, and returns None, or raises ValueError if it failed. */
PyObject *finish(call *c, simdrop_status status);

/* Evaluates a call of some `n` elements, without the lock of the interpreter if it may take long. */
#define LONG_CALL(elements, ...)                                                                   \
    do {                                                                                           \
        PyThreadState *state = (elements) >= 16384 ? PyEval_SaveThread() : NULL;                   \
        __VA_ARGS__;                                                                               \
        if (state) PyEval_RestoreThread(state);                                                    \
    } while (0)

/* status = function_<type of the call>(…); in a real type there is no f16. */
#define BY_TYPE(c, status, function, ...)                                                          \
    switch ((c).element) {                                                                         \
    case F32: status = function##_f32(__VA_ARGS__); break;                                         \
    case F64: status = function##_f64(__VA_ARGS__); break;                                         \
    case BF16: status = function##_bf16(__VA_ARGS__); break;                                       \
    case F16: status = function##_f16(__VA_ARGS__); break;                                         \
    default: status = SIMDROP_ERR_INVALID_ARGUMENT;                                                \
    }
#define BY_REAL_TYPE(c, status, function, ...)                                                     \
    switch ((c).element) {                                                                         \
    case F32: status = function##_f32(__VA_ARGS__); break;                                         \
    case F64: status = function##_f64(__VA_ARGS__); break;                                         \
    case BF16: status = function##_bf16(__VA_ARGS__); break;                                       \
    default: status = SIMDROP_ERR_UNSUPPORTED;                                                     \
    }

#endif
