# SPDX-License-Identifier: MIT
"""What the scripts beside this one share: two arguments, and how vectors are written."""

import os
import struct
import sys

BIG = 0x123456789ABCDEF0
TOP = 2**64 - 1


def fail(message):
    sys.exit(f"{os.path.basename(sys.argv[0])}: {message}")


def bits_of_f32(value):
    return struct.unpack("<I", struct.pack("<f", value))[0]


def text(value):
    return value if isinstance(value, str) else format(int(value), "x")


def line(operation, arguments, results):
    return " ".join([operation, *map(text, arguments), "->", *map(text, results)])


def write(name, made_with, formats, lines):
    """Writes NAME.txt beside this file: what it was made with, what a line means, the lines."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".txt")
    head = [
        f"Made by make_{name}.py with {made_with}.",
        *formats,
        "Integers are hexadecimal; f32 are their bits.",
    ]
    with open(path, "w", encoding="ascii") as file:
        file.write("".join(f"# {text}\n" for text in head))
        file.write("".join(text + "\n" for text in lines))
    print(f"{len(lines)} vectors in {path}")
