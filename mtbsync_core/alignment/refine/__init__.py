"""Refinement of the model's coarse places by anchors: local features and two-view geometry."""
