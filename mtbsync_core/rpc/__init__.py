"""The engine for other programs: one JSON request in, JSON lines out. `protocol` has the form, `engine` the answers."""
