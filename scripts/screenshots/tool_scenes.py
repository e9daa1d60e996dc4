"""Damaged labels for each tool, and what the hand does with it there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from lysozyme_in_loop import SHAPE, VOXEL_UM, bite, roughened, sample
from scipy.ndimage import binary_dilation, binary_erosion, gaussian_filter

from napari_crystalseg.labels import Material
from napari_crystalseg.review.tools.surfaces.joint_smoothing import smooth_jointly

AIR, LIQUOR, LOOP, CRYSTAL, OTHER = Material
Z = SHAPE[0] // 2
RIGHT = sample()
MIDDLE = tuple(int(one) for one in np.argwhere(RIGHT == CRYSTAL).mean(axis=0))


def ball(at: Sequence[float], radius: float) -> np.ndarray:
    """Return a ball of voxels."""
    z, y, x = np.ogrid[tuple(slice(0, n) for n in SHAPE)]
    return np.asarray((z - at[0]) ** 2 + (y - at[1]) ** 2 + (x - at[2]) ** 2 <= radius**2)


def given(mask: np.ndarray, code: Material, labels: np.ndarray = RIGHT) -> np.ndarray:
    """Return labels with a class given to some voxels."""
    made = labels.copy()
    made[mask] = code
    return made


BITE = bite(RIGHT)
INSIDE_BITE = tuple(int(one) for one in np.argwhere(BITE).mean(axis=0))
LIQUOR_LEFT = tuple(int(one) for one in (Z, MIDDLE[1], np.flatnonzero(RIGHT[Z, MIDDLE[1]] == CRYSTAL)[0] - 8))


def bitten() -> np.ndarray:
    """A part of the crystal was given to the liquor."""
    return given(BITE, LIQUOR)


def blob() -> np.ndarray:
    """A blob of liquor was given to the crystal."""
    return given(ball(LIQUOR_LEFT, 9) & (RIGHT == LIQUOR), CRYSTAL)


def smoothly_bitten() -> np.ndarray:
    """As a network leaves it: soft surfaces, and a bite."""
    before = given(BITE, LIQUOR, roughened(RIGHT))
    change = smooth_jointly(before, 1.5, VOXEL_UM)
    if change is not None:
        before[change.box] = np.where(change.mask, change.labels, before[change.box])
    return before


def pieces() -> np.ndarray:
    """Pieces of crystal in the liquor and in the air, none of which is one."""
    made = RIGHT
    for z, y, x, radius in ((Z, 14, 55, 4), (Z, 45, 10, 5), (Z, 76, 50, 3), (Z, 45, 100, 5), (Z, 20, 30, 3)):
        made = given(ball((z, y, x), radius) & (RIGHT != CRYSTAL), CRYSTAL, made)
    return made


def specks() -> np.ndarray:
    """Specks of crystal everywhere."""
    noise = gaussian_filter(np.random.default_rng(1).normal(size=SHAPE), 1.5)
    near = binary_dilation(RIGHT == CRYSTAL, iterations=3)
    return given((noise > 2.1 * noise.std()) & ~near, CRYSTAL)


def holes() -> np.ndarray:
    """Holes in the crystal, of air and of liquor."""
    z, y, x = MIDDLE
    made = given(ball((z, y - 7, x - 8), 4), AIR)
    return given(ball((z, y + 6, x + 9), 5), LIQUOR, made)


def loop_in_crystal() -> np.ndarray:
    """A part of the crystal was taken for loop."""
    return given(BITE, LOOP)


def two_crystals() -> np.ndarray:
    """Two crystals that touch at a neck."""
    index = np.indices(SHAPE)
    across = (index[2] - MIDDLE[2]) * 0.9 + (index[1] - MIDDLE[1]) * 0.43
    return given((np.abs(across) < 4) & ~ball(MIDDLE, 7) & (RIGHT == CRYSTAL), LIQUOR)


def swapped() -> np.ndarray:
    """Crystal and loop have each other's code."""
    return np.array([AIR, LIQUOR, CRYSTAL, LOOP, OTHER], np.uint8)[RIGHT]


def thin() -> np.ndarray:
    """The crystal is three voxels too small on all sides."""
    crystal = RIGHT == CRYSTAL
    return given(crystal & ~binary_erosion(crystal, iterations=3), LIQUOR)


def thick() -> np.ndarray:
    """The crystal is three voxels too large on all sides."""
    return given(binary_dilation(RIGHT == CRYSTAL, iterations=3) & (RIGHT == LIQUOR), CRYSTAL)


def beside() -> np.ndarray:
    """The crystal lies three voxels beside where it is in the picture."""
    moved = np.roll(RIGHT == CRYSTAL, (0, 2, 3), (0, 1, 2))
    made = given(RIGHT == CRYSTAL, LIQUOR)
    return given(moved & (made != LOOP), CRYSTAL, made)


def cut(height: float, *normal: float) -> np.ndarray:
    """Return labels whose crystal was cut off flat, at a distance from its middle along a normal (z, y, x)."""
    along = sum(n * (index - at) for n, index, at in zip(normal, np.indices(SHAPE), MIDDLE, strict=True))
    return given((RIGHT == CRYSTAL) & (along / np.linalg.norm(normal) > height), LIQUOR)


def few_slices() -> np.ndarray:
    """The crystal is missing in many slices."""
    made = RIGHT.copy()
    between = made[Z - 10 : Z + 11]
    between[between == CRYSTAL] = LIQUOR
    return made


@dataclass(frozen=True)
class Scene:
    """What a picture shows: labels, what the hand does, and the tool's numbers.

    Parameters
    ----------
    labels : callable
        Returns the damaged labels (z, y, x).
    path : tuple of (z, y, x)
        Voxels that the hand points at or draws along.
    numbers : dict
        Parameters of the tool.
    centre : (z, y, x), optional
        Middle of the picture; the crystal's by default.
    width_um : float
        Width of the picture.
    chosen : Material
        The class that is chosen.
    """

    labels: Callable[[], np.ndarray]
    path: tuple[tuple[float, ...], ...] = ()
    numbers: dict[str, Any] = field(default_factory=dict)
    centre: tuple[int, ...] = MIDDLE
    width_um: float = 76.0
    chosen: Material = CRYSTAL


WIDE = {"centre": (Z, 45, 55), "width_um": 108.0}
AT_LEFT = {"centre": (Z, 45, 40), "width_um": 76.0}
CUT_FACE = (Z, MIDDLE[1] + 4, MIDDLE[2] + 8)
SCENES: dict[str, Scene] = {
    "ClickHere": Scene(bitten, (INSIDE_BITE,)),
    "ClickNotHere": Scene(blob, (LIQUOR_LEFT,), **AT_LEFT),
    "RegionGrow": Scene(bitten, (INSIDE_BITE,), {"tolerance_percent": 22.0, "radius_um": 18.0}),
    "PaintBall": Scene(
        bitten, tuple((Z, INSIDE_BITE[1] + d, INSIDE_BITE[2] + 1) for d in (-8, 0, 8)), {"radius_um": 5.0}
    ),
    "InterpolateSlices": Scene(few_slices),
    "Scissors": Scene(
        blob,
        tuple(
            (Z, LIQUOR_LEFT[1] + dy, LIQUOR_LEFT[2] + dx)
            for dy, dx in ((-13, -11), (-13, 2), (0, 7), (13, 2), (13, -11), (0, -14), (-13, -11))
        ),
        **AT_LEFT,
    ),
    "KeepLargest": Scene(pieces, **WIDE),
    "RemoveIslands": Scene(specks, numbers={"smaller_than_um3": 300.0}, **WIDE),
    "FillHoles": Scene(holes),
    "RelabelPiece": Scene(loop_in_crystal, (INSIDE_BITE,), {"becomes": CRYSTAL}),
    "SplitAtNecks": Scene(two_crystals, ((MIDDLE[0], MIDDLE[1] - 4, MIDDLE[2] - 14),), {"neck_um": 18.0}),
    "SwapClasses": Scene(swapped, numbers={"other": LOOP}, **WIDE),
    "Grow": Scene(thin, numbers={"by_um": 3.0}),
    "Shrink": Scene(thick, numbers={"by_um": 3.0}),
    "SmoothClass": Scene(lambda: roughened(RIGHT)),
    "SmoothJointly": Scene(lambda: roughened(RIGHT), **WIDE),
    "SnapToEdges": Scene(beside, numbers={"within_um": 6.0}),
    "MakeConvex": Scene(bitten),
    "SnapToFacets": Scene(smoothly_bitten),
    "SnapToHabit": Scene(lambda: cut(14.0, 0.7, 0.5, 0.5)),
    "MoveFacet": Scene(lambda: cut(9.0, 0.0, 0.5, 0.866), (CUT_FACE,), {"by_um": 6.0}),
    "DragFacet": Scene(lambda: cut(9.0, 0.0, 0.5, 0.866), (CUT_FACE, (Z, MIDDLE[1] + 8, MIDDLE[2] + 16))),
    "CopyAutomatic": Scene(lambda: RIGHT.copy(), (INSIDE_BITE,), {"radius_um": 25.0}),
    "ResegmentBox": Scene(bitten, ((Z, MIDDLE[1] - 24, MIDDLE[2] - 27), (Z, MIDDLE[1] + 24, MIDDLE[2] + 27))),
}
"""By the names of their classes, in :data:`~napari_crystalseg.review.tools.tools.TOOLS`."""
