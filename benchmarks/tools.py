"""How long the tools take, beside an operation on the whole volume that others would use.

    python benchmarks/tools.py [SIZE ...]

draws a crystal in its liquor on a grid of SIZE³ voxels (256 and 512 by default) and prints the processor's seconds of
each tool, those of its peer from scipy.ndimage or scikit-image on the whole volume, and their ratio.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage import morphology

from napari_crystalseg.phantom import HABITS
from napari_crystalseg.review.tools.facets.fit import fit_facets
from napari_crystalseg.review.tools.facets.habit_fit import fit_habit
from napari_crystalseg.review.tools.facets.snap import snap_to_facets
from napari_crystalseg.review.tools.pieces.holes import fill_holes
from napari_crystalseg.review.tools.pieces.islands import keep_largest
from napari_crystalseg.review.tools.pieces.necks import split_at_necks
from napari_crystalseg.review.tools.strokes.ball import ball_stroke
from napari_crystalseg.review.tools.strokes.interpolation import interpolate_slices
from napari_crystalseg.review.tools.surfaces.grow import grow
from napari_crystalseg.review.tools.surfaces.joint_smoothing import smooth_jointly
from napari_crystalseg.review.tools.surfaces.smooth import smooth_class

VOXEL_UM = (1.0, 1.0, 1.0)


def scene(size: int) -> NDArray[np.uint8]:
    """Labels (z, y, x): a crystal about 0.3 of the field wide in a ball of liquor twice as wide."""
    z, y, x = np.ogrid[:size, :size, :size]
    middle = size / 2
    labels = ((z - middle) ** 2 + (y - middle) ** 2 + (x - middle) ** 2 < (0.3 * size) ** 2).astype(np.uint8)
    crystal = HABITS["lysozyme"].polyhedron(0.15 * size)
    inside = np.ones(labels.shape, bool)
    for n, distance in zip(crystal.normals, crystal.distances_um, strict=True):
        inside &= n[0] * (z - middle) + n[1] * (y - middle) + n[2] * (x - middle) <= distance
    labels[inside] = 3
    labels[2, 2, 2] = 3 if size <= 256 else 0
    return labels


def seconds(work: Callable[[], object]) -> float:
    """Return the processor's seconds that some work takes."""
    start = time.process_time()
    work()
    return time.process_time() - start


def rows(labels: NDArray[np.uint8]) -> Iterator[tuple[str, Callable[[], object], str, Callable[[], object]]]:
    """Yield name and work of each tool, and of its peer."""
    size = len(labels)
    crystal = labels == 3
    middle, ball = [(size // 2,) * 3, (size // 2, size // 2, size // 2 + 20)], morphology.ball(4)
    ends = size // 2 - 15, size // 2 + 15
    cut = tuple(slice(int(0.3 * size), int(0.7 * size)) for _ in range(3))
    habit = HABITS["lysozyme"]
    facets = fit_facets(labels, VOXEL_UM, (size // 2,) * 3)
    yield (
        "ball brush, 10 µm",
        lambda: ball_stroke(middle, 10.0, 3, labels.shape, VOXEL_UM),
        "ndimage.gaussian_filter",
        (lambda: ndimage.gaussian_filter(crystal.astype(np.float32), 1.5)),
    )
    yield (
        "interpolate 29 slices",
        lambda: interpolate_slices(labels, 0, *ends, VOXEL_UM),
        "ndimage.distance_transform_edt",
        (lambda: ndimage.distance_transform_edt(crystal)),
    )
    yield "keep largest", lambda: keep_largest(labels, 3, VOXEL_UM), "ndimage.label", (lambda: ndimage.label(crystal))
    yield (
        "fill holes",
        lambda: fill_holes(labels, 3, VOXEL_UM),
        "ndimage.binary_fill_holes",
        (lambda: ndimage.binary_fill_holes(crystal)),
    )
    yield (
        "grow 4 µm",
        lambda: grow(labels, 3, 4.0, VOXEL_UM),
        "ndimage.binary_dilation, ball of 4",
        (lambda: ndimage.binary_dilation(crystal, ball)),
    )
    yield (
        "smooth 1.5 µm",
        lambda: smooth_class(labels, 3, 1.5, VOXEL_UM),
        "ndimage.gaussian_filter",
        (lambda: ndimage.gaussian_filter(crystal.astype(np.float32), 1.5)),
    )
    yield (
        "smooth all 1.5 µm",
        lambda: smooth_jointly(labels, 1.5, VOXEL_UM),
        "ndimage.gaussian_filter, each class",
        (lambda: [ndimage.gaussian_filter((labels == label).astype(np.float32), 1.5) for label in (0, 1, 3)]),
    )
    yield (
        "split at necks",
        lambda: split_at_necks(crystal[cut], 10.0, VOXEL_UM),
        "ndimage.distance_transform_edt",
        (lambda: ndimage.distance_transform_edt(crystal)),
    )
    yield (
        "fit facets",
        lambda: fit_facets(labels, VOXEL_UM, (size // 2,) * 3),
        "ndimage.gaussian_filter",
        (lambda: ndimage.gaussian_filter(crystal.astype(np.float32), 1.5)),
    )
    yield (
        "fit habit",
        lambda: fit_habit(labels, habit, VOXEL_UM, (size // 2,) * 3),
        "morphology.convex_hull",
        (lambda: morphology.convex_hull_image(crystal[cut])),
    )
    yield (
        "snap to facets",
        lambda: snap_to_facets(labels, facets, VOXEL_UM),
        "ndimage.binary_fill_holes",
        (lambda: ndimage.binary_fill_holes(crystal)),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sizes", nargs="*", type=int, default=(256, 512))
    for size in parser.parse_args().sizes:
        print(f"{size}³: tool, seconds, seconds of its peer, ratio")
        for name, work, peer, other in rows(scene(size)):
            own, theirs = seconds(work), seconds(other)
            print(f"{name:22} {own:7.2f}  {theirs:7.2f}  {own / max(theirs, 1e-3):5.2f}  {peer}", flush=True)


if __name__ == "__main__":
    main()
