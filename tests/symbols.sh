#!/bin/sh
# SPDX-License-Identifier: MIT
# symbols.sh NM MACRO SHARED_LIBRARY STATIC_LIBRARY HEADER...: checks the names that the libraries
# define. Those with MACRO before them in the headers are exported.
set -eu
nm=$1 macro=$2 shared=$3 static=$4
shift 4

# Names that begin with two underscores or a dot belong to compilers (sanitizers, coverage, Windows).
defined() { "$nm" -P -g "$@" | awk 'NF >= 3 && $2 != "U" && $2 != "w" && $2 != "v" && $1 !~ /^(__|\.)/ { print $1 }' | sort -u; }

declared=$(cat "$@" | tr '\n' ' ' | grep -o "$macro [^;(]*(" | grep -o 'simdrop_[a-z0-9_]*($' |
    tr -d '(' | sort -u)
case $shared in
*.dll) exported=$("${nm%nm}objdump" -p "$shared" | sed -n 's/^[[:blank:]]*\[ *[0-9]*\] \(simdrop.*\)/\1/p' | sort -u) ;;
*) exported=$(defined -D "$shared") ;;
esac
if [ -z "$declared" ] || [ "$exported" != "$declared" ]; then
    printf 'The headers declare with %s:\n%s\nThe shared library exports:\n%s\n' "$macro" "$declared" "$exported"
    exit 1
fi

foreign=$(defined "$static" | grep -v '^simdrop_' || true)
if [ -n "$foreign" ]; then
    printf 'The static library defines names without the prefix simdrop_:\n%s\n' "$foreign"
    exit 1
fi
