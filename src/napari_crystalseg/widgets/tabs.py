"""The tabs of the dock, by their place."""

OPEN, SEGMENT, CHECK, EXPORT, SIMULATE = range(5)
