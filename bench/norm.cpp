// SPDX-License-Identifier: MIT
// Rows for dropout, residual and a norm, in one call and in one call for each step.
#include "rows.h"

#include <simdrop/fused.h>
#include <simdrop/norm.h>

#include <cstring>
#include <vector>

namespace bench {

namespace {

struct Shape {
    std::size_t rows, cols;
};
// L2 or L3; a layer of a small transformer, and of a larger one.
const Shape shapes[] = {{512, 768}, {4096, 768}, {8192, 1024}};

// Tensors of the largest row so far, made when it first runs.
template <class T> struct Tensors {
    std::vector<T> x, residual, z, y;
    static Tensors &of(std::size_t n) {
        static Tensors all;
        if (all.x.size() < n)
            for (std::vector<T> *tensor : {&all.x, &all.residual, &all.z, &all.y}) {
                tensor->resize(n);
                for (std::size_t i = 0; i < n; ++i)
                    (*tensor)[i] = reinterpret_cast<T *>(buffers().x)[i % 64];
            }
        return all;
    }
};

template <class Real> struct Vectors {
    std::vector<Real> weight, bias, dweight, dbias, mean, rstd;
    explicit Vectors(Shape shape)
        : weight(shape.cols, 1), bias(shape.cols, 0), dweight(shape.cols), dbias(shape.cols),
          mean(shape.rows, 0), rstd(shape.rows, 1) {}
};

simdrop_dropout dropout_of(double p) {
    simdrop_dropout dropout;
    const simdrop_dropout_config config = simdrop_dropout_config_of(p, 42, 7);
    simdrop_dropout_init(&dropout, &config);
    return dropout;
}

simdrop_rows rows_of(Shape shape) {
    simdrop_rows rows = {};
    rows.rows = shape.rows, rows.cols = shape.cols;
    return rows;
}

// Every call has rows of its own: branch predictors learn a mask that returns by heart. A row of
// `tensors` tensors that are read or written; `call` gets dropout, rows, tensors and vectors.
template <class T, class Real, class Call>
void add_row(const std::string &name, const std::string &isa, Shape shape, double tensors,
             Call call) {
    add({name, isa, 16, shape.rows * shape.cols, sizeof(T), tensors * sizeof(T), ""},
        [call, shape, dropout = dropout_of(0.1), none = dropout_of(0), rows = rows_of(shape),
         v = Vectors<Real>(shape)]() mutable {
            Tensors<T> &t = Tensors<T>::of(shape.rows * shape.cols);
            rows.first_row += shape.rows;
            return call(dropout, none, rows, t, v);
        });
}

#define ADD_TYPE(type, T, Real)                                                                    \
    void add_##type(const std::string &isa, Shape shape) {                                         \
        const std::string name = "dropout_layer_norm_";                                            \
        using Plan = simdrop_dropout;                                                              \
        using Matrices = Tensors<T>;                                                               \
        using Params = Vectors<Real>;                                                              \
        add_row<T, Real>(name + #type, isa, shape, 4,                                              \
                         [](Plan &d, Plan &, simdrop_rows &rows, Matrices &t, Params &v) {         \
                             return simdrop_dropout_layer_norm_##type(                             \
                                 &d, &rows, t.x.data(), t.residual.data(), v.weight.data(),        \
                                 v.bias.data(), 1e-5f, t.z.data(), t.y.data(), v.mean.data(),      \
                                 v.rstd.data());                                                   \
                         });                                                                       \
        add_row<T, Real>(name + #type "_in_steps", isa, shape, 7,                                  \
                         [](Plan &d, Plan &none, simdrop_rows &rows, Matrices &t, Params &v) {     \
                             simdrop_status status =                                               \
                                 simdrop_dropout_rows_##type(&d, &rows, t.x.data(), t.y.data());   \
                             status |= simdrop_dropout_fused_##type(                               \
                                 &none, &rows, SIMDROP_ACT_NONE, t.y.data(), nullptr,              \
                                 t.residual.data(), t.z.data());                                   \
                             return status | simdrop_dropout_layer_norm_##type(                    \
                                                 &none, &rows, t.z.data(), nullptr,                \
                                                 v.weight.data(), v.bias.data(), 1e-5f, nullptr,   \
                                                 t.y.data(), v.mean.data(), v.rstd.data());        \
                         });                                                                       \
        add_row<T, Real>("dropout_rms_norm_" #type, isa, shape, 4,                                 \
                         [](Plan &d, Plan &, simdrop_rows &rows, Matrices &t, Params &v) {         \
                             return simdrop_dropout_rms_norm_##type(                               \
                                 &d, &rows, t.x.data(), t.residual.data(), v.weight.data(), 1e-5f, \
                                 t.z.data(), t.y.data(), v.rstd.data());                           \
                         });                                                                       \
        add_row<T, Real>(name + "backward_" #type, isa, shape, 4,                                  \
                         [](Plan &d, Plan &, simdrop_rows &rows, Matrices &t, Params &v) {         \
                             return simdrop_dropout_layer_norm_backward_##type(                    \
                                 &d, &rows, nullptr, t.y.data(), nullptr, t.z.data(),              \
                                 v.weight.data(), v.mean.data(), v.rstd.data(), t.x.data(),        \
                                 t.residual.data(), v.dweight.data(), v.dbias.data());             \
                         });                                                                       \
        add_row<T, Real>(                                                                          \
            name + "backward_" #type "_in_steps", isa, shape, 5,                                   \
            [](Plan &d, Plan &none, simdrop_rows &rows, Matrices &t, Params &v) {                  \
                const simdrop_status status = simdrop_dropout_layer_norm_backward_##type(          \
                    &none, &rows, nullptr, t.y.data(), nullptr, t.z.data(), v.weight.data(),       \
                    v.mean.data(), v.rstd.data(), t.residual.data(), nullptr, v.dweight.data(),    \
                    v.dbias.data());                                                               \
                return status |                                                                    \
                       simdrop_dropout_rows_##type(&d, &rows, t.residual.data(), t.x.data());      \
            });                                                                                    \
        add_row<T, Real>("dropout_rms_norm_backward_" #type, isa, shape, 4,                        \
                         [](Plan &d, Plan &, simdrop_rows &rows, Matrices &t, Params &v) {         \
                             return simdrop_dropout_rms_norm_backward_##type(                      \
                                 &d, &rows, nullptr, t.y.data(), nullptr, t.z.data(),              \
                                 v.weight.data(), v.rstd.data(), t.x.data(), t.residual.data(),    \
                                 v.dweight.data());                                                \
                         });                                                                       \
    }
ADD_TYPE(f32, float, float)
ADD_TYPE(bf16, uint16_t, float)
#undef ADD_TYPE

} // namespace

// Plain sets are too slow for memory to matter.
void add_norm(bool full) {
    for (const char *isa : shown_isas(full)) {
        simdrop_isa_select(isa);
        for (const Shape &shape : shapes) {
            if (is_plain() && !full && shape.rows > shapes[0].rows) continue;
            add_f32(isa, shape);
            if (full) add_bf16(isa, shape);
        }
    }
    simdrop_isa_select(nullptr);
    for (const Shape &shape : shapes) // half of the tensors of a call are read, half written
        add({"copy_f32", "memcpy", 0, shape.rows * shape.cols, 4, 8, ""},
            [n = shape.rows * shape.cols] {
                Tensors<float> &t = Tensors<float>::of(n);
                std::memcpy(t.y.data(), t.x.data(), n * sizeof(float));
                return SIMDROP_OK;
            });
}

} // namespace bench
