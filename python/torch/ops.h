// SPDX-License-Identifier: MIT
// What the operators of PyTorch share: keys, types and threads. Against PyTorch's stable ABI, so that
// one binary serves PyTorch 2.10 and later.
#ifndef SIMDROP_TORCH_OPS_H
#define SIMDROP_TORCH_OPS_H

#include <simdrop/simdrop.hpp>
#include <torch/csrc/stable/library.h>
#include <torch/csrc/stable/ops.h>
#include <torch/csrc/stable/tensor.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>

namespace simdrop_torch {

using torch::headeronly::ScalarType;
using torch::stable::Tensor;
using OptionalTensor = std::optional<Tensor>;

inline void require(bool condition, const char *sentence) {
    if (!condition) throw std::runtime_error(std::string("simdrop: ") + sentence);
}

inline void check(simdrop::status status) {
    require(bool(status), "an argument is out of range, or tensors overlap in part");
}

// Where a tensor's draws are: of which dropout, and at which sample of the whole batch the tensor
// begins.
struct place {
    simdrop::plan plan;
    uint64_t first_sample;
    // The position of the first element, where `of_sample` draws are made for one sample.
    uint64_t offset(int64_t of_sample) const {
        if (first_sample == 0 || of_sample == 0) return 0;
        const auto draws = static_cast<uint64_t>(of_sample);
        require(first_sample <= UINT64_MAX / draws, "the first sample of a key is past the stream");
        return first_sample * draws;
    }
};

// A key is int64, {seed, stream}, or, for what has a layer, {seed, step}; a third number is the first
// sample. A result of x's size bypasses the caches if it is of more than 32 MiB, as in one call.
inline place place_of(const Tensor &x, const Tensor &key, double p, int64_t layer) {
    const int64_t size = key.numel();
    require(key.is_cpu() && key.scalar_type() == ScalarType::Long && (size == 2 || size == 3) &&
                key.is_contiguous(),
            "a key has to be two or three int64 on the CPU");
    const auto *words = static_cast<const int64_t *>(key.const_data_ptr());
    auto stream = static_cast<uint64_t>(words[1]);
    if (layer >= 0) stream = simdrop::stream_derive(static_cast<uint64_t>(layer), stream, 0);
    auto config = simdrop_dropout_config_of(p, static_cast<uint64_t>(words[0]), stream);
    if (x.numel() * static_cast<int64_t>(x.element_size()) > (int64_t{32} << 20))
        config.flags = SIMDROP_STREAM_ALWAYS;
    const simdrop::plan plan(config);
    require(bool(plan.made()), "p has to be from 0 to 1");
    require(size == 2 || words[2] >= 0, "the first sample of a key can't be negative");
    return {plan, size == 3 ? static_cast<uint64_t>(words[2]) : 0};
}

// What one index of the first dimension has.
inline int64_t sample_size(const Tensor &x) {
    return x.dim() == 0 || x.size(0) == 0 ? x.numel() : x.numel() / x.size(0);
}

template <class T> struct tag {
    using type = T;
};

// Calls f(tag<T>) with the type of a tensor's elements.
template <class F> void by_type(const Tensor &x, F &&f) {
    switch (x.scalar_type()) {
    case ScalarType::Float: return f(tag<float>());
    case ScalarType::Double: return f(tag<double>());
    case ScalarType::BFloat16: return f(tag<simdrop::bf16>());
    case ScalarType::Half: return f(tag<simdrop::f16>());
    default: require(false, "tensors have to be of float32, float64, bfloat16 or float16");
    }
}

// The same without float16, which has dropout alone.
template <class F> void by_real_type(const Tensor &x, F &&f) {
    require(x.scalar_type() != ScalarType::Half, "there is no such function of float16");
    by_type(x, [&](auto type) {
        if constexpr (!std::is_same_v<typename decltype(type)::type, simdrop::f16>) f(type);
    });
}

// What tensors of T are computed in.
template <class T> using computed = std::conditional_t<std::is_same_v<T, double>, double, float>;
inline ScalarType computed_type(const Tensor &x) {
    return x.scalar_type() == ScalarType::Double ? ScalarType::Double : ScalarType::Float;
}

template <class T> const T *read(const Tensor &x) {
    return static_cast<const T *>(x.const_data_ptr());
}
template <class T> const T *read(const OptionalTensor &x) { return x ? read<T>(*x) : nullptr; }
template <class T> T *write(const Tensor &x) { return static_cast<T *>(x.mutable_data_ptr()); }

// Some results for a thread to be worth it: below this a thread's start takes longer than it saves.
constexpr int64_t elements_per_thread = 131072;

// f(begin, end) for parts of [0, units) of `size` elements each, on PyTorch's threads.
template <class F> void in_parallel(int64_t units, int64_t size, F &&f) {
    const int64_t grain = std::max<int64_t>(1, elements_per_thread / std::max<int64_t>(1, size));
    if (units > grain) return torch::stable::parallel_for(0, units, grain, f);
    if (units != 0) f(0, units);
}

// A new tensor as aten::empty_like has it, with x's strides if x is dense. That operator is found by
// its name, which takes small tensors a tenth of their time.
inline Tensor like(const Tensor &x) {
    if (!x.is_cpu() || !x.is_contiguous()) return torch::stable::empty_like(x);
    int32_t type;
    AtenTensorHandle y;
    require(!aoti_torch_get_dtype(x.get(), &type) &&
                !aoti_torch_empty_strided(x.dim(), x.sizes().data(), x.strides().data(), type,
                                          aoti_torch_device_type_cpu(), 0, &y),
            "there is no memory for the result");
    return Tensor(y);
}

} // namespace simdrop_torch

#endif
