"""Simpler ways to a map, to compare with."""
