"""Recordings: what they are (`probe`), when each frame is shown (`packets`), how it looks (`frames`)."""
