/* SPDX-License-Identifier: MIT */
/* Threads: shared plans, one tensor in parts, and changes of instruction set under way. */
#include "support.h"

#include <simdrop/simdrop.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 8, PIECE = 40009, N = THREADS * PIECE };
static const uint64_t offset = (UINT64_C(1) << 35) - N / 2 - 1; /* the middle carries */

static simdrop_dropout dropout;
static enum type type;
static char x[8 * N], whole[8 * N], parts[8 * N];

static void setup_tensor(enum type of) {
    type = of;
    const simdrop_dropout_config config = {.drop_prob = 0.1, .seed = 7, .stream = 9};
    assert_int_equal(simdrop_dropout_init(&dropout, &config), SIMDROP_OK);
    any_values(type, x, N);
    assert_int_equal(train(type, &dropout, offset, N, x, whole), SIMDROP_OK);
    memset(parts, 0xff, sizeof parts);
}

static void run_threads(void *(*work)(void *)) {
    static size_t numbers[THREADS];
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; ++i) {
        numbers[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, work, &numbers[i]), 0);
    }
    for (size_t i = 0; i < THREADS; ++i) pthread_join(threads[i], NULL);
}

/* Small calls of uneven length over this thread's piece. */
static void *drop_a_piece(void *number) {
    const size_t begin = *(const size_t *)number * PIECE;
    for (size_t i = 0, n; i < PIECE; i += n) {
        n = 1 + i % 3001;
        if (n > PIECE - i) n = PIECE - i;
        const size_t at = (begin + i) * size_of(type);
        train(type, &dropout, offset + begin + i, n, x + at, parts + at);
    }
    return NULL;
}

static void threads_give_the_bits_of_one_call(void **state) {
    (void)state;
    for (enum type each = 0; each < TYPES; ++each) {
        setup_tensor(each);
        run_threads(drop_a_piece);
        assert_same(parts, whole, size_of(type) * N, "%s, %s", name_of(type), simdrop_isa_name());
    }
}

static void *drop_while_the_choice_changes(void *number) {
    const char *names[16];
    const size_t count = simdrop_isa_list(names, COUNT(names));
    for (size_t i = 0; i < 20; ++i) {
        simdrop_isa_select(i % 5 ? names[i % count] : NULL);
        if (simdrop_isa_name()) drop_a_piece(number);
    }
    return NULL;
}

static void the_choice_may_change_under_way(void **state) {
    (void)state;
    for (enum type each = 0; each < TYPES; ++each) {
        setup_tensor(each);
        run_threads(drop_while_the_choice_changes);
        assert_same(parts, whole, size_of(type) * N, "%s, with changing instruction sets",
                    name_of(type));
    }
}

static pthread_barrier_t start;
static const char *first_names[THREADS];

static void *ask_first(void *number) {
    pthread_barrier_wait(&start);
    first_names[*(const size_t *)number] = simdrop_isa_name();
    return NULL;
}

/* The program's first use of the library: all threads detect the CPU and make the first choice. */
static void race_to_choose(void) {
    pthread_barrier_init(&start, NULL, THREADS);
    run_threads(ask_first);
    pthread_barrier_destroy(&start);
}

static void threads_that_race_to_choose_agree(void **state) {
    (void)state;
    for (size_t i = 1; i < THREADS; ++i) assert_string_equal(first_names[i], first_names[0]);
}

int main(int argc, char **argv) {
    (void)argc;
    race_to_choose(); /* before test_main, which asks for the list */
    const struct test tests[] = {
        ONCE(threads_that_race_to_choose_agree),
        ONCE(the_choice_may_change_under_way),
        PER_ISA(threads_give_the_bits_of_one_call),
    };
    return test_main(argv, tests, COUNT(tests));
}
