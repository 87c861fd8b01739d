# SPDX-License-Identifier: MIT
"""The loops of compiled kernels, and their throughput by llvm-mca."""

import json
import re
import subprocess

# The CPUs whose models are asked. llvm 19 has none of Zen 5: its znver5 is znver4.
CPUS = {
    "x86_64": ("znver4", "sapphirerapids"),
    "aarch64": ("neoverse-v2", "neoverse-n1"),
}
KEYS = ("isa", "kernel", "loop")

# Bytes, by the names of registers, by the last letters of x86's instructions; by how much some
# instructions narrow what they store; and what others store of a register.
REGISTERS = {
    "zmm": 64,
    "ymm": 32,
    "xmm": 16,
    "q": 16,
    "d": 8,
    "s": 4,
    "h": 2,
    "b": 1,
    "x": 8,
    "w": 4,
}
SUFFIXES = {"q": 8, "l": 4, "d": 4, "w": 2, "b": 1}
NARROWED = {
    "vpmovqd": 2,
    "vpmovdw": 2,
    "vpmovwb": 2,
    "vcvtps2ph": 2,
    "vpmovdb": 4,
    "vpmovqw": 4,
    "vpmovqb": 8,
}
PARTS = {
    "vmovss": 4,
    "vmovd": 4,
    "vmovsd": 8,
    "vmovq": 8,
    "vmovlps": 8,
    "vmovlpd": 8,
    "vmovhps": 8,
    "vmovhpd": 8,
}


def columns(target):
    """The columns for a CPU family."""
    return (
        KEYS
        + ("stored", "instructions")
        + tuple(column for cpu in CPUS[target] for column in (cpu + "_cycles", cpu + "_uops"))
    )


class Instruction:
    """One line of a disassembly. `target` is the address that it jumps to, within its file."""

    def __init__(self, address, text):
        self.address = address
        self.text = re.sub(r"\s*(#|//) .*", "", text).replace("\t", " ").strip()
        self.name = self.text.split(" ")[0]
        self.jumps = bool(re.fullmatch(r"j\w+|b|b\.\w+|cbn?z|tbn?z", self.name))
        found = re.search(r"(0x[0-9a-f]+) <[^>]*>$", self.text)
        self.target = int(found[1], 16) if self.jumps and found else None
        self.text = re.sub(r" <[^>]*>$", "", self.text)

    @property
    def falls_through(self):
        """Whether the next instruction may be the one after it."""
        return not re.fullmatch(r"jmpq?|b|br|retq?|ud2|brk|hlt", self.name)

    @property
    def pads(self):
        """Whether it only aligns what follows, and so changes with the code before it."""
        return self.name.startswith("nop") or self.text == "xchgw %ax, %ax" or ".word" in self.name

    @property
    def stored(self):
        """The bytes that it stores, but for those on the stack."""
        return stored_x86(self.text) if "%" in self.text else stored_arm(self.text)

    def for_mca(self):
        """The same as text that an assembler takes."""
        if self.target is None:
            return self.text
        return self.text.replace(hex(self.target), "target")


def stored_x86(text):
    """Bytes stored by an instruction in AT&T syntax."""
    found = re.match(
        r"(v?p?mov\w+|kmov[bwdq]|vcvtps2ph|vextract\w+|vpextr[bwdq]) (.*), "
        r"[^,(]*\((%\w+)?[^)]*\)( \{%k\d\})?$",
        text,
    )
    if not found or found[3] in ("%rsp", "%rbp"):
        return 0
    name, source = found[1], found[2]
    vector = re.search(r"%([xyz]mm)", source)
    if name in PARTS:
        return PARTS[name]
    if name.startswith("vextract"):
        return 32 if name.endswith(("64x4", "32x8")) else 16
    if not vector or name.startswith("vpextr"):
        return SUFFIXES.get(name[-1], 8)
    return REGISTERS[vector[1]] // NARROWED.get(name, 1)


def stored_arm(text):
    """Bytes stored by an instruction of aarch64."""
    found = re.match(r"(st\w*) (.*), \[(\w+)", text)
    if not found or found[3] in ("sp", "x29"):
        return 0
    name, sources = found[1], found[2]
    if sources.startswith("{"):
        lane = re.search(r"\.([bhsd]) ?\}\[", sources)
        registers = re.findall(r"v\d+\.(\d*)([bhsd])", sources)
        return sum(REGISTERS[width] * (1 if lane else int(count)) for count, width in registers)
    if name in ("strb", "sturb", "strh", "sturh"):
        return REGISTERS[name[-1]]
    return sum(REGISTERS[register] for register in re.findall(r"\b([qdshbxw])(?:\d+|zr)", sources))


def functions(disassembly):
    """[(name, [Instruction])] of what llvm-objdump -d -r prints."""
    found = []
    for line in disassembly.splitlines():
        head = re.match(r"[0-9a-f]+ <(.+)>:$", line)
        if head:
            found.append((head[1], []))
            continue
        code = re.match(r"\s*([0-9a-f]+):\s+(\S.*)", line)
        if code and found:
            current = found[-1][1]
            if re.match(r"R_[A-Z0-9_]+", code[2]):
                current[-1].target = None  # the linker fills it in: not within this function
            else:
                current.append(Instruction(int(code[1], 16), code[2]))
    return found


def blocks_of(code):
    """A function's basic blocks: [(instructions, indices of the successors)], in order."""
    places = {instruction.address: i for i, instruction in enumerate(code)}
    starts = {0} | {places[i.target] for i in code if i.target in places}
    starts |= {
        i + 1
        for i, instruction in enumerate(code[:-1])
        if instruction.jumps or not instruction.falls_through
    }
    starts = sorted(starts)
    block_at = {start: block for block, start in enumerate(starts)}
    blocks = []
    for block, start in enumerate(starts):
        end = starts[block + 1] if block + 1 < len(starts) else len(code)
        last = code[end - 1]
        after = {block_at[places[last.target]]} if last.target in places else set()
        if last.falls_through and end < len(code):
            after.add(block + 1)
        blocks.append((code[start:end], after))
    return blocks


def natural_loops(blocks):
    """{header: blocks of the loop}: the targets of jumps back to a block that dominates the jump,
    and all that reaches such a jump from there."""
    before, waiting = {0: set()}, [0]  # of blocks that are ever reached: padding isn't
    while waiting:
        block = waiting.pop()
        for successor in blocks[block][1]:
            if successor not in before:
                waiting.append(successor)
            before.setdefault(successor, set()).add(block)
    dominators = {block: set(before) for block in before}
    dominators[0] = {0}
    changed = True
    while changed:
        changed = False
        for block in sorted(before)[1:]:
            new = {block} | set.intersection(*(dominators[b] for b in before[block]))
            changed |= new != dominators[block]
            dominators[block] = new
    loops = {}
    for block in sorted(before):
        for header in blocks[block][1] & dominators[block]:
            body, waiting = loops.setdefault(header, {header}), [block]
            while waiting:
                reached = waiting.pop()
                if reached not in body:
                    body.add(reached)
                    waiting.extend(before[reached])
    return loops


def loops_of(code):
    """[(number, instructions)] of a pass of each loop without the loops in it. The longest loop is
    "1", the longest in it "1.1"."""
    blocks = blocks_of(code)
    loops = natural_loops(blocks)
    sizes = {
        head: sum(not i.pads for block in body for i in blocks[block][0])
        for head, body in loops.items()
    }

    def inner(outer):
        inside = [h for h in loops if outer is None or (h != outer and h in loops[outer])]
        return sorted(
            (h for h in inside if not any(h != o and h in loops[o] for o in inside)),
            key=lambda h: (-sizes[h], h),
        )

    found = []

    def add(outer, prefix):
        for rank, head in enumerate(inner(outer), 1):
            nested = set().union(*(loops[h] for h in inner(head)))
            own = [
                i for block in sorted(loops[head] - nested) for i in blocks[block][0] if not i.pads
            ]
            found.append((prefix + str(rank), own))
            add(head, prefix + str(rank) + ".")

    add(None, "")
    return found


def run(command, given=None):
    """What a command prints."""
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed: {done.stderr.strip()[-500:]}")
    return done.stdout


def version():
    """llvm-mca's major version, whose models of CPUs the figures come from."""
    return re.search(r"version (\d+)", run(["llvm-mca-19", "--version"]))[1]


def measure(target, archives):
    """The table's rows for pairs (isa, archive): {(isa, kernel, loop): {column: value}}."""
    rows, regions = {}, []
    for isa, archive in archives:
        listing = run(["llvm-objdump-19", "-d", "-r", "--no-show-raw-insn", archive])
        for symbol, code in functions(listing):
            kernel = re.sub(f"^simdrop_|_{isa}$", "", symbol)
            for number, body in loops_of(code):
                rows[isa, kernel, number] = {
                    "stored": sum(i.stored for i in body),
                    "instructions": len(body),
                }
                regions += [
                    f"# LLVM-MCA-BEGIN {isa} {kernel} {number}",
                    *(i.for_mca() for i in body),
                    "# LLVM-MCA-END",
                ]
    for cpu in CPUS[target] if rows else ():
        views = ["-json", "-instruction-info=false", "-resource-pressure=false"]
        command = ["llvm-mca-19", "-iterations=1", *views, "-mtriple=" + target, "-mcpu=" + cpu]
        report = run(command, "\n".join(regions) + "\n")
        for region in json.loads(report)["CodeRegions"]:
            row = rows[tuple(region["Name"].split())]
            row[cpu + "_cycles"] = round(region["SummaryView"]["BlockRThroughput"], 2)
            row[cpu + "_uops"] = region["SummaryView"]["TotaluOps"]
    return rows
