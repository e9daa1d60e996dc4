"""Rays through labels: path lengths, which of them are traced, and their means over the crystal."""
