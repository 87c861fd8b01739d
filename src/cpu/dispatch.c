/* SPDX-License-Identifier: MIT */
/*
 * Chooses one kernel table. The choice is one atomic pointer to constant data, so a reader gets a
 * whole table, old or new. Of threads that race to choose first one wins, and a late first choice
 * never undoes a selection.
 */
#include "cpu/cpu.h"
#include "isas.h" /* made by src/meson.build: SIMDROP_ISAS(X), the sets built in, best first */
#include "kernels.h"

#include <simdrop/common.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DECLARE(isa) extern const struct simdrop_kernels simdrop_kernels_##isa;
SIMDROP_ISAS(DECLARE)

#define TABLE(isa) &simdrop_kernels_##isa,
static const struct simdrop_kernels *const tables[] = {SIMDROP_ISAS(TABLE)};
enum { TABLES = sizeof tables / sizeof tables[0] };

static _Atomic(const struct simdrop_kernels *) chosen;

static int can_run(const struct simdrop_kernels *table) {
    return (table->cpu_needs & ~simdrop_cpu().features) == 0;
}

/* Names in the letters of ASCII, whatever the locale; in any case, as users write AVX2. */
static int lower(char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c; }
static int is_name(const char *a, const char *b) {
    for (; lower(*a) == lower(*b); ++a, ++b)
        if (!*a) return 1;
    return 0;
}

/* The table called `name`, or with NULL the best, among those that this CPU can run; or NULL. */
static const struct simdrop_kernels *find(const char *name) {
    for (size_t i = 0; i < TABLES; ++i)
        if (can_run(tables[i]) && (!name || is_name(tables[i]->name, name))) return tables[i];
    return NULL;
}

/* By one call, or lines of threads or processes would mix. */
static void report(const char *name, const struct simdrop_kernels *instead) {
    char names[256] = "";
    for (size_t i = 0; i < TABLES; ++i)
        if (can_run(tables[i])) {
            strncat(names, " ", sizeof names - strlen(names) - 1);
            strncat(names, tables[i]->name, sizeof names - strlen(names) - 1);
        }
    fprintf(stderr, "simdrop: SIMDROP_ISA=%s can't be used here, where there are:%s; using %s\n",
            name, names, instead->name);
}

/* What the environment asks for, or the best. "scalar" can run anywhere, so there is always one. */
static const struct simdrop_kernels *choose(void) {
    static atomic_flag reported = ATOMIC_FLAG_INIT;
    const char *name = getenv("SIMDROP_ISA");
    if (!name || !*name) return find(NULL);
    const struct simdrop_kernels *table = find(name);
    if (table) return table;
    table = find(NULL);
    if (!atomic_flag_test_and_set(&reported)) report(name, table);
    return table;
}

const struct simdrop_kernels *simdrop_kernels(void) {
    const struct simdrop_kernels *table = atomic_load_explicit(&chosen, memory_order_acquire);
    if (table) return table;
    const struct simdrop_kernels *mine = choose();
    /* on failure another thread has chosen, and `table` is its choice */
    return atomic_compare_exchange_strong_explicit(&chosen, &table, mine, memory_order_acq_rel,
                                                   memory_order_acquire)
               ? mine
               : table;
}

const char *simdrop_isa_name(void) { return simdrop_kernels()->name; }

simdrop_status simdrop_isa_select(const char *name) {
    const struct simdrop_kernels *table = name ? find(name) : choose();
    if (!table) return SIMDROP_ERR_UNSUPPORTED;
    atomic_store_explicit(&chosen, table, memory_order_release);
    return SIMDROP_OK;
}

size_t simdrop_isa_list(const char **names, size_t capacity) {
    size_t count = 0;
    for (size_t i = 0; i < TABLES; ++i) {
        if (!can_run(tables[i])) continue;
        if (names && count < capacity) names[count] = tables[i]->name;
        ++count;
    }
    return count;
}
