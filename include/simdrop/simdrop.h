/* SPDX-License-Identifier: MIT */
/* simdrop: dropout at the speed of memcpy, with the same mask everywhere. All of the API. */
#ifndef SIMDROP_SIMDROP_H
#define SIMDROP_SIMDROP_H

#include <simdrop/broadcast.h>
#include <simdrop/common.h>
#include <simdrop/distributions.h>
#include <simdrop/dropout.h>
#include <simdrop/fused.h>
#include <simdrop/interop.h>
#include <simdrop/masks.h>
#include <simdrop/noise.h>
#include <simdrop/norm.h>
#include <simdrop/random.h>
#include <simdrop/rows.h>
#include <simdrop/softmax.h>

#endif
