// SPDX-License-Identifier: MIT
// Dropout as a layer of an engine in C++17: any type of elements, and exceptions.
#include <simdrop/simdrop.hpp>

#include <cstdio>
#include <vector>

namespace {

class Dropout {
  public:
    Dropout(double p, std::uint64_t seed, std::uint64_t layer) : plan_(p, seed), layer_(layer) {
        plan_.made().or_throw();
    }
    // Of forward, its recomputation and backward of one step.
    void begin_step(std::uint64_t step) {
        plan_.set_stream(simdrop::stream_derive(layer_, step, 0)).or_throw();
    }
    template <class T> void forward(const std::vector<T> &x, std::vector<T> &y) const {
        y.resize(x.size());
        simdrop::dropout(plan_, 0, x.size(), x.data(), y.data()).or_throw();
    }
    template <class T> void backward(const std::vector<T> &dy, std::vector<T> &dx) const {
        forward(dy, dx);
    }

  private:
    simdrop::plan plan_;
    std::uint64_t layer_;
};

} // namespace

int main() {
    try {
        Dropout layer(0.1, 42, 3);
        const std::vector<float> x(1000, 2.0f), dy(1000, 1.0f);
        std::vector<float> y, dx;
        std::size_t differ = 0;
        for (std::uint64_t step = 0; step < 3; ++step) {
            layer.begin_step(step);
            layer.forward(x, y);
            layer.backward(dy, dx);
            for (std::size_t i = 0; i < x.size(); ++i) differ += (y[i] == 0) != (dx[i] == 0);
        }
        std::printf("masks of forward and backward differ in %zu elements\n", differ);
        return differ != 0;
    } catch (const simdrop::error &error) {
        std::fprintf(stderr, "layer: %s\n", error.what());
        return 1;
    }
}
