"""What the pictures say: frames become descriptors, two videos a similarity matrix, two frames an anchor."""
