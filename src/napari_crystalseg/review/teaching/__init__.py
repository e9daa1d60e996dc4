"""Labels of a whole volume from a few strokes."""
