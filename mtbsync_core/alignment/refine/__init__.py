"""Anchors by local features sharpen what the model found."""
