"""The package behind the menu scripts; it is copied beside Resolve's menu folder, so its imports are relative.

Here live the reading of a timeline into plain JSON, the call of the engine in its own process, the writing of markers
with a journal to undo it, the settings, and the installation into Resolve and its check.
"""
