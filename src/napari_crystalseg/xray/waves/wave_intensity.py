"""Intensity of a wave on the detector pixels, from the line integrals of what it went through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from ...computing.backend import Array
from .passage import Passage
from .propagation import FresnelStep
from .wave_arrays import binned, finer, resolved, transmission


def field_intensities(
    xp: ModuleType,
    slabs: Iterable[Sequence[Array]],
    passage: Passage,
    refinement: int,
    supersampling: int,
    incident: Array | None = None,
    averaged: bool = False,
) -> list[Array]:
    """Propagate several projections together and average their intensity over the pixels.

    Parameters
    ----------
    xp : module
        NumPy or CuPy.
    slabs : iterable of sequence of array, shape (channel, row, column)
        For each slab the line integrals kB, kΔ of every projection, on the grid of the voxels.
    passage : Passage
        The way to the detector.
    refinement : int
        Samples of the field in a voxel.
    supersampling : int
        Voxels in a pixel.
    incident : array of complex64, shape (row, column), optional
        Field at the front of the sample.
    averaged : bool
        Average the transmission over each sample of the field, see :func:`.wave_arrays.resolved`.

    Returns
    -------
    list of array of float32, shape (row, column)
    """
    factor = refinement * supersampling
    if xp is np and passage.slices == 1 and incident is None and not averaged:
        return [_sheet_intensity(m, passage.last, refinement, factor) for maps in slabs for m in maps]

    def transmissions() -> Iterator[Array]:
        for maps in slabs:
            found = [_transmission(xp, m, refinement, averaged) for m in maps]
            # A single field stays as it is: it is most of the work on a CPU, and needs no copy.
            yield found[0] if len(found) == 1 else xp.stack(found)

    fields = passage(transmissions(), incident)
    return [_pixels(xp, field, factor) for field in (fields[None] if fields.ndim == 2 else fields)]


def _transmission(xp: ModuleType, maps: Array, factor: int, averaged: bool = False) -> Array:
    """Complex transmission of line integrals kB, kΔ, sampled ``factor`` times finer, or averaged over these samples."""
    if averaged:
        return _transmission(xp, maps, factor) * resolved(xp, finer(xp, maps[1], factor))
    if xp is not np:
        return transmission(xp, maps, factor)
    from .wave_kernel import sheet

    field = np.empty((maps.shape[1] * factor, maps.shape[2] * factor), dtype=np.complex64)
    sheet(np.ascontiguousarray(maps), factor, np.empty(0, dtype=np.float32), field)
    return field


def _sheet_intensity(maps: Array, step: FresnelStep, refinement: int, factor: int) -> NDArray[np.float32]:
    """Intensity of one NumPy wave that goes through one sheet, without a copy more than needed."""
    from .wave_kernel import binned_intensity, sheet

    rows, columns = maps.shape[1] * refinement, maps.shape[2] * refinement
    padded = np.empty((rows, columns + step.bridge.size), dtype=np.complex64)
    sheet(np.ascontiguousarray(maps), refinement, step.bridge, padded)
    out = np.empty((rows // factor, columns // factor), dtype=np.float32)
    binned_intensity(step.turned(padded), factor, out)
    return out


def _pixels(xp: ModuleType, field: Array, factor: int) -> Array:
    """Intensity of a field, averaged over the pixels."""
    return binned(xp, field.real**2 + field.imag**2, factor)
