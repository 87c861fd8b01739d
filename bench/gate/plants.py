# SPDX-License-Identifier: MIT
"""Instructions too many, planted in a copy of the tree: proof that the gate finds them.

usage: plants.py TREE
"""

import os
import sys

# In each instruction set one instruction more for each element, or group of blocks, of one kernel:
# (isa, kernel, file, the line after which it goes, the code).
PLANTS = (
    ("scalar", "apply_f64", "src/scalar/apply.c", "        value *= scale;\n",
     '        __asm__ volatile("nop");\n'),
    ("avx2", "draw_mask_u16", "src/avx2/philox.c",
     "SIMDROP_INLINE uint64_t mask_u16(struct drawn w, __m256i threshold) {\n",
     '    __asm__("vpaddw %0, %0, %0" : "+x"(w.lo));\n'),
    ("avx512", "draw_mask_u16", "src/avx512/philox.c",
     "SIMDROP_INLINE uint64_t mask_u16(struct drawn w, __m512i threshold) {\n",
     '    __asm__("vpaddw %0, %0, %0" : "+v"(w.lo));\n'),
    ("neon", "draw_mask_u16", "src/neon/philox.c",
     "SIMDROP_INLINE uint16x8_t halves_u16(struct group v, uint16x8_t threshold) {\n",
     '    __asm__("add %0.8h, %0.8h, %0.8h" : "+w"(v.x0));\n'),
)
# Figures that have to grow too: calls of the planted kernels.
CALLERS = {"apply_f64": ("apply_f64", "dropout_f64"), "draw_mask_u16": ("draw_mask_u16", ":u16")}


def plant(tree):
    """Puts the instructions in."""
    for _, kernel, file, place, code in PLANTS:
        path = os.path.join(tree, file)
        with open(path, encoding="utf-8") as source:
            text = source.read()
        if text.count(place) != 1:
            raise RuntimeError(f"can't plant in {kernel}: {file} has changed; mend plants.py")
        text = text.replace(place, place + code)
        with open(path, "w", encoding="utf-8") as source:
            source.write(text)


def judge(name, changes, isas):
    """Whether the worse figures are those of the planted kernels, each of them, and no others;
    returns the exit status. Prints what each kernel's plant did."""
    status = 0
    for isa, kernel, *_ in PLANTS:
        if isa not in isas:
            continue
        found = [c for c in changes if c.key[:2] == (isa, kernel) and c.kind == "worse"]
        if found:
            most = found[0]
            loop = f"loop {most.key[2]} " if len(most.key) == 3 else ""
            print(f"{name}: planted in {isa} {kernel}, found: {loop}{most.column} "
                  f"{most.old:g} -> {most.new:g} ({100 * most.growth:+.2f} %)")
        else:
            print(f"{name}: planted in {isa} {kernel}, NOT FOUND")
            status = 1
    for change in changes:
        meant = any(change.key[0] == isa and any(part in change.key[1] for part in CALLERS[kernel])
                    for isa, kernel, *_ in PLANTS)
        if change.fails and not meant:
            print(f"{name}: nothing was planted in {' '.join(change.key)}, but it is {change.kind}")
            status = 1
    return status


if __name__ == "__main__":
    plant(sys.argv[1])
