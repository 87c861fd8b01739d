/* SPDX-License-Identifier: MIT */
/* Random numbers, into arrays: random.h and distributions.h. */
#include "functions.h"

/* random_u32(seed, stream, offset, out) */
static PyObject *random_u32(ARGUMENTS) {
    call c;
    uint64_t seed, stream, offset;
    void *out;
    size_t n;
    simdrop_status status;
    if (!take(&c, args, count, "qqq4", &seed, &stream, &offset, &out, &n)) return NULL;
    LONG_CALL(n, status = simdrop_random_u32(seed, stream, offset, n, out));
    return finish(&c, status);
}

/* random_bernoulli_u8(seed, stream, offset, prob, out) */
static PyObject *random_bernoulli_u8(ARGUMENTS) {
    call c;
    uint64_t seed, stream, offset;
    double prob;
    void *out;
    size_t n;
    simdrop_status status;
    if (!take(&c, args, count, "qqqd2", &seed, &stream, &offset, &prob, &out, &n)) return NULL;
    LONG_CALL(n, status = simdrop_random_bernoulli_u8(seed, stream, offset, n, prob, out));
    return finish(&c, status);
}

/* random_uniform_int_u32(seed, stream, offset, bound, out) */
static PyObject *random_uniform_int_u32(ARGUMENTS) {
    call c;
    uint64_t seed, stream, offset;
    size_t bound, n;
    void *out;
    simdrop_status status;
    if (!take(&c, args, count, "qqqz4", &seed, &stream, &offset, &bound, &out, &n)) return NULL;
    if (bound > UINT32_MAX) return finish(&c, SIMDROP_ERR_INVALID_ARGUMENT);
    LONG_CALL(n, status =
                     simdrop_random_uniform_int_u32(seed, stream, offset, n, (uint32_t)bound, out));
    return finish(&c, status);
}

/* status = function_<type>(seed, stream, offset, n, parameters…, out), these in f32 but of f64 */
#define FOUR(c, f, parameters)                                                                     \
    switch ((c).element) {                                                                         \
    case F32: status = f##_f32(seed, stream, offset, c.n, parameters(float), out); break;          \
    case F64: status = f##_f64(seed, stream, offset, c.n, parameters(double), out); break;         \
    case BF16: status = f##_bf16(seed, stream, offset, c.n, parameters(float), out); break;        \
    case F16: status = f##_f16(seed, stream, offset, c.n, parameters(float), out); break;          \
    default: status = SIMDROP_ERR_INVALID_ARGUMENT;                                                \
    }
#define TWO(c, f, parameters)                                                                      \
    switch ((c).element) {                                                                         \
    case F32: status = f##_f32(seed, stream, offset, c.n, parameters(float), out); break;          \
    case F64: status = f##_f64(seed, stream, offset, c.n, parameters(double), out); break;         \
    default: status = SIMDROP_ERR_UNSUPPORTED;                                                     \
    }
#define ONE(c, f, parameters)                                                                      \
    if ((c).element == F32)                                                                        \
        status = f##_f32(seed, stream, offset, c.n, parameters(float), out);                       \
    else                                                                                           \
        status = SIMDROP_ERR_UNSUPPORTED

#define A(type) (type) a
#define A_B(type) (type) a, (type)b
#define A_TO_D(type) (type) a, (type)b, (type)d, (type)e

/* random_<name>(seed, stream, offset, parameters…, out) */
#define DISTRIBUTION(name, TYPES, parameters, letters, ...)                                        \
    static PyObject *random_##name(ARGUMENTS) {                                                    \
        call c;                                                                                    \
        uint64_t seed, stream, offset;                                                             \
        double a = 0, b = 0, d = 0, e = 0;                                                         \
        void *out;                                                                                 \
        simdrop_status status;                                                                     \
        (void)b, (void)d, (void)e;                                                                 \
        if (!take(&c, args, count, "qqq" letters "y", &seed, &stream, &offset, __VA_ARGS__, &out)) \
            return NULL;                                                                           \
        LONG_CALL(c.n, TYPES(c, simdrop_random_##name, parameters));                               \
        return finish(&c, status);                                                                 \
    }
DISTRIBUTION(uniform, FOUR, A_B, "dd", &a, &b)
#if defined(SIMDROP_PYTHON_SLEEF)
DISTRIBUTION(normal, FOUR, A_B, "dd", &a, &b)
DISTRIBUTION(exponential, TWO, A, "d", &a)
DISTRIBUTION(gumbel, TWO, A_B, "dd", &a, &b)
DISTRIBUTION(truncated_normal, ONE, A_TO_D, "dddd", &a, &b, &d, &e)
#endif

PyMethodDef random_functions[] = {
    FUNCTION(random_u32),
    FUNCTION(random_bernoulli_u8),
    FUNCTION(random_uniform_int_u32),
    FUNCTION(random_uniform),
#if defined(SIMDROP_PYTHON_SLEEF)
    FUNCTION(random_normal),
    FUNCTION(random_exponential),
    FUNCTION(random_gumbel),
    FUNCTION(random_truncated_normal),
#endif
    {NULL, NULL, 0, NULL},
};
