#!/bin/sh
# SPDX-License-Identifier: MIT
# c89.sh INCLUDE CC...: compilers of C before C99 are told what the headers want.
include=$1
shift
"$@" -std=c89 -I"$include" -fsyntax-only -x c "$include/simdrop/simdrop.h" 2>&1 |
    grep -q 'headers are of C99 and later'
