// SPDX-License-Identifier: MIT
// Rows of the C++ standard library: its engines and distributions, as textbooks use them.
#include "peers.h"

#include <random>

namespace bench::peers {

namespace {

template <class Engine, class T, class Distribution>
void add_fill(const char *kernel, const char *by, bool quick, Distribution distribution) {
    add_rows(kernel, by, quick, [distribution](std::size_t n) {
        return [distribution, n, engine = Engine(42)]() mutable {
            T *y = static_cast<T *>(static_cast<void *>(buffers().y));
            for (std::size_t i = 0; i < n; ++i) y[i] = distribution(engine);
            benchmark::ClobberMemory();
            return 0;
        };
    });
}

// A byte for each element's fate, drawn one by one, kept for the backward pass.
template <class Engine> int dropout(std::size_t n, Engine &engine, unsigned char *keep) {
    std::bernoulli_distribution drop(drop_prob);
    const float scale = static_cast<float>(1 / (1 - drop_prob));
    const float *x = buffers().x;
    float *y = buffers().y;
    for (std::size_t i = 0; i < n; ++i) {
        keep[i] = !drop(engine);
        y[i] = keep[i] ? x[i] * scale : 0;
    }
    benchmark::ClobberMemory();
    for (std::size_t i = 0; i < n; ++i) y[i] = keep[i] ? x[i] * scale : 0;
    benchmark::ClobberMemory();
    return 0;
}

#if defined(__clang__)
const char *const compiler = __VERSION__; // with its name
#else
const char *const compiler = "gcc " __VERSION__;
#endif

template <class Engine> void add_engine(const char *by, bool quick) {
    note_version("std::" + std::string(by), compiler);
    add_fill<Engine, uint32_t>("random_u32", by, quick,
                               [](Engine &engine) { return static_cast<uint32_t>(engine()); });
    add_fill<Engine, float>("random_uniform_f32", by, quick,
                            std::uniform_real_distribution<float>(0, 1));
    add_fill<Engine, float>("random_normal_f32", by, quick, std::normal_distribution<float>(0, 1));
    add_fill<Engine, double>("random_normal_f64", by, quick,
                             std::normal_distribution<double>(0, 1));
    add_fill<Engine, float>("random_exponential_f32", by, quick,
                            std::exponential_distribution<float>(1));
    add_rows("dropout_f32", by, quick, [](std::size_t n) {
        return [n, engine = Engine(42)]() mutable {
            static std::vector<unsigned char> keep;
            if (keep.size() < n) keep.resize(n);
            return dropout(n, engine, keep.data());
        };
    });
}

} // namespace

void add_standard(bool quick) {
    add_engine<std::mt19937>("mt19937", quick);
#if defined(__cpp_lib_philox_engine)
    add_engine<std::philox4x32>("philox4x32", quick);
#else
    note_skipped("std::philox4x32", "this compiler's <random> lacks it; GCC 16 has it, in C++26");
#endif
}

} // namespace bench::peers
