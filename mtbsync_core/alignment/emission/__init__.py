"""What each moment of the new run says of each place of the reference: log-likelihood ratios on one grid."""
