/* SPDX-License-Identifier: MIT */
/*
 * The table of the set that libsimdrop has chosen, by its name: so there is one choice, and it is
 * kept there. Of a set that this library lacks, built otherwise, it is plain C's, with the same bits.
 */
#include "isas.h" /* made by src/meson.build: SIMDROP_ISAS(X), the sets built in, best first */
#include "kernels.h"

#include <simdrop/common.h>

#include <string.h>

#define DECLARE(isa) extern const struct simdrop_sleef_kernels simdrop_sleef_kernels_##isa;
SIMDROP_ISAS(DECLARE)

#define TABLE(isa) &simdrop_sleef_kernels_##isa,
static const struct simdrop_sleef_kernels *const tables[] = {SIMDROP_ISAS(TABLE)};
enum { LAST = sizeof tables / sizeof tables[0] - 1 };

const struct simdrop_sleef_kernels *simdrop_sleef_kernels(void) {
    const char *name = simdrop_isa_name();
    size_t i = 0;
    while (i < LAST && strcmp(tables[i]->name, name) != 0) ++i;
    return tables[i];
}
