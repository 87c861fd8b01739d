# SPDX-License-Identifier: MIT
"""Instructions and stores too many, planted in a copy of the tree: proof that they are found.

usage: python3 -m simdrop_gate.plants TREE
"""

import os
import re
import sys

# One comparison: it needs no register, so that the compiler has no reason to do all else otherwise.
X86 = '    __asm__ volatile("cmpl %%eax, %%eax" ::: "cc");\n'
ARM = '    __asm__ volatile("cmp w0, w0" ::: "cc");\n'
STORE = "    *(volatile uint64_t *)out = 0;\n"

# In each instruction set one more for each element, or group of blocks, of one kernel:
# (sets, kernel, a pattern of its callers, file, the line after which it goes, what is planted,
# Change.kind).
PLANTS = (
    (
        ("scalar", "generic"),
        "apply_f64",
        "dropout_.*f64",
        "src/scalar/apply.c",
        "    value *= scale;\n",
        X86,
        "worse",
    ),
    (
        ("avx2",),
        "apply_f32",
        "dropout_.*f32",
        "src/avx2/apply.h",
        "SIMDROP_INLINE void eight_f32(const struct course *c, __m256i bits, int quarter, "
        "enum way way) {\n",
        X86,
        "worse",
    ),
    (
        ("avx512",),
        "draw_mask_u16",
        "(dropout|draw_list)_.*u16",
        "src/avx512/philox.h",
        "SIMDROP_INLINE uint64_t mask_u16(struct drawn w, __m512i threshold) {\n",
        X86,
        "worse",
    ),
    (
        ("avx512",),
        "draw_mask_u8",
        "(dropout|draw_list)_.*u8",
        "src/avx512/philox.h",
        "SIMDROP_INLINE void put_u8(uint64_t *out, struct drawn w, __m512i threshold) {\n",
        STORE,
        "stores",
    ),
    (
        ("neon",),
        "draw_mask_u16",
        "(dropout|draw_list)_.*u16",
        "src/neon/philox.h",
        "SIMDROP_INLINE uint16x8_t halves_u16(struct group v, uint16x8_t threshold) {\n",
        ARM,
        "worse",
    ),
    (
        ("neon",),
        "draw_mask_u8",
        "(dropout|draw_list)_.*u8",
        "src/neon/philox.h",
        "SIMDROP_INLINE void put_u8(uint64_t *out, struct group v, struct group w, "
        "uint8x16_t threshold) {\n",
        STORE,
        "stores",
    ),
)


def plant(tree):
    """Puts them in."""
    for _, kernel, _, file, place, code, _ in PLANTS:
        path = os.path.join(tree, file)
        with open(path, encoding="utf-8") as source:
            text = source.read()
        if text.count(place) != 1:
            sys.exit(f"gate: can't plant in {kernel}: {file} has changed; mend plants.py")
        with open(path, "w", encoding="utf-8") as source:
            source.write(text.replace(place, place + code))


def judge(name, changes, isas):
    """Whether the figures that fail are those of the planted kernels, of each, and of no others.
    `isas`: those that were measured."""
    right = True
    meant = set()
    planted = [(isa, *plant) for sets, *plant in PLANTS for isa in sets if isa in isas]
    for isa, kernel, callers, *_, kind in planted:
        found = [c for c in changes if c.key[:2] == (isa, kernel) and c.kind == kind]
        meant |= {
            c
            for c in changes
            if c.key[0] == isa and (c.key[1].startswith(kernel) or re.match(callers, c.key[1]))
        }
        if found:
            shown = ("per_element", "loop 1 instructions", "loop 1 stored")
            best = next((c for c in found if c.figure in shown), found[0])
            print(
                f"{name}: planted in {isa} {kernel} and found: {best.figure} "
                f"{best.old:g} -> {best.new:g}"
            )
        else:
            print(f"{name}: planted in {isa} {kernel} and NOT FOUND")
            right = False
    for change in changes:
        if change.fails and change not in meant:
            print(
                f"{name}: nothing planted in {change.key[0]} {change.key[1]}, but "
                f"{change.figure}: {change.kind}"
            )
            right = False
    return right


if __name__ == "__main__":
    plant(sys.argv[1])
