/* SPDX-License-Identifier: MIT */
/* Writes words of the random stream to standard output, without end, for other test batteries. */
#include <simdrop/random.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS = 1 << 16 };

static int usage(void) {
    fprintf(stderr, "usage: feeder SEED STREAM [streams|seeds COUNT]\n"
                    "COUNT (a power of two up to 65536) of them take turns, a word each.\n");
    return 2;
}

int main(int argc, char **argv) {
    static uint32_t part[WORDS], words[WORDS];
    if (argc != 3 && argc != 5) return usage();
    const uint64_t seed = strtoull(argv[1], NULL, 0), stream = strtoull(argv[2], NULL, 0);
    const size_t count = argc == 5 ? strtoull(argv[4], NULL, 0) : 1;
    const int by_seed = argc == 5 && strcmp(argv[3], "seeds") == 0;
    if (count == 0 || count > WORDS || (count & (count - 1))) return usage();
    if (argc == 5 && !by_seed && strcmp(argv[3], "streams") != 0) return usage();
    const size_t each = WORDS / count;
    for (uint64_t offset = 0;; offset += each) {
        for (size_t k = 0; k < count; ++k) {
            if (simdrop_random_u32(seed + (by_seed ? k : 0), stream + (by_seed ? 0 : k), offset,
                                   each, part) != SIMDROP_OK)
                return 1;
            for (size_t i = 0; i < each; ++i) words[i * count + k] = part[i];
        }
        if (fwrite(words, sizeof words, 1, stdout) != 1) return 0; /* the reader has enough */
    }
}
