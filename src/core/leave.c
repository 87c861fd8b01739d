/* SPDX-License-Identifier: MIT */
/* Bits that begin at any bit of a byte, and bytes of words that aren't whole. */
#include "core/leave.h"

#include "core/splice.h"

#include <string.h>

static void leave_bytes(struct simdrop_leaving *leaving, const uint64_t *words, size_t n) {
    const size_t whole = n / 64, rest = n % 64;
    leaving->unpack(leaving->to, whole, words);
    if (rest) {
        uint8_t last[64];
        leaving->unpack(last, 1, words + whole);
        memcpy(leaving->to + 64 * whole, last, rest);
    }
    leaving->to += n;
}

void simdrop_leave(struct simdrop_leaving *leaving, const uint64_t *words, size_t n) {
    if (leaving->unpack) {
        leave_bytes(leaving, words, n);
        return;
    }
    const unsigned filled = leaving->filled;
    const size_t end = filled + n;
    uint64_t spliced[SIMDROP_LEAVE_WORDS + 1];
    if (filled) {
        const uint64_t known = (uint64_t)leaving->known << (64 - filled);
        simdrop_splice(spliced, (end + 63) / 64, known, words, 64 - filled);
        words = spliced;
    }
    const uint8_t *const bytes = (const uint8_t *)words;
    memcpy(leaving->to, bytes, end / 8);
    leaving->to += end / 8;
    leaving->filled = end % 8;
    if (end % 8) leaving->known = bytes[end / 8] & (uint8_t)((1u << end % 8) - 1);
}

void simdrop_leave_end(const struct simdrop_leaving *leaving) {
    if (leaving->filled) *leaving->to = leaving->known;
}
