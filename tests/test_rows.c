/* SPDX-License-Identifier: MIT */
/* Dropout of pieces of matrices against the definition, element by element, and pieces of a whole
   against the whole. */
#include "definition.h"
#include "support.h"

#include <simdrop/rows.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef simdrop_status rows_fn(const simdrop_dropout *dropout, const simdrop_rows *rows,
                               const void *x, void *y);
#define CALL(type, c_type, ...)                                                                    \
    static simdrop_status rows_##type(const simdrop_dropout *dropout, const simdrop_rows *rows,    \
                                      const void *x, void *y) {                                    \
        return simdrop_dropout_rows_##type(dropout, rows, x, y);                                   \
    }
SIMDROP_TYPES(CALL, )
#undef CALL
#define ROW(type, c_type, ...) rows_##type,
static rows_fn *const calls[] = {SIMDROP_TYPES(ROW, )};
#undef ROW

/* Where y is: apart from x, in the same place, or in the columns right of x's, of the same matrix. */
enum place { APART, SAME, BESIDE };

struct trial {
    simdrop_dropout_config config;
    simdrop_rows rows;
    size_t x_shift, y_shift;
    enum side side;
    enum place place;
};

static const char *text_of(const struct trial *t) {
    static char text[600];
    const simdrop_dropout_config *c = &t->config;
    const simdrop_rows *r = &t->rows;
    snprintf(text, sizeof text,
             "p %a, seed %" PRIu64 ", stream %" PRIu64 ", bits %d, rounds %d, mode %d, flags %u, "
             "%zu x %zu, ld %zu %zu, first row %" PRIu64 "%s, of %" PRIu64 " columns from %" PRIu64
             ", shifts %zu %zu, side %d, place %d",
             c->drop_prob, c->seed, c->stream, c->bits, c->rounds, c->mode, c->flags, r->rows,
             r->cols, r->ldx, r->ldy, r->first_row, r->row_ids ? " (ids)" : "", r->global_cols,
             r->first_col, t->x_shift, t->y_shift, t->side, t->place);
    return text;
}

static size_t or_cols(const simdrop_rows *r, size_t ld) { return ld ? ld : r->cols; }

static uint64_t row_of(const simdrop_rows *r, size_t i) {
    return r->row_ids ? r->row_ids[i] : r->first_row + i;
}

/* The bytes from the first row's first element to the last one's last. */
static size_t span(const simdrop_rows *r, size_t ld, size_t size) {
    return r->rows && r->cols ? ((r->rows - 1) * ld + r->cols) * size : 0;
}

/* y, as it was before, becomes what the header says. */
static void define(const struct trial *t, enum simdrop_type type, const unsigned char *x,
                   unsigned char *y) {
    const simdrop_rows *r = &t->rows;
    const size_t size = types[type].size, ldx = or_cols(r, r->ldx), ldy = or_cols(r, r->ldy);
    const uint64_t global_cols = r->global_cols ? r->global_cols : r->cols;
    uint8_t *mask = malloc(r->cols / 8 + 1);
    for (size_t i = 0; i < r->rows; ++i) {
        const uint64_t first = row_of(r, i) * global_cols + r->first_col;
        defined_mask_bits(&t->config, first, r->cols, mask);
        defined_dropout(&t->config, type, mask, r->cols, x + i * ldx * size, y + i * ldy * size);
    }
    free(mask);
}

static simdrop_dropout prepared(const struct trial *t) {
    simdrop_dropout dropout;
    if (simdrop_dropout_init(&dropout, &t->config) != SIMDROP_OK) fail_msg("%s", text_of(t));
    return dropout;
}

/* Both matrices are one, in which y begins `cols` after x; its rows have room for both. */
static void check_beside(const struct trial *t, enum simdrop_type type) {
    const simdrop_dropout dropout = prepared(t);
    const simdrop_rows *r = &t->rows;
    const size_t size = types[type].size, cols = r->cols * size;
    const size_t bytes = r->rows && r->cols ? span(r, r->ldx, size) + cols : 0;
    struct buffer both = buffer_new(bytes, t->side, t->x_shift);
    unsigned char *want = malloc(bytes + 1);
    any_values(type, both.data, bytes / size);
    memcpy(want, both.data, bytes);
    const int x_is_left = (int)any_below(2);
    const size_t to = x_is_left ? cols : 0, from = cols - to;
    if (bytes) define(t, type, want + from, want + to);
    assert_int_equal(calls[type](&dropout, r, both.data + from, both.data + to), SIMDROP_OK);
    assert_same(both.data, want, bytes, "%s, %s", types[type].name, text_of(t));
    assert_margins_untouched(&both);
    free(want);
    buffer_free(&both);
}

static void check_type(const struct trial *t, enum simdrop_type type) {
    if (t->place == BESIDE) {
        check_beside(t, type);
        return;
    }
    const simdrop_dropout dropout = prepared(t);
    const simdrop_rows *r = &t->rows;
    const size_t size = types[type].size;
    const size_t x_bytes = span(r, or_cols(r, r->ldx), size);
    const size_t y_bytes = span(r, or_cols(r, r->ldy), size);
    struct buffer x = buffer_new(x_bytes, t->side, t->x_shift);
    struct buffer y = buffer_new(y_bytes, t->side, t->y_shift);
    unsigned char *values = malloc(x_bytes + 1), *want = malloc(y_bytes + 1);
    any_values(type, values, x_bytes / size);
    memcpy(x.data, values, x_bytes);
    if (t->place == SAME) memcpy(y.data, values, y_bytes);
    memcpy(want, y.data, y_bytes); /* what is between rows stays */
    define(t, type, values, want);
    const void *from = t->place == SAME ? y.data : x.data;
    assert_int_equal(calls[type](&dropout, r, from, y.data), SIMDROP_OK);
    assert_same(y.data, want, y_bytes, "%s, %s", types[type].name, text_of(t));
    assert_same(x.data, values, x_bytes, "x has changed, %s", text_of(t));
    assert_margins_untouched(&y);
    assert_margins_untouched(&x);
    free(values);
    free(want);
    buffer_free(&x);
    buffer_free(&y);
}

static int32_t drawn_bits(const simdrop_dropout_config *config) { return defined_by(config).bits; }

/* The rows of a whole in which they may be, or, of `count` that follow one another, begin: at the
   beginning, near a carry of counter word 0, at the end of the stream or anywhere. */
static uint64_t any_row(const simdrop_rows *r, size_t count, int32_t bits) {
    const uint64_t period = (UINT64_C(1) << 39) / (unsigned)bits; /* elements */
    const uint64_t last_col = r->first_col + (r->cols ? r->cols - 1 : 0);
    const uint64_t last = (UINT64_MAX - last_col) / r->global_cols, top = last - (count - 1);
    uint64_t row = 0;
    switch (any_below(5)) {
    case 0: row = any_below(5); break;
    case 1: row = any_u64() >> any_below(64); break;
    case 2:
    case 3:
        row = (1 + any_below(UINT64_MAX / period)) * period / r->global_cols - any_below(count);
        break;
    default: row = top - any_below(2); break;
    }
    return row <= top ? row : top;
}

static void any_ids(const simdrop_rows *r, int32_t bits, uint64_t *ids) {
    const uint64_t kind = any_below(4), first = any_row(r, r->rows, bits);
    for (size_t i = 0; i < r->rows; ++i)
        ids[i] = kind == 0   ? any_row(r, 1, bits)         /* far apart */
                 : kind == 1 ? first                       /* repeated */
                 : kind == 2 ? first + r->rows - 1 - i     /* descending */
                             : first + any_below(r->rows); /* in any order, some twice */
}

static double any_prob(void) {
    static const double common[] = {0, 1, 0.5, 0.25, 0.1, 0.3, 0.001, 0.9};
    return common[any_below(4) ? 2 + any_below(6) : any_below(COUNT(common))];
}

/* A piece of `rows` rows with `ids`, which has room for them; cols and all else may be anything. */
static struct trial any_trial(size_t rows, size_t cols, uint64_t *ids) {
    static const int32_t bits[] = {0, 8, 16, 32}, rounds[] = {0, 7, 10};
    struct trial t = {.rows = {.rows = rows, .cols = cols}};
    simdrop_dropout_config *const c = &t.config;
    c->seed = any_u64();
    c->stream = any_below(2) * any_u64();
    c->bits = bits[any_below(COUNT(bits))];
    c->rounds = rounds[any_below(COUNT(rounds))];
    c->mode = any_below(2) ? SIMDROP_VANILLA : SIMDROP_INVERTED;
    c->flags = (uint32_t)any_below(3);
    c->drop_prob = any_prob();
    if (c->bits == 8 && defined_by(c).threshold == 0) c->drop_prob = 0;
    simdrop_rows *const r = &t.rows;
    const uint64_t unit = any_below(2) ? 64 : 1; /* of columns: words, or not */
    r->first_col = any_below(3) ? unit * any_below(4) : 0;
    r->global_cols = any_below(3) ? r->first_col + cols + unit * any_below(5) : 0;
    if (any_below(20) == 0) r->global_cols = UINT64_C(1) << 40 | any_below(2);
    if (!r->global_cols) r->first_col = 0;
    const simdrop_rows as_is = *r;
    if (!r->global_cols) r->global_cols = cols ? cols : 1;
    r->first_row = rows ? any_row(r, rows, drawn_bits(c)) : any_u64();
    if (rows && any_below(3) == 0) any_ids(r, drawn_bits(c), ids), r->row_ids = ids;
    r->global_cols = as_is.global_cols;
    t.place = any_below(4) ? APART : any_below(2) ? SAME : BESIDE;
    r->ldx = any_below(2) ? cols + any_below(2) * 64 + any_below(2) * any_below(9) : 0;
    r->ldy = any_below(2) ? cols + any_below(2) * 64 + any_below(2) * any_below(9) : 0;
    if (t.place == SAME) r->ldy = r->ldx;
    if (t.place == BESIDE) r->ldx = r->ldy = 2 * cols + any_below(2) * any_below(5);
    t.side = any_below(2) ? AT_START : AT_END;
    t.x_shift = any_shift();
    t.y_shift = any_shift();
    return t;
}

static void check_any(size_t rows, size_t cols) {
    uint64_t *ids = malloc((rows + 1) * sizeof *ids);
    const struct trial t = any_trial(rows, cols, ids);
    const enum simdrop_type type = (enum simdrop_type)any_below(SIMDROP_TYPE_COUNT);
    if (type_is_tested(type)) check_type(&t, type);
    free(ids);
}

static void every_number_of_columns(void **state) {
    (void)state;
    for (size_t cols = 0; cols <= 200; ++cols)
        for (size_t k = 0; k < scaled(12); ++k)
            check_any(any_below(4) ? any_below(30) : any_below(3), cols);
}

/* Around words, tiles, and rows that are walked one by one or pipelined. */
static void columns_around_tiles(void **state) {
    (void)state;
    static const size_t around[] = {256, 320, 512, 576, 768, 832, 960, 1024, 2048, 2112, 4096};
    for (size_t k = 0; k < COUNT(around); ++k)
        for (size_t cols = around[k] - 1; cols <= around[k] + 1; ++cols)
            for (size_t i = 0; i < scaled(20); ++i) check_any(1 + any_below(9), cols);
    for (size_t i = 0; i < scaled(20); ++i) check_any(any_below(4), 5000);
}

/* The last row of the stream, and then the first: the positions are equal mod 2^64. */
static void the_end_then_the_beginning(void **state) {
    (void)state;
    uint64_t ids[2];
    for (size_t i = 0; i < 20; ++i) {
        struct trial t = any_trial(2, 2048, ids);
        t.rows = (simdrop_rows){.rows = 2, .cols = 2048, .row_ids = ids};
        t.place = APART;
        ids[0] = UINT64_MAX / 2048, ids[1] = 0;
        FOR_EACH_TYPE(type) check_type(&t, type);
    }
}

/* Short rows that fill several tiles, for the address sanitizer: the last in a tile ends anywhere. */
static void short_rows_of_tiles(void **state) {
    (void)state;
    for (size_t cols = 1; cols <= 200; ++cols)
        for (size_t i = 0; i < scaled(10); ++i) check_any(4000 / cols + any_below(20), cols);
}

/* Rows of whole words, which kernels draw from lists and spend with gaps. */
static void rows_of_words(void **state) {
    (void)state;
    static const uint64_t words[] = {1, 1, 2, 3, 5, 12, 15, 31, 32};
    for (size_t i = 0; i < scaled(400); ++i) {
        const size_t cols = 64 * words[any_below(COUNT(words))];
        const size_t rows = 1 + any_below(2) + 2048 / cols + any_below(1 + 20000 / cols);
        uint64_t *ids = malloc(rows * sizeof *ids);
        struct trial t = any_trial(rows, cols, ids);
        t.rows.first_col = 64 * any_below(4);
        t.rows.global_cols = t.rows.first_col + cols + 64 * any_below(4);
        if (any_below(5) == 0) t.rows.first_col = t.rows.global_cols = 0;
        simdrop_rows whole = t.rows;
        if (!whole.global_cols) whole.global_cols = cols;
        t.rows.first_row = any_row(&whole, rows, drawn_bits(&t.config));
        if (t.rows.row_ids) any_ids(&whole, drawn_bits(&t.config), ids);
        const enum simdrop_type type = (enum simdrop_type)any_below(SIMDROP_TYPE_COUNT);
        if (type_is_tested(type)) check_type(&t, type);
        free(ids);
    }
}

/* Beyond half of every L2, where rows are prefetched; and streamed. */
static void large_matrices(void **state) {
    (void)state;
    static const size_t shapes[][2] = {{9000, 64}, {700, 768}, {9001, 50}, {120, 4103}};
    for (size_t k = 0; k < COUNT(shapes); ++k) {
        const size_t rows = is_thinned() ? shapes[k][0] / 8 : shapes[k][0], cols = shapes[k][1];
        const uint64_t global_cols = 4 * cols;
        struct trial t = {
            .config = {.drop_prob = 0.1, .seed = any_u64(), .flags = (uint32_t)any_below(3)},
            .rows = {.rows = rows, .cols = cols, .first_col = cols, .global_cols = global_cols}};
        t.rows.first_row = any_row(&t.rows, rows, 16);
        check_type(&t, SIMDROP_f32);
        t.rows.ldx = 2 * cols, t.rows.ldy = 3 * cols;
        check_type(&t, SIMDROP_bf16);
        t.rows.ldx = t.rows.ldy, t.place = SAME;
        check_type(&t, SIMDROP_f64);
    }
}

/* The pieces of a whole, each by a call of its own, are the whole. */
struct whole {
    simdrop_dropout dropout;
    size_t rows, cols;
    uint64_t first_row;
    float *x, *y;
};

static void call_piece(const struct whole *w, size_t row, size_t rows, size_t col, size_t cols) {
    const simdrop_rows piece = {.rows = rows,
                                .cols = cols,
                                .ldx = w->cols,
                                .ldy = w->cols,
                                .first_row = w->first_row + row,
                                .global_cols = w->cols,
                                .first_col = col};
    const size_t at = row * w->cols + col;
    assert_int_equal(simdrop_dropout_rows_f32(&w->dropout, &piece, w->x + at, w->y + at),
                     SIMDROP_OK);
}

static void call_every(const struct whole *w, size_t first, size_t step) {
    uint64_t *ids = malloc(w->rows * sizeof *ids);
    simdrop_rows piece = {.cols = w->cols, .ldx = step * w->cols, .ldy = step * w->cols};
    for (size_t row = first; row < w->rows; row += step) ids[piece.rows++] = w->first_row + row;
    piece.row_ids = ids;
    const size_t at = first * w->cols;
    assert_int_equal(simdrop_dropout_rows_f32(&w->dropout, &piece, w->x + at, w->y + at),
                     SIMDROP_OK);
    free(ids);
}

static void cut(const struct whole *w, size_t rows, size_t cols) {
    for (size_t row = 0; row < w->rows; row += rows)
        for (size_t col = 0; col < w->cols; col += cols)
            call_piece(w, row, rows < w->rows - row ? rows : w->rows - row, col,
                       cols < w->cols - col ? cols : w->cols - col);
}

static void any_sharding_gives_the_whole(void **state) {
    (void)state;
    for (size_t i = 0; i < scaled(60); ++i) {
        const size_t unit = any_below(2) ? 64 : 1;
        struct whole w = {.rows = 1 + any_below(60), .cols = unit * (1 + any_below(700 / unit))};
        const size_t n = w.rows * w.cols, bytes = n * sizeof *w.x;
        const double probs[] = {0.25, 0.1, 0.001};
        const simdrop_dropout_config config = {.drop_prob = probs[any_below(3)], .seed = any_u64()};
        assert_int_equal(simdrop_dropout_init(&w.dropout, &config), SIMDROP_OK);
        w.first_row = any_below(2) * (any_u64() >> 12);
        float *want = malloc(bytes);
        w.x = malloc(bytes), w.y = malloc(bytes);
        any_values(SIMDROP_f32, w.x, n);
        assert_int_equal(simdrop_dropout_f32(&w.dropout, w.first_row * w.cols, n, w.x, want),
                         SIMDROP_OK);
        for (int way = 0; way < 5; ++way) {
            const size_t rows = 1 + any_below(w.rows), cols = 1 + any_below(w.cols);
            const size_t words = (cols + 63) / 64 * 64, step = 1 + any_below(4);
            memset(w.y, CANARY, bytes);
            if (way == 0) cut(&w, rows, w.cols);
            if (way == 1) cut(&w, w.rows, cols);
            if (way == 2) cut(&w, w.rows, words);
            if (way == 3) cut(&w, rows, cols);
            for (size_t first = 0; way == 4 && first < step; ++first) call_every(&w, first, step);
            assert_same(w.y, want, bytes, "%zu x %zu cut in way %d by %zu x %zu, step %zu", w.rows,
                        w.cols, way, rows, cols, step);
        }
        free(want);
        free(w.x);
        free(w.y);
    }
}

static void set_stream_is_init_with_it(void **state) {
    (void)state;
    for (size_t i = 0; i < 100; ++i) {
        uint64_t id;
        struct trial t = any_trial(1, 1, &id);
        simdrop_dropout dropout = prepared(&t);
        t.config.stream = any_u64() >> any_below(64);
        const simdrop_dropout want = prepared(&t);
        assert_int_equal(simdrop_dropout_set_stream(&dropout, t.config.stream), SIMDROP_OK);
        assert_memory_equal(&dropout, &want, sizeof want);
    }
    simdrop_dropout zeros;
    memset(&zeros, 0, sizeof zeros);
    const simdrop_dropout still = zeros;
    assert_int_equal(simdrop_dropout_set_stream(&zeros, 1), SIMDROP_ERR_INVALID_ARGUMENT);
    assert_memory_equal(&zeros, &still, sizeof zeros);
    assert_int_equal(simdrop_dropout_set_stream(NULL, 1), SIMDROP_ERR_INVALID_ARGUMENT);
}

/* Every bad argument: the status, and no byte of y changes. */
enum { R = 5, C = 30, LD = 2 * C + 4, ROOM = R * LD * 8 };
static union {
    double f64[3 * R * LD];
    unsigned char bytes[3 * ROOM];
} memory;
static unsigned char *const middle = memory.bytes + ROOM;

static void assert_status(simdrop_status want, enum simdrop_type type, double p,
                          const simdrop_rows *rows, const void *x, void *y) {
    const simdrop_dropout_config config = {.drop_prob = p, .seed = 1};
    simdrop_dropout dropout;
    assert_int_equal(simdrop_dropout_init(&dropout, &config), SIMDROP_OK);
    memset(&memory, CANARY, sizeof memory);
    assert_int_equal(calls[type](&dropout, rows, x, y), want);
    for (size_t i = 0; want != SIMDROP_OK && i < sizeof memory; ++i)
        assert_int_equal(memory.bytes[i], CANARY);
}

static void check_errors(enum simdrop_type type, double p) {
    static const uint64_t ids[R] = {0, 1, UINT64_MAX / C, 3, 4}, past[R] = {0, UINT64_MAX / C + 1};
    static const double x[3 * R * LD];
    const size_t size = types[type].size, most = SIZE_MAX / size;
    const simdrop_rows good = {.rows = R, .cols = C, .ldx = LD, .ldy = LD};
    const uint64_t last = UINT64_MAX / C; /* row that may not be whole */
#define WITH(...) {.rows = R, .cols = C, .ldx = LD, .ldy = LD, __VA_ARGS__}
    const simdrop_rows bad[] = {
        {.rows = R, .cols = C, .ldx = C - 1},
        {.rows = R, .cols = C, .ldy = C - 1},
        {.rows = R, .cols = C, .ldy = 1},
        WITH(.global_cols = C - 1),
        WITH(.first_col = 1),
        WITH(.global_cols = C + 3, .first_col = 4),
        WITH(.global_cols = C + 3, .first_col = UINT64_MAX),
        WITH(.global_cols = UINT64_MAX, .first_col = UINT64_MAX - C + 1),
        WITH(.global_cols = UINT64_MAX),
        WITH(.global_cols = UINT64_MAX / 2),
        WITH(.first_row = last),
        WITH(.first_row = last - R + 1),
        WITH(.first_row = UINT64_MAX),
        WITH(.row_ids = past),
        WITH(.reserved = {1}),
        WITH(.reserved = {0, 0, 0, UINT64_C(1) << 63}),
        {.rows = R, .cols = most + 1},
        {.rows = most / C + 1, .cols = C},
        {.rows = SIZE_MAX, .cols = SIZE_MAX},
        {.rows = 2, .cols = C, .ldx = most - C + 1, .ldy = LD},
        {.rows = 2, .cols = C, .ldx = LD, .ldy = SIZE_MAX},
        {.rows = 0, .cols = C, .reserved = {0, 1}},
    };
#undef WITH
    for (size_t i = 0; i < COUNT(bad); ++i) {
        const int same = bad[i].ldx != bad[i].ldy; /* in place, strides must agree */
        assert_status(SIMDROP_ERR_INVALID_ARGUMENT, type, p, &bad[i], x, middle);
        if (!same) assert_status(SIMDROP_ERR_INVALID_ARGUMENT, type, p, &bad[i], middle, middle);
    }
    assert_status(SIMDROP_ERR_INVALID_ARGUMENT, type, p, NULL, x, middle);
    assert_status(SIMDROP_ERR_INVALID_ARGUMENT, type, p, &good, NULL, middle);
    assert_status(SIMDROP_ERR_INVALID_ARGUMENT, type, p, &good, x, NULL);
    const simdrop_rows differ = {.rows = R, .cols = C, .ldx = LD, .ldy = LD - 1};
    assert_status(SIMDROP_ERR_INVALID_ARGUMENT, type, p, &differ, middle, middle);
    simdrop_rows at_end = good; /* 30 doesn't divide 2^64: the last whole row is the one before */
    at_end.first_row = last - R;
    assert_status(SIMDROP_OK, type, p, &at_end, x, middle);
    at_end.row_ids = ids;
    assert_status(SIMDROP_ERR_INVALID_ARGUMENT, type, p, &at_end, x, middle);
    for (size_t cols = 0; cols < 2; ++cols) { /* no element: NULL will do */
        const simdrop_rows none = {.rows = cols ? 0 : R, .cols = cols ? C : 0, .first_row = last};
        assert_status(SIMDROP_OK, type, p, &none, NULL, NULL);
    }
}

/* By any number of bytes from x to y: good if no row of one touches a row of the other. */
static void check_overlaps(enum simdrop_type type, double p, size_t ldx, size_t ldy) {
    const size_t size = types[type].size;
    const simdrop_rows rows = {.rows = 3, .cols = C, .ldx = ldx, .ldy = ldy};
    const ptrdiff_t step = is_thinned() ? 7 : 1, far = (ptrdiff_t)(3 * LD * size);
    const size_t x_span = span(&rows, ldx, size), y_span = span(&rows, ldy, size);
    for (ptrdiff_t off = -far; off <= far; off += step) {
        int touch = 0;
        for (ptrdiff_t i = 0; i < 3; ++i)
            for (ptrdiff_t j = 0; j < 3; ++j) {
                const ptrdiff_t a = i * (ptrdiff_t)(ldx * size);
                const ptrdiff_t b = off + j * (ptrdiff_t)(ldy * size);
                touch |= a < b + (ptrdiff_t)(C * size) && b < a + (ptrdiff_t)(C * size);
            }
        const int same = off == 0 && ldx == ldy;
        const int apart = off >= (ptrdiff_t)x_span || -off >= (ptrdiff_t)y_span;
        const int good = same || apart || (ldx == ldy && !touch);
        assert_status(good ? SIMDROP_OK : SIMDROP_ERR_INVALID_ARGUMENT, type, p, &rows, middle,
                      middle + off);
    }
}

static void errors(void **state) {
    (void)state;
    static const double probs[] = {0.0, 0.1, 1.0};
    for (size_t k = 0; k < COUNT(probs); ++k) FOR_EACH_TYPE(type) {
            check_errors(type, probs[k]);
        }
    simdrop_dropout zeros;
    memset(&zeros, 0, sizeof zeros);
    const simdrop_rows rows = {.rows = 1, .cols = 1};
    memset(&memory, CANARY, sizeof memory);
    FOR_EACH_TYPE(type) {
        assert_int_equal(calls[type](&zeros, &rows, middle, middle), SIMDROP_ERR_INVALID_ARGUMENT);
        assert_int_equal(calls[type](NULL, &rows, middle, middle), SIMDROP_ERR_INVALID_ARGUMENT);
    }
    for (size_t i = 0; i < sizeof memory; ++i) assert_int_equal(memory.bytes[i], CANARY);
}

static void overlaps(void **state) {
    (void)state;
    FOR_EACH_TYPE(type) {
        check_overlaps(type, 0.1, LD, LD);
        check_overlaps(type, 0.0, C, C);
        check_overlaps(type, 0.1, LD, C + 1);
        check_overlaps(type, 1.0, C, LD);
    }
}

int main(int argc, char **argv) {
    (void)argc;
    const struct test tests[] = {
        ONCE(set_stream_is_init_with_it),
        ONCE(errors),
        ONCE(overlaps),
        PER_ISA(every_number_of_columns),
        PER_ISA(columns_around_tiles),
        PER_ISA(the_end_then_the_beginning),
        PER_ISA(short_rows_of_tiles),
        PER_ISA(rows_of_words),
        PER_ISA(large_matrices),
        PER_ISA(any_sharding_gives_the_whole),
    };
    return test_main(argv, tests, COUNT(tests));
}
