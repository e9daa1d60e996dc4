"""What the box of attenuation coefficients asks of the worker process: plain functions, without Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import InputError
from ...labels import Labels
from ...progress import Progress, part, silent
from ...scan import Scan
from ...volume import Volume
from .geometry import ScanAlignment, aligned

if TYPE_CHECKING:
    from ...absorption import Coefficients
    from ...calibration.measured_coefficients import MeasuredCoefficients
    from ...workflows.coefficient_energy import ConvertedCoefficients


def suggest_coefficients(
    labels: Labels | None,
    volume: Volume | None,
    energy_kev: float | None,
    scan_energy_kev: float | None = None,
    progress: Progress = silent,
) -> Coefficients:
    """Suggest attenuation coefficients: tabulated at an energy, or measured in a volume in 1/µm.

    Parameters
    ----------
    labels, volume : Labels and Volume, or None
        On the same grid; needed to measure.
    energy_kev : float or None
        Photon energy of the diffraction experiment, keV; None to measure.
    scan_energy_kev : float or None
        Photon energy of the tomogram, keV, which measured coefficients hold for.
    progress : Progress
        Told what is being done.

    Raises
    ------
    InputError
        There is nothing to measure in, or too few voxels lie well inside the classes.
    """
    from ...workflows.coefficients import choose_coefficients, tabulated

    if energy_kev is not None:
        progress(0.1, "looking up")
        return tabulated(energy_kev)
    if labels is None or volume is None:
        raise InputError("Measuring coefficients takes a volume and its labels.")
    progress(0.1, "measuring")
    chosen = choose_coefficients(volume, labels, scan_energy_kev=scan_energy_kev).coefficients
    if chosen.origin != "measured":
        raise InputError("Too few voxels lie well inside the classes to measure their coefficients; type them in.")
    return chosen


def convert_coefficients(
    coefficients: Coefficients, energy_kev: float, progress: Progress = silent
) -> ConvertedCoefficients:
    """Bring coefficients to another photon energy, keV, as usual compositions go."""
    from ...workflows.coefficient_energy import convert

    progress(0.1, "converting")
    return convert(coefficients, energy_kev)


def measure_in_scan(
    labels: Labels, scan: Scan, alignment: ScanAlignment, progress: Progress = silent
) -> MeasuredCoefficients:
    """Measure the attenuation coefficients in the projections that the labels come from.

    Parameters
    ----------
    labels, scan : Labels and Scan
        Labels, and the raw scan of the same sample.
    alignment : Alignment
        How they lie to each other.
    progress : Progress
        Told how far it is.
    """
    from ...calibration.measured_coefficients import check_measurable, measure_coefficients
    from ...tomography import judge_scan

    found = aligned(scan, alignment)
    check_measurable(labels, found)
    judged = judge_scan(found, force=alignment.force, progress=part(progress, 0.0, 0.05))
    return measure_coefficients(labels, judged, alignment.centre_px, progress)


def draw_residuals(measured: MeasuredCoefficients, progress: Progress = silent) -> bytes:
    """Draw what the measured coefficients leave unexplained, as PNG."""
    from ...pictures.projection_pictures import residuals_png

    progress(0.2, "drawing")
    return residuals_png(measured)
