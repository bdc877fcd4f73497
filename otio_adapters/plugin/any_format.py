"""OpenTimelineIO adapter `mtbsync_resolve_markers_edl`: the timeline-marker EDL of DaVinci Resolve.

    otio.adapters.write_to_file(timeline, "markers.edl", adapter_name="mtbsync_resolve_markers_edl")
    otio.adapters.read_from_file("markers.edl", adapter_name="mtbsync_resolve_markers_edl", rate=29.97)

OpenTimelineIO runs this file as `opentimelineio.adapters.NAME`, so it imports by full name only.
"""

from otio_adapters.plugin import adapter

globals().update(adapter("resolve-edl"))
