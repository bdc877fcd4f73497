"""Emission: log-likelihood ratios of each moment of the new run against each place of the reference, on one grid."""
