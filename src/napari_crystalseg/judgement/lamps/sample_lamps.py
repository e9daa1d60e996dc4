"""Lamps of the sample's shape: loop pieces that float, what leaves the field, and air that is enclosed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...box import Box, box_of, grown, shape_of
from ...labels import Material
from ...review.places.candidates.implausible import SMALL_FRAGMENT
from ...review.places.candidates.shapes import FEWEST_VOXELS, enclosed, pieces
from ..lamp import Lamp, LampPlace
from .sample_box import SampleBox


def loop_pieces(sample: SampleBox) -> Lamp:
    """Say which pieces of loop hang on nothing.

    A piece hangs on nothing where it is not the largest and does not reach the field's edge, beyond which it may go
    on. One that is no small fragment must also be clear of the crystal, which may lie across the loop and part it.
    """
    name = "loop parts"
    loop = sample.data == Material.LOOP
    box = box_of(loop)
    if box is None:
        return Lamp(name, "unknown", "There is no loop to judge.")
    first = [side.start + at for side, at in zip(box, sample.origin, strict=True)]
    found = [(int(np.count_nonzero(own)), where, own) for where, own in pieces(loop[box])]
    found.sort(key=lambda piece: -piece[0])
    floating = []
    for size, where, own in found[1:]:
        z, y, x = (slice(side.start + at, side.stop + at) for side, at in zip(where, first, strict=True))
        beyond = any(
            length > 1 and (side.start == 0 or side.stop == length)
            for side, length in zip((z, y, x), sample.shape, strict=True)
        )
        if size < FEWEST_VOXELS or beyond:
            continue
        if size < SMALL_FRAGMENT * found[0][0] or not _touches_crystal(sample, where, first, own):
            floating.append((size, (z, y, x), own))
    if not floating:
        return Lamp(name, "good", "No piece of loop floats.")
    _, where, own = floating[0]
    place = LampPlace.of_mask(own, tuple(side.start for side in where))
    share = 100 * sum(size for size, _, _ in floating) / sum(size for size, _, _ in found)
    many = "A piece" if len(floating) == 1 else f"{len(floating)} pieces"
    text = (
        f"{many} of loop ({share:.2g} % of it) {'floats' if len(floating) == 1 else 'float'}, joined to the rest by "
        "nothing: look whether the loop was missed between, or something else was taken for loop."
    )
    return Lamp(name, "warning", text, place)


def _touches_crystal(sample: SampleBox, where: Box, first: list[int], own: NDArray[np.bool_]) -> bool:
    """Whether a piece of a box that begins at ``first`` in the field has crystal about it, corners shared."""
    from scipy.ndimage import binary_dilation

    z, y, x = (
        slice(side.start + at - low, side.stop + at - low)
        for side, at, low in zip(where, first, sample.origin, strict=True)
    )
    wide = grown((z, y, x), (1, 1, 1), sample.data.shape)
    piece = np.zeros(shape_of(wide), dtype=bool)
    piece[tuple(slice(a.start - w.start, a.stop - w.start) for a, w in zip((z, y, x), wide, strict=True))] = own
    around = binary_dilation(piece, np.ones((3, 3, 3), dtype=bool))
    return bool((sample.data[wide][around] == Material.CRYSTAL).any())


def field_edge(sample: SampleBox) -> Lamp:
    """Say what of the sample leaves the field; the place is where most of the worst does."""
    name = "field edge"
    ends: dict[Material, list[tuple[int, str, LampPlace | None]]] = {material: [] for material in Material}
    for axis, plane, end in sample.ends():
        at = tuple(slice(plane, plane + 1) if other == axis else slice(None) for other in range(3))
        origin = tuple(side.start + (plane if other == axis else 0) for other, side in enumerate(sample.box))
        for material in (Material.CRYSTAL, Material.LIQUOR, Material.LOOP):
            cut = sample.data[at] == material
            count = int(np.count_nonzero(cut))
            if count >= (1 if material is Material.CRYSTAL else FEWEST_VOXELS):
                ends[material].append((count, end, LampPlace.of_mask(cut, origin)))
    if ends[Material.CRYSTAL]:
        names, place = _where(ends[Material.CRYSTAL])
        text = (
            f"The crystal touches the edge of the volume ({names}): what lies outside is not counted, and absorption "
            "factors come out too near to 1."
        )
        return Lamp(name, "problem", text, place)
    inside = (
        "The crystal lies inside the field of view" if sample.crystal_box else "No crystal touches the field's edge"
    )
    if ends[Material.LIQUOR]:
        names, place = _where(ends[Material.LIQUOR])
        text = f"Liquor touches the edge of the volume ({names}): what lies outside is not counted."
        return Lamp(name, "warning", text, place)
    if ends[Material.LOOP]:
        names, place = _where(ends[Material.LOOP])
        return Lamp(name, "good", f"{inside}; the loop leaves it ({names}), as mounts do.", place)
    return Lamp(name, "good", f"{inside}.")


def _where(cuts: list[tuple[int, str, LampPlace | None]]) -> tuple[str, LampPlace | None]:
    """Name all ends, and give the place of the largest cut."""
    return ", ".join(end for _, end, _ in cuts), max(cuts, key=lambda cut: cut[0])[2]


def enclosed_air(sample: SampleBox) -> Lamp:
    """Say how much air the sample encloses; the place is the largest bubble."""
    name = "air inside"
    solid = sample.data != Material.AIR
    if not solid.any():
        return Lamp(name, "unknown", "There is nothing but air.")
    found = [(int(np.count_nonzero(hole)), box, hole) for box, hole in enclosed(solid)]
    found = [one for one in found if one[0] >= FEWEST_VOXELS]
    if not found:
        return Lamp(name, "good", "The sample encloses no air.")
    _, box, hole = max(found, key=lambda one: one[0])
    place = LampPlace.of_mask(hole, tuple(side.start + at for side, at in zip(box, sample.origin, strict=True)))
    much = sample.volume_text(sum(size for size, _, _ in found))
    where = "in one place" if len(found) == 1 else f"in {len(found)} places"
    text = f"The sample encloses air {where} ({much}): look whether it is a bubble, or liquor or crystal was missed."
    return Lamp(name, "warning", text, place)
