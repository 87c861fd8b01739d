/* SPDX-License-Identifier: MIT */
/*
 * Apply kernels, NEON.
 */
#include "kernels.h"

#include <arm_neon.h>
#include <string.h>

SIMDROP_DECLARE_KERNELS(neon)

#define INLINE static inline __attribute__((always_inline))

/* Four elements, kept where `mask` has one of `bits`. Loaded as bytes: any alignment will do. */
INLINE void apply_4(char *y, const char *x, uint32x4_t mask, uint32x4_t bits, float32x4_t s) {
    const float32x4_t value = vreinterpretq_f32_u8(vld1q_u8((const uint8_t *)x));
    const uint32x4_t product = vreinterpretq_u32_f32(vmulq_f32(value, s));
    const uint32x4_t kept = vandq_u32(product, vtstq_u32(mask, bits));
    vst1q_u8((uint8_t *)y, vreinterpretq_u8_u32(kept));
}

void simdrop_apply_f32_neon(void *y, const void *x, const uint64_t *keep, size_t n, double scale) {
    const float s = (float)scale;
    const float32x4_t s4 = vdupq_n_f32(s);
    const uint32x4_t bits = {1, 2, 4, 8};
    const char *from = x, *mask = (const char *)keep;
    char *to = y;
    uint32_t word = 0;

    for (; n >= 32; n -= 32, from += 128, to += 128, mask += sizeof word) {
        memcpy(&word, mask, sizeof word);
        const uint32x4_t mask4 = vdupq_n_u32(word);
        apply_4(to, from, mask4, bits, s4);
        apply_4(to + 16, from + 16, mask4, vshlq_n_u32(bits, 4), s4);
        apply_4(to + 32, from + 32, mask4, vshlq_n_u32(bits, 8), s4);
        apply_4(to + 48, from + 48, mask4, vshlq_n_u32(bits, 12), s4);
        apply_4(to + 64, from + 64, mask4, vshlq_n_u32(bits, 16), s4);
        apply_4(to + 80, from + 80, mask4, vshlq_n_u32(bits, 20), s4);
        apply_4(to + 96, from + 96, mask4, vshlq_n_u32(bits, 24), s4);
        apply_4(to + 112, from + 112, mask4, vshlq_n_u32(bits, 28), s4);
    }

    if (n > 0) memcpy(&word, mask, sizeof word);
    for (; n >= 4; n -= 4, from += 16, to += 16, word >>= 4)
        apply_4(to, from, vdupq_n_u32(word), bits, s4);
    for (size_t i = 0; i < n; ++i) {
        float value;
        memcpy(&value, from + i * sizeof value, sizeof value);
        value = (word >> i) & 1 ? value * s : 0.0f;
        memcpy(to + i * sizeof value, &value, sizeof value);
    }
}

/* The same: Arm's non-temporal stores are a hint, and stnp is no bypass that one can rely on. */
void simdrop_apply_f32_stream_neon(void *y, const void *x, const uint64_t *keep, size_t n,
                                   double scale) {
    simdrop_apply_f32_neon(y, x, keep, n, scale);
}

void simdrop_stream_end_neon(void) {}
