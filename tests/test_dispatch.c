/* SPDX-License-Identifier: MIT */
/* The choice of instruction set: by name, by environment, and the list to choose from. */
#include "support.h"

#include <simdrop/common.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const built_in[] = {ISAS}; /* as src/meson.build has them, best first */
static const char *isas[16];
static size_t isa_count;

static int is_listed(const char *name) {
    for (size_t i = 0; i < isa_count; ++i)
        if (strcmp(isas[i], name) == 0) return 1;
    return 0;
}

static size_t read_all(int file, char *text, size_t capacity) {
    size_t size = 0;
    for (ssize_t got; (got = read(file, text + size, capacity - 1 - size)) > 0;)
        size += (size_t)got;
    text[size] = 0;
    close(file);
    return size;
}

/* What a new process with SIMDROP_ISA=value (NULL: unset) chooses and says on stderr. It forks and
   doesn't exec, which emulators can't follow; this program itself makes no first choice before. */
static void choose_in_child(const char *value, char name[64], char errors[512]) {
    int name_pipe[2], error_pipe[2];
    assert_int_equal(pipe(name_pipe), 0);
    assert_int_equal(pipe(error_pipe), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (value)
            setenv("SIMDROP_ISA", value, 1);
        else
            unsetenv("SIMDROP_ISA");
        dup2(error_pipe[1], STDERR_FILENO);
        const char *first = simdrop_isa_name();
        simdrop_isa_select("scalar");
        const int again = simdrop_isa_select(NULL) == SIMDROP_OK && simdrop_isa_name() == first;
        const size_t size = strlen(first);
        _exit(!again || write(name_pipe[1], first, size) != (ssize_t)size);
    }
    close(name_pipe[1]);
    close(error_pipe[1]);
    read_all(name_pipe[0], name, 64);
    read_all(error_pipe[0], errors, 512);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void environment_is_honoured(void **state) {
    (void)state;
    char name[64], errors[512];
    for (size_t i = 0; i < isa_count; ++i) {
        choose_in_child(isas[i], name, errors);
        assert_string_equal(name, isas[i]);
        assert_string_equal(errors, "");
    }
}

static void without_environment_the_best_is_used(void **state) {
    (void)state;
    static const char *const nothing[] = {NULL, ""};
    char name[64], errors[512];
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
    char name[64], errors[512];
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
    char name[64], errors[512];
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
    (void)argc;
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
