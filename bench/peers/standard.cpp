// SPDX-License-Identifier: MIT
// Rows of the C++ standard library: std::mt19937 and its distributions, as textbooks use them.
#include "peers.h"

#include <random>

namespace bench::peers {

namespace {

template <class T, class Distribution>
void add_fill(const char *kernel, bool quick, Distribution distribution) {
    add_rows(kernel, "mt19937", quick, [distribution](std::size_t n) {
        return [distribution, n, generator = std::mt19937(42)]() mutable {
            T *y = static_cast<T *>(static_cast<void *>(buffers().y));
            for (std::size_t i = 0; i < n; ++i) y[i] = distribution(generator);
            benchmark::ClobberMemory();
            return 0;
        };
    });
}

// A byte for each element's fate, drawn one by one, kept for the backward pass.
int dropout(std::size_t n, std::mt19937 &generator, unsigned char *keep) {
    std::bernoulli_distribution drop(drop_prob);
    const float scale = static_cast<float>(1 / (1 - drop_prob));
    const float *x = buffers().x;
    float *y = buffers().y;
    for (std::size_t i = 0; i < n; ++i) {
        keep[i] = !drop(generator);
        y[i] = keep[i] ? x[i] * scale : 0;
    }
    benchmark::ClobberMemory();
    for (std::size_t i = 0; i < n; ++i) y[i] = keep[i] ? x[i] * scale : 0;
    benchmark::ClobberMemory();
    return 0;
}

} // namespace

void add_standard(bool quick) {
    note_version("std::mt19937", std::string("compiler ") + __VERSION__);
    add_fill<uint32_t>("random_u32", quick,
                       [](std::mt19937 &generator) { return static_cast<uint32_t>(generator()); });
    add_fill<float>("random_uniform_f32", quick, std::uniform_real_distribution<float>(0, 1));
    add_fill<float>("random_normal_f32", quick, std::normal_distribution<float>(0, 1));
    add_fill<double>("random_normal_f64", quick, std::normal_distribution<double>(0, 1));
    add_fill<float>("random_exponential_f32", quick, std::exponential_distribution<float>(1));
    add_rows("dropout_f32", "mt19937", quick, [](std::size_t n) {
        return [n, generator = std::mt19937(42)]() mutable {
            static std::vector<unsigned char> keep;
            if (keep.size() < n) keep.resize(n);
            return dropout(n, generator, keep.data());
        };
    });
}

} // namespace bench::peers
