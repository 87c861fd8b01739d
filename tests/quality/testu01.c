/* SPDX-License-Identifier: MIT */
/* Runs SmallCrush or Crush of an installed TestU01 on simdrop's words or uniform numbers. */
#include <simdrop/distributions.h>
#include <simdrop/random.h>

#include <bbattery.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unif01.h>

enum { MANY = 1 << 16 };
static uint64_t seed, position;

static unsigned int next_word(void) {
    static uint32_t words[MANY];
    if (position % MANY == 0 && simdrop_random_u32(seed, 0, position, MANY, words)) abort();
    return words[position++ % MANY];
}

/* The same word, lowest bit first: batteries look at the high bits most. */
static unsigned int next_reversed(void) {
    uint32_t w = next_word();
    w = (w & 0x55555555) << 1 | (w >> 1 & 0x55555555);
    w = (w & 0x33333333) << 2 | (w >> 2 & 0x33333333);
    w = (w & 0x0f0f0f0f) << 4 | (w >> 4 & 0x0f0f0f0f);
    return __builtin_bswap32(w);
}

/* An f32 has 24 bits, fewer than the batteries want: two make one number. */
static double next_f32(void) {
    static float x[MANY];
    if (position % MANY == 0 && simdrop_random_uniform_f32(seed, 0, position, MANY, 0, 1, x))
        abort();
    const size_t at = position % MANY;
    position += 2;
    return (double)x[at] + (double)x[at + 1] * 0x1p-24;
}

static double next_f64(void) {
    static double x[MANY];
    if (position % MANY == 0 && simdrop_random_uniform_f64(seed, 0, position, MANY, 0, 1, x))
        abort();
    return x[position++ % MANY];
}

int main(int argc, char **argv) {
    char words[] = "words", reversed[] = "reversed", f32[] = "f32", f64[] = "f64";
    if (argc != 4) {
        fprintf(stderr, "usage: testu01 words|reversed|f32|f64 SEED SmallCrush|Crush\n");
        return 2;
    }
    seed = strtoull(argv[2], NULL, 0);
    unif01_Gen *gen = strcmp(argv[1], words) == 0 ? unif01_CreateExternGenBits(words, next_word)
                      : strcmp(argv[1], reversed) == 0
                          ? unif01_CreateExternGenBits(reversed, next_reversed)
                      : strcmp(argv[1], f32) == 0 ? unif01_CreateExternGen01(f32, next_f32)
                                                  : unif01_CreateExternGen01(f64, next_f64);
    if (strcmp(argv[3], "Crush") == 0)
        bbattery_Crush(gen);
    else
        bbattery_SmallCrush(gen);
    return 0;
}
