"""Plausibility: what in a segmentation a physicist would doubt."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..labels import Labels, Material
from .finding import Finding
from .mean_uncertainty import MeanUncertainty

FEW_VOXELS = 30
"""Pieces of crystal smaller than this are specks, counted but not named as pieces."""

MUCH_AIR_CONTACT = 0.5
"""Part of the crystal's surface next to air above which it is worth a look: most crystals sit in liquor, though of
simulated samples, whose labels are right, one in four stands out of it by 15 % and more."""

MUCH_HOLES = 0.02
"""Volume of the holes in a crystal, as part of the crystal, above which they are worth a look; of simulated samples
with inclusions it is below 0.01."""

LITTLE_CRYSTAL = 0.05
"""Crystal that is a smaller part of the loop's volume than this, beside more loop than crystal and liquor together, may
have been taken for loop. Of simulated samples with so much loop it is above 0.1."""

FEWEST_CRYSTAL_VOXELS = 100
"""A crystal of fewer voxels is worth a look: most of it may have been missed."""

MUCH_UNCERTAINTY = 0.25
"""Mean uncertainty over the sample, or over the crystal, above which the labels deserve a look. Over the crystal it is
0.08 to 0.2 where the network finds a simulated crystal, and 0.2 to 0.6 where what it finds is none."""


def findings(labels: Labels, uncertainty: MeanUncertainty | None = None) -> list[Finding]:
    """Look at labels as a physicist would.

    Parameters
    ----------
    labels : Labels
        Labels to judge.
    uncertainty : MeanUncertainty, optional
        How unsure the network was.

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
    loop, crystal = int(counts[Material.LOOP]), int(counts[Material.CRYSTAL])
    if loop > crystal + int(counts[Material.LIQUOR]) and crystal < LITTLE_CRYSTAL * loop:
        text = (
            "There is more loop than crystal and liquor together, and hardly any crystal: look whether crystal or "
            "liquor was taken for loop."
        )
        found.append(Finding("problem", text))
    for material in (Material.LIQUOR, Material.LOOP):
        if not counts[material]:
            found.append(Finding("warning", f"No {material.title} was found: look whether there is none."))
    if uncertainty is not None:
        found += _uncertainty_findings(uncertainty)
    return found


def _uncertainty_findings(uncertainty: MeanUncertainty) -> list[Finding]:
    text = f"Mean uncertainty of the network over the sample: {uncertainty.sample:.2f} (0 sure, 1 a guess)"
    if uncertainty.sample > MUCH_UNCERTAINTY:
        text += "; the sample may be unlike what the model was trained on: look at all of it."
        return [Finding("warning", text)]
    if uncertainty.crystal is not None and uncertainty.crystal > MUCH_UNCERTAINTY:
        text = (
            f"The network is unsure of the crystal (mean uncertainty {uncertainty.crystal:.2f}; 0 sure, 1 a guess): "
            "look whether it is one."
        )
        return [Finding("warning", text)]
    return [Finding("good", f"{text}.")]


def _crystal_findings(labels: Labels) -> list[Finding]:
    from scipy.ndimage import label

    found = []
    box = _box(labels.data == Material.CRYSTAL)
    crystal = labels.data[box] == Material.CRYSTAL
    voxels = int(np.count_nonzero(crystal))
    if voxels < FEWEST_CRYSTAL_VOXELS:
        found.append(Finding("warning", f"Only {voxels} voxels are crystal: look whether most of it was missed."))
    pieces, _ = label(crystal, structure=np.ones((3, 3, 3)))
    sizes = np.sort(np.bincount(pieces.reshape(-1))[1:])[::-1]
    large = sizes[sizes >= min(FEW_VOXELS, sizes[0])]
    if len(large) > 1:
        share = 100 * sizes[0] / sizes.sum()
        found.append(
            Finding(
                "warning",
                f"The crystal is in {len(large)} pieces; the largest is {share:.0f} % of it: look whether all are.",
            )
        )
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

    holes = _holes(crystal)
    if holes > MUCH_HOLES:
        text = f"The crystal has holes: what it encloses is {100 * holes:.0f} % of its volume; look at them."
        found.append(Finding("warning", text))

    touching = air_contact(labels)
    text = f"{100 * touching:.0f} % of the crystal's surface touches air"
    if touching > MUCH_AIR_CONTACT and (labels.data == Material.LIQUOR).any():
        found.append(Finding("warning", f"{text}; a crystal in a loop is mostly covered by liquor."))
    else:
        found.append(Finding("good", f"{text}."))
    return found


def air_contact(labels: Labels) -> float:
    """Return the part of the crystal's surface, by area of voxel faces, that touches air; 0 without a crystal.

    Voxels of unknown size are taken for cubes.
    """
    if not (labels.data == Material.CRYSTAL).any():
        return 0.0
    box = tuple(
        slice(max(0, side.start - 1), min(n, side.stop + 1))
        for side, n in zip(_box(labels.data == Material.CRYSTAL), labels.shape, strict=True)
    )
    data = labels.data[box]
    all_faces = air_faces = 0.0
    sizes = labels.voxel_size_um or (1.0, 1.0, 1.0)
    for axis, size in enumerate(sizes):
        area = sizes[0] * sizes[1] * sizes[2] / size
        here = np.moveaxis(data, axis, 0)
        for a, b in ((here[:-1], here[1:]), (here[1:], here[:-1])):
            surface = (a == Material.CRYSTAL) & (b != Material.CRYSTAL)
            all_faces += area * int(np.count_nonzero(surface))
            air_faces += area * int(np.count_nonzero(surface & (b == Material.AIR)))
    return air_faces / all_faces if all_faces else 0.0


def _holes(crystal: NDArray[np.bool_]) -> float:
    """Volume that a crystal encloses, as part of its own; of a single slice the area."""
    from scipy.ndimage import label

    # Around all of a volume, and around one slice within it, is what is outside.
    around = [(0, 0) if length == 1 else (1, 1) for length in crystal.shape]
    parts, _ = label(~np.pad(crystal, around))
    outside = parts[tuple(0 if length == 1 else -1 for length in crystal.shape)]
    return int(np.count_nonzero((parts != outside) & (parts != 0))) / int(np.count_nonzero(crystal))


def _box(mask: NDArray[np.bool_]) -> tuple[slice, slice, slice]:
    sides = []
    for axis in range(3):
        used = np.flatnonzero(mask.any(axis=tuple(other for other in range(3) if other != axis)))
        sides.append(slice(int(used[0]), int(used[-1]) + 1))
    return sides[0], sides[1], sides[2]
