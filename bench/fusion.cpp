// SPDX-License-Identifier: MIT
// Rows for bias, activation, dropout and residual: in one call, in its backward, and as passes of
// their own, where an engine's loops add bias and residual.
#include "rows.h"

#include <simdrop/dropout.h>
#include <simdrop/fused.h>

#include <cstring>
#include <vector>

namespace bench {

namespace {

constexpr std::size_t cols = 3072;
const std::size_t heights[] = {5, 342, 10923}; // L2, 1 M and 32 M elements

struct Act {
    const char *name;
    int32_t id;
};
const Act acts[] = {{"none", SIMDROP_ACT_NONE},
                    {"relu", SIMDROP_ACT_RELU},
                    {"gelu", SIMDROP_ACT_GELU},
                    {"gelu_tanh", SIMDROP_ACT_GELU_TANH}};

float number_of(float x) { return x; }
float number_of(std::uint16_t x) {
    const std::uint32_t bits = static_cast<std::uint32_t>(x) << 16;
    float number;
    std::memcpy(&number, &bits, sizeof number);
    return number;
}
template <class T> T rounded(float x);
template <> float rounded<float>(float x) { return x; }
template <> std::uint16_t rounded<std::uint16_t>(float x) { // of numbers
    std::uint32_t bits;
    std::memcpy(&bits, &x, sizeof bits);
    return static_cast<std::uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

// Tensors of the largest row so far, made when it first runs; values from -3 to 3.
template <class T> struct Tensors {
    std::vector<T> x, residual, y, between;
    static Tensors &of(std::size_t n) {
        static Tensors all;
        if (all.x.size() < n)
            for (std::vector<T> *tensor : {&all.x, &all.residual, &all.y, &all.between}) {
                tensor->resize(n);
                for (std::size_t i = 0; i < n; ++i)
                    (*tensor)[i] =
                        rounded<T>(static_cast<float>(i * 2654435761u % 6001) / 1000 - 3);
            }
        return all;
    }
};

// What an engine would have the compiler vectorise.
template <class T> void add_bias(const T *x, const float *bias, std::size_t rows, T *y) {
    for (std::size_t i = 0; i < rows; ++i, x += cols, y += cols)
        for (std::size_t j = 0; j < cols; ++j) y[j] = rounded<T>(number_of(x[j]) + bias[j]);
}
template <class T> void add_residual(const T *x, const T *residual, std::size_t n, T *y) {
    for (std::size_t i = 0; i < n; ++i) y[i] = rounded<T>(number_of(residual[i]) + number_of(x[i]));
}

#define OVERLOADS(type, T)                                                                         \
    simdrop_status forward(const simdrop_dropout *d, const simdrop_rows *r, int32_t act,           \
                           const T *x, const float *bias, const T *residual, T *y) {               \
        return simdrop_dropout_fused_##type(d, r, act, x, bias, residual, y);                      \
    }                                                                                              \
    simdrop_status backward(const simdrop_dropout *d, const simdrop_rows *r, int32_t act,          \
                            const T *dy, const T *x, const float *bias, T *dx, float *dbias) {     \
        return simdrop_dropout_fused_backward_##type(d, r, act, nullptr, dy, x, bias, dx, dbias);  \
    }                                                                                              \
    simdrop_status drop(const simdrop_dropout *d, uint64_t offset, std::size_t n, const T *x,      \
                        T *y) {                                                                    \
        return simdrop_dropout_##type(d, offset, n, x, y);                                         \
    }
OVERLOADS(f32, float)
OVERLOADS(bf16, std::uint16_t)
#undef OVERLOADS

// A call's arguments. Every call has rows of its own: branch predictors learn a mask that returns.
template <class T> struct Work {
    simdrop_dropout dropout, none;
    simdrop_rows rows = {};
    int32_t act;
    std::vector<float> bias, dbias;
    Work(std::size_t height, int32_t act_id) : act(act_id), bias(cols, 0.125f), dbias(cols, 0.0f) {
        const simdrop_dropout_config some = simdrop_dropout_config_of(0.1, 42, 7);
        const simdrop_dropout_config nothing = simdrop_dropout_config_of(0, 42, 7);
        simdrop_dropout_init(&dropout, &some);
        simdrop_dropout_init(&none, &nothing);
        rows.rows = height, rows.cols = cols;
    }
    std::size_t n() const { return rows.rows * cols; }
};

template <class T> simdrop_status in_one_call(Work<T> &w, Tensors<T> &t) {
    return forward(&w.dropout, &w.rows, w.act, t.x.data(), w.bias.data(), t.residual.data(),
                   t.y.data());
}
template <class T> simdrop_status in_passes(Work<T> &w, Tensors<T> &t) {
    add_bias(t.x.data(), w.bias.data(), w.rows.rows, t.between.data());
    simdrop_status status =
        w.act == SIMDROP_ACT_NONE
            ? SIMDROP_OK
            : forward(&w.none, &w.rows, w.act, t.between.data(), static_cast<float *>(nullptr),
                      static_cast<T *>(nullptr), t.between.data());
    status |= drop(&w.dropout, w.rows.first_row * cols, w.n(), t.between.data(), t.y.data());
    add_residual(t.y.data(), t.residual.data(), w.n(), t.y.data());
    return status;
}
template <class T> simdrop_status its_gradients(Work<T> &w, Tensors<T> &t) {
    return backward(&w.dropout, &w.rows, w.act, t.residual.data(), t.x.data(), w.bias.data(),
                    t.y.data(), w.dbias.data());
}

// `tensors` is how many are read or written.
template <class T, class Call>
void add_row(const std::string &name, const std::string &isa, std::size_t height, const Act &act,
             double tensors, Call call) {
    add({name, isa, 16, height * cols, sizeof(T), tensors * sizeof(T), ""},
        [call, w = Work<T>(height, act.id)]() mutable {
            w.rows.first_row += w.rows.rows;
            return call(w, Tensors<T>::of(w.n()));
        });
}

template <class T>
void add_type(const std::string &type, const std::string &isa, std::size_t height, const Act &act) {
    const std::string name = "bias_" + std::string(act.name) + "_dropout_residual_" + type;
    const bool none = act.id == SIMDROP_ACT_NONE;
    add_row<T>(name, isa, height, act, 3, in_one_call<T>);
    add_row<T>(name + "_in_passes", isa, height, act, none ? 7 : 9, in_passes<T>);
    add_row<T>(name + "_backward", isa, height, act, none ? 2 : 3, its_gradients<T>);
}

} // namespace

// Plain sets are too slow for memory to matter.
void add_fusion(bool full) {
    for (const char *isa : shown_isas(full)) {
        simdrop_isa_select(isa);
        for (const std::size_t height : heights) {
            if (is_plain() && !full && height > heights[0]) continue;
            for (const Act &act : acts) {
                if (!full && act.id != SIMDROP_ACT_NONE && act.id != SIMDROP_ACT_GELU_TANH)
                    continue;
                add_type<float>("f32", isa, height, act);
                add_type<std::uint16_t>("bf16", isa, height, act);
            }
        }
    }
    simdrop_isa_select(nullptr);
}

} // namespace bench
