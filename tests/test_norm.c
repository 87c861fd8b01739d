/* SPDX-License-Identifier: MIT */
/*
 * Dropout, residual and a norm, against their formulas: byte for byte in the stated order of
 * operations, within an error bound without it, and gradients by differences.
 */
#include "refusals.h"
#include "tensors.h"

#include <simdrop/norm.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The calls of each type, all with one signature: RMSNorm has no bias and no mean. */
struct forward {
    const void *x, *residual, *weight, *bias;
    double eps;
    void *z, *y, *mean, *rstd;
};
struct backward {
    const uint8_t *mask;
    const void *dy, *dz, *z, *weight, *mean, *rstd;
    void *dx, *dresidual, *dweight, *dbias;
};
typedef simdrop_status forward_fn(const simdrop_dropout *, const simdrop_rows *,
                                  const struct forward *);
typedef simdrop_status backward_fn(const simdrop_dropout *, const simdrop_rows *,
                                   const struct backward *);

#define CALLS_OF(type, c_type, real, ...)                                                          \
    static simdrop_status layer_norm_##type(const simdrop_dropout *d, const simdrop_rows *r,       \
                                            const struct forward *f) {                             \
        return simdrop_dropout_layer_norm_##type(d, r, f->x, f->residual, f->weight, f->bias,      \
                                                 (real)f->eps, f->z, f->y, f->mean, f->rstd);      \
    }                                                                                              \
    static simdrop_status rms_norm_##type(const simdrop_dropout *d, const simdrop_rows *r,         \
                                          const struct forward *f) {                               \
        return simdrop_dropout_rms_norm_##type(d, r, f->x, f->residual, f->weight, (real)f->eps,   \
                                               f->z, f->y, f->rstd);                               \
    }                                                                                              \
    static simdrop_status layer_norm_backward_##type(                                              \
        const simdrop_dropout *d, const simdrop_rows *r, const struct backward *b) {               \
        return simdrop_dropout_layer_norm_backward_##type(d, r, b->mask, b->dy, b->dz, b->z,       \
                                                          b->weight, b->mean, b->rstd, b->dx,      \
                                                          b->dresidual, b->dweight, b->dbias);     \
    }                                                                                              \
    static simdrop_status rms_norm_backward_##type(                                                \
        const simdrop_dropout *d, const simdrop_rows *r, const struct backward *b) {               \
        return simdrop_dropout_rms_norm_backward_##type(d, r, b->mask, b->dy, b->dz, b->z,         \
                                                        b->weight, b->rstd, b->dx, b->dresidual,   \
                                                        b->dweight);                               \
    }
SIMDROP_REAL_TYPES(CALLS_OF, )

static const struct norm {
    const char *name;
    enum simdrop_type type, real; /* of tensors, and computed in */
    int is_layer_norm;
    forward_fn *forward;
    backward_fn *backward;
} norms[] = {
#define NORMS_OF(type, c_type, real, ...)                                                          \
    {"layer_norm_" #type,                                                                          \
     SIMDROP_##type,                                                                               \
     sizeof(real) == 4 ? SIMDROP_f32 : SIMDROP_f64,                                                \
     1,                                                                                            \
     layer_norm_##type,                                                                            \
     layer_norm_backward_##type},                                                                  \
        {"rms_norm_" #type,                                                                        \
         SIMDROP_##type,                                                                           \
         sizeof(real) == 4 ? SIMDROP_f32 : SIMDROP_f64,                                            \
         0,                                                                                        \
         rms_norm_##type,                                                                          \
         rms_norm_backward_##type},
    SIMDROP_REAL_TYPES(NORMS_OF, )};

static double mean_of(enum simdrop_type real, const double *x, size_t n) {
    return R(sum_of(real, x, n) / R((double)n));
}

/* One row of numbers; weight and bias may be NULL. */
static void defined_norm(const struct norm *norm, size_t n, const double *z, const double *weight,
                         const double *bias, double eps, double *y, double *mean, double *rstd) {
    const enum simdrop_type real = norm->real;
    static double squares[MOST_COLS];
    *mean = norm->is_layer_norm ? mean_of(real, z, n) : 0;
    for (size_t i = 0; i < n; ++i) squares[i] = R(R(z[i] - *mean) * R(z[i] - *mean));
    *rstd = R(1 / R(sqrt(R(mean_of(real, squares, n) + R(eps)))));
    for (size_t i = 0; i < n; ++i) {
        y[i] = R(R(z[i] - *mean) * *rstd);
        if (weight) y[i] = R(y[i] * weight[i]);
        if (bias) y[i] = R(y[i] + bias[i]);
    }
}
static void defined_gradient(const struct norm *norm, size_t n, const double *dy, const double *dz,
                             const double *z, const double *weight, double mean, double rstd,
                             double *dz_sum, double *dweight, double *dbias) {
    const enum simdrop_type real = norm->real;
    static double h[MOST_COLS], g[MOST_COLS], gh[MOST_COLS];
    for (size_t i = 0; i < n; ++i) {
        h[i] = R(R(z[i] - mean) * rstd);
        g[i] = weight ? R(dy[i] * weight[i]) : dy[i];
        gh[i] = R(g[i] * h[i]);
        dweight[i] = R(dweight[i] + R(dy[i] * h[i]));
        dbias[i] = R(dbias[i] + dy[i]);
    }
    const double mean_g = norm->is_layer_norm ? mean_of(real, g, n) : 0;
    const double mean_gh = mean_of(real, gh, n);
    for (size_t i = 0; i < n; ++i) {
        dz_sum[i] = R(R(R(g[i] - mean_g) - R(h[i] * mean_gh)) * rstd);
        if (dz) dz_sum[i] = R(dz_sum[i] + dz[i]);
    }
}

static double any_eps(void) {
    static const double values[] = {1e-5, 0, 0.5, 1e-12, 1e6};
    return values[any_below(COUNT(values))];
}

static void forward(void **state) {
    (void)state;
    for (size_t round = scaled(4000); round > 0; --round) {
        const struct norm *norm = &norms[any_below(COUNT(norms))];
        const enum simdrop_type type = norm->type, real = norm->real;
        const int is_wild = any_below(8) == 0;
        struct piece p;
        any_piece(&p);
        const size_t rows = p.rows.rows, n = p.rows.cols;
        struct tensor x = tensor_new(type, span(&p, p.ldx), is_wild);
        struct tensor own[] = {
            tensor_new(type, span(&p, p.ldy), is_wild),
            tensor_new(type, span(&p, p.ldy), 0),
            tensor_new(type, span(&p, p.ldy), 0),
            tensor_new(real, n, is_wild),
            tensor_new(real, n, is_wild),
            tensor_new(real, rows, 0),
            tensor_new(real, rows, 0),
        };
        struct tensor *const residual = maybe(&own[0]), *const weight = maybe(&own[3]);
        struct tensor *const bias = norm->is_layer_norm ? maybe(&own[4]) : NULL;
        struct tensor *z = maybe(&own[1]), *y = &own[2];
        struct tensor *const mean = norm->is_layer_norm ? maybe(&own[5]) : NULL;
        struct tensor *const rstd = maybe(&own[6]);
        const int like_x = is_one_layout(&p);
        if (z) z = any_place(any_place(z, residual, 1), &x, like_x);
        y = any_place(y, z == residual ? NULL : residual, 1);
        if (like_x && z != &x && any_below(4) == 0) y = &x;
        const struct forward call = {
            data(&x), data(residual), data(weight), data(bias), any_eps(),
            data(z),  data(y),        data(mean),   data(rstd),
        };
        static double a[MOST_COLS], b[MOST_COLS], w[MOST_COLS], c[MOST_COLS];
        const double scale = R(p.plan.train_scale);
        for (size_t i = 0; i < rows; ++i) {
            row_of(&x, i * p.ldx, n, a);
            const double *const beside = row_of(residual, i * p.ldy, n, b);
            double m, s;
            for (size_t j = 0; j < n; ++j) {
                const double kept = is_kept(&p, i, j) ? R(a[j] * scale) : 0;
                a[j] = through(type, beside ? R(beside[j] + kept) : kept);
            }
            set_row(z, i * p.ldy, n, a);
            defined_norm(norm, n, a, row_of(weight, 0, n, w), row_of(bias, 0, n, c), call.eps, b,
                         &m, &s);
            set_row(y, i * p.ldy, n, b);
            if (mean) set_row(mean, i, 1, &m);
            if (rstd) set_row(rstd, i, 1, &s);
        }
        assert_int_equal(norm->forward(&p.dropout, &p.rows, &call), SIMDROP_OK);
        tensor_check(&x, norm->name, "x");
        static const char *const names[] = {"residual", "z", "y", "weight", "bias", "mean", "rstd"};
        tensors_end(own, COUNT(own), norm->name, names);
        tensor_free(&x);
        piece_free(&p);
    }
}

static void backward(void **state) {
    (void)state;
    for (size_t round = scaled(4000); round > 0; --round) {
        const struct norm *norm = &norms[any_below(COUNT(norms))];
        const enum simdrop_type type = norm->type, real = norm->real;
        const int is_wild = any_below(8) == 0;
        struct piece p;
        any_piece(&p);
        const size_t rows = p.rows.rows, n = p.rows.cols;
        struct tensor own[] = {
            tensor_new(type, span(&p, p.ldy), is_wild),
            tensor_new(type, span(&p, p.ldy), 0),
            tensor_new(type, span(&p, p.ldy), is_wild),
            tensor_new(real, n, is_wild),
            tensor_new(real, rows, is_wild),
            tensor_new(real, rows, 0),
            tensor_new(type, span(&p, p.ldx), 0),
            tensor_new(type, span(&p, p.ldy), 0),
            tensor_new(real, n, 0),
            tensor_new(real, n, 0),
        };
        if (any_below(4) == 0) /* as of rows with infinities, and with no variance */
            tensor_set(&own[4 + any_below(2)], any_below(rows), any_below(2) ? INFINITY : 1e30);
        struct tensor *const dy = &own[0], *const dz = maybe(&own[1]), *const z = &own[2];
        struct tensor *const weight = maybe(&own[3]), *const dweight = maybe(&own[8]);
        struct tensor *const mean = norm->is_layer_norm ? &own[4] : NULL, *const rstd = &own[5];
        struct tensor *const dbias = norm->is_layer_norm ? maybe(&own[9]) : NULL;
        struct tensor *dx = &own[6], *dresidual = any_below(2) ? &own[7] : NULL;
        struct tensor *const inputs[] = {dy, z, dz};
        const int like_x = is_one_layout(&p);
        const size_t x_at = any_below(COUNT(inputs)), r_at = any_below(COUNT(inputs));
        dx = any_place(dx, inputs[x_at], like_x);
        if (dresidual) dresidual = any_place(dresidual, inputs[r_at], dx != inputs[r_at]);
        const struct backward call = {
            .mask = any_mask(&p),
            .dy = data(dy),
            .dz = data(dz),
            .z = data(z),
            .weight = data(weight),
            .mean = data(mean),
            .rstd = data(rstd),
            .dx = data(dx),
            .dresidual = data(dresidual),
            .dweight = data(dweight),
            .dbias = data(dbias),
        };
        static double a[MOST_COLS], b[MOST_COLS], c[MOST_COLS], w[MOST_COLS], sum[MOST_COLS];
        static double of_weight[MOST_COLS], of_bias[MOST_COLS];
        row_of(&own[8], 0, n, of_weight), row_of(&own[9], 0, n, of_bias);
        const double scale = R(p.plan.train_scale);
        for (size_t i = 0; i < rows; ++i) {
            defined_gradient(norm, n, row_of(dy, i * p.ldy, n, a), row_of(dz, i * p.ldy, n, b),
                             row_of(z, i * p.ldy, n, c), row_of(weight, 0, n, w),
                             mean ? number(real, mean->was, i) : 0, number(real, rstd->was, i), sum,
                             of_weight, of_bias);
            set_row(dresidual, i * p.ldy, n, sum);
            for (size_t j = 0; j < n; ++j)
                sum[j] = is_kept(&p, i, j) ? R(through(type, sum[j]) * scale) : 0;
            set_row(dx, i * p.ldx, n, sum);
        }
        set_row(dweight, 0, n, of_weight);
        set_row(dbias, 0, n, of_bias);
        assert_int_equal(norm->backward(&p.dropout, &p.rows, &call), SIMDROP_OK);
        static const char *const names[] = {"dy",   "dz", "z",         "weight",  "mean",
                                            "rstd", "dx", "dresidual", "dweight", "dbias"};
        tensors_end(own, COUNT(own), norm->name, names);
        mask_check(&p, call.mask);
        piece_free(&p);
    }
}

/*
 * Without any order, in long double, from z as it was stored. A sum of n values has n/16 + 4
 * roundings one after the other at most; here it follows another one, and operations around them.
 * What z - m and h lose to rounding grows with rstd.
 */
static void near_the_formula(void **state) {
    (void)state;
    enum { ROWS = 3 };
    static const size_t cols[] = {2, 5, 16, 100, 768, 1000, 4999};
    static double x[ROWS * MOST_COLS], beside[COUNT(x)], z[COUNT(x)], y[COUNT(x)], dy[COUNT(x)];
    static double weight[MOST_COLS], bias[MOST_COLS], dx[COUNT(x)], dresidual[COUNT(x)];
    static double dweight[MOST_COLS], dbias[MOST_COLS];
    double mean[ROWS], rstd[ROWS];
    for (size_t k = 0; k < COUNT(norms) * scaled(COUNT(cols)); ++k) {
        const struct norm *norm = &norms[k % COUNT(norms)];
        const enum simdrop_type type = norm->type, real = norm->real;
        const simdrop_rows rows = {.rows = ROWS, .cols = cols[k / COUNT(norms)]};
        const size_t n = rows.cols;
        const double u = real == SIMDROP_f32 ? 0x1p-24 : 0x1p-53;
        const double u_of_type = type == SIMDROP_bf16 ? 0x1p-8 : 0;
        const double bound = u * (2 * (double)n / 16 + 32);
        const simdrop_dropout dropout = dropout_of(0.25, any_u64());
        any_numbers(type, x, ROWS * n, -1, 2);
        any_numbers(type, beside, ROWS * n, -1, 2);
        any_numbers(type, dy, ROWS * n, -1, 1);
        any_numbers(real, weight, n, 0.5, 1.5);
        any_numbers(real, bias, n, -1, 1);
        memset(dweight, 0, sizeof dweight), memset(dbias, 0, sizeof dbias);
        const struct forward f = {x, beside, weight, bias, 1e-5, z, y, mean, rstd};
        assert_int_equal(norm->forward(&dropout, &rows, &f), SIMDROP_OK);
        const struct backward b = {NULL, dy, NULL,      z,       weight, mean,
                                   rstd, dx, dresidual, dweight, dbias};
        assert_int_equal(norm->backward(&dropout, &rows, &b), SIMDROP_OK);
        for (size_t i = 0; i < ROWS; ++i) {
#define AT(tensor) ((long double)number(type, tensor, i * n + j))
#define OF(vector) ((long double)number(real, vector, j))
            long double m = 0, v = 0, mean_g = 0, mean_gh = 0;
            for (size_t j = 0; j < n && norm->is_layer_norm; ++j) m += AT(z) / (long double)n;
            for (size_t j = 0; j < n; ++j) v += (AT(z) - m) * (AT(z) - m) / (long double)n;
            const long double s = 1 / sqrtl(v + 1e-5L);
            if (s > 50) continue; /* nearly constant: of two columns */
            for (size_t j = 0; j < n; ++j) {
                const long double h = (AT(z) - m) * s, g = AT(dy) * OF(weight);
                if (norm->is_layer_norm) mean_g += g / (long double)n;
                mean_gh += g * h / (long double)n;
            }
            const double growth = 4 * (1 + (double)(s * s)); /* of what z lost to rounding */
            for (size_t j = 0; j < n; ++j) {
                const long double h = (AT(z) - m) * s, g = AT(dy) * OF(weight);
                const long double want = h * OF(weight) + (norm->is_layer_norm ? OF(bias) : 0);
                const double most =
                    (double)fabsl(want) * u_of_type + bound * growth * (double)(1 + fabsl(h));
                if (!(fabsl(AT(y) - want) <= (long double)most))
                    fail_msg("%s: y is %g, not %Lg", norm->name, (double)AT(y), want);
                const long double gradient = (g - mean_g - h * mean_gh) * s;
                const double most_g =
                    (double)fabsl(gradient) * u_of_type +
                    bound * growth * (double)(s * (1 + fabsl(h)) * (1 + fabsl(h)));
                if (!(fabsl(AT(dresidual) - gradient) <= (long double)most_g))
                    fail_msg("%s: dz' is %g, not %Lg", norm->name, (double)AT(dresidual), gradient);
            }
        }
    }
}

/* In f64: of sums of y dy + z dz, by central differences through the forward call. */
enum { FEW = 3, COLS = 11 };
struct differences {
    const struct norm *norm;
    simdrop_dropout dropout;
    double x[FEW * COLS], residual[FEW * COLS], weight[COLS], bias[COLS];
    double dy[FEW * COLS], dz[FEW * COLS];
    double z[FEW * COLS], y[FEW * COLS], mean[FEW], rstd[FEW];
};
static const simdrop_rows few = {.rows = FEW, .cols = COLS};
static double loss(void *arguments) {
    struct differences *const d = arguments;
    const struct forward f = {d->x, d->residual, d->weight, d->bias, 1e-3,
                              d->z, d->y,        d->mean,   d->rstd};
    assert_int_equal(d->norm->forward(&d->dropout, &few, &f), SIMDROP_OK);
    double sum = 0;
    for (size_t i = 0; i < FEW * COLS; ++i) sum += d->y[i] * d->dy[i] + d->z[i] * d->dz[i];
    return sum;
}
static void gradients(void **state) {
    (void)state;
    for (size_t k = 0; k < COUNT(norms); ++k) {
        if (norms[k].type != SIMDROP_f64) continue;
        struct differences d = {.norm = &norms[k], .dropout = dropout_of(0.5, 3)};
        any_numbers(SIMDROP_f64, d.x, FEW * COLS, -2, 3);
        any_numbers(SIMDROP_f64, d.residual, FEW * COLS, -2, 3);
        any_numbers(SIMDROP_f64, d.weight, COLS, 0.5, 2);
        any_numbers(SIMDROP_f64, d.bias, COLS, -1, 1);
        any_numbers(SIMDROP_f64, d.dy, FEW * COLS, -1, 1);
        any_numbers(SIMDROP_f64, d.dz, FEW * COLS, -1, 1);
        double dx[FEW * COLS], dresidual[FEW * COLS], dweight[COLS] = {0}, dbias[COLS] = {0};
        const struct loss of = {norms[k].name, loss, &d, 0x1p-15, 1e-7};
        loss(&d);
        const struct backward b = {NULL,   d.dy, d.dz,      d.z,     d.weight, d.mean,
                                   d.rstd, dx,   dresidual, dweight, dbias};
        assert_int_equal(norms[k].backward(&d.dropout, &few, &b), SIMDROP_OK);
        assert_gradient(&of, d.x, dx, FEW * COLS, "x");
        assert_gradient(&of, d.residual, dresidual, FEW * COLS, "residual");
        assert_gradient(&of, d.weight, dweight, COLS, "weight");
        if (norms[k].is_layer_norm) assert_gradient(&of, d.bias, dbias, COLS, "bias");
    }
}

/* Rows in pieces, by several calls in order, are the rows in one; the mask stored is the mask drawn. */
static void pieces(void **state) {
    (void)state;
    enum { ROWS = 9, N = 130 };
    const simdrop_dropout dropout = dropout_of(0.1, 8);
    static uint8_t mask[(ROWS * N + 7) / 8];
    assert_int_equal(simdrop_dropout_mask_bits(&dropout, 0, ROWS * N, mask), SIMDROP_OK);
    for (size_t k = 0; k < COUNT(norms); ++k) {
        const struct norm *norm = &norms[k];
        const size_t size = types[norm->type].size;
        static double x[ROWS * N], dy[COUNT(x)], weight[N];
        static struct results {
            double z[COUNT(x)], y[COUNT(x)], dx[COUNT(x)], dresidual[COUNT(x)], mean[ROWS];
            double rstd[ROWS], dweight[N], dbias[N];
        } results[3];
        any_numbers(norm->type, x, COUNT(x), -2, 3);
        any_numbers(norm->type, dy, COUNT(x), -2, 3);
        any_numbers(norm->real, weight, N, -2, 3);
        memset(results, 0, sizeof results);
        for (size_t way = 0; way < COUNT(results); ++way) {
            struct results *r = &results[way];
            const size_t step = way == 0 ? ROWS : way == 1 ? 2 : ROWS;
            for (size_t row = 0; row < ROWS; row += step) {
                const uint64_t ids[] = {row, row + 1};
                simdrop_rows rows = {.rows = ROWS - row < step ? ROWS - row : step, .cols = N};
                if (way == 1 && row % 4)
                    rows.row_ids = ids;
                else
                    rows.first_row = row;
                const size_t at = row * N * size, vector = row * types[norm->real].size;
                const struct forward f = {PART(x, at),
                                          PART(dy, at),
                                          weight,
                                          NULL,
                                          0.25,
                                          PART(r->z, at),
                                          PART(r->y, at),
                                          PART(r->mean, vector),
                                          PART(r->rstd, vector)};
                assert_int_equal(norm->forward(&dropout, &rows, &f), SIMDROP_OK);
                const struct backward b = {way == 2 ? mask : NULL,
                                           PART(dy, at),
                                           NULL,
                                           PART(r->z, at),
                                           weight,
                                           PART(r->mean, vector),
                                           PART(r->rstd, vector),
                                           PART(r->dx, at),
                                           PART(r->dresidual, at),
                                           r->dweight,
                                           r->dbias};
                assert_int_equal(norm->backward(&dropout, &rows, &b), SIMDROP_OK);
            }
            assert_same(r, &results[0], sizeof *r, "%s in way %zu", norm->name, way);
        }
    }
}

/* A call with one change of its arguments `a`, `forward` or `backward`. */
#define REFUSED(direction, change)                                                                 \
    do {                                                                                           \
        struct direction a = *good;                                                                \
        change;                                                                                    \
        assert_invalid(norm->direction(&dropout, &square, &a), norm->name, #change);               \
    } while (0)
static void refuse_forward(const struct norm *norm, double p, const struct forward *good) {
    const simdrop_dropout dropout = dropout_of(p, 1), none = {{0}};
    const size_t size = types[norm->type].size;
    REFUSED(forward, a.x = NULL);
    REFUSED(forward, a.y = NULL);
    REFUSED(forward, a.eps = NAN);
    REFUSED(forward, a.eps = -1e-30);
    REFUSED(forward, a.eps = INFINITY);
    REFUSED(forward, a.y = PART(a.x, size));
    REFUSED(forward, a.y = PART(a.residual, size * SIDE));
    REFUSED(forward, a.y = a.z);
    REFUSED(forward, a.z = PART(a.x, 1));
    REFUSED(forward, a.weight = a.y);
    REFUSED(forward, a.weight = PART(a.z, size * SIDE));
    REFUSED(forward, a.rstd = PART(a.x, 4));
    REFUSED(forward, a.rstd = PART(a.weight, 4));
    if (norm->is_layer_norm) {
        REFUSED(forward, a.bias = PART(a.y, 8));
        REFUSED(forward, a.mean = a.rstd);
    }
    for (size_t i = 0; i < COUNT(bad_rows); ++i)
        assert_invalid(norm->forward(&dropout, &bad_rows[i], good), norm->name, "bad rows");
    assert_invalid(norm->forward(&dropout, NULL, good), norm->name, "no rows");
    assert_invalid(norm->forward(NULL, &square, good), norm->name, "no dropout");
    assert_invalid(norm->forward(&none, &square, good), norm->name, "no plan");
    static const struct forward nothing;
    for (size_t i = 0; i < COUNT(empty_rows); ++i)
        assert_int_equal(norm->forward(&dropout, &empty_rows[i], &nothing), SIMDROP_OK);
}
static void refuse_backward(const struct norm *norm, double p, const struct backward *good) {
    const simdrop_dropout dropout = dropout_of(p, 1), none = {{0}};
    const size_t size = types[norm->type].size;
    REFUSED(backward, a.dy = NULL);
    REFUSED(backward, a.z = NULL);
    REFUSED(backward, a.rstd = NULL);
    REFUSED(backward, a.dx = NULL);
    if (norm->is_layer_norm) {
        REFUSED(backward, a.mean = NULL);
        REFUSED(backward, a.dbias = a.dweight);
        REFUSED(backward, a.dbias = PART(a.z, 8));
        REFUSED(backward, a.mean = a.dx);
    }
    REFUSED(backward, a.dresidual = a.dx);
    REFUSED(backward, a.dx = PART(a.dy, size));
    REFUSED(backward, a.dx = PART(a.dz, size));
    REFUSED(backward, a.dresidual = PART(a.z, size));
    REFUSED(backward, a.dweight = PART(a.dy, 4));
    REFUSED(backward, a.dweight = PART(a.weight, 4));
    REFUSED(backward, a.dweight = PART(a.rstd, 4));
    REFUSED(backward, a.mask = (const uint8_t *)a.dx + 3);
    REFUSED(backward, a.mask = (const uint8_t *)a.dweight);
    REFUSED(backward, a.mask = (const uint8_t *)a.dresidual);
    struct backward in_place = *good; /* but not of the same leading dimension */
    in_place.dx = PART(good->dy, 0);
    assert_invalid(norm->backward(&dropout, &wide, &in_place), norm->name, "in place");
    for (size_t i = 0; i < COUNT(bad_rows); ++i)
        assert_invalid(norm->backward(&dropout, &bad_rows[i], good), norm->name, "bad rows");
    assert_invalid(norm->backward(&dropout, NULL, good), norm->name, "no rows");
    assert_invalid(norm->backward(NULL, &square, good), norm->name, "no dropout");
    assert_invalid(norm->backward(&none, &square, good), norm->name, "no plan");
    static const struct backward nothing;
    for (size_t i = 0; i < COUNT(empty_rows); ++i)
        assert_int_equal(norm->backward(&dropout, &empty_rows[i], &nothing), SIMDROP_OK);
}
static void errors(void **state) {
    (void)state;
    memory_begin();
    static double vectors[8][SIDE * SIDE];
    for (size_t k = 0; k < COUNT(norms); ++k)
        for (size_t i = 0; i < COUNT(refused_with); ++i) {
            unsigned char(*const m)[ROOM] = memory.bytes;
            const struct forward f = {m[0], m[1], m[2], m[3] + ROOM / 2, 1e-5, m[4],
                                      m[5], m[6], m[7]};
            refuse_forward(&norms[k], refused_with[i], &f);
            const struct backward b = {(const uint8_t *)vectors[0],
                                       m[0],
                                       m[1],
                                       m[2],
                                       m[3],
                                       vectors[1],
                                       m[7],
                                       m[4],
                                       m[5],
                                       m[6],
                                       m[6] + ROOM / 2};
            refuse_backward(&norms[k], refused_with[i], &b);
        }
}

int main(int argc, char **argv) {
    (void)argc;
    const struct test tests[] = {
        PER_ISA(forward),   PER_ISA(backward), PER_ISA(near_the_formula),
        PER_ISA(gradients), PER_ISA(pieces),   PER_ISA(errors),
    };
    return test_main(argv, tests, COUNT(tests));
}
