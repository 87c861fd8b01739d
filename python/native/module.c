/* SPDX-License-Identifier: MIT */
/* simdrop._native: the C library's functions on buffers. Private; the package documents them. */
#include "functions.h"

static int add_functions(PyObject *module) {
    PyMethodDef *lists[] = {common_functions, dropout_functions, matrix_functions,
                            random_functions};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; ++i)
        if (PyModule_AddFunctions(module, lists[i]) != 0) return -1;
    return PyModule_AddStringConstant(module, "version", simdrop_version());
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, (void *)add_functions},
#if defined(Py_mod_gil)
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
#if defined(Py_mod_multiple_interpreters)
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#endif
    {0, NULL},
};

static PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "simdrop._native",
                                 .m_slots = slots};

PyMODINIT_FUNC PyInit__native(void);
PyMODINIT_FUNC PyInit__native(void) { return PyModuleDef_Init(&definition); }
