"""Videos of runs in step: side by side, one over the other, many in a grid; and what an editor lays over a clip."""
