"""The review of an alignment: what it is, what people correct in it, and the map fitted again. It knows no HTTP."""
