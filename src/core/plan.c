/* SPDX-License-Identifier: MIT */
/* From a configuration to a plan: draw width, threshold, scale. The rules are in docs/stream.md. */
#include "core/plan.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

_Static_assert(sizeof(struct simdrop_plan) <= sizeof(simdrop_dropout), "the plan must fit");
_Static_assert(sizeof(struct simdrop_plan) == 27 * sizeof(uint64_t), "no padding: plans compare");

/* Of the version of the library and of what kernels rely on: all but key and stream. To ask of each
   field whether it is possible would take 1 ns of the 34 of 64 elements; this takes 0.3. */
static uint64_t seal(const simdrop_dropout *dropout) {
    static const char version[] = SIMDROP_VERSION;
    const size_t first = offsetof(struct simdrop_plan, philox.rounds) / sizeof(uint64_t);
    uint64_t mixed = UINT64_C(0x73696d64726f7000); /* "simdrop" */
    for (size_t i = 0; i < sizeof version; ++i) mixed = mixed * 31 + (unsigned char)version[i];
    for (size_t i = first; i < sizeof(struct simdrop_plan) / sizeof(uint64_t); ++i)
        mixed = (mixed << 13 | mixed >> 51) ^ dropout->opaque[i];
    return mixed;
}

/* T for draws of `bits` bits. */
static uint64_t threshold(double p, int32_t bits) { return (uint64_t)floor(ldexp(p, bits) + 0.5); }

static int32_t automatic_bits(double p) {
    const double t8 = p * 256.0;
    if (t8 == floor(t8)) return 8;
    const double off = fabs(ldexp((double)threshold(p, 16), -16) - p);
    return off <= 0.001 * p && off <= 0.001 * (1.0 - p) ? 16 : 32;
}

static int is_valid(const simdrop_dropout_config *config) {
    for (size_t i = 0; i < sizeof config->reserved / sizeof config->reserved[0]; ++i)
        if (config->reserved[i] != 0) return 0;
    const double p = config->drop_prob;
    if (!(p >= 0.0 && p <= 1.0)) return 0; /* NaN too */
    if (config->rounds != 0 && config->rounds != 7 && config->rounds != 10) return 0;
    if (config->mode != SIMDROP_INVERTED && config->mode != SIMDROP_VANILLA) return 0;
    if (config->flags > SIMDROP_STREAM_ALWAYS) return 0;
    if (config->bits == 0) return 1;
    if (config->bits != 8 && config->bits != 16 && config->bits != 32) return 0;
    const uint64_t t = threshold(p, config->bits);
    return p == 0.0 || p == 1.0 || (t != 0 && t >> config->bits == 0);
}

simdrop_status simdrop_dropout_init(simdrop_dropout *dropout,
                                    const simdrop_dropout_config *config) {
    if (!dropout || !config || !is_valid(config)) return SIMDROP_ERR_INVALID_ARGUMENT;
    const int vanilla = config->mode == SIMDROP_VANILLA;
    struct simdrop_plan plan = {.flags = config->flags};
    plan.bits = config->bits ? config->bits : automatic_bits(config->drop_prob);
    plan.threshold = threshold(config->drop_prob, plan.bits);
    const double range = ldexp(1.0, plan.bits), kept = range - (double)plan.threshold;
    plan.train_scale = kept == 0.0 ? 0.0 : vanilla ? 1.0 : range / kept;
    plan.infer_scale = vanilla ? kept / range : 1.0;
    simdrop_philox_init(&plan.philox, config->seed, config->stream,
                        config->rounds ? config->rounds : 10);
    memset(dropout, 0, sizeof *dropout);
    memcpy(dropout, &plan, sizeof plan);
    ((struct simdrop_plan *)dropout)->seal = seal(dropout);
    return SIMDROP_OK;
}

const struct simdrop_plan *simdrop_plan(const simdrop_dropout *dropout) {
    const struct simdrop_plan *plan = (const struct simdrop_plan *)dropout;
    return plan && plan->seal == seal(dropout) ? plan : NULL;
}

simdrop_status simdrop_dropout_set_stream(simdrop_dropout *dropout, uint64_t stream) {
    if (!simdrop_plan(dropout)) return SIMDROP_ERR_INVALID_ARGUMENT;
    ((struct simdrop_plan *)dropout)->philox.stream = stream;
    return SIMDROP_OK;
}

double simdrop_dropout_realized_prob(const simdrop_dropout *dropout) {
    const struct simdrop_plan *plan = simdrop_plan(dropout);
    return plan ? ldexp((double)plan->threshold, -plan->bits) : (double)NAN;
}

double simdrop_dropout_scale(const simdrop_dropout *dropout) {
    const struct simdrop_plan *plan = simdrop_plan(dropout);
    return plan ? plan->train_scale : (double)NAN;
}

int32_t simdrop_dropout_bits(const simdrop_dropout *dropout) {
    const struct simdrop_plan *plan = simdrop_plan(dropout);
    return plan ? plan->bits : 0;
}

uint64_t simdrop_dropout_threshold(const simdrop_dropout *dropout) {
    const struct simdrop_plan *plan = simdrop_plan(dropout);
    return plan ? plan->threshold : 0;
}
