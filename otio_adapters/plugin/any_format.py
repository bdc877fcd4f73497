"""Every OpenTimelineIO adapter of ours: OpenTimelineIO runs this file under the adapter's name, which says the format.

    otio.adapters.write_to_file(timeline, "markers.edl", adapter_name="mtbsync_resolve_markers_edl")
    otio.adapters.read_from_file("markers.edl", adapter_name="mtbsync_resolve_markers_edl", rate=29.97)

It runs as `opentimelineio.adapters.NAME`, so it imports by full name only.
"""

from functools import partial

from otio_adapters import plugin

_FORMAT = plugin.ADAPTERS[__name__.rpartition(".")[2]]

write_to_string = partial(plugin.write_to_string, _FORMAT)
write_to_file = partial(plugin.write_to_file, _FORMAT)
if _FORMAT.read is not None:
    read_from_string = partial(plugin.read_from_string, _FORMAT)
