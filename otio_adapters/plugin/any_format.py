"""Every OpenTimelineIO adapter of ours: OpenTimelineIO runs this file under the adapter's name, which says the format.

    otio.adapters.write_to_file(timeline, "markers.edl", adapter_name="mtbsync_resolve_markers_edl")
    otio.adapters.read_from_file("markers.edl", adapter_name="mtbsync_resolve_markers_edl", rate=29.97)

It runs as `opentimelineio.adapters.NAME`, so it imports by full name only.
"""

from otio_adapters.plugin import ADAPTERS, adapter

globals().update(adapter(ADAPTERS[__name__.rpartition(".")[2]]))
