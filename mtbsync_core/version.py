"""The version of the program, where every part may read it."""

__version__ = "1.0.0"
