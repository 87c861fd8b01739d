/* SPDX-License-Identifier: MIT */
/* Draws, carries and shifts. */
#include "core/source.h"

#include "core/splice.h"
#include "core/words.h"

#include <string.h>

static void draw_words(struct simdrop_source *source, uint64_t *out, size_t words) {
    struct simdrop_draw *draw = &source->draw;
    for (size_t run; words; out += run, draw->next_word += run, words -= run) {
        run = simdrop_run_length(draw->next_word, words, source->blocks);
        source->draw_words(out, run, draw->next_word, draw->philox, draw->threshold);
    }
}

static const uint64_t *next_draws(struct simdrop_source *source, size_t n) {
    const size_t begin = source->draw.begin, end = begin + n, words = (end - 1) / 64;
    source->drawn[0] = source->draw.carry;
    /* is shifted in behind the last element, if no kernel writes it */
    source->drawn[words + 1] = 0;
    draw_words(source, source->drawn + 1, words);
    const uint64_t *bits = source->drawn + begin / 64;
    if (begin % 64) {
        simdrop_splice(source->shifted, (n + 63) / 64, bits[0], bits + 1, begin % 64);
        bits = source->shifted;
    }
    source->draw.carry = source->drawn[words];
    source->draw.begin = end % 64 ? end % 64 : 64;
    return bits;
}

/* At the beginning `begin` may be more than 64: the first word, not drawn yet, is not a carry. */
void simdrop_source_draws(struct simdrop_source *source, const struct simdrop_kernels *kernels,
                          const struct simdrop_plan *plan, uint64_t offset) {
    source->next = next_draws;
    source->draw_words = kernels->draw_mask[simdrop_plan_width(plan)];
    source->blocks = (unsigned)plan->bits / 2;
    source->draw.philox = &plan->philox;
    source->draw.next_word = offset / 64;
    source->draw.carry = 0;
    source->draw.threshold = (uint32_t)plan->threshold;
    source->draw.begin = 64 + offset % 64;
}

static const uint64_t *next_ones(struct simdrop_source *source, size_t n) {
    (void)n;
    return source->shifted;
}

void simdrop_source_ones(struct simdrop_source *source) {
    source->next = next_ones;
    source->draw.begin = 64;
    memset(source->shifted, 0xff, sizeof source->shifted);
}

size_t simdrop_source_pipe(struct simdrop_source *source, simdrop_dropout_fn *kernel,
                           struct simdrop_apply part) {
    struct simdrop_draw *draw = &source->draw;
    if (draw->begin > 64) {
        draw_words(source, source->drawn, 1);
        draw->carry = source->drawn[0];
        draw->begin -= 64;
    }
    const size_t words = simdrop_run_length(draw->next_word, part.n / 64, source->blocks);
    part.n = 64 * words;
    return kernel(&part, draw);
}
