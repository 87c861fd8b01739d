/* SPDX-License-Identifier: MIT */
#include "arguments.h"

#include <stdarg.h>
#include <string.h>

/* NumPy has no buffer for bfloat16, so it comes as two bytes of no type. */
static enum element element_of(const Py_buffer *buffer) {
    const char *format = buffer->format;
    if (*format == '<' || *format == '=' || *format == '@') ++format;
    if (!strcmp(format, "f")) return F32;
    if (!strcmp(format, "d")) return F64;
    if (!strcmp(format, "e")) return F16;
    if (!strcmp(format, "2x")) return BF16;
    return NONE;
}

static bool hold(call *c, PyObject *object, int flags, Py_buffer **buffer) {
    *buffer = &c->buffers[c->used];
    if (PyObject_GetBuffer(object, *buffer, PyBUF_FORMAT | flags) != 0) return false;
    ++c->used;
    return true;
}

static bool refuse(PyObject *exception, const char *sentence) {
    PyErr_SetString(exception, sentence);
    return false;
}

/* A tensor is contiguous, unless the size of its rows is asked for. */
static bool take_tensor(call *c, PyObject *object, int flags, void **data, size_t *ld) {
    Py_buffer *buffer;
    *data = NULL;
    if (object == Py_None) return true;
    if (!hold(c, object, flags | (ld ? PyBUF_STRIDES : PyBUF_C_CONTIGUOUS), &buffer)) return false;
    const enum element element = element_of(buffer);
    const size_t n = (size_t)(buffer->len / buffer->itemsize);
    if (element == NONE)
        return refuse(PyExc_TypeError,
                      "arrays have to be of float32, float64, float16 or bfloat16");
    if (c->element == NONE) {
        c->element = element;
        c->n = n;
    }
    if (c->element != element) return refuse(PyExc_TypeError, "the arrays have to be of one type");
    if (c->n != n) return refuse(PyExc_ValueError, "the arrays have to be of one shape");
    if (ld) {
        if (buffer->ndim != 2)
            return refuse(PyExc_ValueError, "a matrix has to have two dimensions");
        const Py_ssize_t *strides = buffer->strides, size = buffer->itemsize;
        if ((buffer->shape[1] > 1 && strides[1] != size) || strides[0] < 0 ||
            strides[0] % size != 0)
            return refuse(PyExc_ValueError, "the elements of a row have to lie side by side");
        *ld = buffer->shape[0] > 1 ? (size_t)(strides[0] / size) : (size_t)buffer->shape[1];
    }
    *data = buffer->buf;
    return true;
}

static bool take_real(call *c, PyObject *object, int flags, void **data, size_t *count) {
    Py_buffer *buffer;
    *data = NULL;
    *count = 0;
    if (object == Py_None) return true;
    if (!hold(c, object, flags | PyBUF_C_CONTIGUOUS, &buffer)) return false;
    if (element_of(buffer) != (c->element == F64 ? F64 : F32))
        return refuse(PyExc_TypeError,
                      "what goes with tensors of float64 has to be of float64, and "
                      "float32 with others");
    *data = buffer->len ? buffer->buf : NULL;
    *count = (size_t)(buffer->len / buffer->itemsize);
    return true;
}

/* Whole numbers of `size` bytes; their sign is not looked at. */
static bool take_items(call *c, PyObject *object, int flags, Py_ssize_t size, void **data,
                       size_t *count) {
    Py_buffer *buffer;
    *data = NULL;
    *count = 0;
    if (object == Py_None) return true;
    if (!hold(c, object, flags | PyBUF_C_CONTIGUOUS, &buffer)) return false;
    if (buffer->itemsize != size) {
        PyErr_Format(PyExc_TypeError, "an array has to have items of %zd bytes", size);
        return false;
    }
    *data = buffer->buf;
    *count = (size_t)(buffer->len / size);
    return true;
}

static bool take_plan(PyObject *object, const simdrop_dropout **plan) {
    char *data;
    Py_ssize_t size;
    if (PyBytes_AsStringAndSize(object, &data, &size) != 0) return false;
    if (size != sizeof(simdrop_dropout)) return refuse(PyExc_ValueError, "this is no plan");
    *plan = (const simdrop_dropout *)(const void *)data;
    return true;
}

static bool take_u64(PyObject *object, uint64_t *value) {
    PyObject *index = PyNumber_Index(object);
    if (!index) return false;
    *value = PyLong_AsUnsignedLongLong(index);
    Py_DECREF(index);
    if (*value != UINT64_MAX || !PyErr_Occurred()) return true;
    PyErr_Format(PyExc_ValueError, "%R is no integer from 0 to 2**64 - 1", object);
    return false;
}

static bool take_size(PyObject *object, size_t *value) {
    uint64_t wide;
    if (!take_u64(object, &wide)) return false;
    *value = (size_t)wide;
    if (*value == wide) return true;
    PyErr_Format(PyExc_ValueError, "%R is more than memory has", object);
    return false;
}

static bool take_int(PyObject *object, int32_t *value) {
    const long wide = PyLong_AsLong(object);
    *value = (int32_t)wide;
    if (wide == -1 && PyErr_Occurred()) return false;
    if (*value == wide) return true;
    PyErr_Format(PyExc_ValueError, "%R is out of range", object);
    return false;
}

static bool take_double(PyObject *object, double *value) {
    *value = PyFloat_AsDouble(object);
    return *value != -1 || !PyErr_Occurred();
}

static bool take_one(call *c, PyObject *object, char letter, va_list *to) {
    enum { READ = 0, WRITE = PyBUF_WRITABLE };
    void *pointer = va_arg(*to, void *);
    switch (letter) {
    case 'p': return take_plan(object, pointer);
    case 'q': return take_u64(object, pointer);
    case 'z': return take_size(object, pointer);
    case 'i': return take_int(object, pointer);
    case 'd': return take_double(object, pointer);
    case 'x': return take_tensor(c, object, READ, pointer, NULL);
    case 'y': return take_tensor(c, object, WRITE, pointer, NULL);
    case 'X': return take_tensor(c, object, READ, pointer, va_arg(*to, size_t *));
    case 'Y': return take_tensor(c, object, WRITE, pointer, va_arg(*to, size_t *));
    case 'r': return take_real(c, object, READ, pointer, va_arg(*to, size_t *));
    case 'w': return take_real(c, object, WRITE, pointer, va_arg(*to, size_t *));
    case '1': return take_items(c, object, READ, 1, pointer, va_arg(*to, size_t *));
    case '2': return take_items(c, object, WRITE, 1, pointer, va_arg(*to, size_t *));
    case '4': return take_items(c, object, WRITE, 4, pointer, va_arg(*to, size_t *));
    case '8': return take_items(c, object, READ, 8, pointer, va_arg(*to, size_t *));
    case '9': return take_items(c, object, WRITE, 8, pointer, va_arg(*to, size_t *));
    default: return refuse(PyExc_SystemError, "a letter that take doesn't know");
    }
}

static void release(call *c) {
    while (c->used != 0) PyBuffer_Release(&c->buffers[--c->used]);
}

bool take(call *c, PyObject *const *args, Py_ssize_t count, const char *format, ...) {
    const Py_ssize_t wanted = (Py_ssize_t)strlen(format);
    c->used = 0;
    c->element = NONE;
    c->n = 0;
    if (count != wanted) {
        PyErr_Format(PyExc_TypeError, "%zd arguments where %zd are taken", count, wanted);
        return false;
    }
    va_list to;
    va_start(to, format);
    bool ok = true;
    for (Py_ssize_t i = 0; ok && i < count; ++i) ok = take_one(c, args[i], format[i], &to);
    va_end(to);
    if (!ok) release(c);
    return ok;
}

PyObject *finish(call *c, simdrop_status status) {
    release(c);
    if (status == SIMDROP_OK) Py_RETURN_NONE;
    if (status == SIMDROP_ERR_UNSUPPORTED)
        PyErr_SetString(PyExc_NotImplementedError, "there is no such function of this type");
    else
        PyErr_SetString(PyExc_ValueError,
                        "an argument is out of range, positions go past 2**64, or "
                        "arrays overlap in part or don't fit each other");
    return NULL;
}
