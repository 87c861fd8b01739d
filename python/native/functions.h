/* SPDX-License-Identifier: MIT */
/* The functions of the module, by the headers of the C library that they are of. A plan, what
   simdrop_dropout_init makes, is bytes in Python. Shapes are the package's business. */
#ifndef SIMDROP_PYTHON_FUNCTIONS_H
#define SIMDROP_PYTHON_FUNCTIONS_H

#include "arguments.h"

extern PyMethodDef common_functions[];
extern PyMethodDef dropout_functions[];
extern PyMethodDef matrix_functions[];
extern PyMethodDef random_functions[];

/* A function of the module that is called with an array of arguments, which is how Python calls
   fastest. */
#define FUNCTION(name) {#name, (PyCFunction)(void (*)(void))name, METH_FASTCALL, NULL}
#define ARGUMENTS PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count

#endif
