// SPDX-License-Identifier: MIT
// Rows of plain C loops that the compiler has made vectors of: fused.c.
#include "fused.h"
#include "peers.h"

#include "bench_built.h"

namespace bench::peers {

namespace {

void add_loops(const std::string &by, bool quick, bench_words_fn *words, bench_fused_fn *fused) {
    simdrop_philox philox;
    simdrop_philox_init(&philox, 42, 7, 10);
    add_rows("random_u32", by, quick, [words, philox](std::size_t n) {
        return [words, philox, n, block = uint64_t{0}]() mutable {
            words(static_cast<uint32_t *>(static_cast<void *>(buffers().y)), n, block, &philox);
            block += n / 4;
            return 0;
        };
    });
    // The mask is drawn again on the way back, as simdrop does.
    add_rows("dropout_f32", by, quick, [fused, philox](std::size_t n) {
        return [fused, philox, n] {
            const float scale = static_cast<float>(1 / (1 - drop_prob));
            const uint32_t threshold = static_cast<uint32_t>(drop_prob * 0x1p16 + 0.5);
            for (int pass = 0; pass < 2; ++pass)
                fused(buffers().y, buffers().x, n, &philox, threshold, scale);
            return 0;
        };
    });
}

} // namespace

void add_plain(bool quick) {
    note_version("plain loop", BENCH_COMPILER ", " BENCH_AUTOVEC_FLAGS);
    bool is_vector = false;
#define ADD(isa)                                                                                   \
    if (can_run(#isa)) {                                                                           \
        add_loops("autovec_" #isa, quick, bench_words_##isa, bench_fused_##isa);                   \
        is_vector = true;                                                                          \
    }
    BENCH_ISAS(ADD)
#undef ADD
    if (!is_vector) add_loops("scalar_fused", quick, bench_words_baseline, bench_fused_baseline);
}

} // namespace bench::peers
