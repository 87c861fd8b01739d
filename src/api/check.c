/* SPDX-License-Identifier: MIT */
/* Whether what is written meets anything else. */
#include "api/check.h"

/* The layout has been found to fit memory, so that nothing overflows. */
static size_t span(const struct simdrop_region *r) { return (r->rows - 1) * r->pitch + r->bytes; }

static int are_apart(const struct simdrop_region *a, const struct simdrop_region *b) {
    if ((uintptr_t)a->at > (uintptr_t)b->at) {
        const struct simdrop_region *lower = b;
        b = a, a = lower;
    }
    const uintptr_t distance = (uintptr_t)b->at - (uintptr_t)a->at;
    if (distance >= span(a)) return 1;
    if (a->rows == 1 || b->rows == 1 || a->pitch != b->pitch) return 0;
    const size_t into = distance % a->pitch; /* rows of one between those of the other */
    return into >= a->bytes && a->pitch - into >= b->bytes;
}

static int are_same(const struct simdrop_region *a, const struct simdrop_region *b) {
    return a->is_tensor && b->is_tensor && a->at == b->at && a->bytes == b->bytes &&
           a->rows == b->rows && (a->rows == 1 || a->pitch == b->pitch);
}

int simdrop_regions_are_valid(const struct simdrop_region *regions, size_t count) {
    for (size_t i = 0; i < count; ++i)
        for (size_t k = 0; k < i; ++k) {
            const struct simdrop_region *a = &regions[k], *b = &regions[i];
            if (!a->at || !b->at || (!a->is_written && !b->is_written)) continue;
            if (a->is_written && b->is_written ? !are_apart(a, b)
                                               : !are_same(a, b) && !are_apart(a, b))
                return 0;
        }
    return 1;
}
