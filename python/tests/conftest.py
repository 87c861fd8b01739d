# SPDX-License-Identifier: MIT
"""JAX has four devices here, which have to be asked for before it is loaded."""

import os

os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=4"
os.environ["JAX_PLATFORMS"] = "cpu"
