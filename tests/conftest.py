"""What holds for all tests."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

from tests.chromium import browser

__all__ = ["browser"]

# As the command line does, and before numpy is imported: spinning BLAS threads made these tests ten times slower.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# The same examples in every run, and no clock: a busy machine fails no test.
settings.register_profile("steady", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")
