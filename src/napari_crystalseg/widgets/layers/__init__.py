"""Nouns to napari layers and back, and the layers that the dock shows."""
