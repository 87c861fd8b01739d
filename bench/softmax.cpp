// SPDX-License-Identifier: MIT
// Rows for softmax and dropout, in one call and in one call for each step, and a copy of as much.
#include "rows.h"

#include <simdrop/softmax.h>

#include <cstdint>
#include <cstring>
#include <vector>

namespace bench {

namespace {

struct Shape {
    std::size_t rows, cols;
    bool causal, only_full;
};
// 8 batches of 12 heads, one head that is in L2 or L3, few keys, many keys.
const Shape shapes[] = {
    {8 * 12 * 512, 512, true, false}, {8 * 12 * 512, 512, false, false},
    {512, 512, true, false},          {512, 512, false, false},
    {64 * 512, 128, false, true},     {8 * 2048, 2048, false, true},
    {8 * 2048, 2048, true, true},
};

// Tensors of the largest row so far, made when it first runs. Scores are of the size that they have
// in networks: the exponential takes the same time for all, but subnormal numbers don't. They begin
// at lines, as those of frameworks do.
template <class T> struct Tensors {
    T *x = nullptr, *probs = nullptr, *y = nullptr;
    static Tensors &of(std::size_t n) {
        static Tensors all;
        all.grow(n);
        return all;
    }

  private:
    static constexpr std::size_t line = 64;
    std::vector<char> memory;
    std::size_t size = 0;

    void grow(std::size_t n) {
        if (n <= size) return;
        size = n;
        const std::size_t bytes = (n * sizeof(T) + line - 1) / line * line;
        memory.resize(3 * bytes + line);
        char *at = memory.data() + (0 - reinterpret_cast<std::uintptr_t>(memory.data())) % line;
        for (T **tensor : {&x, &probs, &y}) *tensor = reinterpret_cast<T *>(at), at += bytes;
        for (std::size_t i = 0; i < n; ++i) {
            const float score = static_cast<float>(i * 2654435761 % 1024) / 64 - 8;
            char upper[sizeof score];
            std::memcpy(upper, &score, sizeof score);
            std::memcpy(&x[i], upper + sizeof score - sizeof(T), sizeof(T));
        }
    }
};

template <class T> struct Calls {
    std::string type;
    simdrop_status (*forward)(const simdrop_dropout *, const simdrop_rows *,
                              const simdrop_softmax_config *, const T *, const float *, T *, T *);
    simdrop_status (*backward)(const simdrop_dropout *, const simdrop_rows *,
                               const simdrop_softmax_config *, const uint8_t *, const T *,
                               const T *, T *);
    simdrop_status (*dropout)(const simdrop_dropout *, const simdrop_rows *, const T *, T *);
};

simdrop_dropout dropout_of(double p) {
    simdrop_dropout dropout;
    const simdrop_dropout_config config = simdrop_dropout_config_of(p, 42, 7);
    simdrop_dropout_init(&dropout, &config);
    return dropout;
}

// What a call is made with. Every one has rows of its own: branch predictors learn a mask that
// returns by heart.
struct Arguments {
    simdrop_dropout dropout = dropout_of(0.1), none = dropout_of(0);
    simdrop_rows rows = {};
    simdrop_softmax_config config = {};
    explicit Arguments(const Shape &shape) {
        rows.rows = shape.rows, rows.cols = shape.cols;
        config.scale = 0.125;
        config.causal = shape.causal;
        config.queries = shape.cols;
    }
};

// `tensors` are read or written.
template <class T, class Call>
void add_call(const std::string &kernel, const std::string &isa, const Shape &shape, double tensors,
              Call call) {
    const std::size_t n = shape.rows * shape.cols;
    const std::string name =
        kernel + "_" + std::to_string(shape.cols) + (shape.causal ? "_causal" : "");
    add({name, isa, 16, n, sizeof(T), tensors * sizeof(T), ""},
        [n, call, a = Arguments(shape)]() mutable {
            a.rows.first_row += a.rows.rows;
            return call(a, Tensors<T>::of(n));
        });
}

template <class T>
void add_calls(const Calls<T> &calls, const std::string &isa, const Shape &shape) {
    using Matrices = Tensors<T>;
    const std::string forward = "softmax_dropout_" + calls.type;
    const std::string backward = "softmax_dropout_backward_" + calls.type;
    add_call<T>(forward, isa, shape, 3, [calls](const Arguments &a, Matrices &t) {
        return calls.forward(&a.dropout, &a.rows, &a.config, t.x, nullptr, t.probs, t.y);
    });
    add_call<T>(forward + "_in_steps", isa, shape, 4, [calls](const Arguments &a, Matrices &t) {
        const simdrop_status status =
            calls.forward(&a.none, &a.rows, &a.config, t.x, nullptr, nullptr, t.probs);
        return status | calls.dropout(&a.dropout, &a.rows, t.probs, t.y);
    });
    add_call<T>(backward, isa, shape, 3, [calls](const Arguments &a, Matrices &t) {
        return calls.backward(&a.dropout, &a.rows, &a.config, nullptr, t.x, t.probs, t.y);
    });
    add_call<T>(backward + "_in_steps", isa, shape, 5, [calls](const Arguments &a, Matrices &t) {
        const simdrop_status status = calls.dropout(&a.dropout, &a.rows, t.x, t.y);
        return status | calls.backward(&a.none, &a.rows, &a.config, nullptr, t.y, t.probs, t.y);
    });
}

void add_copy(const Shape &shape) {
    const std::size_t n = shape.rows * shape.cols;
    add({"copy_f32_" + std::to_string(shape.cols), "memcpy", 0, n, 4, 8, ""}, [n] {
        Tensors<float> &t = Tensors<float>::of(n);
        std::memcpy(t.y, t.x, n * sizeof(float));
        return SIMDROP_OK;
    });
}

} // namespace

// Plain sets are too slow for memory to matter.
void add_softmax(bool full) {
    const Calls<float> f32 = {"f32", simdrop_softmax_dropout_f32,
                              simdrop_softmax_dropout_backward_f32, simdrop_dropout_rows_f32};
    const Calls<uint16_t> bf16 = {"bf16", simdrop_softmax_dropout_bf16,
                                  simdrop_softmax_dropout_backward_bf16, simdrop_dropout_rows_bf16};
    for (const char *isa : isas()) {
        simdrop_isa_select(isa);
        for (const Shape &shape : shapes) {
            if (!full && (shape.only_full || (is_plain() && shape.rows > 512))) continue;
            add_calls(f32, isa, shape);
            add_calls(bf16, isa, shape);
        }
    }
    simdrop_isa_select(nullptr);
    for (const Shape &shape : shapes)
        if (!shape.causal && (full || !shape.only_full)) add_copy(shape);
}

} // namespace bench
