# SPDX-License-Identifier: MIT
"""The C library's functions on buffers; python/native has their arguments."""

from typing import Any

version: str

def isa_name() -> str: ...
def isa_list() -> list[str]: ...
def isa_select(name: str | None, /) -> None:
    """Uses this instruction set, of isa_list(), from now on; None chooses again."""

def stream_derive(a: int, b: int, c: int, /) -> int:
    """A stream number of three numbers, say layer, step and rank."""

def plan(*arguments: Any) -> bytes: ...
def facts(plan: bytes, /) -> tuple[float, float, int, int]: ...
def __getattr__(name: str) -> Any: ...
