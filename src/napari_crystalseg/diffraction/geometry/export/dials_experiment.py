"""Experiment lists of DIALS with a beam and a detector."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ....errors import InputError
from ....experiment import Detector, Goniometer, Sweep
from ....experiment.experiment_writing import experiment_record
from ....io.diffraction_images import DiffractionImage
from ..detector_geometry import DetectorGeometry

_LEAST_CUTOFF = 65535
_POLARISATION = 0.999  # of dxtbx where nothing is known of the beam


def dials_experiment(geometry: DetectorGeometry, image: DiffractionImage) -> dict[str, Any]:
    """Return an experiment list of DIALS as JSON-ready values: a still, or one image of a rotation about +X.

    Raises
    ------
    InputError
        The wavelength is not known.
    """
    if geometry.wavelength_angstrom is None:
        raise InputError("A .expt file needs the wavelength: give it, as --wavelength.")
    material = "" if image.sensor is None else image.sensor.material
    size = np.array(image.shape[::-1], dtype=float)
    panel = replace(geometry.panel, image_size_px=size, material=material)
    turned = image.oscillation_deg is not None
    sweep = Sweep(
        source_direction=geometry.source_direction,
        wavelength=float(geometry.wavelength_angstrom),
        goniometer=Goniometer.from_dict({"rotation_axis": [1.0, 0.0, 0.0]}),
        oscillation_deg=image.oscillation_deg,
        image_range=(image.number, image.number) if turned else None,
        detector=Detector((panel,)),
        has_goniometer=turned,
    )
    return experiment_record(
        [sweep],
        polarisation_fraction=_POLARISATION,
        largest_count=int(np.ceil(max(_LEAST_CUTOFF, float(image.counts.max())))),
    )
