/* SPDX-License-Identifier: MIT */
/* Status texts and the version. */
#include <simdrop/common.h>

const char *simdrop_status_string(simdrop_status status) {
    switch (status) {
    case SIMDROP_OK: return "success";
    case SIMDROP_ERR_INVALID_ARGUMENT: return "invalid argument";
    case SIMDROP_ERR_UNSUPPORTED: return "not supported by this build of simdrop or by this CPU";
    default: return "unknown simdrop status";
    }
}

const char *simdrop_version(void) { return SIMDROP_VERSION; }
