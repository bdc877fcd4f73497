"""The race report: where the time went, of two runs or of all runs of a trail, as a page, a table and JSON."""
