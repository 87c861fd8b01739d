# SPDX-License-Identifier: MIT
"""The deterministic gate: instructions of kernels, counted and compared with a baseline."""
