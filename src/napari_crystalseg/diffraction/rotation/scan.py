"""Rotation scans as a diffraction experiment holds them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...checks import checked_number
from ...errors import InputError
from ...experiment import Detector, Goniometer, Sweep
from ...experiment.experiment import LARGEST_START_DEG
from ..beam import DiffractionBeam
from ..lattice import Lattice


def rotation_sweep(
    beam: DiffractionBeam,
    detector: Detector,
    *,
    start_deg: float = 0.0,
    width_deg: float = 0.1,
    images: int = 1800,
    rotation_axis: Sequence[float] = (1.0, 0.0, 0.0),
    lattice: Lattice | None = None,
) -> Sweep:
    """Return a scan about one axis, with the crystal where it is given.

    Parameters
    ----------
    beam : DiffractionBeam
        The beam.
    detector : Detector
        The detector.
    start_deg, width_deg : float
        Scan angle at the start of the first image, and width of an image, degrees.
    images : int
        How many.
    rotation_axis : sequence of three float
        Scan axis, DIALS axes.
    lattice : Lattice, optional
        The crystal.

    Raises
    ------
    InputError
        No image, a width that is zero or above 360°, or a start of more than a hundred turns.
    """
    if images < 1:
        raise InputError("A rotation scan has one image or more.")
    checked_number(start_deg, "The scan angle at the start, degrees,", -LARGEST_START_DEG, LARGEST_START_DEG)
    checked_number(abs(width_deg), "The width of an image, degrees,", 1e-6, 360.0)
    return Sweep(
        source_direction=np.array(beam.source_direction),
        wavelength=beam.wavelength_angstrom,
        goniometer=Goniometer.from_dict({"rotation_axis": list(rotation_axis)}),
        oscillation_deg=(float(start_deg), float(width_deg)),
        image_range=(1, int(images)),
        identifier="simulated",
        detector=detector,
        scan_and_crystal=(0, 0),
        reciprocal_axes=None if lattice is None else lattice.reciprocal_axes,
        hall_symbol="" if lattice is None else lattice.gemmi_group.hall.strip(),
    )
