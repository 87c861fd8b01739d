/* SPDX-License-Identifier: MIT */
/* simdrop: random numbers of many distributions. docs/distributions.md has formulas and errors. */
#ifndef SIMDROP_DISTRIBUTIONS_H
#define SIMDROP_DISTRIBUTIONS_H

#include <simdrop/common.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Uniform numbers, bernoulli and integers are in libsimdrop. The functions marked "SLEEF", those with
 * SIMDROP_SLEEF_API before them, are in a library of their own, libsimdrop_sleef, which needs
 * libsimdrop and SLEEF. It uses the set that simdrop_isa_name names.
 *
 * For all functions below:
 *
 * seed, stream  any values; they name a stream of words and of 64-bit draws, as for
 *               simdrop_random_u32
 * offset, n     out[i] = value offset + i of the distribution, for 0 <= i < n
 * out           n values of any alignment; may be NULL if n is 0
 *
 * A value is a function of seed, stream, its position and the parameters alone: any split of a
 * range into calls, in any order, on any thread and any instruction set, gives the same bits; of the
 * functions marked "SLEEF", with the same version of SLEEF.
 *
 * Value e of the 32-bit functions is made of word e of the stream; of the _f64 functions and of
 * simdrop_random_uniform_int_u32, of the 64-bit draw e, which is words 2e and 2e + 1. Normal values
 * come in pairs and take two such draws for two values (see there). No value takes more, or fewer.
 * So functions that are to be independent of each other must not share positions of one stream.
 *
 * Errors: SIMDROP_ERR_INVALID_ARGUMENT, and nothing written, for NULL, for positions past the end
 * of the stream (n > 0 and offset + n > 2^64 with words, 2^63 with 64-bit draws), for a byte size past
 * SIZE_MAX, and for the parameters named at each function; NaN and infinities are always among
 * them.
 *
 * Thread-safe. `out` may not overlap anything else. Values assume the CPU's default floating-point
 * state (round to nearest, denormals kept). No value is ever NaN or infinite.
 */

/*
 * Uniform on [low, high): low + k * ((high - low) / 2^b), k the upper b bits of the draw. Rounded
 * at each operation (a width below 2^b times the type's least number has few different values); a
 * result that rounds to `high` becomes the greatest number below, and -0 becomes 0. So with
 * low = 0 and high = 1 the values are the multiples of 2^-b in [0, 1), exactly and equally likely.
 * b = 24 for f32, 53 for f64. (An interval so narrow that a step is subnormal, below 2^-102 in f32,
 * has rounded steps.)
 *
 * Bad parameters: low >= high; high - low that overflows.
 */
SIMDROP_API simdrop_status simdrop_random_uniform_f32(uint64_t seed, uint64_t stream,
                                                      uint64_t offset, size_t n, float low,
                                                      float high, float *out);
SIMDROP_API simdrop_status simdrop_random_uniform_f64(uint64_t seed, uint64_t stream,
                                                      uint64_t offset, size_t n, double low,
                                                      double high, double *out);

/*
 * The same in bf16 (b = 8) and f16 (b = 11): as many bits as the type has digits, so that on [0, 1)
 * nothing rounds, least of all to 1. Otherwise the f32 value, limited to the numbers of the type in
 * [low, high), is rounded to nearest, ties to even.
 *
 * Bad parameters: also an interval without any number of the type, and a bound beyond the type's
 * greatest number (65504 in f16, 0x1.fep127 in bf16).
 */
SIMDROP_API simdrop_status simdrop_random_uniform_bf16(uint64_t seed, uint64_t stream,
                                                       uint64_t offset, size_t n, float low,
                                                       float high, uint16_t *out);
SIMDROP_API simdrop_status simdrop_random_uniform_f16(uint64_t seed, uint64_t stream,
                                                      uint64_t offset, size_t n, float low,
                                                      float high, uint16_t *out);

/*
 * 1 with probability `prob`, else 0: 1 where the word is below T = floor(prob * 2^32 + 0.5), which
 * are the elements that dropout drops with that drop_prob and 32 bits. The probability realized is
 * T / 2^32; prob = 0 and prob = 1 are exact.
 *
 * Bad parameters: prob outside [0, 1].
 */
SIMDROP_API simdrop_status simdrop_random_bernoulli_u8(uint64_t seed, uint64_t stream,
                                                       uint64_t offset, size_t n, double prob,
                                                       uint8_t *out);

/*
 * Uniform integers in [0, bound): floor(draw * bound / 2^64), of a 64-bit draw. No draw is ever
 * rejected, so positions stay simple, and the bias is as small as 64 bits make it: each probability
 * differs from 1/bound by less than 2^-64. (D. Lemire, "Fast random integer generation in an
 * interval", ACM TOMACS 29 (2019), without its rejection.)
 *
 * Bad parameters: bound = 0.
 */
SIMDROP_API simdrop_status simdrop_random_uniform_int_u32(uint64_t seed, uint64_t stream,
                                                          uint64_t offset, size_t n, uint32_t bound,
                                                          uint32_t *out);

/*
 * Normal, mean + stddev * z, by Box and Muller ("A note on the generation of random normal
 * deviates", Ann. Math. Stat. 29 (1958)): z = sqrt(-2 log u) cos(pi v) or sin(pi v). SLEEF.
 *
 * Values come in groups of 32. With e = 32 g + j and j < 16, draws e and e + 16 make values e (the
 * cosine) and e + 16 (the sine); u is made of draw e and v of draw e + 16. A call may begin and end
 * anywhere in a group; whole groups are fastest.
 *
 * |z| reaches 6.55 in f32 and 8.57 in f64. u is an odd multiple of 2^-31 (f32), which may round to 1,
 * or of 2^-53 (f64); v is in [-1, 1].
 *
 * Bad parameters: stddev < 0; |mean| + 7 stddev (f64: 9 stddev) beyond the type's greatest number,
 * so that no result overflows.
 */
SIMDROP_SLEEF_API simdrop_status simdrop_random_normal_f32(uint64_t seed, uint64_t stream,
                                                           uint64_t offset, size_t n, float mean,
                                                           float stddev, float *out);
SIMDROP_SLEEF_API simdrop_status simdrop_random_normal_f64(uint64_t seed, uint64_t stream,
                                                           uint64_t offset, size_t n, double mean,
                                                           double stddev, double *out);

/* The same f32 values, rounded to nearest, ties to even. SLEEF. */
SIMDROP_SLEEF_API simdrop_status simdrop_random_normal_bf16(uint64_t seed, uint64_t stream,
                                                            uint64_t offset, size_t n, float mean,
                                                            float stddev, uint16_t *out);
SIMDROP_SLEEF_API simdrop_status simdrop_random_normal_f16(uint64_t seed, uint64_t stream,
                                                           uint64_t offset, size_t n, float mean,
                                                           float stddev, uint16_t *out);

/*
 * Exponential: -log(u) / rate, with mean 1 / rate, as std::exponential_distribution and PyTorch
 * have it. u is an odd multiple of 2^-31 for f32, where what rounds to 1 is 1 - 2^-24, and of 2^-53
 * for f64. It is never 0 or 1, so neither are values infinite nor, unless a huge rate makes them
 * underflow, 0: rate * value is in [2^-24, 21.5] for f32, [2^-53, 36.8] for f64. SLEEF.
 *
 * Bad parameters: rate <= 0, or so small that 37 / rate overflows.
 */
SIMDROP_SLEEF_API simdrop_status simdrop_random_exponential_f32(uint64_t seed, uint64_t stream,
                                                                uint64_t offset, size_t n,
                                                                float rate, float *out);
SIMDROP_SLEEF_API simdrop_status simdrop_random_exponential_f64(uint64_t seed, uint64_t stream,
                                                                uint64_t offset, size_t n,
                                                                double rate, double *out);

/*
 * Gumbel, location - scale * log(-log(1 - u)), with u as for the exponential. The index of the greatest logit[i] + value[i], with
 * location 0 and scale 1 (or scale t, for a temperature t), is a sample from softmax(logit) (or
 * softmax(logit / t)). (value - location) / scale is in [-2.82, 21.5] for f32, [-3.61, 36.8] for
 * f64. A large value x, whose probability is e^-x, has neighbours some e^x 2^-30 (f64: e^x 2^-52)
 * away: take f64 to choose among more than some 10^5 tokens without ties. SLEEF.
 *
 * Bad parameters: scale < 0; |location| + 37 scale that overflows.
 */
SIMDROP_SLEEF_API simdrop_status simdrop_random_gumbel_f32(uint64_t seed, uint64_t stream,
                                                           uint64_t offset, size_t n,
                                                           float location, float scale, float *out);
SIMDROP_SLEEF_API simdrop_status simdrop_random_gumbel_f64(uint64_t seed, uint64_t stream,
                                                           uint64_t offset, size_t n,
                                                           double location, double scale,
                                                           double *out);

/*
 * Normal within [low, high], as for initial weights: mean + stddev * Q(F(a) + u * (F(b) - F(a))),
 * with F the distribution function of the standard normal, Q its inverse, a and b the bounds less
 * mean, by stddev, and u an odd multiple of 2^-25 made of the word. Q is by Giles' approximation of
 * erfinv ("Approximating the erfinv function", GPU Computing Gems 2 (2011)): off by some units in
 * the last place, beyond 5.5 stddev by up to 10^-4 of itself. Mean and stddev are those of the
 * normal distribution before it is truncated. One word for each value, whatever the bounds. SLEEF.
 *
 * Bad parameters: stddev <= 0; low >= high; a mean more than 2 stddev outside [low, high], where
 * the approximation isn't made for; |mean| + 7 stddev that overflows.
 */
SIMDROP_SLEEF_API simdrop_status simdrop_random_truncated_normal_f32(uint64_t seed, uint64_t stream,
                                                                     uint64_t offset, size_t n,
                                                                     float mean, float stddev,
                                                                     float low, float high,
                                                                     float *out);

#ifdef __cplusplus
}
#endif

#endif
