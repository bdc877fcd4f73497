"""From evidence to a time warp: pairs, the lattice, the fit, the verdict, and the pipeline that joins them.

The folder is not called `align`, because `mtbsync_core.align` is the function.
"""
