/* SPDX-License-Identifier: MIT */
/*
 * The arithmetic with which bodies are written: each operation of a block, and its functions, against plain
 * C. SIMDROP_TEST_EVERY_F32=1 in the environment takes all their arguments, minutes for each set.
 */
#include "blocks/blocks.h"
#include "support.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The functions of each set that has lanes. */
#define DECLARE(set) row_fn ROW_FUNCTION(f32, set), ROW_FUNCTION(f64, set);
LANE_SETS(DECLARE)
struct set {
    const char *name;
    row_fn *f32, *f64;
};
#define ENTRY(set) {#set, ROW_FUNCTION(f32, set), ROW_FUNCTION(f64, set)},
static const struct set sets[] = {LANE_SETS(ENTRY)};

static const struct set *set_of(const char *name) {
    for (size_t i = 0; i < COUNT(sets); ++i)
        if (strcmp(sets[i].name, name) == 0) return &sets[i];
    skip(); /* it has no lanes of its own */
    return NULL;
}

#define NAN_MAY_DIFFER(name, may) may,
static const int nan_may_differ[] = {OPERATIONS(NAN_MAY_DIFFER)};
#define NAME(name, ...) #name,
static const char *const names[] = {OPERATIONS(NAME)};

/* The definitions, of each type. */
#define DEFINITIONS(real, root, absolute)                                                          \
    static real defined_##real(const struct row *row, size_t i) {                                  \
        const real *const all = row->x;                                                            \
        const real x = all[i], y = ((const real *)row->y)[i];                                      \
        real lanes[16] = {0};                                                                      \
        switch (row->operation) {                                                                  \
        case NEG: return -x;                                                                       \
        case ABS: return absolute(x);                                                              \
        case MIN: return x < y ? x : y;                                                            \
        case MAX: return x > y ? x : y;                                                            \
        case IF_LESS: return x < y ? -x : y;                                                       \
        case KEEP: return row->bits >> i % 16 & 1 ? x : 0;                                         \
        case DEAD: return i < row->n ? x : 7;                                                      \
        case ADD: return x + y;                                                                    \
        case SUB: return x - y;                                                                    \
        case MUL: return x * y;                                                                    \
        case DIV: return x / y;                                                                    \
        case SQRT: return root(x);                                                                 \
        case SUM:                                                                                  \
            for (size_t k = 0; k < row->n; ++k) lanes[k % 16] += all[k];                           \
            for (int half = 8; half > 0; half /= 2)                                                \
                for (int j = 0; j < half; ++j) lanes[j] += lanes[j + half];                        \
            return lanes[0];                                                                       \
        case MAX_OF: /* of numbers */                                                              \
            lanes[0] = (real) - INFINITY;                                                          \
            for (size_t k = 0; k < row->n; ++k)                                                    \
                if (all[k] > lanes[0]) lanes[0] = all[k];                                          \
            return lanes[0];                                                                       \
        default: return x;                                                                         \
        }                                                                                          \
    }                                                                                              \
    static void compare_##real(const struct row *row, size_t i) {                                  \
        const real got = ((const real *)row->out)[i], want = defined_##real(row, i);               \
        if (nan_may_differ[row->operation] && isnan(want) && isnan(got)) return;                   \
        if (row->operation == MAX_OF && want == 0 && got == 0) return; /* -0 is no less */         \
        assert_same(&got, &want, sizeof got, "%s, %s, element %zu of %zu, bits %" PRIx32,          \
                    names[row->operation], #real, i, row->n, row->bits);                           \
    }
DEFINITIONS(float, sqrtf, fabsf)
DEFINITIONS(double, sqrt, fabs)

enum { ROW = 70 }; /* elements at most */

static size_t results(const struct row *row) {
    return row->operation == SUM || row->operation == MAX_OF ? 1
           : row->operation == DEAD                          ? 16
                                                             : row->n;
}

/* Values that seldom make NaN of a sum, or any. */
static void fill_row(enum simdrop_type type, unsigned char *out, size_t n) {
    any_values(type, out, n);
    if (any_below(2) == 0) return;
    for (size_t i = 0; i < n; ++i)
        if (type == SIMDROP_f32)
            ((float *)(void *)out)[i] = (float)((double)any_u64() * 0x1p-60 - 8);
        else
            ((double *)(void *)out)[i] = (double)any_u64() * 0x1p-60 - 8;
}

static void test_type(row_fn *function, enum simdrop_type type,
                      void (*compare)(const struct row *, size_t)) {
    const size_t size = type == SIMDROP_f32 ? sizeof(float) : sizeof(double);
    for (size_t rounds = scaled(5000); rounds > 0; --rounds) {
        struct row row = {.operation = (enum operation)any_below(EXP),
                          .from = type,
                          .to = type,
                          .bits = (uint32_t)any_u64()};
        row.n = any_below(row.operation == DEAD ? 16 + 1 : ROW + 1);
        const enum side side = any_below(2) ? AT_START : AT_END;
        struct buffer x = buffer_new(row.n * size, side, any_shift());
        struct buffer y = buffer_new(row.n * size, side, any_shift());
        struct buffer out = buffer_new(results(&row) * size, side, any_shift());
        double copies[3][ROW];
        fill_row(type, (unsigned char *)copies[0], row.n);
        fill_row(type, (unsigned char *)copies[1], row.n);
        memcpy(x.data, copies[0], row.n * size);
        memcpy(y.data, copies[1], row.n * size);
        row.x = x.data, row.y = y.data, row.out = out.data;
        function(&row);
        assert_margins_untouched(&out);
        memcpy(copies[2], out.data, results(&row) * size);
        row.x = copies[0], row.y = copies[1], row.out = copies[2];
        for (size_t i = 0; i < results(&row); ++i) compare(&row, i);
        buffer_free(&x), buffer_free(&y), buffer_free(&out);
    }
}

static void f32(void **state) { test_type(set_of(*state)->f32, SIMDROP_f32, compare_float); }
static void f64(void **state) { test_type(set_of(*state)->f64, SIMDROP_f64, compare_double); }

static float f32_of(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static void bf16_is_loaded_exactly(void **state) {
    static uint16_t x[65536];
    static float out[COUNT(x)];
    for (size_t i = 0; i < COUNT(x); ++i) x[i] = (uint16_t)i;
    set_of(*state)->f32(&(struct row){SAME, SIMDROP_bf16, SIMDROP_f32, out, x, x, COUNT(x), 0});
    for (size_t i = 0; i < COUNT(x); ++i) {
        const float want = f32_of((uint32_t)i << 16);
        assert_same(&out[i], &want, sizeof want, "bf16 %04zx", i);
    }
}

/* The nearer of the two bf16 around x, the even one in the middle; NaN quiet, else cut off. */
static uint16_t defined_bf16(uint32_t bits) {
    const uint16_t down = (uint16_t)(bits >> 16), up = (uint16_t)(down + 1);
    const double x = (double)f32_of(bits), below = (double)f32_of((uint32_t)down << 16);
    if (isnan(x)) return (uint16_t)(down | 0x40);
    if (isinf(x)) return down;
    const double above =
        (up & 0x7fff) == 0x7f80 ? 0x1p128 : fabs((double)f32_of((uint32_t)up << 16));
    const double to_below = fabs(x) - fabs(below), to_above = above - fabs(x);
    if (to_below == to_above) return down % 2 == 0 ? down : up;
    return to_below < to_above ? down : up;
}

/* With 17 lower halves of every upper half, among them those around the middle. */
static void bf16_is_rounded(void **state) {
    const struct set *set = set_of(*state);
    static const uint16_t low[] = {0, 1, 0x3fff, 0x7ffe, 0x7fff, 0x8000, 0x8001, 0xfffe, 0xffff};
    for (uint32_t high = 0; high < 0x10000; ++high) {
        uint32_t x[17];
        uint16_t out[COUNT(x)];
        for (size_t i = 0; i < COUNT(x); ++i)
            x[i] = high << 16 | (i < COUNT(low) ? low[i] : (uint32_t)any_below(0x10000));
        set->f32(&(struct row){SAME, SIMDROP_f32, SIMDROP_bf16, out, x, x, COUNT(x), 0});
        for (size_t i = 0; i < COUNT(x); ++i) {
            const uint16_t want = defined_bf16(x[i]);
            assert_same(&out[i], &want, sizeof want, "f32 %08" PRIx32, x[i]);
        }
    }
}

/* The functions, of which argument x is f32, and how far they may be off at x: what src/body/exp.h
   and normal.h say. Distances are in units of the last place of the exact result. */
struct function {
    enum operation operation;
    double (*defined)(double x);
    double (*may_be_off)(double x, double exact);
};

static double cdf(double x) { return erfc(x * -sqrt(0.5)) / 2; }
static double density(double x) { return exp(x * x / -2) / sqrt(2 * acos(-1)); }
static double exp_may_be_off(double x, double exact) {
    return (void)x, exact < 0x1p-126 ? 0.750 : 0.977;
}
static double normal_may_be_off(double x, double exact) { return (void)exact, 5 + x * x; }
static const struct function functions[] = {
    {EXP, exp, exp_may_be_off},
    {NORMAL_CDF, cdf, normal_may_be_off},
    {NORMAL_DENSITY, density, normal_may_be_off},
};

static void check_f32(const struct function *f, float x, float got) {
    const double want = f->defined((double)x);
    int exponent;
    frexp(want, &exponent);
    const double ulp = ldexp(1, exponent < -125 ? -149 : exponent - 24);
    const double off = fabs((double)got - want), may = f->may_be_off((double)x, want);
    const int right = isnan(x)                                             ? isnan(got)
                      : isinf((float)want)                                 ? isinf(got) && got > 0
                      : signbit(got) != 0                                  ? 0
                      : f->operation == NORMAL_CDF && off > 1.57 * 0x1p-24 ? 0
                                                                           : off <= may * ulp;
    if (!right)
        fail_msg("%s of %a is %a, not %a: %.3f ulp off", names[f->operation], (double)x,
                 (double)got, want, off / ulp);
}

static void functions_f32(void **state) {
    const struct set *set = set_of(*state), *scalar = set_of("scalar");
    enum { N = 4096 };
    static uint32_t x[N];
    static float out[N], want[N];
    const uint64_t step =
        getenv("SIMDROP_TEST_EVERY_F32") ? 1 : (UINT64_C(1) << 32) / scaled(2 << 20);
    for (const struct function *f = functions; f < functions + COUNT(functions); ++f)
        for (uint64_t next = 0; next <= UINT32_MAX;) {
            for (size_t i = 0; i < N; ++i, next += step)
                x[i] = (uint32_t)(next < UINT32_MAX ? next : UINT32_MAX);
            struct row row = {f->operation, SIMDROP_f32, SIMDROP_f32, out, x, x, N, 0};
            set->f32(&row);
            row.out = want;
            scalar->f32(&row);
            for (size_t i = 0; i < N; ++i) {
                check_f32(f, f32_of(x[i]), out[i]);
                if (!isnan(want[i]))
                    assert_same(&out[i], &want[i], sizeof *out, "%s of %08" PRIx32,
                                names[f->operation], x[i]);
            }
        }
}

/* In f64, as long double has them. */
static long double exp_long(double x) { return expl(x); }
static long double cdf_long(double x) { return erfcl(x * -sqrtl(0.5L)) / 2; }
static long double density_long(double x) {
    return expl((long double)x * x / -2) / sqrtl(2 * acosl(-1));
}
static const struct function_f64 {
    enum operation operation;
    long double (*defined)(double x);
    double least, greatest; /* arguments of which it is neither 0 nor infinite nor 1 */
} functions_of_f64[] = {
    {EXP, exp_long, -746, 711},
    {NORMAL_CDF, cdf_long, -40, 9},
    {NORMAL_DENSITY, density_long, -40, 40},
};

static void check_f64(const struct function_f64 *f, double x, double got) {
    const long double want = f->defined(x);
    int exponent;
    frexpl(want, &exponent);
    const long double ulp = ldexpl(1, exponent < -1021 ? -1074 : exponent - 53);
    const long double off = fabsl(got - want), may = f->operation == EXP ? 1.05L : 5 + x * x;
    const int right = isnan(x)                                           ? isnan(got)
                      : isinf((double)want)                              ? isinf(got) && got > 0
                      : signbit(got) != 0                                ? 0
                      : f->operation == NORMAL_CDF && off > 2 * 0x1p-53L ? 0
                                                                         : off <= may * ulp;
    if (!right)
        fail_msg("%s of %a is %a, not %La: %.3Lf ulp off", names[f->operation], x, got, want,
                 off / ulp);
}

/* Not under valgrind, which computes in double: then there is nothing to compare with. */
static int long_double_is_long(void) {
    volatile long double one = 1;
    return one + 0x1p-60L != one;
}

static void functions_f64(void **state) {
    const struct set *set = set_of(*state), *scalar = set_of("scalar");
    static const double special[] = {0.0, -0.0, NAN, INFINITY, -INFINITY, 0x1p-1074, -0x1p-60};
    enum { N = 1024 };
    double x[N], out[N], want[N];
    for (size_t rounds = scaled(200); rounds > 0; --rounds)
        for (const struct function_f64 *f = functions_of_f64;
             f < functions_of_f64 + COUNT(functions_of_f64); ++f) {
            const double range = rounds % 2 ? f->greatest - f->least : 1;
            const double least = rounds % 2 ? f->least : -0.5;
            for (size_t i = 0; i < N; ++i)
                x[i] =
                    i < COUNT(special) ? special[i] : least + range * 0x1p-64 * (double)any_u64();
            struct row row = {f->operation, SIMDROP_f64, SIMDROP_f64, out, x, x, N, 0};
            set->f64(&row);
            row.out = want;
            scalar->f64(&row);
            for (size_t i = 0; i < N; ++i) {
                if (!isnan(want[i]) || !isnan(out[i]))
                    assert_same(&out[i], &want[i], sizeof *out, "%s of %a", names[f->operation],
                                x[i]);
                if (long_double_is_long()) check_f64(f, x[i], out[i]);
            }
        }
}

int main(int argc, char **argv) {
    (void)argc;
    static const struct test tests[] = {
        PER_ISA(f32),
        PER_ISA(f64),
        PER_ISA(bf16_is_loaded_exactly),
        PER_ISA(bf16_is_rounded),
        PER_ISA(functions_f32),
        PER_ISA(functions_f64),
    };
    return test_main(argv, tests, COUNT(tests));
}
