"""A single slice: an image without an axis z, read as a volume one voxel thick."""

from __future__ import annotations

ONE_SLICE = "a single slice, read as a volume one voxel thick along the rotation axis (z)"
"""What is assumed about the axes of an image."""

THICKNESS = "thickness of the slice not stated: taken as the pixel size"
"""What is assumed about the size of its voxels along z."""


def is_image(shape: tuple[int, ...]) -> bool:
    """Whether an array has an image's two axes (y, x), and no axis z."""
    return len(shape) == 2


def shape_with_axis_z(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Give an image's shape (y, x) an axis z of length one before them; other shapes stay as they are."""
    return (1, *shape) if is_image(shape) else shape


def with_thickness(sizes: tuple[float, ...]) -> tuple[float, float, float]:
    """Give a pixel size (y, x) its thickness: as large as along x."""
    y, x = sizes
    return x, y, x
