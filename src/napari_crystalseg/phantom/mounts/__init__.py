"""Mounts: loops, meshes and pins."""
