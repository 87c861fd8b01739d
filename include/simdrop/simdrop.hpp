// SPDX-License-Identifier: MIT
/*
 * simdrop for C++17 and later: the functions of the C headers, which document them, without prefix
 * and suffix, overloaded by the type of elements; statuses that can be thrown. Nothing is added to a
 * call: what is here is inlined, allocates nothing and can be used without exceptions.
 *
 *     const simdrop::plan plan(0.1, seed, simdrop::stream_derive(layer, step, rank));
 *     simdrop::dropout(plan, offset, n, x, y).or_throw();     // float *, double *, bf16 *, f16 *
 *     simdrop::dropout(plan, offset, std::span(x), std::span(y)).or_throw();     // C++20
 *     if (!simdrop::dropout_rows(plan, &rows, x, y)) ...      // or ask the status
 *
 * The C functions of bf16 and f16 take uint16_t; here they are types of their own, of that size and
 * alignment: cast pointers, or use the standard's types where the compiler has them.
 */
#ifndef SIMDROP_HPP
#define SIMDROP_HPP

#include <simdrop/simdrop.h>

#include <cstddef>
#include <cstdint>
#include <type_traits>
#if defined(__cpp_exceptions)
#include <stdexcept>
#endif
#if __has_include(<version>)
#include <version>
#endif
#if defined(__cpp_lib_span)
#include <span>
#endif
#if __has_include(<stdfloat>)
#include <stdfloat>
#endif

namespace simdrop {

#if defined(__STDCPP_BFLOAT16_T__)
using bf16 = std::bfloat16_t;
#else
enum class bf16 : std::uint16_t {};
#endif
#if defined(__STDCPP_FLOAT16_T__)
using f16 = std::float16_t;
#else
enum class f16 : std::uint16_t {};
#endif

#if defined(__cpp_exceptions)
class error : public std::runtime_error {
  public:
    explicit error(simdrop_status code)
        : std::runtime_error(simdrop_status_string(code)), code_(code) {}
    simdrop_status code() const noexcept { return code_; }

  private:
    simdrop_status code_;
};
#endif

// What a call returns: true if all is well.
class [[nodiscard]] status {
  public:
    constexpr status(simdrop_status code) noexcept : code_(code) {}
    constexpr explicit operator bool() const noexcept { return code_ == SIMDROP_OK; }
    constexpr simdrop_status code() const noexcept { return code_; }
    const char *what() const noexcept { return simdrop_status_string(code_); }
#if defined(__cpp_exceptions)
    void or_throw() const {
        if (code_ != SIMDROP_OK) throw error(code_);
    }
#endif

  private:
    simdrop_status code_;
};

// A simdrop_dropout, as which it can be passed. One whose arguments were bad is refused by all calls.
class plan {
  public:
    explicit plan(const simdrop_dropout_config &config) noexcept
        : made_(simdrop_dropout_init(&dropout_, &config)) {}
    explicit plan(double drop_prob, std::uint64_t seed = 0, std::uint64_t stream = 0) noexcept
        : plan(simdrop_dropout_config_of(drop_prob, seed, stream)) {}
    status made() const noexcept { return made_; }
    status set_stream(std::uint64_t stream) noexcept {
        return simdrop_dropout_set_stream(&dropout_, stream);
    }
    double realized_prob() const noexcept { return simdrop_dropout_realized_prob(&dropout_); }
    double scale() const noexcept { return simdrop_dropout_scale(&dropout_); }
    std::int32_t bits() const noexcept { return simdrop_dropout_bits(&dropout_); }
    std::uint64_t threshold() const noexcept { return simdrop_dropout_threshold(&dropout_); }
    operator const simdrop_dropout *() const noexcept { return &dropout_; }

  private:
    simdrop_dropout dropout_ = {};
    simdrop_status made_;
};

namespace detail {

// uint16_t *, of the functions of bf16 and f16, as T *.
template <class A, class T> struct argument {
    using type = A;
};
template <class T> struct argument<std::uint16_t *, T> {
    using type = T *;
};
template <class T> struct argument<const std::uint16_t *, T> {
    using type = const T *;
};
template <class A, class B> A c_argument(B b) noexcept {
    if constexpr (std::is_same_v<A, B>)
        return b;
    else
        return reinterpret_cast<A>(b);
}

template <auto f, class T = std::uint16_t, class = decltype(f)> struct call;
template <auto f, class T, class... A> struct call<f, T, simdrop_status (*)(A...)> {
    status operator()(typename argument<A, T>::type... a) const noexcept {
        return f(c_argument<A>(a)...);
    }
};

#if defined(__cpp_lib_span)
// A flat tensor's elements, as many in x as in y.
template <auto f, class T, class = decltype(f)> struct spans {};
template <auto f, class T, class E>
struct spans<
    f, T, simdrop_status (*)(const simdrop_dropout *, std::uint64_t, std::size_t, const E *, E *)> {
    using element = std::remove_pointer_t<typename argument<E *, T>::type>;
    status operator()(const simdrop_dropout *dropout, std::uint64_t offset,
                      std::span<const element> x, std::span<element> y) const noexcept {
        if (x.size() != y.size()) return SIMDROP_ERR_INVALID_ARGUMENT;
        return call<f, T>()(dropout, offset, x.size(), x.data(), y.data());
    }
};
template <auto f, class T = std::uint16_t, class = void> struct calls : call<f, T> {
    using call<f, T>::operator();
};
template <auto f, class T>
struct calls<f, T, std::void_t<typename spans<f, T>::element>> : call<f, T>, spans<f, T> {
    using call<f, T>::operator();
    using spans<f, T>::operator();
};
#else
template <auto f, class T = std::uint16_t> using calls = call<f, T>;
#endif

template <class... F> struct overloads : F... {
    using F::operator()...;
};

} // namespace detail

#define SIMDROP_ONE(name, function) inline constexpr detail::calls<function> name = {};
#define SIMDROP_REALS(name)                                                                        \
    inline constexpr detail::overloads<detail::calls<simdrop_##name##_f32>,                        \
                                       detail::calls<simdrop_##name##_f64>>                        \
        name = {};
#define SIMDROP_THREE(name)                                                                        \
    inline constexpr detail::overloads<detail::calls<simdrop_##name##_f32>,                        \
                                       detail::calls<simdrop_##name##_f64>,                        \
                                       detail::calls<simdrop_##name##_bf16, bf16>>                 \
        name = {};
#define SIMDROP_ALL(name)                                                                          \
    inline constexpr detail::overloads<                                                            \
        detail::calls<simdrop_##name##_f32>, detail::calls<simdrop_##name##_f64>,                  \
        detail::calls<simdrop_##name##_bf16, bf16>, detail::calls<simdrop_##name##_f16, f16>>      \
        name = {};

// common.h
inline const char *version() noexcept { return simdrop_version(); }
inline const char *isa_name() noexcept { return simdrop_isa_name(); }
inline std::size_t isa_list(const char **names, std::size_t capacity) noexcept {
    return simdrop_isa_list(names, capacity);
}
SIMDROP_ONE(isa_select, simdrop_isa_select)

// dropout.h
SIMDROP_ALL(dropout)
SIMDROP_ALL(dropout_infer)
SIMDROP_ONE(dropout_mask_bits, simdrop_dropout_mask_bits)

// rows.h
SIMDROP_ALL(dropout_rows)

// masks.h
SIMDROP_ALL(dropout_store_bits)
SIMDROP_ALL(dropout_store_bytes)
SIMDROP_ALL(dropout_from_bits)
SIMDROP_ALL(dropout_from_bytes)
SIMDROP_ONE(dropout_mask_bytes, simdrop_dropout_mask_bytes)
SIMDROP_ONE(mask_pack, simdrop_mask_pack)
SIMDROP_ONE(mask_unpack, simdrop_mask_unpack)

// broadcast.h
SIMDROP_ALL(dropout_nd)
SIMDROP_ALL(dropout_channels)
SIMDROP_ALL(dropout_channels_last)
SIMDROP_ALL(drop_path)

// noise.h
SIMDROP_ALL(alpha_dropout)
SIMDROP_ALL(alpha_dropout_backward)
SIMDROP_ALL(feature_alpha_dropout)
SIMDROP_ALL(feature_alpha_dropout_backward)
SIMDROP_ALL(gaussian_dropout)
SIMDROP_ALL(gaussian_noise)

// fused.h
SIMDROP_THREE(dropout_add)
SIMDROP_THREE(dropout_fused)
SIMDROP_THREE(dropout_fused_backward)

// norm.h
SIMDROP_THREE(dropout_layer_norm)
SIMDROP_THREE(dropout_layer_norm_backward)
SIMDROP_THREE(dropout_rms_norm)
SIMDROP_THREE(dropout_rms_norm_backward)

// softmax.h
SIMDROP_THREE(softmax_dropout)
SIMDROP_THREE(softmax_dropout_backward)

// random.h
inline std::uint64_t stream_derive(std::uint64_t a, std::uint64_t b, std::uint64_t c) noexcept {
    return simdrop_stream_derive(a, b, c);
}
SIMDROP_ONE(philox4x32, simdrop_philox4x32)
SIMDROP_ONE(random_u32, simdrop_random_u32)

// distributions.h
SIMDROP_ALL(random_uniform)
SIMDROP_ONE(random_bernoulli, simdrop_random_bernoulli_u8)
SIMDROP_ONE(random_uniform_int, simdrop_random_uniform_int_u32)
SIMDROP_ALL(random_normal)
SIMDROP_REALS(random_exponential)
SIMDROP_REALS(random_gumbel)
SIMDROP_ONE(random_truncated_normal, simdrop_random_truncated_normal_f32)

// interop.h
SIMDROP_ONE(torch_u32, simdrop_torch_u32)
SIMDROP_ONE(torch_uniform, simdrop_torch_uniform_f32)
SIMDROP_ONE(torch_split, simdrop_torch_split)
SIMDROP_ONE(torch_fold_in, simdrop_torch_fold_in)
SIMDROP_ONE(inductor_rand, simdrop_inductor_rand_f32)
SIMDROP_ONE(curand_uniform, simdrop_curand_uniform_f32)
SIMDROP_ONE(triton_randint, simdrop_triton_randint_u32)
SIMDROP_ONE(triton_rand, simdrop_triton_rand_f32)
SIMDROP_ONE(triton_rand4x, simdrop_triton_rand4x_f32)
SIMDROP_ONE(tensorflow_stream, simdrop_tensorflow_stream)
SIMDROP_ONE(tensorflow_uniform, simdrop_tensorflow_uniform_f32)
SIMDROP_ONE(onednn_mask_bytes, simdrop_onednn_mask_bytes)

#undef SIMDROP_ONE
#undef SIMDROP_REALS
#undef SIMDROP_THREE
#undef SIMDROP_ALL

} // namespace simdrop

#endif
