/* SPDX-License-Identifier: MIT */
/* The streams of other systems: vectors that they made, their definitions, every bad argument. */
#include "definition.h"
#include "support.h"

#include <simdrop/interop.h>
#include <simdrop/random.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- vectors --- */

/* A line "operation arguments -> results" of a file. Digits of 0 and 1 are in `text`. */
struct vector {
    char operation[16];
    uint64_t argument[4], result[8];
    size_t arguments, results;
    char text[64];
};

static struct vector parse(const char *line) {
    struct vector v = {0};
    int at = 0;
    assert_int_equal(sscanf(line, "%15s%n", v.operation, &at), 1);
    char word[64];
    int after = 0;
    for (int length; sscanf(line + at, "%63s%n", word, &length) == 1; at += length) {
        if (strcmp(word, "->") == 0) {
            after = 1;
        } else if (after) {
            assert_true(v.results < COUNT(v.result));
            v.result[v.results++] = strtoull(word, NULL, 16);
            memcpy(v.text, word, sizeof word);
        } else {
            assert_true(v.arguments < COUNT(v.argument));
            v.argument[v.arguments++] = strtoull(word, NULL, 16);
        }
    }
    assert_true(v.results > 0);
    return v;
}

/* Calls check for every vector of a file, of which there must be `count`. */
static void check_vectors(const char *name, int count, void (*check)(const struct vector *)) {
    char path[1024], line[256];
    snprintf(path, sizeof path, "%s/%s", VECTORS_DIR, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    for (; fgets(line, sizeof line, file); --count) {
        if (line[0] == '#') {
            ++count;
            continue;
        }
        const struct vector v = parse(line);
        check(&v);
    }
    fclose(file);
    assert_int_equal(count, 0);
}

static int is(const struct vector *v, const char *operation, size_t arguments) {
    if (strcmp(v->operation, operation) != 0) return 0;
    assert_int_equal(v->arguments, arguments);
    return 1;
}

static union {
    uint32_t u32[8];
    uint64_t u64[4];
    float f32[8];
    uint8_t bytes[64];
} out;

#define ASSERT_OK(call) assert_int_equal(call, SIMDROP_OK)

static void assert_words(const struct vector *v) {
    for (size_t i = 0; i < v->results; ++i)
        if (out.u32[i] != v->result[i])
            fail_msg("%s %" PRIx64 " %" PRIx64 " %" PRIx64 ": number %zu is %" PRIx32
                     ", not %" PRIx64,
                     v->operation, v->argument[0], v->argument[1], v->argument[2], i, out.u32[i],
                     v->result[i]);
}

static void check_torch(const struct vector *v) {
    const uint64_t *a = v->argument;
    if (is(v, "u32", 3)) {
        ASSERT_OK(simdrop_torch_u32(a, a[2], v->results, out.u32));
    } else if (is(v, "uniform", 3)) {
        ASSERT_OK(simdrop_torch_uniform_f32(a, a[2], v->results, out.f32));
    } else if (is(v, "engine", 3)) {
        ASSERT_OK(simdrop_random_u32(a[0], a[1], 4 * a[2], v->results, out.u32));
    } else if (is(v, "inductor", 2)) {
        ASSERT_OK(simdrop_inductor_rand_f32(a[0], a[1], v->results, out.f32));
    } else {
        assert_true(is(v, "split", 3));
        ASSERT_OK(simdrop_torch_split(a, a[2], 1, out.u64));
        assert_memory_equal(out.u64, v->result, 16);
        ASSERT_OK(simdrop_torch_fold_in(a, a[2], out.u64 + 2));
        assert_memory_equal(out.u64 + 2, v->result, 16);
        return;
    }
    assert_words(v);
}

static void check_curand(const struct vector *v) {
    const uint64_t *a = v->argument;
    if (is(v, "u32", 3)) {
        ASSERT_OK(simdrop_random_u32(a[0], a[1], a[2], v->results, out.u32));
    } else {
        assert_true(is(v, "uniform", 3));
        ASSERT_OK(simdrop_curand_uniform_f32(a[0], a[1], a[2], v->results, out.f32));
    }
    assert_words(v);
}

static void check_triton(const struct vector *v) {
    const uint64_t *a = v->argument;
    if (is(v, "randint", 2)) {
        ASSERT_OK(simdrop_triton_randint_u32(a[0], a[1], v->results, out.u32));
    } else if (is(v, "rand", 2)) {
        ASSERT_OK(simdrop_triton_rand_f32(a[0], a[1], v->results, out.f32));
    } else if (is(v, "randint4x", 2)) {
        ASSERT_OK(simdrop_torch_u32(a, 0, v->results, out.u32));
    } else {
        assert_true(is(v, "rand4x", 2));
        assert_int_equal(v->results, 4);
        ASSERT_OK(simdrop_triton_rand4x_f32(a[0], a[1], 1, out.f32));
    }
    assert_words(v);
}

static void check_tensorflow(const struct vector *v) {
    const int64_t seed[2] = {(int64_t)v->argument[0], (int64_t)v->argument[1]};
    uint64_t philox_seed, stream;
    ASSERT_OK(simdrop_tensorflow_stream(seed, &philox_seed, &stream));
    if (is(v, "stream", 2)) {
        assert_true(philox_seed == v->result[0] && stream == v->result[1]);
        return;
    }
    if (is(v, "u32", 3)) {
        ASSERT_OK(simdrop_random_u32(philox_seed, stream, v->argument[2], v->results, out.u32));
    } else {
        assert_true(is(v, "uniform", 3));
        ASSERT_OK(simdrop_tensorflow_uniform_f32(seed, v->argument[2], v->results, out.f32));
    }
    assert_words(v);
}

static void check_onednn(const struct vector *v) {
    assert_true(is(v, "mask", 4));
    const uint64_t *a = v->argument;
    const uint32_t p_bits = (uint32_t)a[0];
    const size_t n = strlen(v->text);
    float p;
    memcpy(&p, &p_bits, sizeof p);
    ASSERT_OK(simdrop_onednn_mask_bytes(p, a[1], a[2], a[3], n, out.bytes));
    for (size_t i = 0; i < n; ++i) assert_int_equal(out.bytes[i], v->text[i] - '0');
}

static void torch_vectors(void **state) {
    (void)state;
    check_vectors("torch.txt", 180, check_torch);
}
static void curand_vectors(void **state) {
    (void)state;
    check_vectors("curand.txt", 160, check_curand);
}
static void triton_vectors(void **state) {
    (void)state;
    check_vectors("triton.txt", 224, check_triton);
}
static void tensorflow_vectors(void **state) {
    (void)state;
    check_vectors("tensorflow.txt", 75, check_tensorflow);
}
static void onednn_vectors(void **state) {
    (void)state;
    check_vectors("onednn.txt", 80, check_onednn);
}

/* --- definitions --- */

/* Word `index` of block `block` of counter {block, stream}. */
static uint32_t word(uint64_t seed, uint64_t stream, uint64_t block, unsigned index) {
    const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    const uint32_t counter[4] = {(uint32_t)block, (uint32_t)(block >> 32), (uint32_t)stream,
                                 (uint32_t)(stream >> 32)};
    uint32_t words[4];
    defined_philox(10, counter, key, words);
    return words[index];
}

static uint32_t bits_of(double value) { /* which is rounded here, and only here */
    const float rounded = (float)value;
    uint32_t bits;
    memcpy(&bits, &rounded, sizeof bits);
    return bits;
}

/* Of Triton and Inductor: the integer is rounded, then the product. */
static uint32_t scaled_down(uint32_t m) { return bits_of((double)(float)m * 0x1.fffffep-32); }

/* What a call under test has beside a range: two numbers and a probability. */
struct arguments {
    uint64_t k[2];
    float p;
};

/* Of every function whose results are a range of elements of the same size. */
struct stream {
    const char *name;
    size_t size; /* bytes of an element */
    simdrop_status (*run)(const struct arguments *, uint64_t offset, size_t n, void *out);
    void (*define)(const struct arguments *, uint64_t element, void *out);
};

static simdrop_status run_torch_u32(const struct arguments *x, uint64_t offset, size_t n,
                                    void *to) {
    return simdrop_torch_u32(x->k, offset, n, to);
}
static void define_torch_u32(const struct arguments *x, uint64_t e, void *to) {
    const uint32_t w = word(x->k[0], 0, x->k[1] + e / 4, e % 4);
    memcpy(to, &w, 4);
}
static simdrop_status run_torch_uniform(const struct arguments *x, uint64_t offset, size_t n,
                                        void *to) {
    return simdrop_torch_uniform_f32(x->k, offset, n, to);
}
static void define_torch_uniform(const struct arguments *x, uint64_t e, void *to) {
    const uint32_t w = word(x->k[0], 0, x->k[1] + e / 4, e % 4);
    const uint32_t f = bits_of((double)(w % (1u << 24)) / (1u << 24));
    memcpy(to, &f, 4);
}
static simdrop_status run_torch_split(const struct arguments *x, uint64_t offset, size_t n,
                                      void *to) {
    return simdrop_torch_split(x->k, offset, n, to);
}
static void define_torch_split(const struct arguments *x, uint64_t e, void *to) {
    const uint64_t block = x->k[1] + e;
    const uint64_t key[2] = {
        word(x->k[0], 0, block, 0) | (uint64_t)word(x->k[0], 0, block, 1) << 32,
        word(x->k[0], 0, block, 2) | (uint64_t)word(x->k[0], 0, block, 3) << 32};
    memcpy(to, key, 16);
}
static simdrop_status run_inductor_rand(const struct arguments *x, uint64_t offset, size_t n,
                                        void *to) {
    return simdrop_inductor_rand_f32(x->k[0], offset, n, to);
}
static void define_inductor_rand(const struct arguments *x, uint64_t e, void *to) {
    const uint32_t w = word((uint32_t)x->k[0], 0, (uint32_t)e, 0), f = scaled_down(w % (1u << 31));
    memcpy(to, &f, 4);
}
static simdrop_status run_curand_uniform(const struct arguments *x, uint64_t offset, size_t n,
                                         void *to) {
    return simdrop_curand_uniform_f32(x->k[0], x->k[1], offset, n, to);
}
static void define_curand_uniform(const struct arguments *x, uint64_t e, void *to) {
    const uint32_t w = word(x->k[0], x->k[1], e / 4, e % 4);
    const uint32_t f = bits_of((double)(float)w * 0x1p-32 + 0x1p-33);
    memcpy(to, &f, 4);
}
static simdrop_status run_triton_randint(const struct arguments *x, uint64_t offset, size_t n,
                                         void *to) {
    return simdrop_triton_randint_u32(x->k[0], offset, n, to);
}
static void define_triton_randint(const struct arguments *x, uint64_t e, void *to) {
    const uint32_t w = word(x->k[0], 0, e, 0);
    memcpy(to, &w, 4);
}
static uint32_t triton_rand(uint32_t w) { return scaled_down(w < 1u << 31 ? w : UINT32_MAX - w); }
static simdrop_status run_triton_rand(const struct arguments *x, uint64_t offset, size_t n,
                                      void *to) {
    return simdrop_triton_rand_f32(x->k[0], offset, n, to);
}
static void define_triton_rand(const struct arguments *x, uint64_t e, void *to) {
    const uint32_t f = triton_rand(word(x->k[0], 0, e, 0));
    memcpy(to, &f, 4);
}
static simdrop_status run_triton_rand4x(const struct arguments *x, uint64_t offset, size_t n,
                                        void *to) {
    return simdrop_triton_rand4x_f32(x->k[0], offset, n, to);
}
static void define_triton_rand4x(const struct arguments *x, uint64_t e, void *to) {
    for (unsigned j = 0; j < 4; ++j) {
        const uint32_t f = triton_rand(word(x->k[0], 0, e, j));
        memcpy((char *)to + 4 * j, &f, 4);
    }
}
static simdrop_status run_tensorflow_uniform(const struct arguments *x, uint64_t offset, size_t n,
                                             void *to) {
    const int64_t seed[2] = {(int64_t)x->k[0], (int64_t)x->k[1]};
    return simdrop_tensorflow_uniform_f32(seed, offset, n, to);
}
static void define_tensorflow_uniform(const struct arguments *x, uint64_t e, void *to) {
    uint32_t m[4];
    for (unsigned j = 0; j < 4; ++j) m[j] = word(UINT64_C(0x02461e293ec8f720), x->k[1], x->k[0], j);
    const uint64_t seed = m[0] | (uint64_t)m[1] << 32, stream = m[2] | (uint64_t)m[3] << 32;
    const uint32_t w = word(seed, stream, e / 4, e % 4);
    const uint32_t f = bits_of((double)(w % (1u << 23)) / (1u << 23));
    memcpy(to, &f, 4);
}
static simdrop_status run_onednn_mask(const struct arguments *x, uint64_t offset, size_t n,
                                      void *to) {
    return simdrop_onednn_mask_bytes(x->p, x->k[0], x->k[1], offset, n, to);
}
static void define_onednn_mask(const struct arguments *x, uint64_t e, void *to) {
    const uint8_t kept = word(x->k[0], e - e % 4, x->k[1], e % 4) > 4294967295.0 * (double)x->p;
    memcpy(to, &kept, 1);
}

static const struct stream streams[] = {
    {"torch_u32", 4, run_torch_u32, define_torch_u32},
    {"torch_uniform", 4, run_torch_uniform, define_torch_uniform},
    {"torch_split", 16, run_torch_split, define_torch_split},
    {"inductor_rand", 4, run_inductor_rand, define_inductor_rand},
    {"curand_uniform", 4, run_curand_uniform, define_curand_uniform},
    {"triton_randint", 4, run_triton_randint, define_triton_randint},
    {"triton_rand", 4, run_triton_rand, define_triton_rand},
    {"triton_rand4x", 16, run_triton_rand4x, define_triton_rand4x},
    {"tensorflow_uniform", 4, run_tensorflow_uniform, define_tensorflow_uniform},
    {"onednn_mask", 1, run_onednn_mask, define_onednn_mask},
};

static void check(const struct stream *stream, const struct arguments *x, uint64_t offset,
                  size_t n) {
    const size_t bytes = n * stream->size;
    struct buffer got = buffer_new(bytes, any_below(2) ? AT_START : AT_END, any_below(64));
    unsigned char *want = malloc(bytes + 1);
    for (size_t i = 0; i < n; ++i) stream->define(x, offset + i, want + i * stream->size);
    ASSERT_OK(stream->run(x, offset, n, got.data));
    assert_same(got.data, want, bytes, "%s %" PRIx64 " %" PRIx64 " %a, offset %" PRIx64 ", n %zu",
                stream->name, x->k[0], x->k[1], (double)x->p, offset, n);
    assert_margins_untouched(&got);
    free(want);
    buffer_free(&got);
}

static struct arguments any_arguments(void) {
    struct arguments x = {{any_u64(), any_u64() >> any_below(64)}, (float)any_below(1025) / 1024};
    x.k[1] += x.k[1] == 0; /* oneDNN's offset */
    return x;
}

static void every_size(void **state) {
    (void)state;
    for (size_t k = 0; k < COUNT(streams); ++k) {
        for (size_t n = 0; n <= 70; ++n) {
            const struct arguments x = any_arguments();
            check(&streams[k], &x, any_u64() >> any_below(64) >> 1, n);
        }
        for (size_t i = 0; i < scaled(30); ++i) {
            const struct arguments x = any_arguments();
            check(&streams[k], &x, any_u64() >> any_below(64) >> 1, 900 + any_below(1300));
        }
    }
}

/* Where the low half of a block number overflows, or a block number does. */
static void across_carries(void **state) {
    (void)state;
    for (size_t k = 0; k < COUNT(streams); ++k)
        for (size_t i = 0; i < scaled(40); ++i) {
            struct arguments x = any_arguments();
            const size_t n = 1 + any_below(600);
            const uint64_t high = (1 + any_below(1u << 20)) << 32;
            check(&streams[k], &x, high - any_below(n + 8), n);
            check(&streams[k], &x, 4 * high - any_below(n + 8), n);
            x.k[1] = UINT64_MAX - any_below(n / 4 + 2);
            check(&streams[k], &x, any_below(8), n);
            x.k[1] = high - 1 - any_below(n / 4 + 2);
            check(&streams[k], &x, any_below(8), n);
        }
}

static void at_the_end(void **state) {
    (void)state;
    for (size_t k = 0; k < COUNT(streams); ++k)
        for (size_t n = 1; n < 70; ++n) {
            const struct arguments x = any_arguments();
            check(&streams[k], &x, 0 - (uint64_t)n, n);
            check(&streams[k], &x, 0 - (uint64_t)n - any_below(70), n);
        }
}

/* p that no vector has: all floats next to a threshold that some element decides. */
static void onednn_thresholds(void **state) {
    (void)state;
    for (size_t i = 0; i < scaled(2000); ++i) {
        struct arguments x = any_arguments();
        const uint64_t e = any_u64() >> 1;
        const uint32_t w = word(x.k[0], e - e % 4, x.k[1], e % 4);
        x.p = (float)((double)w / 4294967295.0);
        const float around[] = {nextafterf(x.p, 0), x.p, nextafterf(x.p, 1), 0, 1, -0.0f};
        for (size_t j = 0; j < COUNT(around); ++j) {
            x.p = around[j];
            check(&streams[COUNT(streams) - 1], &x, e, 1);
        }
    }
}

/* --- bad arguments --- */

static void fill(void) { memset(&out, CANARY, sizeof out); }

#define ASSERT_INVALID(call)                                                                       \
    do {                                                                                           \
        fill();                                                                                    \
        assert_int_equal(call, SIMDROP_ERR_INVALID_ARGUMENT);                                      \
        for (size_t at = 0; at < sizeof out; ++at) assert_int_equal(out.bytes[at], CANARY);        \
    } while (0)

static void ranges(void **state) {
    (void)state;
    const struct arguments x = {{1, 2}, 0.5f};
    for (size_t k = 0; k < COUNT(streams); ++k) {
        const struct stream *s = &streams[k];
        ASSERT_INVALID(s->run(&x, 0, 1, NULL));
        ASSERT_INVALID(s->run(&x, UINT64_MAX, 2, &out));
        ASSERT_INVALID(s->run(&x, UINT64_MAX - 2, 4, &out));
        if (s->size > 1 || HUGE_SIZES) ASSERT_INVALID(s->run(&x, 2, SIZE_MAX, &out));
        if (s->size > 1) ASSERT_INVALID(s->run(&x, 0, SIZE_MAX / s->size + 1, &out));
        if (s->size > 4) ASSERT_INVALID(s->run(&x, 0, SIZE_MAX / 4 + 2, &out)); /* 4 n wraps */
        ASSERT_OK(s->run(&x, UINT64_MAX - 3, 4, &out));
        fill();
        ASSERT_OK(s->run(&x, UINT64_MAX, 0, NULL));
        ASSERT_OK(s->run(&x, 0, 0, &out));
        for (size_t at = 0; at < sizeof out; ++at) assert_int_equal(out.bytes[at], CANARY);
    }
}

static void pointers(void **state) {
    (void)state;
    const int64_t seed[2] = {1, 2};
    const uint64_t key[2] = {1, 2};
    ASSERT_INVALID(simdrop_torch_u32(NULL, 0, 1, out.u32));
    ASSERT_INVALID(simdrop_torch_uniform_f32(NULL, 0, 1, out.f32));
    ASSERT_INVALID(simdrop_torch_split(NULL, 0, 1, out.u64));
    ASSERT_INVALID(simdrop_torch_fold_in(NULL, 0, out.u64));
    ASSERT_INVALID(simdrop_torch_fold_in(key, 0, NULL));
    ASSERT_INVALID(simdrop_tensorflow_uniform_f32(NULL, 0, 1, out.f32));
    ASSERT_INVALID(simdrop_tensorflow_stream(NULL, &out.u64[0], &out.u64[1]));
    ASSERT_INVALID(simdrop_tensorflow_stream(seed, NULL, &out.u64[1]));
    ASSERT_INVALID(simdrop_tensorflow_stream(seed, &out.u64[0], NULL));
    ASSERT_OK(simdrop_torch_u32(NULL, 0, 0, NULL));
    ASSERT_OK(simdrop_torch_uniform_f32(NULL, 0, 0, NULL));
    ASSERT_OK(simdrop_torch_split(NULL, 0, 0, NULL));
    ASSERT_OK(simdrop_tensorflow_uniform_f32(NULL, 0, 0, NULL));
}

static void onednn_arguments(void **state) {
    (void)state;
    static const float bad[] = {NAN, -NAN, -0x1p-149f, 0x1.000002p0f, -1, INFINITY, -INFINITY};
    for (size_t i = 0; i < COUNT(bad); ++i)
        ASSERT_INVALID(simdrop_onednn_mask_bytes(bad[i], 1, 2, 0, 1, out.bytes));
    ASSERT_INVALID(simdrop_onednn_mask_bytes(0.5f, 1, 0, 0, 1, out.bytes));
}

/* fold_in and split may write over the key. */
static void keys_in_place(void **state) {
    (void)state;
    const uint64_t key[2] = {any_u64(), any_u64()};
    uint64_t want[4], got[4] = {key[0], key[1], 0, 0};
    ASSERT_OK(simdrop_torch_split(key, 7, 2, want));
    ASSERT_OK(simdrop_torch_split(got, 7, 2, got));
    assert_memory_equal(got, want, sizeof want);
    memcpy(got, key, sizeof key);
    ASSERT_OK(simdrop_torch_fold_in(got, 8, got));
    assert_memory_equal(got, want + 2, 16);
}

int main(int argc, char **argv) {
    (void)argc;
    const struct test tests[] = {
        PER_ISA(torch_vectors),      PER_ISA(curand_vectors), PER_ISA(triton_vectors),
        PER_ISA(tensorflow_vectors), PER_ISA(onednn_vectors), PER_ISA(every_size),
        PER_ISA(across_carries),     PER_ISA(at_the_end),     PER_ISA(onednn_thresholds),
        PER_ISA(keys_in_place),      PER_ISA(ranges),         PER_ISA(pointers),
        PER_ISA(onednn_arguments),
    };
    return test_main(argv, tests, COUNT(tests));
}
