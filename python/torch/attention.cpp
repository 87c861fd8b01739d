// SPDX-License-Identifier: MIT
// Attention with dropout, without a tensor of queries times keys: for a tile of queries the scores of
// all keys are made, and softmax and dropout done on them while they are in the cache. The backward
// pass makes them again. Matrix products are PyTorch's, one thread each.
#include "ops.h"

#include <torch/csrc/inductor/aoti_torch/generated/c_shim_cpu.h>

#include <memory>
#include <tuple>

namespace simdrop_torch {
namespace {

// A matrix of a tensor of (batch, heads, rows, columns), or of a tile.
template <class T> struct matrix {
    T *data;
    int64_t rows, cols, row_stride, col_stride;
    matrix transposed() const { return {data, cols, rows, col_stride, row_stride}; }
    matrix part(int64_t first, int64_t count) const {
        return {data + first * row_stride, count, cols, row_stride, col_stride};
    }
    Tensor tensor() const {
        using nonconst = std::remove_const_t<T>;
        const int64_t sizes[] = {rows, cols}, strides[] = {row_stride, col_stride};
        return torch::stable::from_blob(const_cast<nonconst *>(data), {sizes, 2}, {strides, 2},
                                        torch::stable::Device(torch::headeronly::DeviceType::CPU),
                                        std::is_same_v<nonconst, double> ? ScalarType::Double
                                                                         : ScalarType::Float);
    }
};

template <class T> matrix<T> at(const Tensor &x, int64_t batch, int64_t head) {
    return {(std::is_const_v<T> ? const_cast<T *>(read<std::remove_const_t<T>>(x))
                                : write<std::remove_const_t<T>>(x)) +
                batch * x.stride(0) + head * x.stride(1),
            x.size(2), x.size(3), x.stride(2), x.stride(3)};
}

void check_shim(AOTITorchError failed) { require(!failed, "a matrix product failed"); }

// c = a b
template <class A, class B, class C>
void multiply(const matrix<A> &a, const matrix<B> &b, const matrix<C> &c) {
    check_shim(aoti_torch_cpu_mm_out(c.tensor().get(), a.tensor().get(), b.tensor().get()));
}

// c += a b
template <class A, class B, class C>
void multiply_add(const matrix<A> &a, const matrix<B> &b, const matrix<C> &c) {
    const Tensor sum = c.tensor();
    check_shim(aoti_torch_cpu_addmm_out(sum.get(), sum.get(), a.tensor().get(), b.tensor().get(),
                                        1.0, 1.0));
}

// What a call of either pass is about. Tensors are of float32 or float64, with rows without gaps.
struct attention {
    Tensor q, k, v;
    OptionalTensor mask; // (batch or 1, heads or 1, queries or 1, keys), added
    place where;         // of a small tensor, the key: tiles are not to bypass the caches
    double scale;
    bool causal;
    int64_t batches, heads, queries, keys, group, tile;

    attention(const Tensor &q, const Tensor &k, const Tensor &v, const OptionalTensor &mask,
              const Tensor &key, double p, int64_t layer, bool causal, double scale)
        : q(q), k(k), v(v), mask(mask), where(place_of(key, key, p, layer)), scale(scale),
          causal(causal), batches(q.size(0)), heads(q.size(1)), queries(q.size(2)), keys(k.size(2)),
          group(heads / std::max<int64_t>(1, k.size(1))) {
        // scores of a tile are 256 KiB or so: with what stands beside them they fit an L2 cache
        tile = std::clamp<int64_t>(65536 / std::max<int64_t>(1, keys) / 16 * 16, 32, 256);
    }

    // The end of the tile that begins at a query. A causal tile is all before the last key, or behind.
    int64_t tile_end(int64_t first) const {
        const int64_t end = std::min(first + tile, queries);
        return causal && first < keys ? std::min(end, keys) : end;
    }
    // The keys that a tile sees, of query q those up to key q.
    int64_t seen(int64_t end) const { return causal ? std::min(end, keys) : keys; }

    int64_t tiles() const {
        int64_t count = 0;
        for (int64_t first = 0; first < queries; first = tile_end(first)) ++count;
        return count;
    }

    simdrop_rows rows(int64_t batch, int64_t head, int64_t first, int64_t end) const {
        simdrop_rows rows = {};
        rows.rows = static_cast<size_t>(end - first);
        rows.cols = static_cast<size_t>(seen(end));
        rows.global_cols = static_cast<uint64_t>(keys);
        rows.first_row = where.offset(heads * queries) +
                         static_cast<uint64_t>((batch * heads + head) * queries + first);
        return rows;
    }

    simdrop_softmax_config config(int64_t first, int64_t end) const {
        simdrop_softmax_config config = {};
        config.scale = scale;
        config.causal = causal && first < keys;
        config.queries = static_cast<size_t>(end - first);
        config.mask_rows = mask && mask->size(2) == 1 ? 1 : 0;
        return config;
    }

    template <class T> const T *mask_of(int64_t batch, int64_t head, int64_t first) const {
        if (!mask) return nullptr;
        const auto index = [&](int64_t dim, int64_t i) {
            return mask->size(dim) == 1 ? 0 : i * mask->stride(dim);
        };
        return read<T>(*mask) + index(0, batch) + index(1, head) + index(2, first);
    }

    // Scores of a tile, then probabilities, or with `probs` both those and what dropout leaves of them.
    template <class T>
    void weights(int64_t batch, int64_t head, int64_t first, int64_t end, T *probs, T *y) const {
        const matrix<T> scores = {probs ? probs : y, end - first, seen(end), seen(end), 1};
        multiply(at<const T>(q, batch, head).part(first, end - first),
                 at<const T>(k, batch, head / group).part(0, seen(end)).transposed(), scores);
        const auto piece = rows(batch, head, first, end);
        const auto settings = config(first, end);
        check(simdrop::softmax_dropout(where.plan, &piece, &settings, scores.data,
                                       mask_of<T>(batch, head, first), probs, y));
    }
};

template <class T> std::unique_ptr<T[]> scratch(int64_t elements) {
    return std::unique_ptr<T[]>(new T[static_cast<size_t>(elements)]);
}

// A result of (batch, heads, rows, columns), whose heads lie beside each other, as the projection that
// comes next wants them.
Tensor result_like(const Tensor &x, int64_t cols) {
    const int64_t sizes[] = {x.size(0), x.size(2), x.size(1), cols};
    return torch::stable::transpose(torch::stable::empty({sizes, 4}, x.scalar_type()), 1, 2);
}

void check_shapes(const Tensor &q, const Tensor &k, const Tensor &v, const OptionalTensor &mask) {
    require(q.dim() == 4 && k.dim() == 4 && v.dim() == 4,
            "attention is of (batch, heads, length, size)");
    require(k.size(0) == q.size(0) && v.size(0) == q.size(0) && k.size(3) == q.size(3) &&
                k.size(2) == v.size(2) && k.size(1) == v.size(1) && k.size(1) > 0 &&
                q.size(1) % k.size(1) == 0,
            "the shapes of query, key and value don't fit each other");
    require(q.scalar_type() == k.scalar_type() && q.scalar_type() == v.scalar_type(),
            "query, key and value have to be of one type");
    if (!mask) return;
    require(mask->dim() == 4 && mask->size(3) == k.size(2) &&
                mask->scalar_type() == computed_type(q),
            "the mask doesn't fit the scores, or isn't of the type they are computed in");
    for (int64_t dim = 0; dim < 3; ++dim)
        require(mask->size(dim) == 1 || mask->size(dim) == q.size(dim),
                "the mask doesn't fit the scores");
}

// In the type that is computed in, with rows without gaps.
Tensor prepared(const Tensor &x) {
    Tensor y = x.scalar_type() == computed_type(x) ? x : torch::stable::to(x, computed_type(x));
    return y.stride(3) == 1 || y.size(3) <= 1 ? y : torch::stable::contiguous(y);
}
OptionalTensor prepared_mask(const OptionalTensor &x) {
    if (!x || (x->stride(3) == 1 && (x->size(2) <= 1 || x->stride(2) == x->size(3)))) return x;
    return torch::stable::contiguous(*x);
}
Tensor finished(const Tensor &y, const Tensor &like) {
    return y.scalar_type() == like.scalar_type() ? y : torch::stable::to(y, like.scalar_type());
}

// f(T()), T being float or double
template <class F> void by_computed_type(const Tensor &x, F &&f) {
    if (x.scalar_type() == ScalarType::Double)
        f(double());
    else
        f(float());
}

Tensor forward(const Tensor &query, const Tensor &key, const Tensor &value,
               const OptionalTensor &mask, const Tensor &dropout_key, double p, int64_t layer,
               bool causal, double scale) {
    check_shapes(query, key, value, mask);
    const attention a(prepared(query), prepared(key), prepared(value), prepared_mask(mask),
                      dropout_key, p, layer, causal, scale);
    const Tensor out = result_like(a.q, a.v.size(3));
    const int64_t tiles = a.tiles();
    by_computed_type(a.q, [&](auto zero) {
        using T = decltype(zero);
        in_parallel(a.batches * a.heads * tiles, a.tile * a.keys, [&](int64_t begin, int64_t end) {
            const auto room = scratch<T>(a.tile * a.keys);
            for (int64_t unit = begin; unit < end;) {
                const int64_t batch = unit / tiles / a.heads, head = unit / tiles % a.heads;
                int64_t first = 0;
                for (int64_t i = unit % tiles; i != 0; --i) first = a.tile_end(first);
                for (; unit < end && first < a.queries; ++unit) {
                    const int64_t last = a.tile_end(first), seen = a.seen(last);
                    a.weights<T>(batch, head, first, last, nullptr, room.get());
                    multiply(matrix<T>{room.get(), last - first, seen, seen, 1},
                             at<const T>(a.v, batch, head / a.group).part(0, seen),
                             at<T>(out, batch, head).part(first, last - first));
                    first = last;
                }
            }
        });
    });
    return finished(out, query);
}

// The gradients of query, key and value. A thread has all queries of a key's head, so that sums over
// queries are made in one order.
std::tuple<Tensor, Tensor, Tensor> backward(const Tensor &gradient, const Tensor &query,
                                            const Tensor &key, const Tensor &value,
                                            const OptionalTensor &mask, const Tensor &dropout_key,
                                            double p, int64_t layer, bool causal, double scale) {
    check_shapes(query, key, value, mask);
    const attention a(prepared(query), prepared(key), prepared(value), prepared_mask(mask),
                      dropout_key, p, layer, causal, scale);
    const Tensor dout = prepared(gradient);
    Tensor dq = result_like(a.q, a.q.size(3)), dk = result_like(a.k, a.k.size(3)),
           dv = result_like(a.v, a.v.size(3));
    torch::stable::zero_(dk);
    torch::stable::zero_(dv);
    const int64_t shared = a.k.size(1), size = a.tile * a.keys;
    by_computed_type(a.q, [&](auto zero) {
        using T = decltype(zero);
        in_parallel(
            a.batches * shared, a.group * a.queries * a.keys, [&](int64_t begin, int64_t end) {
                const auto room = scratch<T>(3 * size);
                T *const probs = room.get(), *const y = probs + size, *const dy = y + size;
                for (int64_t unit = begin; unit < end; ++unit) {
                    const int64_t batch = unit / shared, of_key = unit % shared;
                    const auto k = at<const T>(a.k, batch, of_key),
                               v = at<const T>(a.v, batch, of_key);
                    const auto to_k = at<T>(dk, batch, of_key), to_v = at<T>(dv, batch, of_key);
                    for (int64_t head = of_key * a.group; head < (of_key + 1) * a.group; ++head) {
                        for (int64_t first = 0, last; first < a.queries; first = last) {
                            last = a.tile_end(first);
                            const int64_t count = last - first, seen = a.seen(last);
                            const matrix<T> dropped = {y, count, seen, seen, 1};
                            const matrix<T> dscores = {dy, count, seen, seen, 1};
                            const auto from = at<const T>(dout, batch, head).part(first, count);
                            a.weights<T>(batch, head, first, last, probs, y);
                            multiply_add(dropped.transposed(), from, to_v.part(0, seen));
                            multiply(from, v.part(0, seen).transposed(), dscores);
                            const auto piece = a.rows(batch, head, first, last);
                            const auto settings = a.config(first, last);
                            check(simdrop::softmax_dropout_backward(a.where.plan, &piece, &settings,
                                                                    nullptr, dy, probs, dy));
                            multiply(dscores, k.part(0, seen),
                                     at<T>(dq, batch, head).part(first, count));
                            multiply_add(dscores.transposed(),
                                         at<const T>(a.q, batch, head).part(first, count),
                                         to_k.part(0, seen));
                        }
                    }
                }
            });
    });
    return {finished(dq, query), finished(dk, key), finished(dv, value)};
}

} // namespace
} // namespace simdrop_torch

#define ARGUMENTS                                                                                  \
    "Tensor query, Tensor key, Tensor value, Tensor? mask, Tensor dropout_key, float p, int "      \
    "layer, "                                                                                      \
    "bool causal, float scale"

STABLE_TORCH_LIBRARY_FRAGMENT(simdrop, m) {
    m.def("attention(" ARGUMENTS ") -> Tensor");
    m.def("attention_backward(Tensor gradient, " ARGUMENTS ") -> (Tensor, Tensor, Tensor)");
}

STABLE_TORCH_LIBRARY_IMPL(simdrop, CPU, m) {
    m.impl("attention", TORCH_BOX(&simdrop_torch::forward));
    m.impl("attention_backward", TORCH_BOX(&simdrop_torch::backward));
}
