"""The engine for other programs: one JSON request in, JSON lines out (`mtbsync rpc`). `protocol` has the form."""
