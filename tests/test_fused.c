/* SPDX-License-Identifier: MIT */
/*
 * Bias, activation, dropout and residual: activations of one number against functions of libm, within
 * stated bounds; all else byte for byte in the stated order of operations; gradients by differences.
 */
#include "refusals.h"
#include "tensors.h"

#include <simdrop/fused.h>

#include <float.h>

enum { ACTS = SIMDROP_ACT_SILU + 1 };

/* The calls of each type, all with one signature. */
typedef simdrop_status forward_fn(const simdrop_dropout *, const simdrop_rows *, int32_t,
                                  const void *x, const void *bias, const void *residual, void *y);
typedef simdrop_status backward_fn(const simdrop_dropout *, const simdrop_rows *, int32_t,
                                   const uint8_t *mask, const void *dy, const void *x,
                                   const void *bias, void *dx, void *dbias);
typedef simdrop_status add_fn(const simdrop_dropout *, uint64_t offset, size_t n, const void *x,
                              void *y);
#define CALLS_OF(type, ...)                                                                        \
    static simdrop_status forward_##type(const simdrop_dropout *d, const simdrop_rows *r,          \
                                         int32_t act, const void *x, const void *bias,             \
                                         const void *residual, void *y) {                          \
        return simdrop_dropout_fused_##type(d, r, act, x, bias, residual, y);                      \
    }                                                                                              \
    static simdrop_status backward_##type(                                                         \
        const simdrop_dropout *d, const simdrop_rows *r, int32_t act, const uint8_t *mask,         \
        const void *dy, const void *x, const void *bias, void *dx, void *dbias) {                  \
        return simdrop_dropout_fused_backward_##type(d, r, act, mask, dy, x, bias, dx, dbias);     \
    }                                                                                              \
    static simdrop_status add_##type(const simdrop_dropout *d, uint64_t offset, size_t n,          \
                                     const void *x, void *y) {                                     \
        return simdrop_dropout_add_##type(d, offset, n, x, y);                                     \
    }
SIMDROP_REAL_TYPES(CALLS_OF, )

static const struct calls {
    const char *name;
    enum simdrop_type type, real; /* of tensors, and computed in */
    forward_fn *forward;
    backward_fn *backward;
    add_fn *add;
} calls[] = {
#define ROW_OF(type, c_type, real, ...)                                                            \
    {#type,          SIMDROP_##type,  sizeof(real) == 4 ? SIMDROP_f32 : SIMDROP_f64,               \
     forward_##type, backward_##type, add_##type},
    SIMDROP_REAL_TYPES(ROW_OF, )};
static const struct calls *calls_of(enum simdrop_type type) {
    for (size_t i = 0; i < COUNT(calls); ++i)
        if (calls[i].type == type) return &calls[i];
    fail_msg("no calls");
    return NULL;
}

/* act(t) and act'(t) of n numbers: by definition, or what the calls give with nothing else. */
static void activate(enum simdrop_type real, int32_t act, double *t, size_t n) {
    if (act == SIMDROP_ACT_RELU)
        for (size_t i = 0; i < n; ++i) t[i] = t[i] < 0 ? 0 : t[i];
    if (act == SIMDROP_ACT_NONE || act == SIMDROP_ACT_RELU) return;
    const simdrop_dropout none = dropout_of(0, 1);
    const simdrop_rows rows = {.rows = 1, .cols = n};
    void *const x = malloc(8 * n + 1);
    for (size_t i = 0; i < n; ++i) set_number(real, x, i, t[i]);
    assert_int_equal(calls_of(real)->forward(&none, &rows, act, x, NULL, NULL, x), SIMDROP_OK);
    for (size_t i = 0; i < n; ++i) t[i] = number(real, x, i);
    free(x);
}
static void differentiate(enum simdrop_type real, int32_t act, double *t, size_t n) {
    if (act == SIMDROP_ACT_NONE || act == SIMDROP_ACT_RELU) {
        for (size_t i = 0; i < n; ++i) t[i] = act == SIMDROP_ACT_NONE || t[i] > 0;
        return;
    }
    const simdrop_dropout none = dropout_of(0, 1);
    const simdrop_rows rows = {.rows = 1, .cols = n};
    char *const x = malloc(8 * n + 1), *const dy = malloc(8 * n + 1);
    for (size_t i = 0; i < n; ++i) set_number(real, x, i, t[i]), set_number(real, dy, i, 1);
    const struct calls *c = calls_of(real);
    assert_int_equal(c->backward(&none, &rows, act, NULL, dy, x, NULL, dy, NULL), SIMDROP_OK);
    for (size_t i = 0; i < n; ++i) t[i] = number(real, dy, i);
    free(x), free(dy);
}

/* Activations of one number, which random calls are stated by, are scalar's: so sets are equal. */
static void on_scalar(void (*function)(enum simdrop_type, int32_t, double *, size_t), void *state,
                      enum simdrop_type real, int32_t act, double *t, size_t n) {
    assert_int_equal(simdrop_isa_select("scalar"), SIMDROP_OK);
    function(real, act, t, n);
    assert_int_equal(simdrop_isa_select(state), SIMDROP_OK);
}

static const struct calls *any_calls(int32_t *act) {
    const struct calls *c = &calls[any_below(COUNT(calls))];
    *act = (int32_t)any_below(ACTS);
    return c;
}

static void forward(void **state) {
    for (size_t round = scaled(4000); round > 0; --round) {
        int32_t act;
        const struct calls *c = any_calls(&act);
        const enum simdrop_type type = c->type, real = c->real;
        const int is_wild = any_below(4) == 0;
        struct piece p;
        any_piece(&p);
        const size_t rows = p.rows.rows, n = p.rows.cols;
        struct tensor own[] = {
            tensor_new(type, span(&p, p.ldx), is_wild),
            tensor_new(type, span(&p, p.ldy), is_wild),
            tensor_new(type, span(&p, p.ldy), 0),
            tensor_new(real, n, is_wild),
        };
        struct tensor *const x = &own[0], *const residual = maybe(&own[1]);
        struct tensor *const bias = maybe(&own[3]);
        struct tensor *y = any_place(&own[2], residual, 1);
        y = any_place(y, x, is_one_layout(&p));
        static double a[MOST_COLS], b[MOST_COLS], r[MOST_COLS];
        const double scale = R(p.plan.train_scale);
        for (size_t i = 0; i < rows; ++i) {
            row_of(x, i * p.ldx, n, a);
            const double *const by = row_of(bias, 0, n, b);
            const double *const beside = row_of(residual, i * p.ldy, n, r);
            for (size_t j = 0; j < n; ++j) a[j] = by ? R(a[j] + by[j]) : a[j];
            on_scalar(activate, *state, real, act, a, n);
            for (size_t j = 0; j < n; ++j) {
                a[j] = is_kept(&p, i, j) ? R(a[j] * scale) : 0;
                if (beside) a[j] = R(beside[j] + a[j]);
            }
            set_row(y, i * p.ldy, n, a);
        }
        assert_int_equal(
            c->forward(&p.dropout, &p.rows, act, data(x), data(bias), data(residual), data(y)),
            SIMDROP_OK);
        static const char *const names[] = {"x", "residual", "y", "bias"};
        tensors_end(own, COUNT(own), c->name, names);
        piece_free(&p);
    }
}

static void backward(void **state) {
    for (size_t round = scaled(4000); round > 0; --round) {
        int32_t act;
        const struct calls *c = any_calls(&act);
        const enum simdrop_type type = c->type, real = c->real;
        const int is_wild = any_below(4) == 0;
        struct piece p;
        any_piece(&p);
        const size_t rows = p.rows.rows, n = p.rows.cols;
        struct tensor own[] = {
            tensor_new(type, span(&p, p.ldy), is_wild),
            tensor_new(type, span(&p, p.ldx), is_wild),
            tensor_new(type, span(&p, p.ldx), 0),
            tensor_new(real, n, is_wild),
            tensor_new(real, n, is_wild),
        };
        struct tensor *const dy = &own[0], *const bias = maybe(&own[3]);
        struct tensor *const x = act == SIMDROP_ACT_NONE ? maybe(&own[1]) : &own[1];
        struct tensor *const dbias = maybe(&own[4]);
        struct tensor *dx = any_place(&own[2], x, 1);
        dx = any_place(dx, dy, is_one_layout(&p));
        const uint8_t *const mask = any_mask(&p);
        static double g[MOST_COLS], t[MOST_COLS], b[MOST_COLS], sum[MOST_COLS];
        row_of(&own[4], 0, n, sum);
        const double scale = R(p.plan.train_scale);
        for (size_t i = 0; i < rows; ++i) {
            row_of(dy, i * p.ldy, n, g);
            const double *const by = row_of(bias, 0, n, b);
            row_of(&own[1], i * p.ldx, n, t);
            for (size_t j = 0; j < n; ++j) t[j] = by ? R(t[j] + by[j]) : t[j];
            on_scalar(differentiate, *state, real, act, t, n);
            for (size_t j = 0; j < n; ++j) {
                g[j] = R(g[j] * scale);
                if (act != SIMDROP_ACT_NONE) g[j] = R(g[j] * t[j]);
                if (!is_kept(&p, i, j)) g[j] = 0;
                sum[j] = R(sum[j] + g[j]);
            }
            set_row(dx, i * p.ldx, n, g);
        }
        set_row(dbias, 0, n, sum);
        assert_int_equal(c->backward(&p.dropout, &p.rows, act, mask, data(dy), data(x), data(bias),
                                     data(dx), data(dbias)),
                         SIMDROP_OK);
        static const char *const names[] = {"dy", "x", "dx", "bias", "dbias"};
        tensors_end(own, COUNT(own), c->name, names);
        mask_check(&p, mask);
        piece_free(&p);
    }
}

/* y += dropout(x), at the end of the stream too. */
static void adding(void **state) {
    (void)state;
    for (size_t round = scaled(2000); round > 0; --round) {
        const struct calls *c = &calls[any_below(COUNT(calls))];
        const enum simdrop_type type = c->type, real = c->real;
        const int is_wild = any_below(4) == 0;
        struct piece p;
        any_piece(&p);
        const size_t n = any_below(10) ? p.rows.cols : any_below(MOST_COLS);
        const uint64_t ends[] = {0, UINT64_MAX - n, UINT64_C(1) << 34, any_u64() >> 1};
        const uint64_t offset = ends[any_below(COUNT(ends))];
        struct tensor x = tensor_new(type, n, is_wild), y = tensor_new(type, n, is_wild);
        uint8_t *const bits = malloc(n / 8 + 1);
        defined_mask_bits(&p.config, offset, n, bits);
        static double a[MOST_COLS], b[MOST_COLS];
        row_of(&x, 0, n, a), row_of(&y, 0, n, b);
        for (size_t i = 0; i < n; ++i) {
            const int kept = bits[i / 8] >> i % 8 & 1;
            b[i] = R(b[i] + (kept ? R(a[i] * R(p.plan.train_scale)) : 0));
        }
        set_row(&y, 0, n, b);
        assert_int_equal(c->add(&p.dropout, offset, n, data(&x), data(&y)), SIMDROP_OK);
        tensor_check(&x, c->name, "x of add"), tensor_check(&y, c->name, "y of add");
        tensor_free(&x), tensor_free(&y);
        free(bits), piece_free(&p);
    }
}

/* The functions, in more digits than f64 has where there are such. */
typedef long double function(long double);
static long double phi(long double t) { return erfcl(-t / sqrtl(2)) / 2; }
static long double density(long double t) { return expl(-t * t / 2) / sqrtl(2 * acosl(-1)); }
static long double gelu(long double t) { return t * phi(t); }
static long double gelu_slope(long double t) { return phi(t) + t * density(t); }
static long double logistic(long double t) { return 1 / (1 + expl(-t)); }
static long double twice_inner(long double t) {
    return 2 * sqrtl(2 / acosl(-1)) * (t + 0.044715L * t * t * t);
}
static long double gelu_tanh(long double t) { return t * logistic(twice_inner(t)); }
static long double gelu_tanh_slope(long double t) {
    const long double s = logistic(twice_inner(t));
    const long double inner = 2 * sqrtl(2 / acosl(-1)) * (1 + 3 * 0.044715L * t * t);
    return s + t * s * logistic(-twice_inner(t)) * inner;
}
static long double silu(long double t) { return t * logistic(t); }
static long double silu_slope(long double t) { return logistic(t) * (1 + t * logistic(-t)); }

static const struct curve {
    const char *name;
    int32_t act;
    function *value, *slope;
} curves[] = {
    {"gelu", SIMDROP_ACT_GELU, gelu, gelu_slope},
    {"gelu_tanh", SIMDROP_ACT_GELU_TANH, gelu_tanh, gelu_tanh_slope},
    {"silu", SIMDROP_ACT_SILU, silu, silu_slope},
};

/* What fused.h states, in units of 2^-24, or in f64 2^-53. */
static const double of_itself = 8, of_argument = 3, of_slope = 6;

enum { ARGUMENTS = 65536 };
static void any_arguments(enum simdrop_type real, size_t round, double *t) {
    for (size_t i = 0; i < ARGUMENTS; ++i) {
        const double u = (double)(any_u64() >> 11) * 0x1p-52 - 1;
        t[i] = round == 0   ? number(SIMDROP_bf16, &(uint16_t){(uint16_t)i}, 0)
               : round == 1 ? u * ldexp(1, -(int)any_below(100))
                            : u * (double)(UINT64_C(1) << any_below(8));
        t[i] = R(t[i]);
    }
}
/* Not under valgrind, which computes in double: then f64 has nothing to be compared with. */
static int long_double_is_long(void) {
    volatile long double one = 1;
    return one + 0x1p-60L != one;
}
static void near_the_formula(void **state) {
    (void)state;
    static double t[ARGUMENTS], y[ARGUMENTS], slope[ARGUMENTS];
    for (size_t k = 0; k < 2 * COUNT(curves); ++k) {
        const struct curve *curve = &curves[k / 2];
        const enum simdrop_type real = k % 2 ? SIMDROP_f64 : SIMDROP_f32;
        if (real == SIMDROP_f64 && !long_double_is_long()) continue;
        const double u = k % 2 ? 0x1p-53 : 0x1p-24, least = k % 2 ? DBL_MIN : (double)FLT_MIN;
        for (size_t round = 0; round < 2 + scaled(20); ++round) {
            any_arguments(real, round, t);
            memcpy(y, t, sizeof t), memcpy(slope, t, sizeof t);
            activate(real, curve->act, y, ARGUMENTS);
            differentiate(real, curve->act, slope, ARGUMENTS);
            for (size_t i = 0; i < ARGUMENTS; i += is_thinned() ? 16 : 1) {
                if (isnan(t[i]) && isnan(y[i]) && isnan(slope[i])) continue;
                if (isinf(t[i])) { /* -infinity times 0 is NaN */
                    assert_true(t[i] > 0 ? y[i] > DBL_MAX : isnan(y[i]) || y[i] == 0);
                    assert_true(t[i] > 0 ? slope[i] == 1 : fabs(slope[i]) < 1e-34);
                    continue;
                }
                const long double want = curve->value(t[i]), d = curve->slope(t[i]);
                const double off = (double)fabsl((long double)y[i] - want) / u;
                const double off_slope = (double)fabsl((long double)slope[i] - d) / u;
                if (!(off <= of_argument * (fabs(t[i]) + least / u) && off_slope <= of_slope) ||
                    (t[i] > -1 && off > of_itself * (double)(fabsl(want) + least / u)))
                    fail_msg("%s %s of %a is %a, slope %a", types[real].name, curve->name, t[i],
                             y[i], slope[i]);
            }
        }
    }
}

/* In f64: of sums of y dy, by central differences through the forward call. */
enum { FEW = 3, COLS = 37 };
struct differences {
    int32_t act;
    simdrop_dropout dropout;
    double x[FEW * COLS], bias[COLS], residual[FEW * COLS], dy[FEW * COLS], y[FEW * COLS];
};
static const simdrop_rows few = {.rows = FEW, .cols = COLS};
static double loss(void *arguments) {
    struct differences *const d = arguments;
    assert_int_equal(
        simdrop_dropout_fused_f64(&d->dropout, &few, d->act, d->x, d->bias, d->residual, d->y),
        SIMDROP_OK);
    double sum = 0;
    for (size_t i = 0; i < FEW * COLS; ++i) sum += d->y[i] * d->dy[i];
    return sum;
}
static void gradients(void **state) {
    (void)state;
    for (int32_t act = 0; act < ACTS; ++act) {
        struct differences d = {.act = act, .dropout = dropout_of(0.25, 3)};
        any_numbers(SIMDROP_f64, d.x, FEW * COLS, -3, 3);
        any_numbers(SIMDROP_f64, d.bias, COLS, -1, 1);
        any_numbers(SIMDROP_f64, d.residual, FEW * COLS, -1, 1);
        any_numbers(SIMDROP_f64, d.dy, FEW * COLS, -1, 1);
        for (size_t i = 0; i < FEW * COLS; ++i) /* where ReLU has no derivative */
            if (fabs(d.x[i] + d.bias[i % COLS]) < 0.01) d.x[i] += 0.125;
        double dx[FEW * COLS], dbias[COLS] = {0};
        assert_int_equal(simdrop_dropout_fused_backward_f64(&d.dropout, &few, act, NULL, d.dy, d.x,
                                                            d.bias, dx, dbias),
                         SIMDROP_OK);
        static const char *const names[] = {"none", "relu", "gelu", "gelu_tanh", "silu"};
        struct loss of = {names[act], loss, &d, 0x1p-15, 1e-7};
        if (act == SIMDROP_ACT_NONE) of.step = 0.25, of.bound = 1e-10; /* of a line any will do */
        assert_gradient(&of, d.x, dx, FEW * COLS, "x");
        assert_gradient(&of, d.bias, dbias, COLS, "bias");
        assert_gradient(&of, d.residual, d.dy, FEW * COLS, "residual");
    }
}

/* Rows in pieces, by several calls in order, are the rows in one; the mask stored is the mask drawn;
   streams write what others do. Rows are longer than a tile, and tensors than the caches ask for. */
static void pieces(void **state) {
    (void)state;
    enum { ROWS = 9, N = 3072 };
    static double x[ROWS * N], residual[COUNT(x)], bias[N], y[4][COUNT(x)], dx[4][COUNT(x)];
    static double dbias[4][N];
    static uint8_t mask[(ROWS * N + 7) / 8];
    for (size_t k = 0; k < COUNT(calls) * ACTS; ++k) {
        const struct calls *c = &calls[k / ACTS];
        const int32_t act = (int32_t)(k % ACTS);
        const size_t size = types[c->type].size;
        any_numbers(c->type, x, COUNT(x), -3, 3);
        any_numbers(c->type, residual, COUNT(x), -3, 3);
        any_numbers(c->real, bias, N, -1, 1);
        memset(y, 0, sizeof y), memset(dx, 0, sizeof dx), memset(dbias, 0, sizeof dbias);
        simdrop_dropout_config config = {.drop_prob = 0.1, .seed = 5, .stream = 8};
        for (size_t way = 0; way < COUNT(y); ++way) {
            config.flags = way == 3 ? SIMDROP_STREAM_ALWAYS : SIMDROP_STREAM_AUTO;
            simdrop_dropout d;
            assert_int_equal(simdrop_dropout_init(&d, &config), SIMDROP_OK);
            assert_int_equal(simdrop_dropout_mask_bits(&d, 0, ROWS * N, mask), SIMDROP_OK);
            const size_t step = way == 1 ? 2 : ROWS;
            for (size_t row = 0; row < ROWS; row += step) {
                const uint64_t ids[] = {row, row + 1};
                simdrop_rows rows = {.rows = ROWS - row < step ? ROWS - row : step, .cols = N};
                if (way == 1 && row % 4)
                    rows.row_ids = ids;
                else
                    rows.first_row = row;
                const size_t at = row * N * size;
                assert_int_equal(c->forward(&d, &rows, act, PART(x, at), bias, PART(residual, at),
                                            PART(y[way], at)),
                                 SIMDROP_OK);
                assert_int_equal(c->backward(&d, &rows, act, way == 2 ? mask : NULL,
                                             PART(residual, at), PART(x, at), bias,
                                             PART(dx[way], at), dbias[way]),
                                 SIMDROP_OK);
            }
            assert_same(y[way], y[0], sizeof y[0], "%s, act %d, way %zu", c->name, (int)act, way);
            assert_same(dx[way], dx[0], sizeof dx[0], "%s, act %d, way %zu", c->name, (int)act,
                        way);
            assert_same(dbias[way], dbias[0], sizeof dbias[0], "%s, act %d, way %zu", c->name,
                        (int)act, way);
        }
    }
}

static void refuse(const struct calls *c, double p) {
    const simdrop_dropout dropout = dropout_of(p, 1), blank = {{0}};
    const size_t size = types[c->type].size;
    unsigned char(*const m)[ROOM] = memory.bytes;
    void *const x = m[0], *const residual = m[1], *const y = m[2], *const bias = m[3];
    void *const dbias = m[4];
    uint8_t *const mask = m[5];
#define FORWARD(d, r, act, ...)                                                                    \
    assert_invalid(c->forward(d, r, act, __VA_ARGS__), c->name, #r #act #__VA_ARGS__)
#define BACKWARD(d, r, act, ...)                                                                   \
    assert_invalid(c->backward(d, r, act, __VA_ARGS__), c->name, #r #act #__VA_ARGS__)
    FORWARD(NULL, &square, 0, x, bias, residual, y);
    FORWARD(&blank, &square, 0, x, bias, residual, y);
    FORWARD(&dropout, NULL, 0, x, bias, residual, y);
    FORWARD(&dropout, &square, -1, x, bias, residual, y);
    FORWARD(&dropout, &square, ACTS, x, bias, residual, y);
    FORWARD(&dropout, &square, INT32_MAX, x, bias, residual, y);
    FORWARD(&dropout, &square, 1, NULL, bias, residual, y);
    FORWARD(&dropout, &square, 1, x, bias, residual, NULL);
    FORWARD(&dropout, &square, 1, x, bias, residual, PART(x, size));
    FORWARD(&dropout, &square, 1, x, bias, residual, PART(residual, size * SIDE));
    FORWARD(&dropout, &square, 1, x, y, residual, y);
    FORWARD(&dropout, &square, 1, x, PART(y, 8), NULL, y);
    FORWARD(&dropout, &wide, 1, x, bias, residual, x);
    BACKWARD(NULL, &square, 0, mask, residual, x, bias, y, dbias);
    BACKWARD(&blank, &square, 0, mask, residual, x, bias, y, dbias);
    BACKWARD(&dropout, NULL, 0, mask, residual, x, bias, y, dbias);
    BACKWARD(&dropout, &square, -1, mask, residual, x, bias, y, dbias);
    BACKWARD(&dropout, &square, ACTS, mask, residual, x, bias, y, dbias);
    BACKWARD(&dropout, &square, 1, mask, NULL, x, bias, y, dbias);
    BACKWARD(&dropout, &square, 1, mask, residual, NULL, bias, y, dbias);
    BACKWARD(&dropout, &square, 1, mask, residual, x, bias, NULL, dbias);
    BACKWARD(&dropout, &square, 1, mask, residual, x, bias, PART(residual, size), dbias);
    BACKWARD(&dropout, &square, 1, mask, residual, x, bias, PART(x, size), dbias);
    BACKWARD(&dropout, &square, 1, mask, residual, x, bias, y, bias);
    BACKWARD(&dropout, &square, 1, mask, residual, x, bias, y, y);
    BACKWARD(&dropout, &square, 1, mask, residual, x, bias, y, PART(x, 8));
    BACKWARD(&dropout, &square, 1, y, residual, x, bias, y, dbias);
    BACKWARD(&dropout, &square, 1, dbias, residual, x, bias, y, dbias);
    BACKWARD(&dropout, &wide, 1, mask, residual, x, bias, residual, dbias);
    for (size_t i = 0; i < COUNT(bad_rows); ++i) {
        FORWARD(&dropout, &bad_rows[i], 0, x, bias, residual, y);
        BACKWARD(&dropout, &bad_rows[i], 0, mask, residual, x, bias, y, dbias);
    }
    for (size_t i = 0; i < COUNT(empty_rows); ++i) {
        assert_int_equal(c->forward(&dropout, &empty_rows[i], 1, NULL, NULL, NULL, NULL),
                         SIMDROP_OK);
        assert_int_equal(
            c->backward(&dropout, &empty_rows[i], 1, NULL, NULL, NULL, NULL, NULL, NULL),
            SIMDROP_OK);
    }
#define ADD(...) assert_invalid(c->add(__VA_ARGS__), c->name, #__VA_ARGS__)
    ADD(NULL, 0, SIDE, x, y);
    ADD(&blank, 0, SIDE, x, y);
    ADD(&dropout, 0, SIDE, NULL, y);
    ADD(&dropout, 0, SIDE, x, NULL);
    ADD(&dropout, 0, SIDE, x, x);
    ADD(&dropout, 0, SIDE, x, PART(x, size));
    ADD(&dropout, UINT64_MAX - SIDE + 2, SIDE, x, y);
    ADD(&dropout, 0, SIZE_MAX / size + 1, x, y);
    assert_int_equal(c->add(&dropout, UINT64_MAX, 0, NULL, NULL), SIMDROP_OK);
}
static void errors(void **state) {
    (void)state;
    memory_begin();
    for (size_t k = 0; k < COUNT(calls); ++k)
        for (size_t i = 0; i < COUNT(refused_with); ++i) refuse(&calls[k], refused_with[i]);
}

int main(int argc, char **argv) {
    (void)argc;
    const struct test tests[] = {
        PER_ISA(forward),   PER_ISA(backward), PER_ISA(adding), PER_ISA(near_the_formula),
        PER_ISA(gradients), PER_ISA(pieces),   PER_ISA(errors),
    };
    return test_main(argv, tests, COUNT(tests));
}
