"""The verdict over an alignment, and the parts of it that are not to be trusted."""
