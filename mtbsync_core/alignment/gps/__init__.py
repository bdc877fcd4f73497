"""Alignment by GPS tracks alone."""
