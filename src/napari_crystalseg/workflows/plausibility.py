"""Plausibility: what in a segmentation a physicist would doubt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..labels import Labels, Material

Level = Literal["problem", "warning", "good"]

FEW_VOXELS = 30
"""Pieces of crystal smaller than this are specks, counted but not named as pieces."""

MUCH_AIR_CONTACT = 0.15
"""Part of the crystal's surface next to air above which it is worth a look: crystals sit in liquor."""

MUCH_UNCERTAINTY = 0.25
"""Mean uncertainty over the sample above which the labels deserve a look."""


@dataclass(frozen=True)
class Finding:
    """One thing found about labels.

    Parameters
    ----------
    level : {"problem", "warning", "good"}
        How much it matters.
    text : str
        A sentence for the user.
    """

    level: Level
    text: str


def findings(labels: Labels, mean_uncertainty: float | None = None) -> list[Finding]:
    """Look at labels as a physicist would.

    Parameters
    ----------
    labels : Labels
        Labels to judge.
    mean_uncertainty : float, optional
        Mean uncertainty of the network over the sample, 0 to 1.

    Returns
    -------
    list of Finding
        Problems, warnings, and what is as it should be.
    """
    found: list[Finding] = []
    counts = np.bincount(labels.data.reshape(-1), minlength=len(Material))
    if not counts[Material.CRYSTAL]:
        found.append(Finding("problem", "No crystal was found. Check the labels in napari, or try another model."))
    else:
        found += _crystal_findings(labels)
    if labels.shape[0] == 1:
        text = (
            "The labels are a single slice: what lies above and below it is not known, so no absorption factors follow."
        )
        found.append(Finding("problem", text))
    for material in (Material.LIQUOR, Material.LOOP):
        if not counts[material]:
            found.append(Finding("warning", f"No {material.title} was found."))
    if mean_uncertainty is not None:
        high = mean_uncertainty > MUCH_UNCERTAINTY
        text = f"Mean uncertainty of the network over the sample: {mean_uncertainty:.2f} (0 sure, 1 a guess)"
        tail = "; the sample may be unlike what the model was trained on." if high else "."
        found.append(Finding("warning" if high else "good", text + tail))
    return found


def _crystal_findings(labels: Labels) -> list[Finding]:
    from scipy.ndimage import label

    found = []
    box = _box(labels.data == Material.CRYSTAL)
    crystal = labels.data[box] == Material.CRYSTAL
    pieces, _ = label(crystal, structure=np.ones((3, 3, 3)))
    sizes = np.sort(np.bincount(pieces.reshape(-1))[1:])[::-1]
    large = sizes[sizes >= min(FEW_VOXELS, sizes[0])]
    if len(large) > 1:
        share = 100 * sizes[0] / sizes.sum()
        found.append(Finding("warning", f"The crystal is in {len(large)} pieces; the largest is {share:.0f} % of it."))
    else:
        found.append(Finding("good", "The crystal is in one piece."))

    edges = [
        f"{end} of axis {name}"
        for axis, name in enumerate("zyx")
        if labels.shape[axis] > 1  # of a single slice the ends are no edges, and that it is one is told by itself
        for end, touches in (("start", box[axis].start == 0), ("end", box[axis].stop == labels.shape[axis]))
        if touches
    ]
    if edges:
        found.append(
            Finding(
                "problem",
                f"The crystal touches the edge of the volume ({', '.join(edges)}): what lies outside is not counted, "
                "and absorption factors come out too near to 1.",
            )
        )
    else:
        found.append(Finding("good", "The crystal lies inside the field of view."))

    touching = air_contact(labels)
    text = f"{100 * touching:.0f} % of the crystal's surface touches air"
    if touching > MUCH_AIR_CONTACT:
        found.append(Finding("warning", f"{text}; a crystal in a loop is mostly covered by liquor."))
    else:
        found.append(Finding("good", f"{text}."))
    return found


def air_contact(labels: Labels) -> float:
    """Return the part of the crystal's surface, by area of voxel faces, that touches air; 0 without a crystal."""
    if not (labels.data == Material.CRYSTAL).any():
        return 0.0
    box = tuple(
        slice(max(0, side.start - 1), min(n, side.stop + 1))
        for side, n in zip(_box(labels.data == Material.CRYSTAL), labels.shape, strict=True)
    )
    data = labels.data[box]
    all_faces = air_faces = 0.0
    for axis, size in enumerate(labels.required_voxel_size_um):
        area = labels.voxel_volume_um3 / size
        here = np.moveaxis(data, axis, 0)
        for a, b in ((here[:-1], here[1:]), (here[1:], here[:-1])):
            surface = (a == Material.CRYSTAL) & (b != Material.CRYSTAL)
            all_faces += area * int(np.count_nonzero(surface))
            air_faces += area * int(np.count_nonzero(surface & (b == Material.AIR)))
    return air_faces / all_faces if all_faces else 0.0


def _box(mask: NDArray[np.bool_]) -> tuple[slice, slice, slice]:
    sides = []
    for axis in range(3):
        used = np.flatnonzero(mask.any(axis=tuple(other for other in range(3) if other != axis)))
        sides.append(slice(int(used[0]), int(used[-1]) + 1))
    return sides[0], sides[1], sides[2]
