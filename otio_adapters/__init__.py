"""Markers and warps to and from the files of video editors, with OpenTimelineIO as the model in the middle.

Every writer takes an `otio.schema.Timeline` and says in a report what it could not carry; every reader returns one.
The package is also an OpenTimelineIO plug-in: `plugin_manifest.json` names the adapters, `plugin/` holds them.
"""
