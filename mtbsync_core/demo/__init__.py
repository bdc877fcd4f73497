"""The trail simulator: pairs of helmet-camera runs of one trail, with exact truth, made on the spot.

It stands behind `mtbsync demo`, the tests and the benchmarks. `write_pair` is in `mtbsync_core.demo.pair`.
"""
