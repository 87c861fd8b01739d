/* SPDX-License-Identifier: MIT */
/* Plans as another version of simdrop makes them. */
#define SIMDROP_VERSION "0.0.0"
#define simdrop_dropout_init other_version_init
#define simdrop_dropout_set_stream other_version_set_stream
#define simdrop_dropout_realized_prob other_version_realized_prob
#define simdrop_dropout_scale other_version_scale
#define simdrop_dropout_bits other_version_bits
#define simdrop_dropout_threshold other_version_threshold
#define simdrop_plan other_version_plan
#include "core/plan.c"
