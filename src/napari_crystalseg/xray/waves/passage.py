"""Passage: a wave goes through a sample, slab by slab, and on to the detector."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from types import ModuleType

import numpy as np

from ...computing.backend import Array, array_module_of
from ...errors import InputError
from .propagation import FresnelStep


class Passage:
    """Multislice propagation through a sample of given depth, with the rotation axis in its middle.

    Symmetric slicing puts the transmission of each slab into its middle (Strang 1968: half a step, transmission, half a
    step), with an error of second order in the thickness of the slabs. The plain recursion
    u_i = F⁻¹{P F[u_{i−1} T_i]} puts it at the front face, with an error of first order. One symmetric slab is the
    projection approximation.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns of the field.
    pixel_size_um : float
        Sampling of the field, µm.
    wavelength_um : float
        Wavelength, µm.
    distance_um : float
        From the rotation axis to the detector, µm. A detector nearer than the back of the sample stands there.
    depth_um : float
        Thickness of all the slabs, µm.
    slices : int
        Number of slabs.
    symmetric : bool
        Strang's order, or the plain recursion.
    padding_px : int, optional
        See :class:`FresnelStep`.
    xp : module
        NumPy or CuPy.

    Attributes
    ----------
    last : FresnelStep
        The longest way, from the last slab to the detector.
    """

    def __init__(
        self,
        shape: tuple[int, int],
        pixel_size_um: float,
        wavelength_um: float,
        distance_um: float,
        depth_um: float,
        slices: int = 1,
        symmetric: bool = True,
        padding_px: int | None = None,
        xp: ModuleType = np,
    ) -> None:
        if slices != int(slices) or slices < 1:
            raise InputError(f"The number of slices must be a whole number from 1, not {slices}.")
        self.slices = int(slices)
        thickness = depth_um / slices
        behind = thickness / 2 if symmetric else thickness

        def step(length_um: float) -> FresnelStep:
            return FresnelStep(shape, length_um, wavelength_um, pixel_size_um, padding_px, xp=xp)

        self._inner = step(thickness) if slices > 1 else None
        self._entry = step(thickness / 2) if symmetric and depth_um > 0 else None
        # One symmetric slab stands on the axis: no detour by its back, which would cost a rounding.
        alone = slices == 1 and symmetric
        self.last = step(max(distance_um, depth_um / 2) if alone else behind + max(distance_um - depth_um / 2, 0.0))

    def __call__(self, transmissions: Iterable[Array], incident: Array | None = None) -> Array:
        """Return the field at the detector.

        Parameters
        ----------
        transmissions : iterable of array of complex64, shape (..., row, column)
            Complex transmission of each slab, in the order of the beam.
        incident : array of complex64, shape (row, column), optional
            Field at the front of the sample; by default 1 everywhere.
        """
        field: Array = None
        for transmission in transmissions:
            if field is not None and self._inner is not None:
                field = self._inner(field)
                field *= transmission
            elif incident is not None:
                field = (incident if self._entry is None else self._entry(incident)) * transmission
            else:
                field = transmission
        return self.last(field)


def multislice(
    transmissions: Iterable[Array],
    thickness_um: float,
    wavelength_um: float,
    pixel_size_um: float,
    *,
    slices: int,
    symmetric: bool = True,
    incident: Array | None = None,
    padding_px: int | None = None,
) -> Array:
    """Propagate a wave from the front to the back of an object that is given slab by slab.

    Parameters
    ----------
    transmissions : iterable of ndarray of complex64, shape (row, column)
        Complex transmission exp(−kB − ikΔ) of each of ``slices`` slabs, of NumPy or CuPy.
    thickness_um : float
        Thickness of a slab, µm.
    wavelength_um, pixel_size_um : float
        Wavelength and sampling of the field, µm.
    slices : int
        Number of slabs.
    symmetric : bool
        Strang's order, or the plain recursion u_i = F⁻¹{P F[u_{i−1} T_i]}.
    incident : ndarray of complex64, shape (row, column), optional
        Field at the front; by default 1 everywhere.
    padding_px : int, optional
        Edge values on each side, see :class:`FresnelStep`; 0 makes the field periodic.

    Returns
    -------
    ndarray of complex64, shape (row, column)

    Raises
    ------
    InputError
        Another number of transmissions than slices, or none.
    """
    slabs = iter(transmissions)
    first = next(slabs, None)
    if first is None:
        raise InputError("At least one slab is needed.")
    passage = Passage(
        first.shape[-2:],
        pixel_size_um,
        wavelength_um,
        slices * thickness_um / 2,
        slices * thickness_um,
        slices,
        symmetric,
        padding_px,
        array_module_of(first),
    )
    met = 0

    def counted() -> Iterable[Array]:
        nonlocal met
        for slab in chain((first,), slabs):
            met += 1
            yield slab

    field = passage(counted(), incident)
    if met != slices:
        raise InputError(f"{slices} slices were announced but {met} transmissions given.")
    return field
