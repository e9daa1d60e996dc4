"""The hand in the canvas: what it points at and draws for a tool, and in which slice."""
