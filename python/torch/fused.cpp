// SPDX-License-Identifier: MIT
// Dropout in one pass with bias, activation and residual, or with a residual and a norm. Rows are all
// dimensions but the last.
#include "ops.h"

#include <tuple>

namespace simdrop_torch {
namespace {

struct rows_of {
    int64_t rows, cols;
    explicit rows_of(const Tensor &x)
        : rows(x.numel() == 0 ? 0 : x.numel() / x.size(x.dim() - 1)), cols(x.size(x.dim() - 1)) {}
    simdrop_rows part(const place &at, const Tensor &x, int64_t begin, int64_t end) const {
        simdrop_rows piece = {};
        piece.rows = static_cast<size_t>(end - begin);
        piece.cols = static_cast<size_t>(cols);
        piece.first_row =
            at.offset(x.dim() == 1 ? 0 : sample_size(x) / std::max<int64_t>(1, cols)) +
            static_cast<uint64_t>(begin);
        return piece;
    }
};

Tensor dense(const Tensor &x, const Tensor &like) {
    require(x.scalar_type() == like.scalar_type(), "tensors have to be of one type");
    require(x.numel() == like.numel(), "tensors have to be of one shape");
    return torch::stable::contiguous(x);
}
OptionalTensor dense(const OptionalTensor &x, const Tensor &like) {
    return x ? OptionalTensor(dense(*x, like)) : x;
}

// One value a column, or a row, in the type that is computed in.
OptionalTensor values(const OptionalTensor &x, int64_t size, const Tensor &like) {
    if (!x) return x;
    require(x->numel() == size, "a bias or weight has as many elements as the last dimension");
    const Tensor y =
        x->scalar_type() == computed_type(like) ? *x : torch::stable::to(*x, computed_type(like));
    return torch::stable::contiguous(y);
}

Tensor empty(const Tensor &like) { return torch::stable::empty(like.sizes(), like.scalar_type()); }
Tensor empty_values(int64_t size, const Tensor &like) {
    return torch::stable::empty({&size, 1}, computed_type(like));
}

// Sums over rows: one thread's are added in order; the sums of threads are added in order too. A
// thread has a fixed share of the rows, so the result doesn't depend on how many threads there are.
constexpr int64_t shares = 16;
template <class F> void by_share(const rows_of &shape, F &&f) {
    const int64_t size = (shape.rows + shares - 1) / shares;
    in_parallel(shares, size * shape.cols, [&](int64_t begin, int64_t end) {
        for (int64_t share = begin; share < end; ++share)
            if (share * size < shape.rows)
                f(share, share * size, std::min((share + 1) * size, shape.rows));
    });
}
Tensor zeros_of_shares(int64_t cols, const Tensor &like) {
    const int64_t sizes[] = {shares, cols};
    Tensor y = torch::stable::empty({sizes, 2}, computed_type(like));
    return torch::stable::zero_(y);
}
Tensor summed(const Tensor &of_shares, const Tensor &like, const OptionalTensor &type_of) {
    const int64_t cols = of_shares.size(1);
    Tensor sum = empty_values(cols, like);
    torch::stable::zero_(sum);
    by_real_type(sum, [&](auto type) {
        using T = typename decltype(type)::type;
        if constexpr (std::is_floating_point_v<T>) {
            const T *from = read<T>(of_shares);
            T *to = write<T>(sum);
            for (int64_t share = 0; share < shares; ++share)
                for (int64_t j = 0; j < cols; ++j) to[j] += from[share * cols + j];
        }
    });
    return type_of && type_of->scalar_type() != sum.scalar_type()
               ? torch::stable::to(sum, type_of->scalar_type())
               : sum;
}

Tensor fused(const Tensor &input, const OptionalTensor &bias_or, const OptionalTensor &residual_or,
             const Tensor &key, double p, int64_t layer, int64_t act) {
    require(input.dim() >= 1, "a number has no rows");
    const Tensor x = torch::stable::contiguous(input), y = empty(x);
    const rows_of shape(x);
    const OptionalTensor bias = values(bias_or, shape.cols, x), residual = dense(residual_or, x);
    const place at = place_of(x, key, p, layer);
    by_real_type(x, [&](auto type) {
        using T = typename decltype(type)::type;
        in_parallel(shape.rows, shape.cols, [&](int64_t begin, int64_t end) {
            const auto piece = shape.part(at, x, begin, end);
            const int64_t first = begin * shape.cols;
            check(simdrop::dropout_fused(at.plan, &piece, static_cast<int32_t>(act),
                                         read<T>(x) + first, read<computed<T>>(bias),
                                         residual ? read<T>(*residual) + first : nullptr,
                                         write<T>(y) + first));
        });
    });
    return y;
}

// (dx, dbias)
std::tuple<Tensor, Tensor> fused_backward(const Tensor &gradient, const Tensor &input,
                                          const OptionalTensor &bias_or, const Tensor &key,
                                          double p, int64_t layer, int64_t act) {
    const Tensor dy = torch::stable::contiguous(gradient), x = dense(input, dy), dx = empty(dy);
    const rows_of shape(dy);
    const OptionalTensor bias = values(bias_or, shape.cols, dy);
    const place at = place_of(dy, key, p, layer);
    const Tensor sums = zeros_of_shares(shape.cols, dy);
    by_real_type(dy, [&](auto type) {
        using T = typename decltype(type)::type;
        by_share(shape, [&](int64_t share, int64_t begin, int64_t end) {
            const auto piece = shape.part(at, dy, begin, end);
            const int64_t first = begin * shape.cols;
            check(simdrop::dropout_fused_backward(
                at.plan, &piece, static_cast<int32_t>(act), nullptr, read<T>(dy) + first,
                read<T>(x) + first, read<computed<T>>(bias), write<T>(dx) + first,
                bias ? write<computed<T>>(sums) + share * shape.cols : nullptr));
        });
    });
    return {dx, summed(sums, dy, bias_or)};
}

// (y, z, mean, rstd) of z = residual + dropout(x) and y its LayerNorm, or with `rms` RMSNorm, whose
// mean is empty.
std::tuple<Tensor, Tensor, Tensor, Tensor>
norm(const Tensor &input, const OptionalTensor &residual_or, const OptionalTensor &weight_or,
     const OptionalTensor &bias_or, double eps, const Tensor &key, double p, int64_t layer,
     bool rms) {
    require(input.dim() >= 1, "a number has no rows");
    const Tensor x = torch::stable::contiguous(input), y = empty(x), z = empty(x);
    const rows_of shape(x);
    const OptionalTensor residual = dense(residual_or, x),
                         weight = values(weight_or, shape.cols, x),
                         bias = values(bias_or, shape.cols, x);
    const Tensor mean = empty_values(rms ? 0 : shape.rows, x), rstd = empty_values(shape.rows, x);
    const place at = place_of(x, key, p, layer);
    by_real_type(x, [&](auto type) {
        using T = typename decltype(type)::type;
        using C = computed<T>;
        in_parallel(shape.rows, shape.cols, [&](int64_t begin, int64_t end) {
            const auto piece = shape.part(at, x, begin, end);
            const int64_t first = begin * shape.cols;
            const T *added = residual ? read<T>(*residual) + first : nullptr;
            if (rms)
                check(simdrop::dropout_rms_norm(at.plan, &piece, read<T>(x) + first, added,
                                                read<C>(weight), static_cast<C>(eps),
                                                write<T>(z) + first, write<T>(y) + first,
                                                write<C>(rstd) + begin));
            else
                check(simdrop::dropout_layer_norm(
                    at.plan, &piece, read<T>(x) + first, added, read<C>(weight), read<C>(bias),
                    static_cast<C>(eps), write<T>(z) + first, write<T>(y) + first,
                    write<C>(mean) + begin, write<C>(rstd) + begin));
        });
    });
    return {y, z, mean, rstd};
}

// (dx, dresidual, dweight, dbias); dz is the gradient that z gets elsewhere.
std::tuple<Tensor, Tensor, Tensor, Tensor>
norm_backward(const Tensor &gradient, const OptionalTensor &dz_or, const Tensor &z_or,
              const OptionalTensor &weight_or, const OptionalTensor &bias_or, const Tensor &mean,
              const Tensor &rstd, const Tensor &key, double p, int64_t layer, bool rms) {
    const Tensor dy = torch::stable::contiguous(gradient), z = dense(z_or, dy);
    const OptionalTensor dz = dense(dz_or, dy);
    const Tensor dx = empty(dy), dresidual = empty(dy);
    const rows_of shape(dy);
    const OptionalTensor weight = values(weight_or, shape.cols, dy);
    const place at = place_of(dy, key, p, layer);
    const Tensor weights = zeros_of_shares(shape.cols, dy),
                 biases = zeros_of_shares(shape.cols, dy);
    by_real_type(dy, [&](auto type) {
        using T = typename decltype(type)::type;
        using C = computed<T>;
        by_share(shape, [&](int64_t share, int64_t begin, int64_t end) {
            const auto piece = shape.part(at, dy, begin, end);
            const int64_t first = begin * shape.cols, of_share = share * shape.cols;
            const T *more = dz ? read<T>(*dz) + first : nullptr;
            if (rms)
                check(simdrop::dropout_rms_norm_backward(
                    at.plan, &piece, nullptr, read<T>(dy) + first, more, read<T>(z) + first,
                    read<C>(weight), read<C>(rstd) + begin, write<T>(dx) + first,
                    write<T>(dresidual) + first, write<C>(weights) + of_share));
            else
                check(simdrop::dropout_layer_norm_backward(
                    at.plan, &piece, nullptr, read<T>(dy) + first, more, read<T>(z) + first,
                    read<C>(weight), read<C>(mean) + begin, read<C>(rstd) + begin,
                    write<T>(dx) + first, write<T>(dresidual) + first, write<C>(weights) + of_share,
                    write<C>(biases) + of_share));
        });
    });
    return {dx, dresidual, summed(weights, dy, weight_or), summed(biases, dy, bias_or)};
}

} // namespace
} // namespace simdrop_torch

STABLE_TORCH_LIBRARY_FRAGMENT(simdrop, m) {
    m.def(
        "fused(Tensor x, Tensor? bias, Tensor? residual, Tensor key, float p, int layer, int act) "
        "-> Tensor");
    m.def("fused_backward(Tensor gradient, Tensor x, Tensor? bias, Tensor key, float p, int layer, "
          "int act) -> (Tensor, Tensor)");
    m.def("norm(Tensor x, Tensor? residual, Tensor? weight, Tensor? bias, float eps, Tensor key, "
          "float p, int layer, bool rms) -> (Tensor, Tensor, Tensor, Tensor)");
    m.def("norm_backward(Tensor gradient, Tensor? dz, Tensor z, Tensor? weight, Tensor? bias, "
          "Tensor mean, Tensor rstd, Tensor key, float p, int layer, bool rms) "
          "-> (Tensor, Tensor, Tensor, Tensor)");
}

STABLE_TORCH_LIBRARY_IMPL(simdrop, CPU, m) {
    m.impl("fused", TORCH_BOX(&simdrop_torch::fused));
    m.impl("fused_backward", TORCH_BOX(&simdrop_torch::fused_backward));
    m.impl("norm", TORCH_BOX(&simdrop_torch::norm));
    m.impl("norm_backward", TORCH_BOX(&simdrop_torch::norm_backward));
}
