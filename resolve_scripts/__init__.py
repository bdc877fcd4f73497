"""What DaVinci Resolve runs: its menu scripts and the package behind them.

Resolve starts these files with whatever Python it finds, so everything below this folder uses the standard library
only, in the syntax of Python 3.8, and never imports the engine: it starts `mtbsync rpc` and talks to it.
"""
