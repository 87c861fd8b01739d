/* SPDX-License-Identifier: MIT */
/* Stored masks, left and taken, packed and unpacked, against their definitions, bit for bit. */
#include "definition.h"
#include "masks.h"
#include "support.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct trial {
    simdrop_dropout_config config;
    uint64_t offset;
    size_t n, x_shift, y_shift, mask_shift, begin; /* of the mask that is taken, an element */
    enum side side;
    int in_place;
};

static const char *text_of(const struct trial *t, enum simdrop_type type, enum format format) {
    static char text[400];
    const simdrop_dropout_config *c = &t->config;
    snprintf(text, sizeof text,
             "%s of %s, p %a, seed %" PRIu64 ", stream %" PRIu64 ", bits %d, mode %d, flags %u, "
             "offset %" PRIu64 ", begin %zu, n %zu, shifts %zu %zu %zu, side %d, in place %d",
             format == BITS ? "bits" : "bytes", types[type].name, c->drop_prob, c->seed, c->stream,
             c->bits, c->mode, c->flags, t->offset, t->begin, t->n, t->x_shift, t->y_shift,
             t->mask_shift, t->side, t->in_place);
    return text;
}

/* Near 0, anywhere, across a carry of counter word 0, and at the end of the stream. */
static uint64_t any_offset(size_t n, int32_t bits) {
    const uint64_t period = (UINT64_C(1) << 39) / (unsigned)bits, last = 0 - (uint64_t)n;
    switch (any_below(4)) {
    case 0: return any_below(200);
    case 1: return n ? any_below(last) : any_u64();
    case 2: return (1 + any_below(UINT64_MAX / period)) * period - any_below(n + 2);
    default: return n ? last - any_below(200) : UINT64_MAX;
    }
}

static struct trial any_trial(size_t n) {
    static const double probs[] = {0, 1, 0.5, 0.25, 0.1, 0.9, 0.3, 0.75};
    struct trial t = {.n = n, .x_shift = any_shift(), .y_shift = any_shift()};
    t.config.bits = 8 << any_below(3);
    t.config.seed = any_u64();
    t.config.stream = any_below(2) * any_u64();
    t.config.mode = (int32_t)any_below(2);
    t.config.flags = (uint32_t)any_below(3);
    t.config.drop_prob = probs[any_below(16) ? 2 + any_below(COUNT(probs) - 2) : any_below(2)];
    t.offset = any_offset(n, t.config.bits);
    t.begin = any_below(2) * any_below(200);
    t.mask_shift = any_below(2) * any_below(64);
    t.side = any_below(2) ? AT_START : AT_END;
    t.in_place = any_below(4) == 0;
    return t;
}

static simdrop_dropout prepared(const struct trial *t) {
    simdrop_dropout dropout;
    assert_int_equal(simdrop_dropout_init(&dropout, &t->config), SIMDROP_OK);
    return dropout;
}

static size_t mask_size(enum format format, size_t elements) {
    return format == BITS ? (elements + 7) / 8 : elements;
}

static int element_is_kept(enum format format, const uint8_t *mask, size_t i) {
    return format == BITS ? mask[i / 8] >> i % 8 & 1 : mask[i] != 0;
}

/* The buffers of a call, and what becomes of them. */
struct buffers {
    struct buffer x, y, mask;
    char *values, *want;
    size_t bytes;
    const void *from;
};

static struct buffers buffers_of(const struct trial *t, enum simdrop_type type, size_t mask_bytes) {
    struct buffers b = {.bytes = types[type].size * t->n};
    b.x = buffer_new(b.bytes, t->side, t->x_shift);
    b.y = buffer_new(b.bytes, t->side, t->y_shift);
    b.mask = buffer_new(mask_bytes, t->side, t->mask_shift);
    b.values = malloc(b.bytes + 1);
    b.want = malloc(b.bytes + 1);
    any_values(type, b.values, t->n);
    memcpy(b.x.data, b.values, b.bytes);
    if (t->in_place) memcpy(b.y.data, b.values, b.bytes);
    b.from = t->in_place ? b.y.data : b.x.data;
    return b;
}

static void check_and_free(struct buffers *b, const uint8_t *want_mask, const char *text) {
    assert_same(b->y.data, b->want, b->bytes, "y, %s", text);
    assert_same(b->mask.data, want_mask, b->mask.size, "mask, %s", text);
    assert_same(b->x.data, b->values, b->bytes, "x has changed, %s", text);
    assert_margins_untouched(&b->x);
    assert_margins_untouched(&b->y);
    assert_margins_untouched(&b->mask);
    buffer_free(&b->x);
    buffer_free(&b->y);
    buffer_free(&b->mask);
    free(b->values);
    free(b->want);
}

/* `bits` is the defined mask of the trial's range. */
static void check_store(const struct trial *t, enum simdrop_type type, enum format format,
                        const uint8_t *bits) {
    const simdrop_dropout d = prepared(t);
    const size_t mask_bytes = mask_size(format, t->n);
    struct buffers b = buffers_of(t, type, mask_bytes);
    uint8_t *want_mask = malloc(mask_bytes + 1);
    for (size_t i = 0; format == BYTES && i < t->n; ++i) want_mask[i] = bits[i / 8] >> i % 8 & 1;
    if (format == BITS) memcpy(want_mask, bits, mask_bytes);
    defined_dropout(&t->config, type, bits, t->n, b.values, b.want);
    assert_int_equal(
        mask_calls[type].store[format](&d, t->offset, t->n, b.from, b.y.data, b.mask.data),
        SIMDROP_OK);
    check_and_free(&b, want_mask, text_of(t, type, format));
    free(want_mask);
}

/* Any bits; bytes of which many are 0, 1, or others. */
static void any_mask(enum format format, uint8_t *mask, size_t size) {
    static const uint8_t values[] = {0, 0, 0, 1, 1, 2, 128, 255};
    for (size_t i = 0; i < size; ++i) {
        const uint64_t any = any_u64();
        mask[i] = format == BYTES && any >> 62 ? values[any % COUNT(values)] : (uint8_t)(any >> 8);
    }
}

static void check_from(const struct trial *t, enum simdrop_type type, enum format format) {
    const simdrop_dropout d = prepared(t);
    const double scale = defined_by(&t->config).train_scale;
    const size_t mask_bytes = t->n ? mask_size(format, t->begin + t->n) : 0;
    struct buffers b = buffers_of(t, type, mask_bytes);
    uint8_t *mask = malloc(mask_bytes + 1);
    any_mask(format, mask, mask_bytes);
    memcpy(b.mask.data, mask, mask_bytes);
    for (size_t i = 0; i < t->n; ++i) {
        const int keeps = scale != 0 && element_is_kept(format, mask, t->begin + i);
        set_element(type, b.want, i,
                    keeps ? defined_product(type, element(type, b.values, i), scale) : 0);
    }
    assert_int_equal(
        mask_calls[type].from[format](&d, b.mask.data, t->begin, t->n, b.from, b.y.data),
        SIMDROP_OK);
    check_and_free(&b, mask, text_of(t, type, format));
    free(mask);
}

static uint8_t *defined_mask(const struct trial *t) {
    uint8_t *mask = malloc((t->n + 7) / 8 + 1);
    defined_mask_bits(&t->config, t->offset, t->n, mask);
    return mask;
}

static void check_mask_bytes(const struct trial *t, const uint8_t *bits) {
    const simdrop_dropout d = prepared(t);
    struct buffer mask = buffer_new(t->n, t->side, t->mask_shift);
    assert_int_equal(simdrop_dropout_mask_bytes(&d, t->offset, t->n, mask.data), SIMDROP_OK);
    for (size_t i = 0; i < t->n; ++i)
        if (mask.data[i] != (bits[i / 8] >> i % 8 & 1))
            fail_msg("element %zu of %s", i, text_of(t, SIMDROP_f32, BYTES));
    assert_margins_untouched(&mask);
    buffer_free(&mask);
}

/* Bytes to bits, among bits that stay, and back. */
static void check_conversions(const struct trial *t) {
    const size_t bits_size = t->n ? mask_size(BITS, t->begin + t->n) : 0;
    struct buffer bytes = buffer_new(t->n, t->side, t->x_shift);
    struct buffer bits = buffer_new(bits_size, t->side, t->mask_shift);
    struct buffer again = buffer_new(t->n, t->side, t->y_shift);
    uint8_t *given = malloc(t->n + 1), *want = malloc(bits_size + 1);
    const char *text = text_of(t, SIMDROP_f32, BITS);
    any_mask(BYTES, given, t->n);
    any_mask(BITS, want, bits_size);
    memcpy(bytes.data, given, t->n);
    memcpy(bits.data, want, bits_size);
    for (size_t i = 0; i < t->n; ++i) {
        const size_t at = t->begin + i;
        want[at / 8] = (uint8_t)((want[at / 8] & ~(1u << at % 8)) | (given[i] ? 1u : 0u) << at % 8);
    }
    assert_int_equal(simdrop_mask_pack(bytes.data, t->n, bits.data, t->begin), SIMDROP_OK);
    assert_same(bits.data, want, bits_size, "packed, %s", text);
    assert_same(bytes.data, given, t->n, "bytes have changed, %s", text);
    assert_int_equal(simdrop_mask_unpack(bits.data, t->begin, t->n, again.data), SIMDROP_OK);
    for (size_t i = 0; i < t->n; ++i) given[i] = given[i] != 0;
    assert_same(again.data, given, t->n, "unpacked, %s", text);
    assert_same(bits.data, want, bits_size, "bits have changed, %s", text);
    assert_margins_untouched(&bytes);
    assert_margins_untouched(&bits);
    assert_margins_untouched(&again);
    buffer_free(&bytes);
    buffer_free(&bits);
    buffer_free(&again);
    free(given);
    free(want);
}

static void check(const struct trial *t, enum simdrop_type type) {
    uint8_t *bits = defined_mask(t);
    for (enum format format = 0; format < FORMATS; ++format) {
        check_store(t, type, format, bits);
        check_from(t, type, format);
    }
    check_mask_bytes(t, bits);
    check_conversions(t);
    free(bits);
}

static void check_types(size_t n) {
    FOR_EACH_TYPE(type) {
        const struct trial t = any_trial(n);
        check(&t, type);
    }
}

static enum simdrop_type any_type(void) {
    for (;;) {
        const enum simdrop_type type = (enum simdrop_type)any_below(SIMDROP_TYPE_COUNT);
        if (type_is_tested(type)) return type;
    }
}

static void every_size(void **state) {
    (void)state;
    for (size_t n = 0; n <= 132; n += is_thinned() && n > 18 ? 7 : 1) check_types(n);
}

/* Tiles, and the pieces in which pipelined kernels leave a mask through the stack. */
static void sizes_around_tiles(void **state) {
    (void)state;
    static const size_t multiples[] = {512, 768, 1024, 2048, 8192, 2 * 8192};
    for (size_t k = 0; k < COUNT(multiples); ++k)
        for (size_t n = multiples[k] - 1; n <= multiples[k] + 1; ++n) check_types(n);
    for (size_t i = 0; i < scaled(100); ++i) {
        const struct trial t = any_trial(any_below(20000));
        check(&t, any_type());
    }
}

/* Every bit of a word at which the draws, and the stored mask, may begin, streamed or not, and every
   alignment of y: before a line of it lie any number of elements. */
static void every_beginning(void **state) {
    (void)state;
    for (size_t i = 0; i < scaled(4); ++i)
        for (size_t begin = 0; begin < 64; ++begin) {
            const enum simdrop_type type = any_type();
            struct trial t = any_trial(64 * (1 + any_below(200)) + any_below(9) - 4);
            t.offset = any_below(1000) * 64 + begin;
            t.begin = any_below(2) * 64 + begin;
            t.y_shift = types[type].size * begin % 64;
            t.side = AT_START;
            if (any_below(2)) t.config.flags = SIMDROP_STREAM_ALWAYS, t.in_place = 0;
            check(&t, type);
        }
}

/* So large that x is prefetched: more than a quarter of what emulators claim as L2, 4 MiB. */
static void large_tensors(void **state) {
    (void)state;
    for (size_t turn = 0; turn < scaled(4); ++turn) {
        struct trial t = any_trial(540000 + scaled(90003));
        t.config.drop_prob = 0.1;
        t.config.bits = 16;
        check(&t, any_type());
    }
}

static void backward_of_what_was_stored(void **state) {
    (void)state;
    enum { N = 3001 };
    FOR_EACH_TYPE(type) {
        for (enum format format = 0; format < FORMATS; ++format) {
            struct trial t = any_trial(N);
            t.config.drop_prob = 0.3;
            const simdrop_dropout d = prepared(&t);
            uint64_t x[N], y[N], want[N];
            uint8_t mask[N];
            any_values(type, x, N);
            mask_calls[type].store[format](&d, t.offset, N, x, y, mask);
            types[type].train(&d, t.offset, N, x, want);
            assert_same(y, want, types[type].size * N, "%s", text_of(&t, type, format));
            any_values(type, x, N);
            mask_calls[type].from[format](&d, mask, 0, N, x, y);
            types[type].train(&d, t.offset, N, x, want);
            assert_same(y, want, types[type].size * N, "%s", text_of(&t, type, format));
        }
    }
}

static void scales_of_0_and_1(void **state) {
    (void)state;
    static const double probs[] = {0, 1, 0.5};
    FOR_EACH_TYPE(type) {
        for (size_t k = 0; k < COUNT(probs); ++k)
            for (int32_t mode = SIMDROP_INVERTED; mode <= SIMDROP_VANILLA; ++mode) {
                struct trial t = any_trial(1001);
                t.config.drop_prob = probs[k];
                t.config.mode = mode;
                check(&t, type);
            }
    }
}

/* --- errors: the right status, and nothing written --- */

enum { MOST = 64, ROOM = 8 * MOST };
static uint8_t memory[5 * ROOM];
static uint8_t *const middle = memory + 2 * ROOM;

#define ASSERT_INVALID(call)                                                                       \
    do {                                                                                           \
        memset(memory, CANARY, sizeof memory);                                                     \
        assert_int_equal(call, SIMDROP_ERR_INVALID_ARGUMENT);                                      \
        for (size_t at = 0; at < sizeof memory; ++at) assert_int_equal(memory[at], CANARY);        \
    } while (0)
#define ASSERT_OK(call) assert_int_equal(call, SIMDROP_OK)

static const double probs[] = {0.0, 0.1, 0.5, 1.0}; /* each has its own way through the library */

static simdrop_dropout plan_of(double p) {
    const struct trial t = {.config = {.drop_prob = p, .seed = 1}};
    return prepared(&t);
}

static void check_arguments(const simdrop_dropout *d, enum simdrop_type type, enum format format) {
    const struct mask_calls *call = &mask_calls[type];
    uint8_t *const x = memory, *const y = memory + ROOM, *const mask = memory + 2 * ROOM;
    const size_t too_many = SIZE_MAX / types[type].size + 1;
    simdrop_dropout zeros;
    memset(&zeros, 0, sizeof zeros);
    ASSERT_INVALID(call->store[format](NULL, 0, MOST, x, y, mask));
    ASSERT_INVALID(call->store[format](&zeros, 0, MOST, x, y, mask));
    ASSERT_INVALID(call->store[format](d, 0, MOST, NULL, y, mask));
    ASSERT_INVALID(call->store[format](d, 0, MOST, x, NULL, mask));
    ASSERT_INVALID(call->store[format](d, 0, MOST, x, y, NULL));
    ASSERT_INVALID(call->store[format](d, UINT64_MAX - MOST + 2, MOST, x, y, mask));
    ASSERT_INVALID(call->store[format](d, 0, too_many, x, y, mask));
    ASSERT_INVALID(call->store[format](d, 0, MOST, y + 1, y, mask));
    ASSERT_OK(call->store[format](d, UINT64_MAX - MOST + 1, MOST, x, y, mask));
    ASSERT_OK(call->store[format](d, UINT64_MAX, 0, NULL, NULL, NULL));
    ASSERT_INVALID(call->from[format](NULL, mask, 0, MOST, x, y));
    ASSERT_INVALID(call->from[format](&zeros, mask, 0, MOST, x, y));
    ASSERT_INVALID(call->from[format](d, NULL, 0, MOST, x, y));
    ASSERT_INVALID(call->from[format](d, mask, 0, MOST, NULL, y));
    ASSERT_INVALID(call->from[format](d, mask, 0, MOST, x, NULL));
    ASSERT_INVALID(call->from[format](d, mask, 0, too_many, x, y));
    ASSERT_INVALID(call->from[format](d, mask, 0, MOST, y - 1, y));
    if (format == BITS) {
        ASSERT_INVALID(call->from[format](d, mask, SIZE_MAX - MOST + 1, MOST, x, y));
        ASSERT_INVALID(call->from[format](d, mask, SIZE_MAX, 1, x, y));
        ASSERT_OK(call->from[format](d, NULL, SIZE_MAX, 0, NULL, NULL));
    }
    ASSERT_OK(call->from[format](d, NULL, 0, 0, NULL, NULL));
}

/* A mask in y or in x, by its last byte or its first; and just before and just after them. */
static void check_overlaps(const simdrop_dropout *d, enum simdrop_type type, enum format format) {
    const struct mask_calls *call = &mask_calls[type];
    const size_t bytes = types[type].size * MOST, mask_bytes = mask_size(format, MOST);
    uint8_t *const other = memory, *const before = middle - mask_bytes;
    uint8_t *const inside[] = {before + 1, middle, middle + bytes - 1};
    uint8_t *const outside[] = {before, middle + bytes};
    const size_t begins[] = {0, 5, 8};
    for (size_t i = 0; i < COUNT(inside); ++i) {
        ASSERT_INVALID(call->store[format](d, 0, MOST, other, middle, inside[i]));
        ASSERT_INVALID(call->store[format](d, 0, MOST, middle, other, inside[i]));
        ASSERT_INVALID(call->store[format](d, 0, MOST, middle, middle, inside[i]));
        for (size_t k = 0; k < COUNT(begins); ++k) {
            const size_t begin = begins[k];
            const uint8_t *mask = inside[i] - (format == BITS ? begin / 8 : begin);
            ASSERT_INVALID(call->from[format](d, mask, begin, MOST, other, middle));
            ASSERT_INVALID(call->from[format](d, mask, begin, MOST, middle, other));
            ASSERT_INVALID(call->from[format](d, mask, begin, MOST, middle, middle));
        }
    }
    for (size_t i = 0; i < COUNT(outside); ++i) {
        ASSERT_OK(call->store[format](d, 0, MOST, other, middle, outside[i]));
        ASSERT_OK(call->from[format](d, outside[i], 0, MOST, other, middle));
    }
    if (format == BITS) ASSERT_INVALID(call->from[BITS](d, before, 1, MOST, other, middle));
}

static void bad_arguments(void **state) {
    (void)state;
    for (size_t k = 0; k < COUNT(probs); ++k) {
        const simdrop_dropout d = plan_of(probs[k]);
        FOR_EACH_TYPE(type) {
            for (enum format format = 0; format < FORMATS; ++format) {
                check_arguments(&d, type, format);
                check_overlaps(&d, type, format);
            }
        }
        ASSERT_INVALID(simdrop_dropout_mask_bytes(NULL, 0, MOST, middle));
        ASSERT_INVALID(simdrop_dropout_mask_bytes(&d, 0, MOST, NULL));
        ASSERT_INVALID(simdrop_dropout_mask_bytes(&d, UINT64_MAX - MOST + 2, MOST, middle));
        ASSERT_OK(simdrop_dropout_mask_bytes(&d, UINT64_MAX, 0, NULL));
    }
}

static void bad_conversions(void **state) {
    (void)state;
    uint8_t *const bytes = middle, *const bits = memory;
    ASSERT_INVALID(simdrop_mask_pack(NULL, MOST, bits, 0));
    ASSERT_INVALID(simdrop_mask_pack(bytes, MOST, NULL, 0));
    ASSERT_INVALID(simdrop_mask_pack(bytes, MOST, bits, SIZE_MAX - MOST + 1));
    ASSERT_INVALID(simdrop_mask_pack(bytes, MOST, bytes + MOST - 1, 0));
    ASSERT_INVALID(simdrop_mask_pack(bytes, MOST, bytes - MOST / 8 + 1, 0));
    ASSERT_INVALID(simdrop_mask_pack(bytes, MOST, bytes - MOST / 8, 1));
    ASSERT_INVALID(simdrop_mask_pack(bytes, MOST, bytes, 0));
    ASSERT_INVALID(simdrop_mask_unpack(NULL, 0, MOST, bytes));
    ASSERT_INVALID(simdrop_mask_unpack(bits, 0, MOST, NULL));
    ASSERT_INVALID(simdrop_mask_unpack(bits, SIZE_MAX, MOST, bytes));
    ASSERT_INVALID(simdrop_mask_unpack(bytes + MOST - 1, 0, MOST, bytes));
    ASSERT_INVALID(simdrop_mask_unpack(bytes - MOST / 8, 1, MOST, bytes));
    ASSERT_OK(simdrop_mask_pack(NULL, 0, NULL, SIZE_MAX));
    ASSERT_OK(simdrop_mask_unpack(NULL, SIZE_MAX, 0, NULL));
    ASSERT_OK(simdrop_mask_pack(bytes, MOST, bytes + MOST, 0));
    ASSERT_OK(simdrop_mask_pack(bytes, MOST, bytes - MOST / 8, 0));
    ASSERT_OK(simdrop_mask_unpack(bytes, 8 * MOST, MOST, bytes));
}

int main(int argc, char **argv) {
    (void)argc;
    const struct test tests[] = {
        PER_ISA(every_size),    PER_ISA(sizes_around_tiles), PER_ISA(every_beginning),
        PER_ISA(large_tensors), PER_ISA(scales_of_0_and_1),  PER_ISA(backward_of_what_was_stored),
        PER_ISA(bad_arguments), PER_ISA(bad_conversions),
    };
    return test_main(argv, tests, COUNT(tests));
}
