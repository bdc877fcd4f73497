"""What the sensors beside the camera recorded: where a run went, how it turned, when it stood."""
