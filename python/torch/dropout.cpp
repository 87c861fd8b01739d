// SPDX-License-Identifier: MIT
// Dropout, of elements, of channels, with alpha; each is its own gradient, or has it by a flag.
#include "ops.h"
#include "shard.h"

#include <vector>

namespace simdrop_torch {
namespace {

// y = f(x) of tensors without gaps, where x or y has some: the position of an element is its logical
// one, whatever the strides are.
template <class F> void without_gaps(const Tensor &x, const Tensor &y, F &&f) {
    if (x.is_contiguous() && y.is_contiguous()) return f(x, y);
    const Tensor from = torch::stable::contiguous(x);
    Tensor to = torch::stable::empty(x.sizes(), x.scalar_type());
    f(from, to);
    Tensor result = y;
    torch::stable::copy_(result, to);
}

void flat(const Tensor &x, const Tensor &y, const Tensor &key, double p, int64_t layer) {
    const place at = place_of(x, key, p, layer);
    const uint64_t offset = at.offset(sample_size(x));
    constexpr int64_t block = 64; // elements that are drawn together
    const int64_t n = x.numel();
    by_type(x, [&](auto type) {
        using T = typename decltype(type)::type;
        const T *from = read<T>(x);
        T *to = write<T>(y);
        in_parallel((n + block - 1) / block, block, [&](int64_t begin, int64_t end) {
            const int64_t first = begin * block, count = std::min(end * block, n) - first;
            check(simdrop::dropout(at.plan, offset + static_cast<uint64_t>(first),
                                   static_cast<size_t>(count), from + first, to + first));
        });
    });
}

Tensor dropout(const Tensor &x, const Tensor &key, double p, int64_t layer) {
    const Tensor y = like(x);
    without_gaps(x, y,
                 [&](const Tensor &from, const Tensor &to) { flat(from, to, key, p, layer); });
    return y;
}

void dropout_(const Tensor &x, const Tensor &key, double p, int64_t layer) {
    for (int64_t k = 0; k < x.dim(); ++k)
        require(x.size(k) <= 1 || x.stride(k) != 0,
                "elements of an expanded tensor are one, and can't be written in place");
    without_gaps(x, x,
                 [&](const Tensor &from, const Tensor &to) { flat(from, to, key, p, layer); });
}

// A part of a tensor of global_shape that begins at the indices `start`, with the mask that the whole
// has there.
Tensor dropout_shard(const Tensor &x, const Tensor &key, double p, int64_t layer,
                     std::vector<int64_t> global_shape, std::vector<int64_t> start) {
    const auto dims = static_cast<size_t>(x.dim());
    require(global_shape.size() == dims && start.size() == dims,
            "a shard's global shape and start have as many dimensions as its tensor");
    const shard part(dims, x.sizes().data(), global_shape.data(), start.data());
    const Tensor y = like(x);
    without_gaps(x, y, [&](const Tensor &from, const Tensor &to) {
        const place at = place_of(x, key, p, layer);
        require(at.first_sample == 0, "a shard says itself where it begins, and its key can't too");
        by_type(from, [&](auto type) {
            using T = typename decltype(type)::type;
            const T *source = read<T>(from);
            T *sink = write<T>(to);
            in_parallel(part.units(), part.unit(), [&](int64_t begin, int64_t end) {
                const auto piece = part.piece(begin, end);
                const int64_t first = begin * part.unit();
                check(simdrop::dropout_rows(at.plan, &piece, source + first, sink + first));
            });
        });
    });
    return y;
}

// With a mask whose size is 1 in some dimensions; samples, the first, are split over threads. With
// scale false, of whole samples only, what is kept isn't scaled.
Tensor broadcast(const Tensor &x, const Tensor &key, double p, int64_t layer,
                 std::vector<int64_t> mask_shape, bool scale) {
    const auto dims = static_cast<size_t>(x.dim());
    require(dims >= 1 && dims <= SIMDROP_MAX_DIMS && mask_shape.size() == dims,
            "a mask has as many dimensions as its tensor, from 1 to 8");
    std::vector<size_t> shape(dims), of_mask(dims);
    int64_t draws = 1; // of a sample
    for (size_t k = 0; k < dims; ++k) {
        shape[k] = static_cast<size_t>(x.size(static_cast<int64_t>(k)));
        of_mask[k] = static_cast<size_t>(mask_shape[k]);
        if (k != 0) draws *= mask_shape[k];
    }
    const bool by_sample = of_mask[0] == shape[0];
    const Tensor y = like(x);
    without_gaps(x, y, [&](const Tensor &from, const Tensor &to) {
        if (from.numel() == 0) return;
        const place at = place_of(x, key, p, layer);
        const int64_t size = sample_size(x);
        by_type(from, [&](auto type) {
            using T = typename decltype(type)::type;
            const T *source = read<T>(from);
            T *sink = write<T>(to);
            in_parallel(x.size(0), size, [&](int64_t begin, int64_t end) {
                auto part = shape, part_of_mask = of_mask;
                part[0] = static_cast<size_t>(end - begin);
                if (by_sample) part_of_mask[0] = part[0];
                const uint64_t first =
                    by_sample ? at.offset(draws) + static_cast<uint64_t>(begin * draws) : 0;
                if (scale)
                    check(simdrop::dropout_nd(at.plan, first, static_cast<int32_t>(dims),
                                              part.data(), part_of_mask.data(),
                                              source + begin * size, sink + begin * size));
                else
                    check(simdrop::drop_path(at.plan, first, part[0], static_cast<size_t>(size), 0,
                                             source + begin * size, sink + begin * size));
            });
        });
    });
    return y;
}

// Whole samples: stochastic depth. With scale false what is kept isn't scaled.
Tensor drop_path(const Tensor &x, const Tensor &key, double p, int64_t layer, bool scale) {
    std::vector<int64_t> mask_shape(static_cast<size_t>(x.dim()), 1);
    if (!mask_shape.empty()) mask_shape[0] = x.size(0);
    return broadcast(x, key, p, layer, mask_shape, scale);
}

Tensor broadcast_scaled(const Tensor &x, const Tensor &key, double p, int64_t layer,
                        std::vector<int64_t> mask_shape) {
    return broadcast(x, key, p, layer, std::move(mask_shape), true);
}

// Of elements, or of channels, the first two dimensions; forward or, of a gradient, backward.
Tensor alpha(const Tensor &x, const Tensor &key, double p, int64_t layer, bool features,
             bool backward) {
    const Tensor y = like(x);
    const bool by_feature = features && x.dim() >= 2;
    without_gaps(x, y, [&](const Tensor &from, const Tensor &to) {
        if (from.numel() == 0) return;
        const place at = place_of(x, key, p, layer);
        const simdrop::plan &plan = at.plan;
        const int64_t draws = by_feature ? x.size(0) * x.size(1) : from.numel();
        const int64_t size = from.numel() / draws;
        const uint64_t offset = at.offset(x.dim() == 0 ? draws : draws / x.size(0));
        by_type(from, [&](auto type) {
            using T = typename decltype(type)::type;
            const T *source = read<T>(from);
            T *sink = write<T>(to);
            in_parallel(draws, size, [&](int64_t begin, int64_t end) {
                const uint64_t first = offset + static_cast<uint64_t>(begin);
                const auto count = static_cast<size_t>(end - begin);
                const T *part = source + begin * size;
                T *result = sink + begin * size;
                if (by_feature)
                    check(backward
                              ? simdrop::feature_alpha_dropout_backward(
                                    plan, first, 1, count, static_cast<size_t>(size), part, result)
                              : simdrop::feature_alpha_dropout(plan, first, 1, count,
                                                               static_cast<size_t>(size), part,
                                                               result));
                else
                    check(backward
                              ? simdrop::alpha_dropout_backward(plan, first, count, part, result)
                              : simdrop::alpha_dropout(plan, first, count, part, result));
            });
        });
    });
    return y;
}

} // namespace
} // namespace simdrop_torch

using namespace simdrop_torch;

// Each twice: PyTorch is told the derivative of simdrop::name, for compiled code, while eager code has
// a faster way to it (_masks.py), and calls simdrop::_name.
STABLE_TORCH_LIBRARY_FRAGMENT(simdrop, m) {
    for (const char *name : {"", "_"}) {
        const auto define = [&](const char *schema) {
            m.def((std::string(name) + schema).c_str());
        };
        define("dropout(Tensor x, Tensor key, float p, int layer) -> Tensor");
        define("dropout_shard(Tensor x, Tensor key, float p, int layer, int[] global_shape, "
               "int[] start) -> Tensor");
        define("broadcast(Tensor x, Tensor key, float p, int layer, int[] mask_shape) -> Tensor");
        define("drop_path(Tensor x, Tensor key, float p, int layer, bool scale) -> Tensor");
        define("alpha(Tensor x, Tensor key, float p, int layer, bool features, bool backward) "
               "-> Tensor");
    }
    m.def("dropout_(Tensor(a!) x, Tensor key, float p, int layer) -> ()");
}

STABLE_TORCH_LIBRARY_IMPL(simdrop, CPU, m) {
    for (const char *name : {"", "_"}) {
        const auto implement = [&](const char *op, auto boxed) {
            m.impl((std::string(name) + op).c_str(), boxed);
        };
        implement("dropout", TORCH_BOX(&dropout));
        implement("dropout_shard", TORCH_BOX(&dropout_shard));
        implement("broadcast", TORCH_BOX(&broadcast_scaled));
        implement("drop_path", TORCH_BOX(&drop_path));
        implement("alpha", TORCH_BOX(&alpha));
    }
    m.impl("dropout_", TORCH_BOX(&dropout_));
}
