"""Guidance: what a person marked, shown to a network beside the voxel values."""
