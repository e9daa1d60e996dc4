"""Nouns to napari layers and back."""
