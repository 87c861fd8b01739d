/* SPDX-License-Identifier: MIT */
/* The random stream and dropout as specified in docs/stream.md; shares no code with the library. */
#include "definition.h"

#include <math.h>
#include <string.h>

void defined_philox(int rounds, const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < rounds; ++round) {
        const uint64_t product0 = UINT64_C(0xD2511F53) * c0, product1 = UINT64_C(0xCD9E8D57) * c2;
        c0 = (uint32_t)(product1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)product1;
        c2 = (uint32_t)(product0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)product0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    out[0] = c0, out[1] = c1, out[2] = c2, out[3] = c3;
}

uint32_t defined_draw(uint64_t seed, uint64_t stream, int rounds, int width, uint64_t index) {
    const unsigned bits = (unsigned)width, draws_per_word = 32 / bits;
    const uint64_t word = index / draws_per_word, block = word / 4;
    const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    const uint32_t counter[4] = {(uint32_t)block, (uint32_t)(block >> 32), (uint32_t)stream,
                                 (uint32_t)(stream >> 32)};
    uint32_t words[4];
    defined_philox(rounds, counter, key, words);
    const uint32_t shifted = words[word % 4] >> (bits * (index % draws_per_word));
    return bits == 32 ? shifted : shifted & ((1u << bits) - 1);
}

static double two_to(int32_t bits) {
    return bits == 8 ? 256.0 : bits == 16 ? 65536.0 : 4294967296.0;
}

static double rounded_threshold(double p, int32_t bits) { return floor(p * two_to(bits) + 0.5); }

static int32_t automatic_bits(double p) {
    if (p * 256.0 == floor(p * 256.0)) return 8;
    const double off = fabs(rounded_threshold(p, 16) / 65536.0 - p);
    return off <= 0.001 * p && off <= 0.001 * (1.0 - p) ? 16 : 32;
}

struct defined defined_by(const simdrop_dropout_config *config) {
    const int vanilla = config->mode == SIMDROP_VANILLA;
    struct defined d;
    d.bits = config->bits ? config->bits : automatic_bits(config->drop_prob);
    const double range = two_to(d.bits), t = rounded_threshold(config->drop_prob, d.bits);
    d.threshold = (uint64_t)t;
    d.realized_prob = t / range;
    d.train_scale = t == range ? 0.0 : vanilla ? 1.0 : range / (range - t);
    d.infer_scale = vanilla ? (range - t) / range : 1.0;
    return d;
}

static int is_kept(const simdrop_dropout_config *config, const struct defined *d, uint64_t e) {
    const int rounds = config->rounds ? config->rounds : 10;
    if (d->threshold == 0) return 1;
    return defined_draw(config->seed, config->stream, rounds, d->bits, e) >= d->threshold;
}

void defined_mask_bits(const simdrop_dropout_config *config, uint64_t offset, size_t n,
                       uint8_t *mask) {
    const struct defined d = defined_by(config);
    memset(mask, 0, n / 8 + (n % 8 != 0));
    for (size_t i = 0; i < n; ++i)
        if (is_kept(config, &d, offset + i)) mask[i / 8] |= (uint8_t)(1u << i % 8);
}

/* The formats of IEEE 754, bf16 too: a number's magnitude, read as an integer, counts the numbers
   from 0 to it. They are multiples of the least one, 2^least, and infinity comes after the last. */
struct format {
    int fraction, least;
    uint64_t sign, infinity;
};

static struct format format_of(enum simdrop_type type) {
    const int bits = 8 * (int)types[type].size, fraction = types[type].fraction;
    const uint64_t sign = UINT64_C(1) << (bits - 1);
    return (struct format){.fraction = fraction,
                           .least = 2 - fraction - (1 << (bits - fraction - 2)),
                           .sign = sign,
                           .infinity = sign - (UINT64_C(1) << fraction)};
}

static double value_of(const struct format *f, uint64_t bits) {
    const uint64_t magnitude = bits & (f->sign - 1), binade = UINT64_C(1) << f->fraction;
    const uint64_t exponent = magnitude / binade, digits = magnitude % binade;
    const double size = magnitude == f->infinity ? (double)INFINITY
                        : exponent == 0
                            ? ldexp((double)digits, f->least)
                            : ldexp((double)(binade + digits), f->least + (int)exponent - 1);
    return bits & f->sign ? -size : size;
}

/* The number nearest to x, of two the even one. Beyond the greatest, half a step decides too. */
static uint64_t rounded(const struct format *f, double x) {
    const uint64_t sign = signbit(x) ? f->sign : 0;
    if (isinf(x)) return sign | f->infinity;
    const int step = (int)fmax(logb(x) - f->fraction, f->least); /* between numbers, 2^step */
    const uint64_t count = (uint64_t)nearbyint(ldexp(fabs(x), -step));
    const uint64_t magnitude = ((uint64_t)(step - f->least) << f->fraction) + count;
    return sign | (magnitude < f->infinity ? magnitude : f->infinity);
}

double defined_number(enum simdrop_type type, uint64_t bits) {
    const struct format f = format_of(type);
    return (bits & (f.sign - 1)) > f.infinity ? (double)NAN : value_of(&f, bits);
}

uint64_t defined_bits(enum simdrop_type type, double x) {
    const struct format f = format_of(type);
    return isnan(x) ? defined_quiet(type, f.infinity) : rounded(&f, x);
}

uint64_t defined_quiet(enum simdrop_type type, uint64_t nan) {
    return nan | UINT64_C(1) << (types[type].fraction - 1);
}

/* f64 is multiplied in f64. All others are in f32, where the product is rounded for the first time:
   that of two f32 is exact in f64. */
uint64_t defined_product(enum simdrop_type type, uint64_t x, double s) {
    const struct format f = format_of(type);
    if ((x & (f.sign - 1)) > f.infinity) return x | UINT64_C(1) << (f.fraction - 1); /* quiet */
    const double value = value_of(&f, x);
    if (types[type].size == sizeof(double)) return rounded(&f, value * s);
    return rounded(&f, (double)(float)(value * (double)(float)s));
}

void defined_dropout(const simdrop_dropout_config *config, enum simdrop_type type,
                     const uint8_t *mask, size_t n, const void *x, void *y) {
    const struct defined d = defined_by(config);
    for (size_t i = 0; i < n; ++i) {
        uint64_t value = element(type, x, i);
        if (!(mask[i / 8] >> i % 8 & 1))
            value = 0;
        else if (d.threshold != 0)
            value = defined_product(type, value, d.train_scale);
        set_element(type, y, i, value);
    }
}

void defined_infer(const simdrop_dropout_config *config, enum simdrop_type type, size_t n,
                   const void *x, void *y) {
    const struct defined d = defined_by(config);
    for (size_t i = 0; i < n; ++i) {
        uint64_t value = element(type, x, i);
        if (d.infer_scale == 0.0)
            value = 0;
        else if (d.infer_scale != 1.0)
            value = defined_product(type, value, d.infer_scale);
        set_element(type, y, i, value);
    }
}
