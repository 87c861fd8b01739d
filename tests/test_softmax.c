/* SPDX-License-Identifier: MIT */
/*
 * Softmax and dropout of rows. Probabilities are near their formula in long double, and have the
 * same bits on every set; what follows from them, y and the gradient, is byte for byte what the
 * formula says in the stated order of operations.
 */
#include "refusals.h"
#include "tensors.h"

#include <simdrop/common.h>
#include <simdrop/softmax.h>

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

static const struct kind *any_kind(void) { return &kinds[any_below(COUNT(kinds))]; }

/* What a call is about. */
struct trial {
    struct piece piece;
    const struct kind *kind;
    simdrop_softmax_config config;
    double scale; /* rounded, and not 0 */
    size_t queries, mask_rows, mask_repeat;
};

static void any_trial(struct trial *t) {
    static const double scales[] = {0, 1, 0.125, 0.0883883476483184, -0.7, 1e-30, 3e38};
    any_piece(&t->piece);
    t->kind = any_kind();
    const size_t rows = t->piece.rows.rows, cols = t->piece.rows.cols;
    const size_t queries[] = {0, 1, 2, 3, rows, cols, cols + 2};
    t->config = (simdrop_softmax_config){0};
    simdrop_softmax_config *const c = &t->config;
    c->scale = scales[any_below(any_below(4) ? 5 : COUNT(scales))];
    c->causal = (int32_t)any_below(2);
    c->queries = queries[any_below(COUNT(queries))];
    c->mask_rows = any_below(5);
    c->mask_repeat = any_below(4);
    t->scale = c->scale == 0 ? 1 : rounded(t->kind->real, c->scale);
    t->queries = c->queries ? c->queries : rows;
    t->mask_rows = c->mask_rows ? c->mask_rows : rows;
    t->mask_repeat = c->mask_repeat ? c->mask_repeat : 1;
}
static int is_seen(const struct trial *t, size_t i, size_t k) {
    const int64_t q = (int64_t)(i % t->queries), key = (int64_t)k;
    return !t->config.causal || key <= q + (int64_t)t->piece.rows.cols - (int64_t)t->queries;
}

/* Some scores far from the others, and NaN or infinity in one place. */
static void spread(struct tensor *x, size_t ld, size_t rows, size_t cols) {
    static const double odd[] = {NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < x->n; ++i)
        if (any_below(100) == 0) tensor_set(x, i, 30 * number(x->type, x->was, i));
    if (any_below(8) == 0)
        tensor_set(x, any_below(rows) * ld + any_below(cols), odd[any_below(COUNT(odd))]);
}
static void forbid(struct tensor *mask) {
    for (size_t i = 0; i < mask->n; ++i)
        if (any_below(3) == 0)
            tensor_set(mask, i, (double)-INFINITY);
        else if (any_below(50) == 0)
            tensor_set(mask, i, -1e9);
}

/* The scores of row i, of which all but those that are seen are -infinity. */
static void defined_scores(const struct trial *t, const struct tensor *x, const struct tensor *mask,
                           size_t i, double *scores) {
    const enum simdrop_type real = t->kind->real;
    const size_t n = t->piece.rows.cols, row = i / t->mask_repeat % t->mask_rows;
    for (size_t j = 0; j < n; ++j) {
        scores[j] = (double)-INFINITY;
        if (!is_seen(t, i, j)) continue;
        scores[j] = R(number(x->type, x->was, i * t->piece.ldx + j) * t->scale);
        if (mask) scores[j] = R(scores[j] + number(mask->type, mask->was, row * n + j));
    }
}

/* Operations are rounded up to the exponential; whose error is 2 ulp at most, as that of 16 lanes'
   sum is n / 16 + 4 halves of them. */
static void check_probs(const struct trial *t, size_t i, const double *scores,
                        const struct tensor *probs) {
    const enum simdrop_type type = t->kind->type, real = t->kind->real;
    const size_t n = t->piece.rows.cols;
    const double u = real == SIMDROP_f32 ? 0x1p-24 : 0x1p-53;
    const double most = u * (12 + (double)n / 16),
                 least = real == SIMDROP_f32 ? 0x1p-148 : 0x1p-1072;
    static long double e[MOST_COLS];
    double top = (double)-INFINITY;
    int is_nan = 0;
    for (size_t j = 0; j < n; ++j) {
        if (scores[j] > top) top = scores[j];
        if (isnan(scores[j]) || scores[j] == (double)INFINITY) is_nan = 1;
    }
    long double sum = 0;
    for (size_t j = 0; j < n && !is_nan; ++j) {
        e[j] = top == (double)-INFINITY ? 0 : expl((long double)R(scores[j] - top));
        sum += e[j];
    }
    for (size_t j = 0; j < n; ++j) {
        const uint64_t bits = element(type, probs->got.data, i * t->piece.ldy + j);
        const double got = defined_number(type, bits);
        if (!is_seen(t, i, j) || sum == 0) {
            if (is_nan && is_seen(t, i, j)) {
                if (!isnan(got)) fail_msg("row %zu has NaN, but %g", i, got);
            } else if (bits != 0)
                fail_msg("(%zu, %zu) sees nothing, but is %g", i, j, got);
            continue;
        }
        const double want = (double)(e[j] / sum);
        const double lower = through(type, fmax(want * (1 - most) - least, 0));
        const double upper = through(type, want * (1 + most) + least);
        if (!(got >= lower && got <= upper))
            fail_msg("%s: (%zu, %zu of %zu) is %a, not %a", types[type].name, i, j, n, got, want);
    }
}

/* Rows as they are, or are to be, for a result that is to be the same. */
static void want_rows(struct tensor *to, size_t ldto, const unsigned char *rows, size_t ld,
                      const struct piece *p) {
    const size_t size = types[to->type].size;
    to->is_result = 1;
    for (size_t i = 0; i < p->rows.rows; ++i)
        memcpy(to->want + i * ldto * size, rows + i * ld * size, p->rows.cols * size);
}
/* y of probabilities. */
static void want_y(const struct piece *p, const struct tensor *probs, struct tensor *y) {
    y->is_result = 1;
    for (size_t i = 0; i < p->rows.rows; ++i)
        for (size_t j = 0; j < p->rows.cols; ++j) {
            const size_t at = i * p->ldy + j;
            const uint64_t prob = element(probs->type, probs->want, at);
            const uint64_t kept =
                p->plan.threshold ? defined_product(y->type, prob, p->plan.train_scale) : prob;
            set_element(y->type, y->want, at, is_kept(p, i, j) ? kept : 0);
        }
}

static void call_forward(const struct trial *t, const struct tensor *x, const struct tensor *mask,
                         const struct tensor *probs, const struct tensor *y) {
    const struct piece *const p = &t->piece;
    assert_int_equal(t->kind->forward(&p->dropout, &p->rows, &t->config, data(x), data(mask),
                                      data(probs), data(y)),
                     SIMDROP_OK);
}

/* The same call with other memory: results are the same. */
enum way { ON_SCALAR, WITHOUT_PROBS, PROBS_IN_PLACE, Y_IN_PLACE, ONLY_Y_IN_PLACE, WAYS };
static const char *const ways[] = {"on scalar", "without probs", "probs in place", "y in place",
                                   "only y in place"};
static struct tensor again(const struct tensor *t) {
    const size_t size = t->n * types[t->type].size;
    struct tensor other = tensor_new(t->type, t->n, 1);
    memcpy(other.was, t->was, size);
    memcpy(other.got.data, t->was, size);
    memcpy(other.want, t->want, size);
    other.is_result = t->is_result;
    return other;
}
static void forward_again(const struct trial *t, const struct tensor *x, const struct tensor *mask,
                          const struct tensor *probs, const struct tensor *y, enum way way) {
    const struct piece *const p = &t->piece;
    struct tensor own[] = {again(x), again(probs), again(y)};
    struct tensor *to_probs = &own[1], *to_y = &own[2];
    if (way == WITHOUT_PROBS || way == ONLY_Y_IN_PLACE) to_probs = NULL;
    if (way == PROBS_IN_PLACE) to_probs = &own[0];
    if (way == Y_IN_PLACE || way == ONLY_Y_IN_PLACE) to_y = &own[0];
    if (to_probs == &own[0]) want_rows(to_probs, p->ldx, probs->want, p->ldy, p);
    if (to_y == &own[0]) want_rows(to_y, p->ldx, y->want, p->ldy, p);
    call_forward(t, &own[0], mask, to_probs, to_y);
    tensor_check(&own[0], ways[way], "x");
    if (to_probs) tensor_check(to_probs, ways[way], "probs");
    tensor_check(to_y, ways[way], "y");
    for (size_t i = 0; i < COUNT(own); ++i) tensor_free(&own[i]);
}

static void forward(void **state) {
    for (size_t round = scaled(3000); round > 0; --round) {
        struct trial t;
        any_trial(&t);
        struct piece *const p = &t.piece;
        const enum simdrop_type type = t.kind->type;
        const int is_wild = any_below(8) == 0, is_wild_mask = is_wild && any_below(2);
        const size_t rows = p->rows.rows, n = p->rows.cols;
        struct tensor own[] = {
            tensor_new(type, span(p, p->ldx), is_wild),
            tensor_new(t.kind->real, t.mask_rows * n, is_wild_mask),
            tensor_new(type, span(p, p->ldy), 0),
            tensor_new(type, span(p, p->ldy), 0),
        };
        struct tensor *const x = &own[0], *const mask = maybe(&own[1]);
        struct tensor *const probs = &own[2], *const y = &own[3];
        if (!is_wild) spread(x, p->ldx, rows, n);
        if (!is_wild_mask) forbid(&own[1]);
        if (any_below(8) == 0) /* a row that sees nothing */
            for (size_t j = 0; j < n; ++j) tensor_set(&own[1], j, (double)-INFINITY);
        call_forward(&t, x, mask, probs, y);
        static double scores[MOST_COLS];
        for (size_t i = 0; i < rows; ++i) {
            defined_scores(&t, x, mask, i, scores);
            check_probs(&t, i, scores, probs);
        }
        want_rows(probs, p->ldy, probs->got.data, p->ldy, p);
        want_y(p, probs, y);
        tensor_check(y, types[type].name, "y");
        assert_int_equal(simdrop_isa_select("scalar"), SIMDROP_OK);
        forward_again(&t, x, mask, probs, y, ON_SCALAR);
        assert_int_equal(simdrop_isa_select(*state), SIMDROP_OK);
        forward_again(&t, x, mask, probs, y, WITHOUT_PROBS);
        if (is_one_layout(p))
            forward_again(&t, x, mask, probs, y,
                          (enum way)(PROBS_IN_PLACE + any_below(WAYS - PROBS_IN_PLACE)));
        static const char *const names[] = {"x", "mask", "probs", "y"};
        tensors_end(own, COUNT(own), types[type].name, names);
        piece_free(p);
    }
}

static void defined_gradient(const struct trial *t, size_t i, const struct tensor *dy,
                             const struct tensor *probs, double *dx) {
    const struct piece *const p = &t->piece;
    const enum simdrop_type type = t->kind->type, real = t->kind->real;
    static double dp[MOST_COLS], prob[MOST_COLS], products[MOST_COLS];
    const double scale = R(p->plan.train_scale);
    size_t n = 0;
    for (; n < p->rows.cols && is_seen(t, i, n); ++n) {
        const double g = number(type, dy->was, i * p->ldy + n);
        dp[n] = !is_kept(p, i, n) ? 0 : p->plan.threshold ? through(type, R(g * scale)) : g;
        prob[n] = number(type, probs->was, i * p->ldy + n);
        products[n] = R(dp[n] * prob[n]);
    }
    const double sum = sum_of(real, products, n);
    for (size_t j = 0; j < p->rows.cols; ++j)
        dx[j] = j < n ? R(R(prob[j] * R(dp[j] - sum)) * t->scale) : 0;
}

static void backward(void **state) {
    (void)state;
    for (size_t round = scaled(3000); round > 0; --round) {
        struct trial t;
        any_trial(&t);
        struct piece *const p = &t.piece;
        const enum simdrop_type type = t.kind->type;
        const int is_wild = any_below(8) == 0;
        const size_t rows = p->rows.rows, n = p->rows.cols;
        struct tensor own[] = {
            tensor_new(type, span(p, p->ldy), is_wild),
            tensor_new(type, span(p, p->ldy), is_wild),
            tensor_new(type, span(p, p->ldx), 0),
        };
        struct tensor *const dy = &own[0], *const probs = &own[1];
        struct tensor *const dx = any_place(&own[2], dy, is_one_layout(p));
        const uint8_t *const keep = any_mask(p);
        static double want[MOST_COLS];
        for (size_t i = 0; i < rows; ++i) {
            defined_gradient(&t, i, dy, probs, want);
            set_row(dx, i * p->ldx, n, want);
        }
        assert_int_equal(t.kind->backward(&p->dropout, &p->rows, &t.config, keep, data(dy),
                                          data(probs), data(dx)),
                         SIMDROP_OK);
        static const char *const names[] = {"dy", "probs", "dx"};
        tensors_end(own, COUNT(own), types[type].name, names);
        mask_check(p, keep);
        piece_free(p);
    }
}

/* In f64: of the sum of y dy, by central differences through the forward call. */
enum { FEW = 6, COLS = 21 };
static const simdrop_rows few = {.rows = FEW, .cols = COLS};
struct differences {
    const struct kind *kind;
    const simdrop_softmax_config *config;
    simdrop_dropout dropout;
    double x[FEW * COLS], mask[FEW * COLS], dy[FEW * COLS];
    double probs[FEW * COLS], y[FEW * COLS];
};
static double loss(void *arguments) {
    struct differences *const d = arguments;
    assert_int_equal(d->kind->forward(&d->dropout, &few, d->config, d->x, d->mask, d->probs, d->y),
                     SIMDROP_OK);
    double sum = 0;
    for (size_t i = 0; i < FEW * COLS; ++i) sum += d->y[i] * d->dy[i];
    return sum;
}
static void gradients(void **state) {
    (void)state;
    static const simdrop_softmax_config configs[] = {
        {.scale = 0.7, .mask_rows = 2},
        {.scale = -1.5, .causal = 1, .queries = 3},
        {.causal = 1, .queries = 2 * COLS, .mask_rows = 3, .mask_repeat = 2},
    };
    const struct kind *kind = &kinds[0];
    while (kind->type != SIMDROP_f64) ++kind;
    for (size_t k = 0; k < COUNT(configs); ++k) {
        struct differences d = {.kind = kind, .config = &configs[k], .dropout = dropout_of(0.3, k)};
        any_numbers(SIMDROP_f64, d.x, FEW * COLS, -2, 2);
        any_numbers(SIMDROP_f64, d.mask, FEW * COLS, -2, 2);
        any_numbers(SIMDROP_f64, d.dy, FEW * COLS, -2, 2);
        d.mask[3] = (double)-INFINITY;
        double dx[FEW * COLS];
        const struct loss of = {types[kind->type].name, loss, &d, 0x1p-15, 1e-7};
        loss(&d);
        assert_int_equal(kind->backward(&d.dropout, &few, d.config, NULL, d.dy, d.probs, dx),
                         SIMDROP_OK);
        assert_gradient(&of, d.x, dx, FEW * COLS, "x");
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
        const size_t size = types[kind->type].size;
        static double x[ROWS * N], dy[COUNT(x)];
        static struct results {
            double probs[COUNT(x)], y[COUNT(x)], dx[COUNT(x)];
        } results[4];
        any_numbers(kind->type, x, COUNT(x), -2, 2);
        any_numbers(kind->type, dy, COUNT(x), -2, 2);
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

static void refuse(const struct kind *kind, double p) {
    const simdrop_dropout dropout = dropout_of(p, 1), no_plan = {{0}};
    const size_t size = types[kind->type].size;
    unsigned char(*const m)[ROOM] = memory.bytes;
#define REFUSED_FORWARD(d, r, c, ...)                                                              \
    assert_invalid(kind->forward(d, r, c, __VA_ARGS__), types[kind->type].name,                    \
                   "forward, " #c ", " #__VA_ARGS__)
#define REFUSED_BACKWARD(d, r, c, ...)                                                             \
    assert_invalid(kind->backward(d, r, c, __VA_ARGS__), types[kind->type].name,                   \
                   "backward, " #c ", " #__VA_ARGS__)
    REFUSED_FORWARD(&dropout, &square, NULL, NULL, m[1], m[2], m[3]);
    REFUSED_FORWARD(&dropout, &square, NULL, m[0], m[1], m[2], NULL);
    REFUSED_FORWARD(&dropout, &square, NULL, m[0], m[1], m[2], m[2]);
    REFUSED_FORWARD(&dropout, &square, NULL, m[0], m[1], m[0] + size, m[3]);
    REFUSED_FORWARD(&dropout, &square, NULL, m[0], m[1], m[2], m[0] + 1);
    REFUSED_FORWARD(&dropout, &square, NULL, m[0], m[1], m[2], m[2] + size * SIDE);
    REFUSED_FORWARD(&dropout, &square, NULL, m[0], m[1], m[1] + 4, m[3]);
    REFUSED_FORWARD(&dropout, &square, NULL, m[0], m[3], m[2], m[3]);
    REFUSED_FORWARD(&dropout, &wide, NULL, m[0], m[1], m[0], m[3]);
    REFUSED_FORWARD(&dropout, &wide, NULL, m[0], m[1], NULL, m[0]);
    REFUSED_FORWARD(NULL, &square, NULL, m[0], m[1], m[2], m[3]);
    REFUSED_FORWARD(&no_plan, &square, NULL, m[0], m[1], m[2], m[3]);
    REFUSED_FORWARD(&dropout, NULL, NULL, m[0], m[1], m[2], m[3]);
    const uint8_t *const keep = m[4];
    REFUSED_BACKWARD(&dropout, &square, NULL, keep, NULL, m[1], m[2]);
    REFUSED_BACKWARD(&dropout, &square, NULL, keep, m[0], NULL, m[2]);
    REFUSED_BACKWARD(&dropout, &square, NULL, keep, m[0], m[1], NULL);
    REFUSED_BACKWARD(&dropout, &square, NULL, keep, m[0], m[1], m[1]);
    REFUSED_BACKWARD(&dropout, &square, NULL, keep, m[0], m[1], m[1] + size);
    REFUSED_BACKWARD(&dropout, &square, NULL, keep, m[0], m[1], m[0] + size);
    REFUSED_BACKWARD(&dropout, &square, NULL, keep, m[0], m[1], m[4]);
    REFUSED_BACKWARD(&dropout, &wide, NULL, keep, m[0], m[1], m[0]);
    REFUSED_BACKWARD(NULL, &square, NULL, keep, m[0], m[1], m[2]);
    REFUSED_BACKWARD(&no_plan, &square, NULL, keep, m[0], m[1], m[2]);
    REFUSED_BACKWARD(&dropout, NULL, NULL, keep, m[0], m[1], m[2]);
    const simdrop_softmax_config bad[] = {
        {.scale = NAN},    {.scale = INFINITY},     {.scale = -INFINITY},
        {.causal = 2},     {.causal = -1},          {.reserved0 = 1},
        {.reserved = {1}}, {.reserved = {[3] = 1}}, {.scale = 1e39},
    };
    for (size_t i = 0; i < COUNT(bad) - (kind->type == SIMDROP_f64); ++i) {
        REFUSED_FORWARD(&dropout, &square, &bad[i], m[0], m[1], m[2], m[3]);
        REFUSED_BACKWARD(&dropout, &square, &bad[i], keep, m[0], m[1], m[2]);
    }
    const simdrop_softmax_config long_mask = {.mask_rows = SIZE_MAX / SIDE};
    const simdrop_softmax_config longer_mask = {.mask_rows = SIZE_MAX / 2};
    REFUSED_FORWARD(&dropout, &square, &long_mask, m[0], m[1], m[2], m[3]);
    REFUSED_FORWARD(&dropout, &square, &longer_mask, m[0], m[1], m[2], m[3]);
    for (size_t i = 0; i < COUNT(bad_rows); ++i) {
        REFUSED_FORWARD(&dropout, &bad_rows[i], NULL, m[0], m[1], m[2], m[3]);
        REFUSED_BACKWARD(&dropout, &bad_rows[i], NULL, keep, m[0], m[1], m[2]);
    }
    const simdrop_softmax_config causal = {.causal = 1};
    for (size_t i = 0; i < COUNT(empty_rows); ++i) {
        assert_int_equal(kind->forward(&dropout, &empty_rows[i], &causal, NULL, NULL, NULL, NULL),
                         SIMDROP_OK);
        assert_int_equal(kind->backward(&dropout, &empty_rows[i], &causal, NULL, NULL, NULL, NULL),
                         SIMDROP_OK);
    }
}
static void errors(void **state) {
    (void)state;
    memory_begin();
    for (size_t k = 0; k < COUNT(kinds); ++k) {
        for (size_t i = 0; i < COUNT(refused_with); ++i) refuse(&kinds[k], refused_with[i]);
    }
}

int main(int argc, char **argv) {
    (void)argc;
    const struct test tests[] = {PER_ISA(forward), PER_ISA(backward), PER_ISA(gradients),
                                 PER_ISA(pieces), PER_ISA(errors)};
    return test_main(argv, tests, COUNT(tests));
}
