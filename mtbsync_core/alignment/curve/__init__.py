"""The smooth, strictly increasing curve through the pairs, and what is known of it."""
