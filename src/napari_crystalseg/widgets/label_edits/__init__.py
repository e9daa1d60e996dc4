"""Edits of labels layers: strokes of the brush and tools, in one timeline with undo and redo."""
