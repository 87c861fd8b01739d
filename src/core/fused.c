/* SPDX-License-Identifier: MIT */
/* From parts of rows to fused kernels. */
#include "core/fused.h"

void simdrop_spend_fused(const struct simdrop_apply *part) {
    const struct simdrop_fusion *f = part->operands;
    const char *beside = f->beside;
    if (beside) beside += part->row * f->beside_pitch + part->col * f->size;
    const struct simdrop_fused fused = {
        .y = part->y,
        .x = f->is_backward ? beside : part->x,
        .residual = f->is_backward ? part->x : beside,
        .bias = f->bias ? f->bias + part->col * f->real_size : NULL,
        .dbias = f->dbias ? f->dbias + part->col * f->real_size : NULL,
        .keep = part->keep,
        .n = part->n,
        .scale = part->scale,
        .ahead = part->ahead,
        .streams = part->streams,
    };
    f->kernel(&fused);
}
