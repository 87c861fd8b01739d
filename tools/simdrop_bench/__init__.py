# SPDX-License-Identifier: MIT
"""Reads, compares, exports and tracks the results of simdrop-bench."""

from __future__ import annotations


class Error(Exception):
    """What the user can mend, in one sentence."""
