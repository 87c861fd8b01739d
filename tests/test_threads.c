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
static enum simdrop_type type;
static char x[8 * N], whole[8 * N], parts[8 * N];

static void setup_tensor(enum simdrop_type of) {
    type = of;
    const simdrop_dropout_config config = {.drop_prob = 0.1, .seed = 7, .stream = 9};
    assert_int_equal(simdrop_dropout_init(&dropout, &config), SIMDROP_OK);
    any_values(type, x, N);
    assert_int_equal(types[type].train(&dropout, offset, N, x, whole), SIMDROP_OK);
}

/* A thread's number, and what went wrong in it. */
struct worker {
    size_t number;
    const char *failure;
};

static void run_threads(void *(*work)(void *)) {
    struct worker workers[THREADS];
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; ++i) {
        workers[i] = (struct worker){i, NULL};
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (size_t i = 0; i < THREADS; ++i) pthread_join(threads[i], NULL);
    for (size_t i = 0; i < THREADS; ++i)
        if (workers[i].failure)
            fail_msg("thread %zu, %s: %s", i, types[type].name, workers[i].failure);
}

/* Small calls of uneven length over this thread's piece. */
static void *drop_a_piece(void *argument) {
    struct worker *worker = argument;
    const size_t size = types[type].size, begin = worker->number * PIECE;
    memset(parts + begin * size, CANARY, PIECE * size);
    for (size_t i = 0, n; i < PIECE; i += n) {
        n = 1 + i % 3001;
        if (n > PIECE - i) n = PIECE - i;
        const size_t at = (begin + i) * size;
        if (types[type].train(&dropout, offset + begin + i, n, x + at, parts + at) != SIMDROP_OK)
            worker->failure = "a call fails";
    }
    if (memcmp(parts + begin * size, whole + begin * size, PIECE * size) != 0)
        worker->failure = "the piece differs from the whole";
    return NULL;
}

static void threads_give_the_bits_of_one_call(void **state) {
    (void)state;
    FOR_EACH_TYPE(each) {
        setup_tensor(each);
        run_threads(drop_a_piece);
        assert_same(parts, whole, types[type].size * N, "%s", types[type].name);
    }
}

static void *drop_while_the_choice_changes(void *argument) {
    struct worker *worker = argument;
    const char *names[16];
    const size_t count = simdrop_isa_list(names, COUNT(names));
    for (size_t i = 0; i < 20; ++i) {
        if (simdrop_isa_select(i % 5 ? names[i % count] : NULL) != SIMDROP_OK)
            worker->failure = "a listed set can't be selected";
        if (!simdrop_isa_name()) worker->failure = "the set in use has no name";
        drop_a_piece(worker);
    }
    return NULL;
}

static void the_choice_may_change_under_way(void **state) {
    (void)state;
    FOR_EACH_TYPE(each) {
        setup_tensor(each);
        run_threads(drop_while_the_choice_changes);
        assert_same(parts, whole, types[type].size * N, "%s", types[type].name);
    }
}

static pthread_barrier_t start;
static const char *first_names[THREADS];

static void *ask_first(void *argument) {
    const struct worker *worker = argument;
    pthread_barrier_wait(&start);
    first_names[worker->number] = simdrop_isa_name();
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
