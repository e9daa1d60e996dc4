"""Shown sample: a random sample whose crystal is seen on its grid, since one that is not teaches nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..labels import Labels, Material

if TYPE_CHECKING:
    from ..phantom.mounts.mount import Grid
    from ..phantom.sample import Sample
    from .priors import Priors

# A sample whose crystal shows is found at once, unless the priors have none.
_MOST_TRIES = 200
# A drop that Blender cannot resolve is seldom, and costs a bake.
MOST_UNRESOLVED = 5


@dataclass(frozen=True, eq=False)
class ShownSample:
    """A sample on its grid.

    Parameters
    ----------
    sample : Sample
        The shapes.
    labels : Labels
        Class of each voxel, with crystal.
    fine : Labels
        The finer grid that they were counted on; the same where there is none.
    liquor_surface : (ndarray, Grid) or None
        As of :meth:`~napari_crystalseg.phantom.sample.Sample.voxelised_with_liquor`.
    draws : dict
        Samples drawn in vain before this one: ``samples_missed`` showed no crystal, of ``drops_unresolved`` Blender
        could not make the liquor.
    """

    sample: Sample
    labels: Labels
    fine: Labels
    liquor_surface: tuple[NDArray[np.float32], Grid] | None
    draws: dict[str, Any]


def draw_shown_sample(
    rng: np.random.Generator,
    size: int,
    voxel_size_um: float,
    priors: Priors,
    *,
    habit: str | None = None,
    supersampling: int = 1,
) -> ShownSample:
    """Draw samples until one shows its crystal.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of every draw.
    size : int
        Voxels along each edge of the field.
    voxel_size_um : float
        Edge of the cubic voxels, µm.
    priors : Priors
        What samples are drawn from.
    habit : str, optional
        Name of the crystal habit; drawn when left out.
    supersampling : int
        Points along each edge of a voxel, of whose classes the commonest counts.

    Returns
    -------
    ShownSample

    Raises
    ------
    InputError
        None of many samples showed its crystal, or Blender could resolve none of a few.
    """
    from ..phantom import draw_sample
    from ..phantom.liquors.blender_liquor import UnresolvedDrop

    missed = unresolved = 0
    while True:
        sample = draw_sample(rng, size * voxel_size_um, habit, priors.sample, priors.crystals)
        try:
            fine, liquor_surface = sample.voxelised_with_liquor(
                (size * supersampling,) * 3, voxel_size_um / supersampling
            )
        except UnresolvedDrop:
            unresolved += 1
            if unresolved == MOST_UNRESOLVED:
                raise
            continue
        labels = fine if supersampling == 1 else majority(fine, supersampling)
        # Cracks and mounts can swallow a small crystal.
        if (labels.data == Material.CRYSTAL).any():
            draws = {"samples_missed": missed, **({"drops_unresolved": unresolved} if unresolved else {})}
            return ShownSample(sample, labels, fine, liquor_surface, draws)
        missed += 1
        if missed == _MOST_TRIES:
            raise InputError(f"Of {missed} samples none showed its crystal; draw larger ones, or take a larger size.")


def majority(fine: Labels, factor: int) -> Labels:
    """Give each block of ``factor`` cubed voxels the class that fills most of it; a tie goes to the lowest code.

    Parameters
    ----------
    fine : Labels
        Labels whose shape is a multiple of ``factor``.
    factor : int
        Voxels a block and axis.

    Returns
    -------
    Labels
    """
    from ..phantom.fractions import block_fractions

    best = block_fractions(fine, factor).argmax(0).astype(np.uint8)
    size = tuple(s * factor for s in fine.required_voxel_size_um)
    return Labels(best, size, fine.provenance)  # type: ignore[arg-type]
