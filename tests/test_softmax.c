/* SPDX-License-Identifier: MIT */
/*
 * Softmax and dropout of rows. Probabilities are near their formula in long double, and have the
 * same bits on every set; what follows from them, y and the gradient, is byte for byte what the
 * formula says in the stated order of operations.
 */
#include "definition.h"
#include "support.h"

#include <simdrop/common.h>
#include <simdrop/softmax.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef simdrop_status forward_fn(const simdrop_dropout *, const simdrop_rows *,
                                  const simdrop_softmax_config *, const void *x, const void *mask,
                                  void *probs, void *y);
typedef simdrop_status backward_fn(const simdrop_dropout *, const simdrop_rows *,
                                   const simdrop_softmax_config *, const uint8_t *keep,
                                   const void *dy, const void *probs, void *dx);

#define CALLS_OF(type, c_type, real, ...)                                                          \
    static simdrop_status forward_##type(const simdrop_dropout *d, const simdrop_rows *r,          \
                                         const simdrop_softmax_config *c, const void *x,           \
                                         const void *mask, void *probs, void *y) {                 \
        return simdrop_softmax_dropout_##type(d, r, c, x, mask, probs, y);                         \
    }                                                                                              \
    static simdrop_status backward_##type(const simdrop_dropout *d, const simdrop_rows *r,         \
                                          const simdrop_softmax_config *c, const uint8_t *keep,    \
                                          const void *dy, const void *probs, void *dx) {           \
        return simdrop_softmax_dropout_backward_##type(d, r, c, keep, dy, probs, dx);              \
    }
SIMDROP_REAL_TYPES(CALLS_OF, )

static const struct kind {
    enum simdrop_type type, real; /* of tensors, and computed in */
    forward_fn *forward;
    backward_fn *backward;
} kinds[] = {
#define KIND_OF(name, c_type, real, ...)                                                           \
    {SIMDROP_##name, sizeof(real) == 4 ? SIMDROP_f32 : SIMDROP_f64, forward_##name,                \
     backward_##name},
    SIMDROP_REAL_TYPES(KIND_OF, )};

/* f64 isn't in builds without SLEEF. */
static int is_supported(const struct kind *kind) {
    const simdrop_dropout_config config = {0};
    const simdrop_rows none = {0};
    simdrop_dropout dropout;
    assert_int_equal(simdrop_dropout_init(&dropout, &config), SIMDROP_OK);
    const simdrop_status status = kind->forward(&dropout, &none, NULL, NULL, NULL, NULL, NULL);
    assert_int_equal(kind->backward(&dropout, &none, NULL, NULL, NULL, NULL, NULL), status);
    if (kind->type != SIMDROP_f64) assert_int_equal(status, SIMDROP_OK);
    return status == SIMDROP_OK;
}
static const struct kind *any_kind(void) {
    const struct kind *kind = &kinds[any_below(COUNT(kinds))];
    return is_supported(kind) ? kind : &kinds[0];
}

static double number(enum simdrop_type type, const void *from, size_t i) {
    return defined_number(type, element(type, from, i));
}
static void set_number(enum simdrop_type type, void *to, size_t i, double x) {
    set_element(type, to, i, defined_bits(type, x));
}
static double through(enum simdrop_type type, double x) {
    return isnan(x) ? x : defined_number(type, defined_bits(type, x));
}
/* An operation of the type that is computed in: what it is in f64, rounded. Rounding twice changes
   no sum and no product of two f32. */
static double rounded(enum simdrop_type real, double x) {
    return real == SIMDROP_f32 ? (double)(float)x : x;
}
#define R(x) rounded(kind->real, x)

enum { MOST_COLS = 5000, MOST_ROWS = 6 };

/* What a call is about. */
struct piece {
    const struct kind *kind;
    simdrop_rows rows;
    size_t ldx, ldy;
    uint64_t ids[MOST_ROWS];
    simdrop_dropout_config config;
    simdrop_dropout dropout;
    struct defined plan;
    simdrop_softmax_config softmax;
    double scale; /* rounded, and not 0 */
    size_t queries, mask_rows, mask_repeat;
    uint8_t *bits; /* of the dropout's mask, by rows without gaps */
};

static size_t any_cols(void) {
    static const size_t cols[] = {1, 2, 3, 15, 16, 17, 31, 32, 33, 63, 65, 100, 960, 961, 1025};
    return any_below(20) == 0 ? any_below(MOST_COLS) + 1 : cols[any_below(COUNT(cols))];
}

static void any_softmax(struct piece *p) {
    static const double scales[] = {0, 1, 0.125, 0.0883883476483184, -0.7, 1e-30, 3e38};
    const size_t queries[] = {0, 1, 2, 3, p->rows.rows, p->rows.cols, p->rows.cols + 2};
    simdrop_softmax_config *const c = &p->softmax;
    c->scale = scales[any_below(any_below(4) ? 5 : COUNT(scales))];
    c->causal = (int32_t)any_below(2);
    c->queries = queries[any_below(COUNT(queries))];
    c->mask_rows = any_below(5);
    c->mask_repeat = any_below(4);
    p->scale = c->scale == 0 ? 1 : rounded(p->kind->real, c->scale);
    p->queries = c->queries ? c->queries : p->rows.rows;
    p->mask_rows = c->mask_rows ? c->mask_rows : p->rows.rows;
    p->mask_repeat = c->mask_repeat ? c->mask_repeat : 1;
}

static void any_piece(struct piece *p) {
    static const double probs[] = {0, 0.25, 0.1, 0.5, 0.001, 1};
    memset(p, 0, sizeof *p);
    p->kind = any_kind();
    p->config = (simdrop_dropout_config){.drop_prob = probs[any_below(COUNT(probs))],
                                         .seed = any_u64(),
                                         .stream = any_u64(),
                                         .mode = (int32_t)any_below(2),
                                         .flags = (uint32_t)any_below(3)};
    assert_int_equal(simdrop_dropout_init(&p->dropout, &p->config), SIMDROP_OK);
    p->plan = defined_by(&p->config);
    simdrop_rows *r = &p->rows;
    r->rows = any_below(MOST_ROWS) + 1, r->cols = any_cols();
    if (any_below(2)) r->ldx = r->cols + any_below(40);
    if (any_below(2)) r->ldy = any_below(2) && r->ldx ? r->ldx : r->cols + any_below(40);
    if (any_below(2)) r->first_row = any_below(1 << 20);
    if (any_below(2)) r->global_cols = r->cols + any_below(100);
    if (r->global_cols) r->first_col = any_below(r->global_cols - r->cols + 1);
    for (size_t i = 0; i < COUNT(p->ids); ++i) p->ids[i] = any_below(1000);
    if (any_below(3) == 0) r->row_ids = p->ids;
    p->ldx = r->ldx ? r->ldx : r->cols;
    p->ldy = r->ldy ? r->ldy : r->cols;
    any_softmax(p);
    const uint64_t whole = r->global_cols ? r->global_cols : r->cols;
    p->bits = calloc((r->rows * r->cols + 7) / 8, 1);
    for (size_t i = 0; i < r->rows; ++i)
        for (size_t j = 0; j < r->cols; ++j) {
            const uint64_t row = r->row_ids ? p->ids[i] : r->first_row + i;
            const uint64_t e = row * whole + r->first_col + j, at = i * r->cols + j;
            const int kept = p->plan.threshold == 0 ||
                             defined_draw(p->config.seed, p->config.stream, 10, p->plan.bits, e) >=
                                 p->plan.threshold;
            p->bits[at / 8] |= (uint8_t)(kept << at % 8);
        }
}
static int is_kept(const struct piece *p, size_t i, size_t j) {
    const size_t at = i * p->rows.cols + j;
    return p->plan.realized_prob < 1 && p->bits[at / 8] >> at % 8 & 1;
}
static int is_seen(const struct piece *p, size_t i, size_t k) {
    const int64_t q = (int64_t)(i % p->queries), key = (int64_t)k;
    return !p->softmax.causal || key <= q + (int64_t)p->rows.cols - (int64_t)p->queries;
}
static size_t span(const struct piece *p, size_t ld) {
    return (p->rows.rows - 1) * ld + p->rows.cols;
}

/* Memory of a call, and what was in it. */
struct tensor {
    enum simdrop_type type;
    size_t n;
    struct buffer got;
    unsigned char *was;
};
enum contents { SCORES, MASK, GRADIENTS, WILD };
static double any_number(enum contents contents) {
    const double x = (double)any_below(1 << 20) * 0x1p-17 - 4;
    if (contents == SCORES && any_below(100) == 0) return 30 * x;
    if (contents != MASK) return x;
    return any_below(3) == 0 ? (double)-INFINITY : any_below(50) == 0 ? -1e9 : x;
}
static struct tensor tensor_new(enum simdrop_type type, size_t n, enum contents contents) {
    const size_t size = n * types[type].size;
    struct tensor t = {type, n, buffer_new(size, any_below(2) ? AT_START : AT_END, any_shift()),
                       malloc(size + 1)};
    any_values(type, t.got.data, n);
    for (size_t i = 0; i < n && contents != WILD; ++i)
        set_number(type, t.got.data, i, any_number(contents));
    memcpy(t.was, t.got.data, size);
    return t;
}
static void tensor_free(struct tensor *t) {
    buffer_free(&t->got);
    free(t->was);
}
static void assert_untouched(const struct tensor *t, const char *what) {
    assert_same(t->got.data, t->was, t->n * types[t->type].size, "%s was written", what);
    assert_margins_untouched(&t->got);
}
static void assert_gaps_untouched(const struct tensor *t, size_t ld, size_t cols) {
    for (size_t i = 0; i < t->n; ++i)
        if (i % ld >= cols && element(t->type, t->got.data, i) != element(t->type, t->was, i))
            fail_msg("element %zu, between rows, was written", i);
    assert_margins_untouched(&t->got);
}

/* The scores of row i, of which all but those that are seen are -infinity. */
static void defined_scores(const struct piece *p, const struct tensor *x, const struct tensor *mask,
                           size_t i, double *t) {
    const struct kind *const kind = p->kind;
    const size_t n = p->rows.cols, row = i / p->mask_repeat % p->mask_rows;
    for (size_t j = 0; j < n; ++j) {
        t[j] = (double)-INFINITY;
        if (!is_seen(p, i, j)) continue;
        t[j] = R(number(x->type, x->was, i * p->ldx + j) * p->scale);
        if (mask) t[j] = R(t[j] + number(mask->type, mask->was, row * n + j));
    }
}

/* Operations are rounded up to the exponential; whose error is 2 ulp at most, as that of 16 lanes'
   sum is n / 16 + 4 halves of them. */
static void check_probs(const struct piece *p, size_t i, const double *t, const void *probs) {
    const struct kind *const kind = p->kind;
    const size_t n = p->rows.cols;
    const double u = kind->real == SIMDROP_f32 ? 0x1p-24 : 0x1p-53;
    const double most = u * (12 + (double)n / 16),
                 least = kind->real == SIMDROP_f32 ? 0x1p-148 : 0x1p-1072;
    static long double e[MOST_COLS];
    double top = (double)-INFINITY;
    int is_nan = 0;
    for (size_t j = 0; j < n; ++j) {
        if (t[j] > top) top = t[j];
        if (isnan(t[j]) || t[j] == (double)INFINITY) is_nan = 1;
    }
    long double sum = 0;
    for (size_t j = 0; j < n && !is_nan; ++j) {
        e[j] = top == (double)-INFINITY ? 0 : expl((long double)R(t[j] - top));
        sum += e[j];
    }
    for (size_t j = 0; j < n; ++j) {
        const uint64_t bits = element(kind->type, probs, i * p->ldy + j);
        const double got = defined_number(kind->type, bits);
        if (!is_seen(p, i, j) || sum == 0) {
            if (is_nan && is_seen(p, i, j)) {
                if (!isnan(got)) fail_msg("row %zu has NaN, but %g", i, got);
            } else if (bits != 0)
                fail_msg("(%zu, %zu) sees nothing, but is %g", i, j, got);
            continue;
        }
        const double want = (double)(e[j] / sum);
        const double lower = through(kind->type, fmax(want * (1 - most) - least, 0));
        const double upper = through(kind->type, want * (1 + most) + least);
        if (!(got >= lower && got <= upper))
            fail_msg("%s: (%zu, %zu of %zu) is %a, not %a", types[kind->type].name, i, j, n, got,
                     want);
    }
}

static void check_y(const struct piece *p, size_t i, const void *probs, const void *y) {
    const enum simdrop_type type = p->kind->type;
    for (size_t j = 0; j < p->rows.cols; ++j) {
        const uint64_t prob = element(type, probs, i * p->ldy + j);
        const uint64_t got = element(type, y, i * p->ldy + j);
        uint64_t want = 0;
        if (is_kept(p, i, j))
            want = p->plan.threshold ? defined_product(type, prob, p->plan.train_scale) : prob;
        if (got != want && !(isnan(defined_number(type, got)) && isnan(defined_number(type, want))))
            fail_msg("%s: y(%zu, %zu) is %a, not %a", types[type].name, i, j,
                     defined_number(type, got), defined_number(type, want));
    }
}

static void assert_same_numbers(enum simdrop_type type, const void *x, const void *y, size_t n,
                                const char *what) {
    for (size_t i = 0; i < n; ++i) {
        const uint64_t a = element(type, x, i), b = element(type, y, i);
        if (a != b && !(isnan(defined_number(type, a)) && isnan(defined_number(type, b))))
            fail_msg("%s: [%zu of %zu] is %a, not %a", what, i, n, defined_number(type, a),
                     defined_number(type, b));
    }
}

static struct tensor *maybe(struct tensor *t) { return any_below(3) ? t : NULL; }
static void *data(const struct tensor *t) { return t ? t->got.data : NULL; }

static void forward(void **state) {
    const char *const isa = *state;
    for (size_t round = scaled(3000); round > 0; --round) {
        struct piece p;
        any_piece(&p);
        const struct kind *const kind = p.kind;
        const enum contents contents = any_below(8) == 0 ? WILD : SCORES;
        const size_t rows = p.rows.rows, n = p.rows.cols, out = span(&p, p.ldy);
        struct tensor x = tensor_new(kind->type, span(&p, p.ldx), contents);
        struct tensor own =
            tensor_new(kind->real, p.mask_rows * n, contents == WILD && any_below(2) ? WILD : MASK);
        struct tensor own_probs = tensor_new(kind->type, out, SCORES);
        struct tensor own_y = tensor_new(kind->type, out, SCORES);
        if (any_below(8) == 0) /* a row that sees nothing */
            for (size_t j = 0; j < n; ++j) {
                set_number(kind->real, own.got.data, j, (double)-INFINITY);
                set_number(kind->real, own.was, j, (double)-INFINITY);
            }
        if (any_below(8) == 0) { /* NaN or infinity in one place */
            static const double odd[] = {NAN, INFINITY, -INFINITY};
            const double value = odd[any_below(3)];
            const uint64_t bits = isnan(value) ? UINT64_MAX : defined_bits(kind->type, value);
            const size_t at = any_below(rows) * p.ldx + any_below(n);
            set_element(kind->type, x.got.data, at, bits);
            set_element(kind->type, x.was, at, bits);
        }
        const struct tensor *const mask = maybe(&own);
        struct tensor *const probs = &own_probs, *const y = &own_y;
        assert_int_equal(kind->forward(&p.dropout, &p.rows, &p.softmax, data(&x), data(mask),
                                       data(probs), data(y)),
                         SIMDROP_OK);
        static double t[MOST_COLS];
        for (size_t i = 0; i < rows; ++i) {
            defined_scores(&p, &x, mask, i, t);
            check_probs(&p, i, t, probs->got.data);
            check_y(&p, i, probs->got.data, y->got.data);
        }
        assert_untouched(&x, "x");
        assert_untouched(&own, "mask");
        assert_gaps_untouched(probs, p.ldy, n);
        assert_gaps_untouched(y, p.ldy, n);

        /* on another set; without probs; in place of x: all of them the same */
        struct tensor again = tensor_new(kind->type, out, SCORES);
        struct tensor there = tensor_new(kind->type, span(&p, p.ldx), SCORES);
        memcpy(there.got.data, x.was, x.n * types[kind->type].size);
        memcpy(there.was, x.was, x.n * types[kind->type].size);
        memcpy(again.got.data, probs->was, out * types[kind->type].size);
        assert_int_equal(simdrop_isa_select("scalar"), SIMDROP_OK);
        assert_int_equal(kind->forward(&p.dropout, &p.rows, &p.softmax, data(&x), data(mask),
                                       data(&again), data(y)),
                         SIMDROP_OK);
        assert_int_equal(simdrop_isa_select(isa), SIMDROP_OK);
        assert_same_numbers(kind->type, data(probs), data(&again), out, "probs of scalar");
        memcpy(again.got.data, y->was, out * types[kind->type].size);
        assert_int_equal(kind->forward(&p.dropout, &p.rows, &p.softmax, data(&x), data(mask), NULL,
                                       data(&again)),
                         SIMDROP_OK);
        assert_same_numbers(kind->type, data(&again), data(y), out, "y without probs");
        if (p.ldx == p.ldy || rows == 1) {
            const size_t which = any_below(3);
            memcpy(again.got.data, (which == 0 ? y : probs)->was, out * types[kind->type].size);
            assert_int_equal(kind->forward(&p.dropout, &p.rows, &p.softmax, data(&there),
                                           data(mask),
                                           which == 0   ? data(&there)
                                           : which == 1 ? data(&again)
                                                        : NULL,
                                           which == 0 ? data(&again) : data(&there)),
                             SIMDROP_OK);
            for (size_t i = 0; i < rows; ++i) {
                const size_t at = i * p.ldy * types[kind->type].size;
                assert_same_numbers(kind->type, there.got.data + at,
                                    (which == 0 ? probs : y)->got.data + at, n, "in place of x");
            }
            if (which != 2)
                assert_same_numbers(kind->type, again.got.data, data(which == 0 ? y : probs), out,
                                    "beside x in place");
            assert_gaps_untouched(&there, p.ldx, n);
        }
        struct tensor *const all[] = {&x, &own, &own_probs, &own_y, &again, &there};
        for (size_t i = 0; i < COUNT(all); ++i) tensor_free(all[i]);
        free(p.bits);
    }
}

/* The sum in 16 lanes. */
static double sum_of(enum simdrop_type real, const double *x, size_t n) {
    double lanes[16] = {0};
    for (size_t i = 0; i < n; ++i) lanes[i % 16] = rounded(real, lanes[i % 16] + x[i]);
    for (size_t half = 8; half > 0; half /= 2)
        for (size_t j = 0; j < half; ++j) lanes[j] = rounded(real, lanes[j] + lanes[j + half]);
    return lanes[0];
}

static void defined_gradient(const struct piece *p, size_t i, const struct tensor *dy,
                             const struct tensor *probs, double *dx) {
    const struct kind *const kind = p->kind;
    const enum simdrop_type type = kind->type;
    static double dp[MOST_COLS], prob[MOST_COLS], products[MOST_COLS];
    const double scale = R(p->plan.train_scale);
    size_t n = 0;
    for (; n < p->rows.cols && is_seen(p, i, n); ++n) {
        const double g = number(type, dy->was, i * p->ldy + n);
        dp[n] = !is_kept(p, i, n) ? 0 : p->plan.threshold ? through(type, R(g * scale)) : g;
        prob[n] = number(type, probs->was, i * p->ldy + n);
        products[n] = R(dp[n] * prob[n]);
    }
    const double sum = sum_of(kind->real, products, n);
    for (size_t j = 0; j < p->rows.cols; ++j)
        dx[j] = j < n ? through(type, R(R(prob[j] * R(dp[j] - sum)) * p->scale)) : 0;
}

static void backward(void **state) {
    (void)state;
    for (size_t round = scaled(3000); round > 0; --round) {
        struct piece p;
        any_piece(&p);
        const enum simdrop_type type = p.kind->type;
        const enum contents contents = any_below(8) == 0 ? WILD : GRADIENTS;
        const size_t rows = p.rows.rows, n = p.rows.cols;
        struct tensor dy = tensor_new(type, span(&p, p.ldy), contents);
        struct tensor probs = tensor_new(type, span(&p, p.ldy), contents);
        struct tensor own = tensor_new(type, span(&p, p.ldx), GRADIENTS);
        const int in_place = (p.ldx == p.ldy || rows == 1) && any_below(2);
        struct tensor *const dx = in_place ? &dy : &own;
        const int is_drawn = any_below(3) != 0;
        for (size_t i = 0; !is_drawn && any_below(2) && i < (rows * n + 7) / 8; ++i)
            p.bits[i] = (uint8_t)any_u64();
        struct buffer keep = buffer_new((rows * n + 7) / 8, AT_END, 0);
        memcpy(keep.data, p.bits, keep.size);
        if (is_drawn) memset(keep.data, 0, keep.size);
        assert_int_equal(p.kind->backward(&p.dropout, &p.rows, &p.softmax,
                                          is_drawn ? NULL : keep.data, data(&dy), data(&probs),
                                          data(dx)),
                         SIMDROP_OK);
        static double want[MOST_COLS];
        for (size_t i = 0; i < rows; ++i) {
            defined_gradient(&p, i, &dy, &probs, want);
            for (size_t j = 0; j < n; ++j) {
                const uint64_t bits = element(type, dx->got.data, i * p.ldx + j);
                const double got = defined_number(type, bits);
                if (isnan(want[j]) ? !isnan(got) : bits != defined_bits(type, want[j]))
                    fail_msg("%s: dx(%zu, %zu of %zu) is %a, not %a", types[type].name, i, j, n,
                             got, want[j]);
            }
        }
        assert_gaps_untouched(dx, p.ldx, n);
        assert_untouched(&probs, "probs");
        if (!in_place) assert_untouched(&dy, "dy");
        struct tensor *const all[] = {&dy, &probs, &own};
        for (size_t i = 0; i < COUNT(all); ++i) tensor_free(all[i]);
        buffer_free(&keep);
        free(p.bits);
    }
}

static simdrop_dropout dropout_of(double p, uint64_t stream) {
    const simdrop_dropout_config config = {.drop_prob = p, .seed = 5, .stream = stream};
    simdrop_dropout dropout;
    assert_int_equal(simdrop_dropout_init(&dropout, &config), SIMDROP_OK);
    return dropout;
}
static void any_numbers(enum simdrop_type type, void *to, size_t n) {
    for (size_t i = 0; i < n; ++i)
        set_number(type, to, i, (double)any_below(1 << 20) * 0x1p-18 - 2);
}

/* In f64: of the sum of y dy, by central differences through the forward call. */
static void gradients(void **state) {
    (void)state;
    enum { ROWS = 6, COLS = 21 };
    static const simdrop_softmax_config configs[] = {
        {.scale = 0.7, .mask_rows = 2},
        {.scale = -1.5, .causal = 1, .queries = 3},
        {.causal = 1, .queries = 2 * COLS, .mask_rows = 3, .mask_repeat = 2},
    };
    const struct kind *kind = &kinds[0];
    while (kind->type != SIMDROP_f64) ++kind;
    if (!is_supported(kind)) return;
    for (size_t k = 0; k < COUNT(configs); ++k) {
        const simdrop_rows rows = {.rows = ROWS, .cols = COLS};
        const simdrop_dropout dropout = dropout_of(0.3, k);
        static double x[ROWS * COLS], mask[COUNT(x)], probs[COUNT(x)], y[COUNT(x)], dy[COUNT(x)];
        static double dx[COUNT(x)];
        any_numbers(SIMDROP_f64, x, COUNT(x));
        any_numbers(SIMDROP_f64, mask, COUNT(x));
        any_numbers(SIMDROP_f64, dy, COUNT(x));
        mask[3] = (double)-INFINITY;
#define FORWARD(x, probs)                                                                          \
    assert_int_equal(kind->forward(&dropout, &rows, &configs[k], x, mask, probs, y), SIMDROP_OK)
        FORWARD(x, probs);
        assert_int_equal(kind->backward(&dropout, &rows, &configs[k], NULL, dy, probs, dx),
                         SIMDROP_OK);
        for (size_t i = 0; i < COUNT(x); ++i) {
            const double step = 0x1p-15, was = x[i];
            double slope = 0;
            x[i] = was + step;
            FORWARD(x, NULL);
            for (size_t j = 0; j < COUNT(x); ++j) slope += y[j] * dy[j];
            x[i] = was - step;
            FORWARD(x, NULL);
            for (size_t j = 0; j < COUNT(x); ++j) slope -= y[j] * dy[j];
            slope /= 2 * step;
            x[i] = was;
            if (!(fabs(slope - dx[i]) <= 1e-7))
                fail_msg("dx[%zu] is %.12g, by differences %.12g", i, dx[i], slope);
        }
    }
}

/* Rows in pieces, by several calls, are the rows in one; the mask stored is the mask drawn. */
static void pieces(void **state) {
    (void)state;
    enum { ROWS = 12, N = 130, QUERIES = 3 };
    const simdrop_dropout dropout = dropout_of(0.1, 8);
    const simdrop_softmax_config config = {.scale = 0.5, .causal = 1, .queries = QUERIES};
    static uint8_t keep[(ROWS * N + 7) / 8];
    assert_int_equal(simdrop_dropout_mask_bits(&dropout, 0, ROWS * N, keep), SIMDROP_OK);
    for (size_t k = 0; k < COUNT(kinds); ++k) {
        const struct kind *const kind = &kinds[k];
        if (!is_supported(kind)) continue;
        const size_t size = types[kind->type].size;
        static double x[ROWS * N], dy[COUNT(x)];
        static struct results {
            double probs[COUNT(x)], y[COUNT(x)], dx[COUNT(x)];
        } results[4];
        any_numbers(kind->type, x, COUNT(x));
        any_numbers(kind->type, dy, COUNT(x));
        memset(results, 0, sizeof results);
        for (size_t way = 0; way < COUNT(results); ++way) {
            struct results *const r = &results[way];
            const size_t step = way == 1 ? QUERIES : way == 2 ? 2 * QUERIES : ROWS;
            for (size_t row = 0; row < ROWS; row += step) {
                uint64_t ids[2 * QUERIES];
                for (size_t i = 0; i < COUNT(ids); ++i) ids[i] = row + i;
                simdrop_rows rows = {.rows = step, .cols = N};
                if (way == 2)
                    rows.row_ids = ids;
                else
                    rows.first_row = row;
                const size_t at = row * N * size;
#define PART(tensor, by) ((char *)(tensor) + (by))
                assert_int_equal(kind->forward(&dropout, &rows, &config, PART(x, at), NULL,
                                               PART(r->probs, at), PART(r->y, at)),
                                 SIMDROP_OK);
                assert_int_equal(kind->backward(&dropout, &rows, &config, way == 3 ? keep : NULL,
                                                PART(dy, at), PART(r->probs, at), PART(r->dx, at)),
                                 SIMDROP_OK);
            }
            assert_same(r, &results[0], sizeof *r, "%s in way %zu", types[kind->type].name, way);
        }
    }
}

/* Every bad argument: the right status, and nothing written. */
enum { SIDE = 8, ROOM = 8 * SIDE * SIDE };
static union {
    double align;
    unsigned char bytes[5][ROOM]; /* one after the other */
} memory;
static void assert_invalid(simdrop_status status, const char *what) {
    if (status != SIMDROP_ERR_INVALID_ARGUMENT) fail_msg("%s: status %d", what, (int)status);
    for (size_t i = 0; i < sizeof memory; ++i)
        if (((unsigned char *)&memory)[i] != CANARY) fail_msg("%s: written", what);
}
static void refuse(const struct kind *kind, double p) {
    const simdrop_dropout dropout = dropout_of(p, 1), no_plan = {{0}};
    const simdrop_rows rows = {.rows = SIDE, .cols = SIDE};
    const simdrop_rows wide = {.rows = SIDE, .cols = SIDE, .ldx = SIDE + 1};
    const size_t size = types[kind->type].size;
    unsigned char(*const m)[ROOM] = memory.bytes;
#define REFUSED_FORWARD(d, r, c, ...)                                                              \
    assert_invalid(kind->forward(d, r, c, __VA_ARGS__), "forward, " #c ", " #__VA_ARGS__)
#define REFUSED_BACKWARD(d, r, c, ...)                                                             \
    assert_invalid(kind->backward(d, r, c, __VA_ARGS__), "backward, " #c ", " #__VA_ARGS__)
    REFUSED_FORWARD(&dropout, &rows, NULL, NULL, m[1], m[2], m[3]);
    REFUSED_FORWARD(&dropout, &rows, NULL, m[0], m[1], m[2], NULL);
    REFUSED_FORWARD(&dropout, &rows, NULL, m[0], m[1], m[2], m[2]);
    REFUSED_FORWARD(&dropout, &rows, NULL, m[0], m[1], m[0] + size, m[3]);
    REFUSED_FORWARD(&dropout, &rows, NULL, m[0], m[1], m[2], m[0] + 1);
    REFUSED_FORWARD(&dropout, &rows, NULL, m[0], m[1], m[2], m[2] + size * SIDE);
    REFUSED_FORWARD(&dropout, &rows, NULL, m[0], m[1], m[1] + 4, m[3]);
    REFUSED_FORWARD(&dropout, &rows, NULL, m[0], m[3], m[2], m[3]);
    REFUSED_FORWARD(&dropout, &wide, NULL, m[0], m[1], m[0], m[3]);
    REFUSED_FORWARD(&dropout, &wide, NULL, m[0], m[1], NULL, m[0]);
    REFUSED_FORWARD(NULL, &rows, NULL, m[0], m[1], m[2], m[3]);
    REFUSED_FORWARD(&no_plan, &rows, NULL, m[0], m[1], m[2], m[3]);
    REFUSED_FORWARD(&dropout, NULL, NULL, m[0], m[1], m[2], m[3]);
    const uint8_t *const keep = m[4];
    REFUSED_BACKWARD(&dropout, &rows, NULL, keep, NULL, m[1], m[2]);
    REFUSED_BACKWARD(&dropout, &rows, NULL, keep, m[0], NULL, m[2]);
    REFUSED_BACKWARD(&dropout, &rows, NULL, keep, m[0], m[1], NULL);
    REFUSED_BACKWARD(&dropout, &rows, NULL, keep, m[0], m[1], m[1]);
    REFUSED_BACKWARD(&dropout, &rows, NULL, keep, m[0], m[1], m[1] + size);
    REFUSED_BACKWARD(&dropout, &rows, NULL, keep, m[0], m[1], m[0] + size);
    REFUSED_BACKWARD(&dropout, &rows, NULL, keep, m[0], m[1], m[4]);
    REFUSED_BACKWARD(&dropout, &wide, NULL, keep, m[0], m[1], m[0]);
    REFUSED_BACKWARD(NULL, &rows, NULL, keep, m[0], m[1], m[2]);
    REFUSED_BACKWARD(&no_plan, &rows, NULL, keep, m[0], m[1], m[2]);
    REFUSED_BACKWARD(&dropout, NULL, NULL, keep, m[0], m[1], m[2]);
    const simdrop_softmax_config bad[] = {
        {.scale = NAN},    {.scale = INFINITY},     {.scale = -INFINITY},
        {.causal = 2},     {.causal = -1},          {.reserved0 = 1},
        {.reserved = {1}}, {.reserved = {[3] = 1}}, {.scale = 1e39},
    };
    for (size_t i = 0; i < COUNT(bad) - (kind->type == SIMDROP_f64); ++i) {
        REFUSED_FORWARD(&dropout, &rows, &bad[i], m[0], m[1], m[2], m[3]);
        REFUSED_BACKWARD(&dropout, &rows, &bad[i], keep, m[0], m[1], m[2]);
    }
    const simdrop_softmax_config long_mask = {.mask_rows = SIZE_MAX / SIDE};
    const simdrop_softmax_config longer_mask = {.mask_rows = SIZE_MAX / 2};
    REFUSED_FORWARD(&dropout, &rows, &long_mask, m[0], m[1], m[2], m[3]);
    REFUSED_FORWARD(&dropout, &rows, &longer_mask, m[0], m[1], m[2], m[3]);
    const simdrop_rows bad_rows[] = {
        {.rows = SIDE, .cols = SIDE, .ldx = SIDE - 1},
        {.rows = SIDE, .cols = SIDE, .ldy = SIDE - 1},
        {.rows = SIDE, .cols = SIDE, .reserved = {1}},
        {.rows = SIZE_MAX / 8, .cols = SIDE},
        {.rows = SIDE, .cols = SIDE, .first_row = UINT64_MAX / SIDE},
        {.rows = SIDE, .cols = SIDE, .global_cols = SIDE, .first_col = 1},
    };
    for (size_t i = 0; i < COUNT(bad_rows); ++i) {
        REFUSED_FORWARD(&dropout, &bad_rows[i], NULL, m[0], m[1], m[2], m[3]);
        REFUSED_BACKWARD(&dropout, &bad_rows[i], NULL, keep, m[0], m[1], m[2]);
    }
    const simdrop_rows empty[] = {{.cols = SIDE}, {.rows = SIDE}, {0}};
    const simdrop_softmax_config causal = {.causal = 1};
    for (size_t i = 0; i < COUNT(empty); ++i) {
        assert_int_equal(kind->forward(&dropout, &empty[i], &causal, NULL, NULL, NULL, NULL),
                         SIMDROP_OK);
        assert_int_equal(kind->backward(&dropout, &empty[i], &causal, NULL, NULL, NULL, NULL),
                         SIMDROP_OK);
    }
}
static void errors(void **state) {
    (void)state;
    memset(&memory, CANARY, sizeof memory);
    for (size_t k = 0; k < COUNT(kinds); ++k) {
        if (!is_supported(&kinds[k])) continue;
        refuse(&kinds[k], 0);
        refuse(&kinds[k], 0.5);
        refuse(&kinds[k], 1);
    }
}

int main(int argc, char **argv) {
    (void)argc;
    const struct test tests[] = {PER_ISA(forward), PER_ISA(backward), PER_ISA(gradients),
                                 PER_ISA(pieces), PER_ISA(errors)};
    return test_main(argv, tests, COUNT(tests));
}
