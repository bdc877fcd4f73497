"""What holds for all tests."""

from __future__ import annotations

import os

# As the command line does, and before numpy is imported: spinning BLAS threads made these tests ten times slower.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
