"""What OpenTimelineIO loads: one thin module per adapter, run under a name of OpenTimelineIO's own."""
