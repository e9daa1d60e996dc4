"""The scan and the beam that a request for images is given by an experiment file, and whether a CBF can say them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ...errors import InputError
from .diffraction_request import DiffractionRequest

if TYPE_CHECKING:
    from ...diffraction.beam import DiffractionBeam
    from ...experiment import Panel, Sweep


def given_scan(request: DiffractionRequest) -> tuple[Sweep | None, tuple[str, ...]]:
    """Return the first rotation scan of the experiment that is named, and what is to be said of the others.

    Raises
    ------
    InputError
        There is none with a wavelength and a detector whose size is known.
    """
    if request.experiment is None:
        return None, ()
    from ...experiment import read_experiment

    sweeps = read_experiment(request.experiment).sweeps
    for number, sweep in enumerate(sweeps):
        if sweep.oscillation_deg is not None and sweep.oscillation_deg[1] and sweep.image_range is not None:
            if sweep.wavelength is None or sweep.detector is None:
                continue
            if any(panel.image_size_px is None for panel in sweep.detector.panels):
                continue
            said = f"Experiment {number} of {len(sweeps)} (counted from 0) is simulated, the first of a rotation scan."
            first, last = sweep.image_range
            count = last - first + 1 if request.images is None else request.images
            # Images are written from 1 on, and the oscillation is that of the first.
            scan = replace(sweep, image_range=(1, min(last - first + 1, count)))
            return scan, (said,) if len(sweeps) > 1 else ()
    raise InputError(
        f"{request.experiment.name} holds no rotation scan with a wavelength and a detector whose size is known; give "
        "--detector and the scan by options instead."
    )


def beam_of(request: DiffractionRequest, sweep: Sweep | None) -> DiffractionBeam:
    """Return the beam of a request, along that of the scan and of its wavelength where one is given.

    Raises
    ------
    InputError
        The request names an energy, and the scan has a wavelength.
    """
    from ...wavelength import KEV_ANGSTROM

    if sweep is None or sweep.wavelength is None:
        return request.made_beam()
    if "energy_kev" in request.beam:
        raise InputError("The experiment file says the wavelength: leave the energy out.")
    beam = request.made_beam(KEV_ANGSTROM / sweep.wavelength)
    source = sweep.source_direction
    return replace(beam, source_direction=(float(source[0]), float(source[1]), float(source[2])))


def faces_beam(panel: Panel, beam: DiffractionBeam) -> bool:
    """Whether a panel stands at right angles to the beam, its rows along X, as the header of a CBF takes it."""
    straight = abs(panel.normal @ np.array(beam.source_direction)) > 1 - 1e-12
    return bool(straight and panel.fast[0] > 1 - 1e-12)


def one_axis_along_x(sweep: Sweep | None) -> bool:
    """Whether the sample is turned about X, as the header of a CBF takes it."""
    return sweep is None or np.allclose(sweep.goniometer.rotation(0.5) @ [1.0, 0.0, 0.0], [1.0, 0.0, 0.0], atol=1e-6)
