/* SPDX-License-Identifier: MIT */
/* Plans, instruction sets and the stream: common.h, random.h, and the plans of dropout.h. */
#include "functions.h"

static PyObject *plan(ARGUMENTS) {
    call c;
    simdrop_dropout_config config = {0};
    simdrop_dropout dropout;
    int32_t flags;
    if (!take(&c, args, count, "dqqiiii", &config.drop_prob, &config.seed, &config.stream,
              &config.bits, &config.rounds, &config.mode, &flags))
        return NULL;
    config.flags = (uint32_t)flags;
    const simdrop_status status = simdrop_dropout_init(&dropout, &config);
    PyObject *none = finish(&c, status);
    if (!none) return NULL;
    Py_DECREF(none);
    return PyBytes_FromStringAndSize((const char *)&dropout, sizeof dropout);
}

/* (realized_prob, scale, bits, threshold) */
static PyObject *facts(ARGUMENTS) {
    call c;
    const simdrop_dropout *dropout;
    if (!take(&c, args, count, "p", &dropout)) return NULL;
    return Py_BuildValue("(ddiK)", simdrop_dropout_realized_prob(dropout),
                         simdrop_dropout_scale(dropout), simdrop_dropout_bits(dropout),
                         (unsigned long long)simdrop_dropout_threshold(dropout));
}

static PyObject *stream_derive(ARGUMENTS) {
    call c;
    uint64_t a, b, d;
    if (!take(&c, args, count, "qqq", &a, &b, &d)) return NULL;
    return PyLong_FromUnsignedLongLong(simdrop_stream_derive(a, b, d));
}

static PyObject *isa_name(ARGUMENTS) {
    call c;
    if (!take(&c, args, count, "")) return NULL;
    return PyUnicode_FromString(simdrop_isa_name());
}

static PyObject *isa_list(ARGUMENTS) {
    enum { MOST = 16 };
    call c;
    const char *names[MOST];
    if (!take(&c, args, count, "")) return NULL;
    size_t there = simdrop_isa_list(names, MOST);
    if (there > MOST) there = MOST;
    PyObject *list = PyList_New((Py_ssize_t)there);
    for (size_t i = 0; list && i < there; ++i) {
        PyObject *name = PyUnicode_FromString(names[i]);
        if (!name || PyList_SetItem(list, (Py_ssize_t)i, name) != 0) Py_CLEAR(list);
    }
    return list;
}

static PyObject *isa_select(ARGUMENTS) {
    if (count != 1) {
        PyErr_SetString(PyExc_TypeError, "isa_select takes one argument");
        return NULL;
    }
    const char *name = NULL;
    if (args[0] != Py_None && !(name = PyUnicode_AsUTF8AndSize(args[0], NULL))) return NULL;
    if (simdrop_isa_select(name) == SIMDROP_OK) Py_RETURN_NONE;
    PyErr_Format(PyExc_ValueError, "%R is no instruction set that this CPU can run", args[0]);
    return NULL;
}

PyMethodDef common_functions[] = {
    FUNCTION(plan),     FUNCTION(facts),      FUNCTION(stream_derive), FUNCTION(isa_name),
    FUNCTION(isa_list), FUNCTION(isa_select), {NULL, NULL, 0, NULL},
};
