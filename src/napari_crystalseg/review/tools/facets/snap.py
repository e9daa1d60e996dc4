"""Snap the labels of a crystal to its facets."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ....box import joined
from ....labels import Material
from ...edits.change import Change
from ..class_box import with_margin
from ..pieces.piece import numbered_pieces
from ..proposed_change import proposed
from .facet_set import FacetSet, move_facet


def snap_to_facets(
    labels: NDArray[np.uint8],
    facets: FacetSet,
    voxel_size_um: tuple[float, float, float],
    over: tuple[int, ...] = (Material.LIQUOR,),
    outside: int = Material.LIQUOR,
    label: int = Material.CRYSTAL,
) -> Change | None:
    """Make a crystal what lies within its facets.

    Parameters
    ----------
    labels : ndarray of uint8, shape (z, y, x)
        Labels.
    facets : FacetSet
        Facets.
    voxel_size_um : (float, float, float)
        Voxel size along (z, y, x), µm.
    over : tuple of int
        Classes that become crystal within the facets; others, as the loop, stay.
    outside : int
        Class of what the crystal loses beyond them. A piece of which less than half lies within is another crystal,
        and loses nothing.
    label : int
        Code of the crystal's class.

    Returns
    -------
    Change or None
    """
    z, y, x = labels.shape
    box, within = facets.inside((z, y, x), voxel_size_um)
    touching = _crystal_box(labels, box, label, voxel_size_um)
    here = labels[touching]
    inside = np.zeros(here.shape, bool)
    inside[tuple(slice(s.start - o.start, s.stop - o.start) for s, o in zip(box, touching, strict=True))] = within
    own = here == label
    numbers, counts = numbered_pieces(own)
    held = np.bincount(numbers[inside], minlength=len(counts))
    mine = 2 * held > counts
    mine[0] = False
    after = np.where(inside & np.isin(here, over), np.uint8(label), here)
    after[mine[numbers] & ~inside] = outside
    return proposed(labels, touching, after)


def shift_facet(
    labels: NDArray[np.uint8],
    facets: FacetSet,
    index: int,
    by_um: float,
    voxel_size_um: tuple[float, float, float],
    over: tuple[int, ...] = (Material.LIQUOR,),
    outside: int = Material.LIQUOR,
    label: int = Material.CRYSTAL,
) -> Change | None:
    """Move the surface of a crystal at one facet, and leave all else as it is.

    Parameters
    ----------
    labels : ndarray of uint8, shape (z, y, x)
        Labels.
    facets : FacetSet
        Facets.
    index : int
        Which of them moves.
    by_um : float
        Outwards, µm; inwards where negative.
    voxel_size_um : (float, float, float)
        Voxel size along (z, y, x), µm.
    over : tuple of int
        Classes that become crystal between the facet and where it moves to.
    outside : int
        Class of what the crystal loses.
    label : int
        Code of the crystal's class.

    Returns
    -------
    Change or None

    Raises
    ------
    InputError
        There is no such facet, or nothing would be left.
    """
    z, y, x = labels.shape
    moved = move_facet(facets, index, by_um)
    # Labels may be a voxel beside their facets, which is all the crystal's own.
    slack_um = max(voxel_size_um)
    wide = FacetSet(
        tuple(
            facet if number == index else replace(facet, offset_um=facet.offset_um + slack_um)
            for number, facet in enumerate((moved if by_um > 0 else facets).facets)
        )
    )
    box, within = (moved if by_um > 0 else move_facet(wide, index, slack_um)).inside((z, y, x), voxel_size_um)
    sides = np.ogrid[box]
    facet = moved.facets[index]
    height = sum(
        part * size * component for part, size, component in zip(sides, voxel_size_um, facet.normal, strict=True)
    )
    here = labels[box]
    if by_um > 0:
        # From a voxel below where it was, so that steps of the old surface are filled too.
        between = within & (height > facet.offset_um - by_um - slack_um)
        after = np.where(between & np.isin(here, over), np.uint8(label), here)
    else:
        after = np.where(within & (height > facet.offset_um) & (here == label), np.uint8(outside), here)
    return proposed(labels, box, after)


def _crystal_box(
    labels: NDArray[np.uint8],
    box: tuple[slice, slice, slice],
    label: int,
    voxel_size_um: tuple[float, float, float],
) -> tuple[slice, slice, slice]:
    # The box grows while crystal goes on across its sides.
    while True:
        grown = with_margin(box, 8 * max(voxel_size_um), voxel_size_um, labels.shape)
        crossing = False
        for axis in range(3):
            for side, whole in ((grown[axis].start, 0), (grown[axis].stop - 1, labels.shape[axis] - 1)):
                plane = tuple(side if other == axis else grown[other] for other in range(3))
                crossing |= side != whole and bool((labels[plane] == label).any())
        if not crossing:
            return joined(box, grown)
        box = grown
