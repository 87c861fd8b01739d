/* SPDX-License-Identifier: MIT */
/* simdrop: the random numbers of other systems, bit for bit. docs/interop.md says which and how. */
#ifndef SIMDROP_INTEROP_H
#define SIMDROP_INTEROP_H

#include <simdrop/common.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * All of these systems use Philox4x32-10. P(seed, block, stream) is below a block of simdrop's
 * stream: the four words of counter {lo, hi of block, lo, hi of stream} under key {lo, hi of seed}.
 * Some of their streams need no function, because simdrop_random_u32 gives their words:
 *
 * cuRAND         word i of curand_init(seed, subsequence, offset): word offset + i of stream
 *                `subsequence`
 * at::Philox4_32 word i of (seed, subsequence, offset): word 4 * offset + i of stream `subsequence`
 * TensorFlow     see simdrop_tensorflow_stream
 *
 * For all functions below, unless they say otherwise:
 *
 * offset    index of the call's first element; offset + n may be 2^64 but not more. Any split of a
 *           range into calls gives the same results.
 * n         elements; 0 does nothing, whatever the pointers are
 * out       n elements of any alignment
 *
 * Errors: SIMDROP_ERR_INVALID_ARGUMENT, and nothing written, for NULL, for offset + n > 2^64, and
 * for a byte size past SIZE_MAX. Thread-safe. Arguments are read before anything is written. Values
 * assume the CPU's default floating-point state.
 */

/*
 * PyTorch's stateless generator, torch.func._random, of PyTorch 2.13 (a prototype there). A key is
 * the tensor {seed, offset} of two uint64, where its offset counts blocks; 4 elements share one.
 * Sources: ATen/cuda/StatelessPhilox4x32.cuh, ATen/native/cuda/PhiloxKeySplit.cu,
 * ATen/native/cuda/PhiloxDistribution.cu and ATen/core/TransformationHelper.h in aten/src of
 * github.com/pytorch/pytorch.
 */

/*
 * out[i] = word e mod 4 of P(key[0], key[1] + floor(e / 4) mod 2^64, 0) for element e = offset + i:
 * the 32 random bits that every element of up to 32 bits is made of. Up to block 2^62 they are
 * words 4 * key[1] + e of stream 0 of seed key[0], but most keys made by split and fold_in begin
 * past it.
 */
SIMDROP_API simdrop_status simdrop_torch_u32(const uint64_t key[2], uint64_t offset, size_t n,
                                             uint32_t *out);

/* out[i] = (w mod 2^24) * 2^-24 for the same word w, in [0, 1): uniform(key, ...) in float32. */
SIMDROP_API simdrop_status simdrop_torch_uniform_f32(const uint64_t key[2], uint64_t offset,
                                                     size_t n, float *out);

/*
 * Keys [first, first + n) of split(key, num) for any num >= first + n, {seed, offset} each:
 * out[2 i] = w0 + 2^32 w1 and out[2 i + 1] = w2 + 2^32 w3, where w0 to w3 are
 * P(key[0], key[1] + first + i mod 2^64, 0). `out` has 2 n elements; first + n may be 2^64.
 */
SIMDROP_API simdrop_status simdrop_torch_split(const uint64_t key[2], uint64_t first, size_t n,
                                               uint64_t *out);

/* out = fold_in(key, data), which is key number `data` of a split; negative data count as data +
   2^64. `out` may be `key`. */
SIMDROP_API simdrop_status simdrop_torch_fold_in(const uint64_t key[2], uint64_t data,
                                                 uint64_t out[2]);

/*
 * PyTorch's Inductor on CPUs (torch.compile), PyTorch 2.13: out[i] = (w mod 2^31) * s with
 * w = word 0 of P(seed mod 2^32, e mod 2^32, 0) for element e = offset + i, and s the float32
 * 0x1.fffffep-32; w is rounded to float32 first. It is what inductor_random makes of `seed` in mode
 * "rand", and compiled dropout keeps elements where it is greater than p.
 * Sources: normalized_rand_cpu in torch/csrc/inductor/cpp_prefix.h, which calls at::Philox4_32 of
 * aten/src/ATen/core/PhiloxRNGEngine.h, in github.com/pytorch/pytorch.
 */
SIMDROP_API simdrop_status simdrop_inductor_rand_f32(uint64_t seed, uint64_t offset, size_t n,
                                                     float *out);

/*
 * cuRAND's Philox4_32_10: out[i] = curand_uniform number i after curand_init(seed, subsequence,
 * offset), which is w * 2^-32 + 2^-33, w rounded to float32 and the sum too, in (0, 1]; w = word
 * offset + i of stream `subsequence`. curand_uniform4 gives four of them at once.
 * Sources: curand_kernel.h, curand_uniform.h and curand_philox4x32_x.h of CUDA 12.
 */
SIMDROP_API simdrop_status simdrop_curand_uniform_f32(uint64_t seed, uint64_t subsequence,
                                                      uint64_t offset, size_t n, float *out);

/*
 * Triton, triton.language: one block for each offset, of which randint and rand take word 0.
 * Sign-extend a seed or a 64-bit offset that is negative; zero-extend a 32-bit offset. 64-bit
 * offsets are so in Triton 3.4 and later, 32-bit ones in 2.1 already.
 * Source: python/triton/language/random.py in github.com/triton-lang/triton.
 */

/* out[i] = randint(seed, offset + i) = word 0 of P(seed, offset + i, 0). For randint4x call
   simdrop_torch_u32 with {seed, offset} as key: out[4 i + j] = its result j at offset + i. */
SIMDROP_API simdrop_status simdrop_triton_randint_u32(uint64_t seed, uint64_t offset, size_t n,
                                                      uint32_t *out);

/* out[i] = rand(seed, offset + i) = m * s in [0, 1): m = w if w < 2^31, else 2^32 - 1 - w, rounded
   to float32, and s the float32 0x1.fffffep-32; w = randint(seed, offset + i). */
SIMDROP_API simdrop_status simdrop_triton_rand_f32(uint64_t seed, uint64_t offset, size_t n,
                                                   float *out);

/* out[4 i + j] = result j of rand4x(seed, offset + i): the same, of word j. 4 n elements. */
SIMDROP_API simdrop_status simdrop_triton_rand4x_f32(uint64_t seed, uint64_t offset, size_t n,
                                                     float *out);

/*
 * TensorFlow's tf.random.stateless_* with alg="philox": *philox_seed and *stream are such that
 * uint32 number i of the operation with `seed` (two int64; int32 are sign-extended) is word i of
 * stream *stream of seed *philox_seed. So simdrop_random_u32 gives its full-range uint32 and int32,
 * and a simdrop_dropout_config can draw from it. They are w0 + 2^32 w1 and w2 + 2^32 w3 of
 * Philox4x32-10 with counter {lo, hi of seed[0], lo, hi of seed[1]} and key {3ec8f720, 02461e29}.
 *
 * Errors: SIMDROP_ERR_INVALID_ARGUMENT for NULL. Sources: GenerateKey in
 * tensorflow/core/kernels/stateless_random_ops.cc, tensorflow/core/lib/random/
 * random_distributions.h in github.com/tensorflow/tensorflow.
 */
SIMDROP_API simdrop_status simdrop_tensorflow_stream(const int64_t seed[2], uint64_t *philox_seed,
                                                     uint64_t *stream);

/* out[i] = number offset + i of tf.random.stateless_uniform(..., seed, alg="philox") in float32:
   (w mod 2^23) * 2^-23 in [0, 1) for the same word w. */
SIMDROP_API simdrop_status simdrop_tensorflow_uniform_f32(const int64_t seed[2], uint64_t offset,
                                                          size_t n, float *out);

/*
 * oneDNN's dropout attribute, of 3.11 and later: mask[i] = 1 if element e = offset + i is kept,
 * else 0, where e counts the destination's elements in row-major order. It is kept if
 * w > RN64(4294967295 * p), with w = word e mod 4 of P(seed, dropout_offset, e - e mod 4). So the
 * element is where simdrop has the stream.
 *
 * drop_prob       p, in [0, 1]
 * seed            of the attribute, s64; sign-extend one that is s32
 * dropout_offset  of the attribute; not 0, at which oneDNN has another generator, which gives 4
 *                 elements one bit
 *
 * Errors: also SIMDROP_ERR_INVALID_ARGUMENT for a NaN or p outside [0, 1] and for dropout_offset 0.
 * Not vectorised. Sources: ref_dropout in src/cpu/primitive_attr_postops.cpp, philox4x32 in
 * src/common/math_utils.hpp of oneDNN 3.13, github.com/uxlfoundation/oneDNN.
 */
SIMDROP_API simdrop_status simdrop_onednn_mask_bytes(float drop_prob, uint64_t seed,
                                                     uint64_t dropout_offset, uint64_t offset,
                                                     size_t n, uint8_t *mask);

#ifdef __cplusplus
}
#endif

#endif
