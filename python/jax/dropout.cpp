// SPDX-License-Identifier: MIT
// Dropout for JAX, by XLA's foreign function interface. Keys are what JAX has: 32-bit words, and so no
// 64-bit numbers, which are off in JAX unless asked for.
#include "shard.h"

#include <simdrop/simdrop.hpp>
#include <xla/ffi/api/ffi.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace ffi = xla::ffi;

namespace {

ffi::Error refused(const std::string &sentence) {
    return ffi::Error(ffi::ErrorCode::kInvalidArgument, "simdrop: " + sentence);
}

uint64_t number(const uint32_t *words) { return uint64_t{words[0]} << 32 | words[1]; }

// A key has two words for the seed, of threefry's keys the number that made them; four, of rbg's, for
// seed and stream; or six for seed, layer and step. The more significant word is first.
bool plan_of(ffi::Span<const int64_t> shape, const uint32_t *words, double rate,
             simdrop_dropout *plan) {
    const int64_t size = shape.size() == 1 ? shape[0] : 0;
    uint64_t stream = 0;
    if (size == 4)
        stream = number(words + 2);
    else if (size == 6)
        stream = simdrop_stream_derive(number(words + 2), number(words + 4), 0);
    else if (size != 2)
        return false;
    const auto config = simdrop_dropout_config_of(rate, number(words), stream);
    return simdrop_dropout_init(plan, &config) == SIMDROP_OK;
}

// Calls f(begin, end) for parts of [0, units), on this thread and on those of XLA that are free. It
// never waits for a part that no thread has begun, as XLA's threads may all be here.
template <class F>
void in_parallel(ffi::ThreadPool threads, int64_t units, int64_t size, const F &f) {
    constexpr int64_t elements = 131072; // of a part: less isn't worth a thread's start
    const int64_t parts = std::min(std::max<int64_t>(1, units * size / elements),
                                   static_cast<int64_t>(threads.num_threads()));
    if (parts <= 1) {
        if (units != 0) f(0, units);
        return;
    }
    struct progress {
        std::atomic<int64_t> begun{0}, done{0};
    };
    const auto shared = std::make_shared<progress>();
    const auto work = [shared, parts, units, &f] {
        for (int64_t i; (i = shared->begun++) < parts;) {
            f(units * i / parts, units * (i + 1) / parts);
            ++shared->done;
        }
    };
    for (int64_t i = 1; i < parts; ++i) threads.Schedule([work] { work(); });
    work();
    while (shared->done != parts) std::this_thread::yield();
}

// x is the part of a tensor of global_shape that begins at the indices `start`.
ffi::Error dropout(ffi::ThreadPool threads, ffi::AnyBuffer x, ffi::Buffer<ffi::U32> key,
                   ffi::Buffer<ffi::S32> start, ffi::Result<ffi::AnyBuffer> y, double rate,
                   ffi::Span<const int64_t> global_shape) {
    simdrop_dropout plan;
    if (!plan_of(key.dimensions(), key.typed_data(), rate, &plan))
        return refused("the rate has to be from 0 to 1, and a key has 2, 4 or 6 words");
    const auto shape = x.dimensions();
    if (start.element_count() != shape.size() || global_shape.size() != shape.size())
        return refused("a shard's global shape and start have as many dimensions as its tensor");
    try {
        const std::vector<int64_t> first(start.typed_data(), start.typed_data() + shape.size());
        const shard part(shape.size(), shape.begin(), global_shape.begin(), first.data());
        std::atomic<bool> failed = false;
        const auto call = [&](auto zero) {
            using T = decltype(zero);
            const auto *from = static_cast<const T *>(x.untyped_data());
            auto *to = static_cast<T *>(y->untyped_data());
            in_parallel(threads, part.units(), part.unit(), [&](int64_t begin, int64_t end) {
                const auto piece = part.piece(begin, end);
                const int64_t at = begin * part.unit();
                if (!simdrop::dropout_rows(&plan, &piece, from + at, to + at)) failed = true;
            });
        };
        switch (x.element_type()) {
        case ffi::F32: call(float()); break;
        case ffi::F64: call(double()); break;
        case ffi::BF16: call(simdrop::bf16()); break;
        case ffi::F16: call(simdrop::f16()); break;
        default: return refused("arrays have to be of float32, float64, bfloat16 or float16");
        }
        return failed ? refused("positions go past 2**64") : ffi::Error::Success();
    } catch (const std::exception &error) {
        return ffi::Error(ffi::ErrorCode::kInvalidArgument, error.what());
    }
}

} // namespace

#pragma GCC visibility push(default)
XLA_FFI_DEFINE_HANDLER_SYMBOL(simdrop_jax_dropout, dropout,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Arg<ffi::AnyBuffer>()
                                  .Arg<ffi::Buffer<ffi::U32>>()
                                  .Arg<ffi::Buffer<ffi::S32>>()
                                  .Ret<ffi::AnyBuffer>()
                                  .Attr<double>("rate")
                                  .Attr<ffi::Span<const int64_t>>("global_shape"));
#pragma GCC visibility pop
