"""A reference to give away without its video: the trail pack, and markers that are proposed for a recording."""
