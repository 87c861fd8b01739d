/* SPDX-License-Identifier: MIT */
/* The choice of instruction set: by name, by environment, and the list to choose from. */
#include "platform.h"
#include "support.h"

#include <simdrop/common.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const built_in[] = {ISAS}; /* as src/meson.build has them, best first */
static const char *isas[16];
static size_t isa_count;

static int is_listed(const char *name) {
    for (size_t i = 0; i < isa_count; ++i)
        if (strcmp(isas[i], name) == 0) return 1;
    return 0;
}

/* Prints what this process, which has made no choice before, chooses. */
static int say_first_choice(void) {
    const char *first = simdrop_isa_name();
    simdrop_isa_select("scalar");
    fputs(first, stdout);
    return simdrop_isa_select(NULL) != SIMDROP_OK || simdrop_isa_name() != first;
}

/* What a new process with SIMDROP_ISA=value (NULL: unset) chooses and says on stderr. */
enum { MOST = 512 };
static void choose_in_child(const char *value, char name[MOST], char errors[MOST]) {
    assert_int_equal(run_child("SIMDROP_ISA", value, say_first_choice, MOST, name, errors), 0);
}

static void environment_is_honoured(void **state) {
    (void)state;
    char name[MOST], errors[MOST];
    for (size_t i = 0; i < isa_count; ++i) {
        choose_in_child(isas[i], name, errors);
        assert_string_equal(name, isas[i]);
        assert_string_equal(errors, "");
    }
}

static void without_environment_the_best_is_used(void **state) {
    (void)state;
    static const char *const nothing[] = {NULL, ""};
    char name[MOST], errors[MOST];
    for (size_t i = 0; i < COUNT(nothing); ++i) {
        choose_in_child(nothing[i], name, errors);
        assert_string_equal(name, isas[0]);
        assert_string_equal(errors, "");
    }
}

static const char *const candidates[] = {ISAS,      "scalarx", "scala",
                                         " scalar", "scalar ", "nonsense"};

static void bad_environment_is_reported_once(void **state) {
    (void)state;
    char name[MOST], errors[MOST];
    for (size_t i = 0; i < COUNT(candidates); ++i) {
        if (is_listed(candidates[i])) continue;
        choose_in_child(candidates[i], name, errors);
        assert_string_equal(name, isas[0]);
        assert_non_null(strstr(errors, candidates[i]));
        for (size_t k = 0; k < isa_count; ++k) assert_non_null(strstr(errors, isas[k]));
        assert_ptr_equal(strchr(errors, '\n'), errors + strlen(errors) - 1); /* one line */
    }
}

/* "AVX512" and "aVX512". */
static const char *in_capitals(const char *name, int from) {
    static char written[64];
    strcpy(written, name);
    for (char *c = written + from; *c; ++c) *c = (char)toupper((unsigned char)*c);
    return written;
}

static void environment_in_capitals(void **state) {
    (void)state;
    char name[MOST], errors[MOST];
    for (size_t i = 0; i < 2 * isa_count; ++i) {
        choose_in_child(in_capitals(isas[i / 2], i % 2), name, errors);
        assert_string_equal(name, isas[i / 2]);
        assert_string_equal(errors, "");
    }
}

static void selection_in_capitals(void **state) {
    (void)state;
    for (size_t i = 0; i < 2 * isa_count; ++i) {
        assert_int_equal(simdrop_isa_select(in_capitals(isas[i / 2], i % 2)), SIMDROP_OK);
        assert_string_equal(simdrop_isa_name(), isas[i / 2]);
    }
}

static void selection_by_name(void **state) {
    (void)state;
    for (size_t i = 0; i < isa_count; ++i) {
        assert_int_equal(simdrop_isa_select(isas[i]), SIMDROP_OK);
        assert_string_equal(simdrop_isa_name(), isas[i]);
    }
}

static void bad_names_change_nothing(void **state) {
    (void)state;
    for (size_t i = 0; i < isa_count; ++i) {
        simdrop_isa_select(isas[i]);
        for (size_t k = 0; k < COUNT(candidates); ++k) {
            if (is_listed(candidates[k])) continue;
            assert_int_equal(simdrop_isa_select(candidates[k]), SIMDROP_ERR_UNSUPPORTED);
            assert_string_equal(simdrop_isa_name(), isas[i]);
        }
        assert_int_equal(simdrop_isa_select(""), SIMDROP_ERR_UNSUPPORTED);
    }
}

static void the_list_is_best_first(void **state) {
    (void)state;
    size_t found = 0;
    for (size_t i = 0; i < COUNT(built_in); ++i)
        if (found < isa_count && strcmp(isas[found], built_in[i]) == 0) ++found;
    assert_int_equal(found, isa_count);
    assert_true(is_listed("generic"));
    assert_string_equal(isas[isa_count - 1], "scalar");
}

static void the_list_respects_capacity(void **state) {
    (void)state;
    assert_int_equal(simdrop_isa_list(NULL, 0), isa_count);
    for (size_t capacity = 0; capacity <= isa_count + 1; ++capacity) {
        const char *names[17] = {NULL};
        assert_int_equal(simdrop_isa_list(names, capacity), isa_count);
        for (size_t i = 0; i < COUNT(names); ++i)
            assert_ptr_equal(names[i], i < capacity && i < isa_count ? isas[i] : NULL);
    }
}

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], CHILD) == 0) return say_first_choice();
    isa_count = simdrop_isa_list(isas, COUNT(isas));
    const struct test tests[] = {
        ONCE(environment_is_honoured),
        ONCE(without_environment_the_best_is_used),
        ONCE(bad_environment_is_reported_once),
        ONCE(environment_in_capitals),
        ONCE(selection_in_capitals),
        ONCE(selection_by_name),
        ONCE(bad_names_change_nothing),
        ONCE(the_list_is_best_first),
        ONCE(the_list_respects_capacity),
    };
    return test_main(argv, tests, COUNT(tests));
}
