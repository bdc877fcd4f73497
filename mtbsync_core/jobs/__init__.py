"""What the program does for people, whoever asks: the command line, scripts inside editors, and whatever comes.

A job is a frozen dataclass whose fields are declared once, as options (`mtbsync_core.options`); `run(listener)` does it
and returns a result. A job knows nothing of flags' parsers, JSON lines or print, and leaves refusals to the result.
"""
