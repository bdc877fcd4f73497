"""The package behind the menu scripts: reads the timeline, asks the engine, writes markers with a journal, undoes.

It is copied beside Resolve's menu folder, so its imports are relative. Installer and doctor are a part of it.

"facts 1.3" in a comment is a section of resolve-facts (November 2026), the project's research on Resolve's scripting.
"""
